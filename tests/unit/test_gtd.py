"""GTD: old encodings, old spreadsheets, unknown days and counts, and what a file speaks for."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.feeds import all_feeds
from orchestration.feeds.gtd import edition, scope
from orchestration.feeds.spec import Content
from orchestration.io.archive import archive
from orchestration.io.fetched import Fetched
from orchestration.io.lake import Lake, is_conserved
from orchestration.io.landing import land
from orchestration.io.payload import Bounds
from orchestration.settings import PROJECT_ROOT
from tests.gtd_rows import NAMES, record, table, wrapped
from tests.staging import staged_rows
from tests.ucdp_rows import saved, zipped
from tests.workbooks import workbook

GTD = all_feeds()["gtd"]
BOUNDS = Bounds(10**9, 200)
NOW = datetime(2023, 5, 1, tzinfo=UTC)
ACCENTS = ["Ségou", "São Tomé", "Málaga", "Besançon"]


class Landed:
    """What became of one file."""

    def __init__(self, folder: Path, content: bytes, name: str = "gtd.csv", stated: str | None = None) -> None:
        self.lake = Lake(folder / "lake")
        self.lake.prepare(GTD.name, GTD.contract)
        path = saved(folder / "incoming", name, content)
        arrived = archive(
            Fetched((path,), "file", name, edition=stated), GTD, self.lake, now=datetime(2023, 5, 1, tzinfo=UTC)
        )
        self.record = land(arrived.batch, GTD, self.lake, BOUNDS)
        self.batch_id = arrived.batch.batch_id

    def rows(self) -> pl.DataFrame:
        return pl.read_parquet(self.lake.landing(GTD.name, self.batch_id) / "*.parquet").sort("_record_number")

    def quarantined(self) -> pl.DataFrame:
        return pl.read_parquet(self.lake.quarantine(GTD.name, self.batch_id) / "*.parquet").sort("_record_number")


def test_a_text_that_goes_on_in_the_next_line_is_not_taken_for_a_wrapped_one(tmp_path: Path):
    found = Landed(tmp_path, table([record(1, city="\n"), record(2, city="\n")]).encode())
    assert found.record["layout"] == "release (135 columns)"
    assert found.record["records_landed"] == 2


def test_the_contract_has_the_135_columns_of_a_release():
    assert len(NAMES) == len(set(NAMES)) == 135
    assert (NAMES[0], NAMES[82], NAMES[-1]) == ("eventid", "weaptype1_txt", "related")


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "latin-1", "mac_roman"])
def test_every_encoding_gives_the_same_rows(tmp_path: Path, codec: str):
    records = [record(number, city=city) for number, city in enumerate(ACCENTS, start=1)]
    found = Landed(tmp_path, table(records).encode(codec))
    assert found.rows().get_column("city").to_list() == ACCENTS
    said = {"latin-1": "; encoding Western", "mac_roman": "; encoding MacRoman"}.get(codec, "")
    assert found.record["layout"] == f"release (135 columns){said}"


def test_mixed_encodings_lose_no_record(tmp_path: Path):
    lines = table([record(number, city=city) for number, city in enumerate(ACCENTS, start=1)]).splitlines(keepends=True)
    codecs = ["ascii", "latin-1", "mac_roman", "latin-1", "utf-8"]
    found = Landed(tmp_path, b"".join(line.encode(codec) for line, codec in zip(lines, codecs, strict=True)))
    assert found.rows().get_column("city").to_list() == ACCENTS
    assert found.record["layout"].endswith("mixed encodings, by line: Western 2, MacRoman 1, UTF-8 1")


@pytest.mark.parametrize("codec", ["utf-8", "latin-1"])
def test_whole_line_quoting_is_read_through(tmp_path: Path, codec: str):
    records = [
        record(1, summary='said "no", twice; then\nleft', city="Ségou"),
        record(2, motive="a; b; c", related="201903010001, 201903010003"),
    ]
    plain = Landed(tmp_path / "plain", table(records).encode())
    found = Landed(tmp_path / "wrapped", wrapped(table(records)).encode(codec))
    assert "whole lines in quotes" in found.record["layout"]
    assert found.rows().drop("_batch_id").equals(plain.rows().drop("_batch_id"))


def test_a_workbook_lands_as_the_text_does(tmp_path: Path):
    records = [record(1), record(2, latitude="", longitude="", summary="two\nlines", nkill="2.5")]
    cells = [[_cell(name, each[name]) for name in NAMES] for each in records]
    plain = Landed(tmp_path / "text", table(records).encode())
    for name, content in (
        ("a.xlsx", workbook(Notes=[["GTD"]], Data=[NAMES, *cells])),
        ("a.zip", zipped(workbook(Data=[["Title"], [], NAMES, *cells]), "a.xlsx")),
    ):
        found = Landed(tmp_path / name, content, name)
        assert found.rows().drop("_batch_id").equals(plain.rows().drop("_batch_id")), name
        assert "sheet 'Data', header in row" in found.record["layout"]


def _cell(name: str, text: str) -> object:
    is_number = name != "summary" and text.lstrip("-").replace(".", "").isdigit()
    return (float(text) if "." in text else int(text)) if is_number else text or None


def test_unknown_is_empty_and_no_number(tmp_path: Path):
    changes = {
        "nkill": "-99",
        "nwound": "-9",
        "doubtterr": "-9",
        "suicide": "-9.0",
        "nperps": "-99.0",
        "target1": "-99",
    }
    rows = Landed(tmp_path, table([record(**changes)]).encode()).rows()
    assert [rows.item(0, name) for name in changes] == [None] * 6
    assert rows.item(0, "longitude") == -9


def test_a_whole_number_with_a_fraction_of_nothing_is_read(tmp_path: Path):
    rows = Landed(tmp_path, table([record(country="123.0", iyear="2019.0", nkill="3.0")]).encode()).rows()
    assert rows.select("country", "iyear", "nkill").rows() == [(123, 2019, 3.0)]


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"eventid": "2.02E+11"}, "eventid_has_12_digits"),
        ({"eventid": "20190301001"}, "eventid_has_12_digits"),
        ({"eventid": ""}, "is_required"),
        ({"iday": "31", "imonth": "4"}, "day_in_month"),
        ({"iday": "29", "imonth": "2"}, "day_in_month"),
        ({"imonth": "13"}, "month_in_year"),
        ({"iyear": "1896"}, "year_in_gtd_period"),
        ({"iyear": "2024"}, "year_in_gtd_period"),
        ({"longitude": "-86185896"}, "longitude_on_earth"),
        ({"latitude": "0", "longitude": "0"}, "coordinates_not_zero"),
        ({"attacktype1": "10"}, "attacktype1_in_codebook"),
        ({"nkill": "-1"}, "nkill_plausible"),
        ({"nwound": "201903010001"}, "nwound_plausible"),
        ({"country": "3.5"}, "is_integer"),
    ],
)
def test_an_error_by_the_codebook_is_set_aside(tmp_path: Path, changes: dict[str, str], rule: str):
    found = Landed(tmp_path, table([record(1), record(2) | changes]).encode())
    assert found.quarantined().get_column("failed_rules").to_list() == [rule]
    assert is_conserved(found.record)
    assert found.record["records_landed"] == 1


@pytest.mark.parametrize(("month", "day"), [("0", "0"), ("5", "0"), ("0", "7")])
def test_unknown_months_and_days_land_and_are_counted(tmp_path: Path, month: str, day: str):
    found = Landed(tmp_path, table([record(imonth=month, iday=day)]).encode())
    assert "date_known_to_the_day" in found.rows().item(0, "_warnings")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("globalterrorismdb_0522dist.xlsx", "0522"),
        ("globalterrorismdb_0718dist.csv", "0718"),
        ("globalterrorismdb_2021Jan-June_1222dist.xlsx", None),
        ("gtd1993_0522dist.xlsx", None),
        ("globalterrorismdb_1322dist.xlsx", None),
        ("gtd_mali.csv", None),
    ],
)
def test_only_a_release_has_an_edition(name: str, told: str | None):
    assert edition(name) == told


def test_a_release_is_full_and_an_extract_speaks_for_its_records_only(tmp_path: Path):
    content = table([record()]).encode()
    release = Landed(tmp_path / "a", content, "globalterrorismdb_0522dist.csv").record
    assert (release["scope_kind"], release["covers_from"], release["covers_until"]) == (
        "full",
        date(1994, 1, 1),
        date(2019, 12, 31),
    )
    assert release["country_scope"] == ",123,"
    extract = Landed(tmp_path / "b", content, "mali.csv").record
    assert (extract["scope_kind"], extract["covers_until"]) == ("delta", None)
    assert Landed(tmp_path / "c", content, "mali.csv", stated="0522").record["scope_kind"] == "full"
    assert "not a month and a year" in Landed(tmp_path / "d", content, "mali.csv", stated="2022").record["refusal"]


def test_a_release_of_the_whole_world_speaks_for_every_country():
    countries = tuple(str(number) for number in range(150))
    later, earlier = (scope(name, Content("x", 2020, countries)) for name in ("0522", "1119"))
    assert (later.countries, later.authority > earlier.authority) == (None, True)


SAMPLE = PROJECT_ROOT / "data/sample"
TRUTH = json.loads((SAMPLE / "truth.json").read_text())["gtd"]


@pytest.mark.parametrize("told", TRUTH, ids=lambda told: told["file"])
def test_the_sample_lands_as_its_truth_says(tmp_path: Path, told: dict):
    path = SAMPLE / told["file"]
    found = Landed(tmp_path, path.read_bytes(), path.name)
    assert found.record["status"] == "landed", found.record["refusal"]
    names = ("records_read", "records_landed", "records_quarantined", "records_duplicate")
    assert {name: found.record[name] for name in names} == {name: told[name] for name in names}
    rules = dict(found.quarantined().select("_record_number", "failed_rules").rows())
    assert rules == {each["record_number"]: each["rule"] for each in told["quarantined"]}


@pytest.fixture(scope="module")
def staged(tmp_path_factory) -> list[dict]:
    """The staging model over some records, by the id's last digits."""
    changes = [
        {},
        {"imonth": "0", "iday": "0", "nkill": "2.5", "attacktype1": "3", "specificity": "5"},
        {"imonth": "2", "iday": "0", "iyear": "2020", "targtype1": "14", "gname": "Unknown", "vicinity": "1"},
        {"related": "201903010001, 201903010002", "attacktype1": "9", "suicide": "1", "gname2": "A", "gname3": "B"},
    ]
    found = Landed(
        tmp_path_factory.mktemp("staged"), table([record(n, **each) for n, each in enumerate(changes, 1)]).encode()
    )
    return staged_rows("stg_gtd__events", found.lake)


def test_staging_makes_up_no_day(staged):
    days = [(row["date_precision"], row["occurred_date"], row["occurred_until_date"]) for row in staged[:3]]
    assert days == [
        ("day", date(2019, 3, 1), date(2019, 3, 1)),
        ("year", date(2019, 1, 1), date(2019, 12, 31)),
        ("month", date(2020, 2, 1), date(2020, 2, 29)),
    ]


def test_staging_speaks_the_warehouses_vocabulary(staged):
    assert [row["event_type"] for row in staged] == [
        "battle",
        "explosion_or_remote_violence",
        "violence_against_civilians",
        None,
    ]
    assert [row["place_precision"] for row in staged] == ["exact", "country", "near", "exact"]
    first, second, third, fourth = staged
    assert (first["fatality_count_best"], second["fatality_count_best"], first["wounded_count"]) == (3, 3, None)
    assert (first["is_doubtful"], first["is_suicide_attack"], fourth["is_suicide_attack"]) == (False, False, True)
    assert (third["side_a_name"], first["side_b_name"]) == (None, "Armed Forces of Mali")
    assert fourth["related_source_event_ids"] == "201903010001; 201903010002"
    assert fourth["associated_actor_names"] == "A; B"
    assert first["source_country_code"] == "123"


texts = st.text(st.characters(codec="latin-1", exclude_categories=("Cc", "Cs"), include_characters="\n"), max_size=20)
"""Without what no program can restore: semicolons at a line's end, and cells that begin with a quote."""


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(st.tuples(texts, texts), min_size=1, max_size=6), codec=st.sampled_from(["utf-8", "latin-1"]))
def test_whole_line_quoting_is_undone_exactly(tmp_path_factory, values, codec: str):
    records = [
        record(number, summary=first.replace(";\n", "\n"), city=second.replace(";\n", "\n"))
        for number, (first, second) in enumerate(values, start=1)
    ]
    folder = tmp_path_factory.mktemp("wrapped")
    found = Landed(folder, wrapped(table(records)).encode(codec))
    assert found.record["status"] == "landed", found.record["refusal"]
    assert found.record["records_landed"] == len(records)
    if codec == "utf-8":
        expected = Landed(folder / "plain", table(records).encode())
        assert found.rows().drop("_batch_id").equals(expected.rows().drop("_batch_id"))


changed = st.dictionaries(
    st.sampled_from(
        ["eventid", "iyear", "imonth", "iday", "nkill", "nwound", "latitude", "country", "suicide", "summary"]
    ),
    st.sampled_from(
        ["", "0", "-9", "-99", "1e3", "nan", "inf", "x", '"', "201903010001", "é", "=cmd()", "99999999999"]
    ),
    max_size=4,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(records=st.lists(changed, min_size=1, max_size=6), codec=st.sampled_from(["utf-8", "latin-1", "mac_roman"]))
def test_every_record_is_landed_quarantined_or_a_duplicate(tmp_path_factory, records, codec: str):
    content = table([record(number) | changes for number, changes in enumerate(records, start=1)]).encode(codec)
    found = Landed(tmp_path_factory.mktemp("gtd"), content)
    assert found.record["status"] in {"landed", "held"}, found.record["refusal"]
    assert found.record["records_read"] == len(records)
    assert is_conserved(found.record)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(junk=st.binary(max_size=120), is_wrapped=st.booleans())
def test_any_bytes_are_landed_or_refused(tmp_path_factory, junk: bytes, is_wrapped: bool):
    text = table([record()])
    content = (wrapped(text) if is_wrapped else text).encode() + junk
    found = Landed(tmp_path_factory.mktemp("gtd"), content)
    assert found.record["status"] in {"landed", "held", "refused"}
    assert is_conserved(found.record)
