"""The parser of delimited text: every form that UCDP's files have, and no record lost or shifted in silence."""

import io
import json
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.errors import RefusedError
from orchestration.feeds.ucdp import RELEASE, WEB_EXPORT
from orchestration.io import delimited
from orchestration.io.delimited import DelimitedReader
from orchestration.io.payload import BoundedStream, Bounds
from schemas.ucdp import UCDP_EVENTS
from tests.ucdp_rows import record, release_csv, web_export_csv


def reader(content: bytes) -> DelimitedReader:
    stream = BoundedStream(io.BytesIO(content), "test.csv", Bounds(10**9, 200), None)
    return DelimitedReader(stream, "test.csv", UCDP_EVENTS, (RELEASE, WEB_EXPORT))


def read(content: bytes) -> tuple[pl.DataFrame, pl.DataFrame]:
    chunks = list(reader(content).chunks())
    return pl.concat([chunk.records for chunk in chunks]), pl.concat([chunk.misfits for chunk in chunks])


def test_release_is_recognised():
    form = reader(release_csv([record()])).form
    assert (form.layout, form.has_header, form.has_trailing) == (RELEASE.name, True, False)


def test_web_export_is_recognised_by_its_own_names_and_trailing_comma():
    content = web_export_csv([record(1), record(2)])
    form = reader(content).form
    assert (form.layout, form.has_header, form.has_trailing) == (WEB_EXPORT.name, True, True)
    records, misfits = read(content)
    assert records.get_column("best").to_list() == ["3", "3"]
    assert misfits.is_empty()


def test_headerless_file_is_read_by_position():
    records, _ = read(release_csv([record(1), record(2)], header=False))
    assert records.get_column("id").to_list() == ["100001", "100002"]
    assert records.get_column("_record_number").to_list() == [1, 2]


@pytest.mark.parametrize("change", [lambda c: b"\xef\xbb\xbf" + c, lambda c: c.replace(b"\n", b"\r\n"), bytes.upper])
def test_mark_line_ends_and_upper_case_do_not_matter(change):
    records, misfits = read(change(release_csv([record()])))
    assert records.get_column("id").to_list() == ["100001"]
    assert misfits.is_empty()


def test_newlines_and_quotes_inside_quotes_stay():
    text = 'near the camp\n\n"Alpha", north'
    records, _ = read(release_csv([record(1, where_description=text), record(2)]))
    assert records.item(0, "where_description") == text
    assert records.get_column("_record_number").to_list() == [1, 2]


def test_columns_are_found_by_name_and_unknown_ones_are_named():
    rows = release_csv([record()]).decode().splitlines()
    content = "\n".join(f"new_column,{row}" if not number else f"x,{row}" for number, row in enumerate(rows))
    form = reader(content.encode()).form
    assert form.unused == ("new_column",)
    assert read(content.encode())[0].item(0, "id") == "100001"


def test_records_with_too_few_or_too_many_fields_are_set_aside_with_their_number_and_text():
    lines = release_csv([record(number) for number in range(1, 6)]).decode().splitlines()
    lines[2] = "100002,short"
    lines[4] += ",more"
    records, misfits = read("\n".join(lines).encode())
    assert records.get_column("_record_number").to_list() == [1, 3, 5]
    assert misfits.get_column("_record_number").to_list() == [2, 4]
    assert json.loads(misfits.item(0, "record")) == {"_text": "100002,short"}
    assert misfits.item(0, "value") == "2 fields, not 49"


def test_value_after_the_last_column_is_never_taken_for_one():
    content = web_export_csv([record(1), record(2)]).rstrip(b"\n") + b"shifted\n"
    records, misfits = read(content)
    assert records.get_column("_record_number").to_list() == [1]
    assert misfits.select("_record_number", "rule", "value").rows() == [(2, "columns_not_shifted", "shifted")]


def test_numbers_stay_right_over_many_blocks(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(delimited, "BLOCK_BYTES", 2000)
    lines = release_csv([record(number) for number in range(1, 101)]).decode().splitlines()
    lines[50] = "broken"
    records, misfits = read("\n".join(lines).encode())
    assert misfits.get_column("_record_number").to_list() == [50]
    pairs = records.select(pl.col("id").cast(pl.Int64) - 100_000, "_record_number").rows()
    assert all(number == expected for number, expected in pairs)
    assert len(pairs) == 99


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (release_csv([]), "a header and no record"),
        (b"a,b,c\n1,2,3\n", "no column name is known"),
        (release_csv([record()]).replace(b",best,", b",better,"), "columns are missing: best"),
        (release_csv([record()]).replace(b",high,", b",best,"), "columns are missing: high"),
        (release_csv([record()]).replace(b"gwnoa,gwnob", b"gwnoa,gwnoa"), "columns stand twice: gwnoa"),
    ],
)
def test_unknown_form_is_refused(content: bytes, problem: str):
    with pytest.raises(RefusedError, match=problem):
        reader(content)


def test_whole_line_quoting_is_refused_by_name():
    header, *rows = release_csv([record(1), record(2)]).decode().splitlines()
    wrecked = [f"{header};{header}"]
    for row in rows:
        quoted = row.replace('"', '""')
        wrecked.append(f'"{quoted}";"{quoted}";;;')
    with pytest.raises(RefusedError, match="inside one pair of quotes.*once more after a semicolon"):
        reader("\n".join(wrecked).encode())


def test_unclosed_quote_is_refused():
    content = release_csv([record(1), record(2)]).replace(b"at the camp", b'"at the camp', 1)
    with pytest.raises(RefusedError, match="one is never closed"):
        list(reader(content).chunks())


def test_bytes_that_are_not_utf8_are_refused():
    content = release_csv([record()]).replace(b"Mopti region", "Ségou".encode("latin-1"))
    with pytest.raises(RefusedError, match=r"byte [\d,]+: the text is not UTF-8"):
        list(reader(content).chunks())


def test_row_of_hxl_tags_below_the_header_is_no_record():
    lines = release_csv([record(1), record(2)]).decode().splitlines()
    tags = ",".join(["#event+id", "", "#date+year", *[f"#meta+n{n}" for n in range(46)]])
    for end in ("\n", "\r\n"):
        records, misfits = read(end.join([lines[0], tags, lines[1], "short", lines[2]]).encode())
        assert records.get_column("id").to_list() == ["100001", "100002"]
        assert records.get_column("_record_number").to_list() == [1, 3]
        assert misfits.get_column("_record_number").to_list() == [2]


def test_record_of_which_one_value_looks_like_a_tag_is_a_record():
    records, _ = read(release_csv([record(1, where_description="#Mali"), record(2)]))
    assert len(records) == 2


def test_column_without_a_name_is_unused_and_told_by_its_place():
    rows = release_csv([record(1), record(2)]).decode().splitlines()
    content = "\n".join(f"{number - 1 if number else ''},{row}" for number, row in enumerate(rows)).encode()
    assert reader(content).form.unused == ("column 1 (no name)",)
    assert read(content)[0].get_column("id").to_list() == ["100001", "100002"]


def cut(content: bytes, after: bytes) -> bytes:
    return content[: content.rindex(after) + len(after)]


@pytest.mark.parametrize(
    ("last", "after", "rule", "why"),
    [
        ({}, b"at the ca", "has_every_column", "27 fields, not 49"),
        ({"where_description": "north, of the camp"}, b'"north, of', "record_is_whole", "inside a quoted field"),
        ({"where_description": "north,\n\nof the camp"}, b"\n\nof", "record_is_whole", "inside a quoted field"),
        ({"where_description": 'the "camp"'}, b'"the ""cam', "record_is_whole", "inside a quoted field"),
        ({"where_description": "Ségou"}, "Sé".encode()[:2], "record_is_whole", "inside a character"),
    ],
)
def test_last_record_that_was_cut_off_is_set_aside_and_all_before_it_lands(last, after, rule, why):
    content = release_csv([record(1), record(2, where_description='a "quoted", text'), record(3, **last)])
    records, misfits = read(cut(content, after))
    assert records.get_column("id").to_list() == ["100001", "100002"]
    assert misfits.select("_record_number", "rule").rows() == [(3, rule)]
    assert why in misfits.item(0, "value")
    assert json.loads(misfits.item(0, "record"))["_text"].startswith("100003,")


def test_cut_off_tail_is_found_over_many_blocks(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(delimited, "BLOCK_BYTES", 2000)
    monkeypatch.setattr(delimited, "HEAD_BYTES", 4000)
    monkeypatch.setattr("orchestration.io.text.LONGEST_CUT_OFF_BYTES", 3000)
    rows = [record(number, where_description='"x", y') for number in range(1, 101)]
    records, misfits = read(cut(release_csv(rows), b'"""x""'))
    assert records.get_column("_record_number").to_list() == list(range(1, 100))
    assert misfits.get_column("_record_number").to_list() == [100]


def test_only_record_may_be_the_one_that_was_cut_off():
    records, misfits = read(cut(release_csv([record(1, where_description="a, b")]), b'"a,'))
    assert records.is_empty()
    assert misfits.get_column("_record_number").to_list() == [1]


def test_quote_that_swallows_whole_records_still_refuses_the_file():
    content = release_csv([record(1), record(2, where_description="a, b"), record(3)])
    for place in (b"at the camp", b'"a, b"'):
        with pytest.raises(RefusedError, match="one is never closed"):
            list(reader(content.replace(place, b'"' + place.strip(b'"'), 1)).chunks())


def test_quote_inside_a_field_still_refuses_the_file():
    content = release_csv([record(1), record(2, where_description="5 inch pipe")])
    with pytest.raises(RefusedError, match="one is never closed"):
        list(reader(content.replace(b"5 inch", b'5"')).chunks())


def test_feed_may_name_its_columns_as_this_module_does():
    """A record that swallowed another one, of a feed with columns `column` and `value`."""
    records = pl.DataFrame({"_record_number": [4, 5], "column": ["a", "b"], "value": ["x,1\n7,y", "z\nz"]})
    form = replace(reader(release_csv([record()])).form, columns=("column", "value"))
    found = delimited._swallowed(records, form, ["column", "value"])
    assert found.select("_record_number", "column", "value").rows() == [(4, "value", "x,1\n7,y")]


@given(length=st.integers(1, 3000))
def test_file_cut_anywhere_loses_its_last_record_and_no_other(length: int):
    rows = [record(n, where_description=f'"Ségou", {n}\nnorth', source_headline='say "no"') for n in range(1, 6)]
    whole = release_csv(rows)
    content = whole[: max(len(whole) - length, whole.index(b"\n100002,"))]
    begun = sum(whole.index(f"\n10000{n},".encode()) + 1 < len(content) for n in range(1, 6))
    records, misfits = read(content)
    assert records.rows() == read(whole)[0].rows()[: len(records)]
    assert misfits.get_column("_record_number").to_list() in ([], [begun])
    assert len(records) + len(misfits) == begun


field = st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n\t"), max_size=30)


@given(texts=st.lists(st.tuples(field, field), min_size=1, max_size=20))
def test_any_text_survives_the_way_through(texts: list[tuple[str, str]]):
    rows = [
        record(number, where_description=first, source_headline=second)
        for number, (first, second) in enumerate(texts, start=1)
    ]
    records, misfits = read(release_csv(rows))
    assert misfits.is_empty()
    assert records.get_column("where_description").fill_null("").to_list() == [first for first, _ in texts]
    assert records.get_column("source_headline").fill_null("").to_list() == [second for _, second in texts]


@given(content=st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(content: bytes):
    try:
        chunks = list(reader(release_csv([record()]) + content).chunks())
    except RefusedError:
        return
    numbers = [
        n for chunk in chunks for part in (chunk.records, chunk.misfits) for n in part.get_column("_record_number")
    ]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))
