"""Mappings: what is wrong is said by its key, and nothing that YAML or a date's form can do is guessed."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.errors import RefusedError
from orchestration.io.hxl import field_of, is_tag_row
from orchestration.io.mapped import UNREAD, mapped
from orchestration.io.mapping import Mapping, Source, read_mapping

GOOD = """
provider: ngo_forum
id: Ref
columns:
  date: {column: Date, formats: "%d/%m/%Y"}
  fatalities: {column: Killed, unknown: [n/a, no]}
  country: {constant: MLI}
"""


def read(folder: Path, text: str | bytes) -> Mapping:
    path = folder / "a.mapping.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_mapping(path)


def test_texts_stay_the_texts_that_stand_there(tmp_path: Path):
    found = read(tmp_path, GOOD)
    assert found.columns["fatalities"].unknown == ("n/a", "no")
    assert found.source_columns == ("Ref", "Date", "Killed")


@pytest.mark.parametrize(
    ("change", "place", "problem"),
    [
        (("provider: ngo_forum", "provider: NGO Forum"), "key provider", "should match"),
        (("provider: ngo_forum\n", ""), "key provider", "required"),
        (("id: Ref\n", ""), "the mapping as a whole", "`id` is missing"),
        (("id: Ref", "id: {digest_of: [place]}"), "the mapping as a whole", "`columns` lacks"),
        (("id: Ref", "id: {digest_of: [moon]}"), "key id", "'moon' is not a field"),
        (("  date:", "  day:"), "key columns", "'day' is not a field; known are date"),
        (("column: Date, ", ""), "key columns.date", "either `column` or `constant`"),
        (("%d/%m/%Y", "%d/%m"), "key columns.date.formats.0", "has no year"),
        (("%d/%m/%Y", "%d/%Q/%Y"), "key columns.date.formats.0", "has %Q"),
        (("%d/%m/%Y", "%d %Y"), "key columns.date.formats.0", "a day without a month"),
        (("unknown: [n/a, no]", "formats: '%Y'"), "key columns", "is no date"),
        (("unknown: [n/a, no]", "unknwon: [n/a]"), "key columns.fatalities.unknwon", "not permitted"),
        (("country: {constant: MLI}", "country: {constant: MLI, column: Pays}"), "columns.country", "either"),
        (('  date: {column: Date, formats: "%d/%m/%Y"}\n', ""), "the mapping as a whole", "lacks `date`"),
        (
            (GOOD[GOOD.index("id: Ref") :], "id: {digest_of: date}\ncolumns: {date: {constant: 2022-01-01}}\n"),
            *("the mapping as a whole", "names no column of the file"),
        ),
        (("columns:", "id: Other\ncolumns:"), "a.mapping.yaml", "'id' stands there twice"),
        (("id: Ref", "id: &x Ref\ntitle: *x"), "a.mapping.yaml", "instead of an alias"),
        (("id: Ref", "id: [Ref"), "a.mapping.yaml", "cannot be read as YAML"),
        (("id: Ref", "may_redistribute: true\nid: Ref"), "key may_redistribute", "INCIDENTS_MAY_PUBLISH=incident_file"),
    ],
)
def test_a_mistake_is_named_by_its_key(tmp_path: Path, change: tuple[str, str], place: str, problem: str):
    assert change[0] in GOOD
    with pytest.raises(RefusedError) as refused:
        read(tmp_path, GOOD.replace(*change))
    said = str(refused.value)
    assert place in said and problem in said and "docs/incident_files.md" in said


def test_an_archived_mapping_with_the_key_that_says_nothing_is_still_read(tmp_path: Path):
    path = tmp_path / "a.mapping.yaml"
    path.write_text(f"may_redistribute: true\n{GOOD}")
    assert read_mapping(path, is_archived=True) == read(tmp_path, GOOD)


@pytest.mark.parametrize(
    "content",
    [b"", b"- a\n- b\n", b"\xff\xfe", b"[" * 100_000, b"a: " + b"x" * 300_000, b"{" * 50 + b"}" * 50, b"\x00"],
)
def test_what_is_no_mapping_is_refused(tmp_path: Path, content: bytes):
    with pytest.raises(RefusedError):
        read(tmp_path, content)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    place=st.integers(0, len(GOOD) - 1),
    junk=st.text(st.sampled_from("ab:{}[]-*&!|>\n %\"'#@0"), min_size=1, max_size=8),
)
def test_a_damaged_mapping_is_read_or_refused(tmp_path_factory, place: int, junk: str):
    try:
        read(tmp_path_factory.mktemp("mapping"), GOOD[:place] + junk + GOOD[place + len(junk) :])
    except RefusedError:
        return


def one_date(text: str | None, *formats: str, has_typed_days: bool = False, **others: Source) -> dict:
    mapping = Mapping(
        provider="ngo",
        columns={"date": Source(column="d", formats=formats), **others},
        id={"digest_of": ["date"]},
    )
    frame = pl.DataFrame({"_record_number": [1], "d": [text]}, schema={"_record_number": pl.Int64, "d": pl.String})
    return mapped(frame, mapping, has_typed_days=has_typed_days).row(0, named=True)


@pytest.mark.parametrize(
    ("text", "formats", "day", "precision"),
    [
        ("03/04/2022", ["%d/%m/%Y"], "2022-04-03", "day"),
        ("03/04/2022", ["%m/%d/%Y"], "2022-03-04", "day"),
        ("2022-03-04", [], "2022-03-04", "day"),
        ("2022-03-04T05:06:07", [], "2022-03-04", "day"),
        ("2022-03", ["%Y-%m-%d", "%Y-%m"], "2022-03-01", "month"),
        ("2022", ["%d/%m/%Y", "%Y"], "2022-01-01", "year"),
        ("16-Feb-21", ["%d-%b-%y"], "2021-02-16", "day"),
        ("04/03/22 17:45", ["%d/%m/%y %H:%M"], "2022-03-04", "day"),
        ("29/02/2023", ["%d/%m/%Y"], "29/02/2023" + UNREAD, None),
        ("03/04/2022", [], "03/04/2022" + UNREAD, None),
        ("2022-03-04", ["%d/%m/%Y"], "2022-03-04" + UNREAD, None),
        (None, [], None, None),
    ],
)
def test_a_date_is_read_by_the_mappings_forms_only(text: str | None, formats: list[str], day: str, precision: str):
    found = one_date(text, *formats)
    assert (found["date"], found["date_precision"]) == (day, precision)


def test_a_cell_that_is_a_day_is_one_whatever_the_form(tmp_path: Path):
    assert one_date("2022-03-04", "%d/%m/%Y", has_typed_days=True)["date"] == "2022-03-04"


def test_a_last_day_is_the_last_of_its_month_and_makes_a_span():
    found = one_date("2022-02-03", "%Y-%m-%d", "%Y-%m", date_end=Source(constant="2022-02", formats=("%Y-%m",)))
    assert (found["date_end"], found["date_precision"]) == ("2022-02-28", "days")


def test_a_digest_is_the_same_in_every_run_and_another_for_another_day():
    first, again, other = (one_date(day)["event_id"] for day in ("2022-03-04", "2022-03-04", "2022-03-05"))
    assert first == again != other
    assert first == "ngo:99aeacc27dc64c1124f1"
    assert one_date(None)["event_id"] is None


@pytest.mark.parametrize(
    ("tag", "field"),
    [
        ("#date+occurred", "date"),
        ("#date", "date"),
        ("#date+reported", None),
        ("#geo+lat", "latitude"),
        ("#Geo + Lon", "longitude"),
        ("#adm1+code", "admin1_code"),
        ("#adm1+name+fr", "admin1"),
        ("#adm2+v_pcode", "admin2_code"),
        ("#affected+killed", "fatalities"),
        ("#affected+killed+f", None),
        ("#affected+killed+civilians", "fatalities_civilians"),
        ("#country+code", "country"),
        ("#event+id", "id"),
        ("#sector", None),
    ],
)
def test_tags_are_read_as_listed(tag: str, field: str | None):
    assert field_of(tag) == field


def test_a_row_of_tags_is_nothing_but_tags():
    assert is_tag_row(["#date", None, "", " #geo+lat "])
    assert not is_tag_row(["#date", "5"])
    assert not is_tag_row(["#1", "#date"])
    assert not is_tag_row([None, ""])
