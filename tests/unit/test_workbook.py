"""The parser of workbooks: the right table, every cell as it is seen, and no workbook that costs too much."""

import io
import struct
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.errors import RefusedError
from orchestration.feeds.spec import Layout
from orchestration.io import sheet_cost
from orchestration.io.opening import open_file
from orchestration.io.payload import Bounds
from orchestration.io.sheet_cost import Cost
from orchestration.io.workbook import WorkbookReader
from schemas.contract import Column, Contract, Kind
from tests.ucdp_rows import saved as saved_file
from tests.ucdp_rows import zipped
from tests.workbooks import SHEET, by_hand, cell, shared_strings, workbook

CONTRACT = Contract(
    name="raids",
    version=1,
    key="id",
    columns=(
        Column("id", Kind.TEXT, "Key", required=True),
        Column("day", Kind.DATE, "Day", aliases=("date of raid",)),
        Column("dead", Kind.INTEGER, "Killed"),
        Column("note", Kind.TEXT, "Note", optional=True),
    ),
)
LAYOUT = Layout("raids of the ministry", ("id", "day", "dead", "note"))
BOUNDS = Bounds(max_bytes=100 * 1024**2, max_ratio=200)
DAY = datetime(2020, 1, 2)  # noqa: DTZ001 - spreadsheets know no zones
HEADER = ("id", "day", "dead", "note")


def reader(folder: Path, content: bytes, bounds: Bounds = BOUNDS) -> WorkbookReader:
    return WorkbookReader(saved_file(folder, "raids.xlsx", content), "raids.xlsx", CONTRACT, (LAYOUT,), bounds)


def read(folder: Path, content: bytes) -> pl.DataFrame:
    return pl.concat([chunk.records for chunk in reader(folder, content).chunks()])


def test_cover_sheets_and_title_rows_are_passed_over_and_said(tmp_path: Path):
    content = workbook(
        cover=[["Raids"], [], ["id", "of this file: 7"]],
        data=[["Ministry"], [], ["ID ", "Date of\nraid", "dead", None, "extra"], ["a", date(2022, 3, 1), 2, None, "x"]],
    )
    found = reader(tmp_path, content)
    assert found.layout == "header of 4 columns, sheet 'data', header in row 3"
    assert found.unused == ("extra",)
    assert read(tmp_path, content).rows() == [(1, "a", "2022-03-01", "2")]


def test_a_known_order_of_columns_is_named(tmp_path: Path):
    found = reader(tmp_path, workbook(data=[HEADER, ("a", None, 1, None)]))
    assert found.layout == "raids of the ministry, sheet 'data', header in row 1"


def test_cells_are_the_text_that_a_reader_of_the_sheet_sees(tmp_path: Path):
    rows = [
        (200012120001, DAY, 5.0, True),
        ("000123", DAY + timedelta(hours=3, minutes=4, seconds=5), 0.25, time_of_day(3, 4)),
        (" 2.02E+11", "2 Jan", -99, "two\nlines"),
        (1e15, None, None, "  "),
    ]
    found = read(tmp_path, workbook(data=[HEADER, *rows])).rows()
    assert found == [
        (1, "200012120001", "2020-01-02", "5", "true"),
        (2, "000123", "2020-01-02 03:04:05", "0.25", "03:04:00"),
        (3, " 2.02E+11", "2 Jan", "-99", "two\nlines"),
        (4, "1000000000000000", None, None, None),
    ]


def test_errors_keep_their_name_and_formulas_are_never_evaluated(tmp_path: Path):
    rows = [("a", None, "#N/A", "=1+1"), ("b", None, 1, "=HYPERLINK(1)"), ("c", None, "#DIV/0!", "#REF!")]
    found = read(tmp_path, workbook(data=[HEADER, *rows]))
    assert found.get_column("dead").to_list() == ["#N/A", "1", "#DIV/0!"]
    assert found.get_column("note").to_list() == [None, None, "#REF!"]


def test_the_value_kept_with_a_formula_is_taken(tmp_path: Path):
    header = "".join(cell(f"{column}1", name) for column, name in zip("ABC", HEADER, strict=False))
    row = '<row r="2"><c r="A2"><v>7</v></c><c r="C2"><f>[1]Far!A1+1</f><v>42</v></c></row>'
    found = read(tmp_path, by_hand(f'<row r="1">{header}</row>{row}'))
    assert found.rows() == [(1, "7", None, "42")]


def test_empty_rows_are_no_records_and_numbers_count_rows_below_the_header(tmp_path: Path):
    rows = [("a", None, 1, None), (), (None, None, None, "  "), ("b", None, 2, None), ()]
    assert read(tmp_path, workbook(data=[HEADER, *rows])).select("_record_number", "id").rows() == [(1, "a"), (4, "b")]


def test_a_million_empty_rows_cost_nothing(tmp_path: Path):
    # Each has a cell in the last column, too: room for all the cells between would take 600 GB.
    header = "".join(cell(f"{column}1", name) for column, name in zip("ABC", HEADER, strict=False))
    empty = "".join(f'<row r="{n}"><c r="A{n}" s="0"/><c r="XFD{n}" s="0"/></row>' for n in range(3, 1_000_001))
    content = by_hand(f'<row r="1">{header}</row><row r="2">{cell("A2", "a")}{cell("C2", "1")}</row>{empty}')
    path = saved_file(tmp_path, "raids.xlsx", content)
    found = WorkbookReader(path, "raids.xlsx", CONTRACT, (LAYOUT,), Bounds(10**9, 200))
    assert [len(chunk.records) for chunk in found.chunks()] == [1]


def test_a_row_with_values_under_other_names_only_is_still_a_record(tmp_path: Path):
    content = workbook(data=[[*HEADER, "remark"], ["a", None, 1, None, None], [None, None, None, None, "see below"]])
    assert read(tmp_path, content).get_column("_record_number").to_list() == [1, 2]


def test_large_tables_come_in_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("orchestration.io.workbook.CHUNK_BYTES", 2000)
    content = workbook(data=[HEADER, *((f"id{n}", date(2022, 1, 1), n, "text") for n in range(500))])
    chunks = list(reader(tmp_path, content).chunks())
    assert len(chunks) > 5
    assert pl.concat([chunk.records for chunk in chunks]).get_column("_record_number").to_list() == list(range(1, 501))


def test_hidden_sheets_are_read_only_where_no_visible_one_fits(tmp_path: Path):
    table = [HEADER, ("a", None, 1, None)]
    both = workbook(hidden=["old"], old=[HEADER, ("z", None, 1, None)], data=table)
    assert read(tmp_path, both).get_column("id").to_list() == ["a"]
    assert read(tmp_path, workbook(hidden=["data"], cover=[["x"]], data=table)).get_column("id").to_list() == ["a"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (workbook(cover=[["x"]], other=[["y", "z"]]), "names a known column"),
        (workbook(data=[["id", "day"], ["a", None]]), "columns are missing: dead"),
        (workbook(data=[["id", "day", "dead", "ID"], ["a", None, 1, 2]]), "columns stand twice: id"),
        (workbook(data=[HEADER]), "a header and no record"),
        (workbook(a=[HEADER, ("a", None, 1, None)], b=[HEADER, ("b", None, 1, None)]), "more than one sheet.*'a', 'b'"),
        (workbook(data=[HEADER, ("a", None, 1, None)])[:-400], "broken"),
        (by_hand("<row><c></row>"), "broken"),
        (by_hand('<row r="1"><c r="A1"><v>1</v></c></row><row r="900000"><c r="ZZ900000"><v>1</v></c></row>'), "reach"),
        (by_hand('<row r="1"><c r="A1"><v>1</v></c></row><row><c r=\'XFD1048576\' x="/>"><v>1</v></c></row>'), "reach"),
        (by_hand(f"<row>{'<c><v>1</v></c>' * 2000}</row>{'<row><c><v>1</v></c></row>' * 30_000}"), "reach"),
        (
            by_hand("", sheet="<!DOCTYPE x [<!ENTITY a 'a'>]><worksheet><sheetData>{}</sheetData></worksheet>"),
            "entities",
        ),
        (by_hand("<row/>", **{"../x.xml": b""}), "outside of it"),
        (by_hand("<row/>", **{"XL/workbook.xml": b""}), "stands there twice"),
        (by_hand("<row/>", **{f"xl/{number}.xml": b"" for number in range(6000)}), "6,005 files"),
        (by_hand("<row/>", **{"xl/media.xml": bytes(60 * 1024**2)}), "times its size"),
        (by_hand("<row/>", **{"xl/media.xml": bytes(200 * 1024**2)}), "unpacks to 209"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "locked with a password"),
    ],
)
def test_what_cannot_be_read_as_one_table_is_refused(tmp_path: Path, content: bytes, problem: str):
    path = saved_file(tmp_path, "raids.xlsx", content)
    with (
        pytest.raises(RefusedError, match=problem) as refused,
        open_file(path, CONTRACT, (LAYOUT,), BOUNDS) as (_, found),
    ):
        list(found.chunks())
    assert "Way out" in str(refused.value)


def test_a_size_that_is_a_lie_is_found_before_the_workbook_is_opened(tmp_path: Path):
    content = bytearray(by_hand("<row/>" * 50_000))
    place = content.rindex(b"xl/worksheets/sheet1.xml") - 46
    assert content[place : place + 4] == b"PK\x01\x02"
    content[place + 24 : place + 28] = struct.pack("<I", 1000)
    with pytest.raises(RefusedError, match="broken.*CRC"):
        reader(tmp_path, bytes(content))


def test_encrypted_member_is_refused(tmp_path: Path):
    content = bytearray(by_hand("<row/>"))
    place = content.rindex(b"xl/worksheets/sheet1.xml") - 46
    content[place + 8] |= 1
    with pytest.raises(RefusedError, match="encrypted"):
        reader(tmp_path, bytes(content))


@pytest.mark.parametrize("inner", ["raids.xlsx", "folder/RAIDS.XLSX"])
def test_a_workbook_inside_a_zip_is_read(tmp_path: Path, inner: str):
    content = zipped(workbook(data=[HEADER, ("a", None, 1, None)]), inner, **{"__MACOSX/._x": b"x"})
    path = saved_file(tmp_path, "raids.zip", content)
    with open_file(path, CONTRACT, (LAYOUT,), BOUNDS) as (name, found):
        assert name == f"raids.zip/{inner}"
        assert next(iter(found.chunks())).records.get_column("id").to_list() == ["a"]


def test_delimited_text_still_opens_as_such(tmp_path: Path):
    path = saved_file(tmp_path, "raids.xlsx", b"id,day,dead\na,2022-01-01,1\n")
    with open_file(path, CONTRACT, (LAYOUT,), BOUNDS) as (_, found):
        assert next(iter(found.chunks())).records.get_column("id").to_list() == ["a"]


values = st.one_of(
    st.none(),
    st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12),
    st.integers(-(10**12), 10**12),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.booleans(),
    st.datetimes(datetime(1900, 3, 1), datetime(2100, 1, 1)),  # noqa: DTZ001 - spreadsheets know no zones
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=st.lists(st.tuples(values, values, values, values), min_size=1, max_size=8))
def test_every_row_with_a_value_is_read_once(tmp_path_factory, table):
    folder = tmp_path_factory.mktemp("rows")
    rows = [[None if isinstance(value, str) and value.startswith("=") else value for value in row] for row in table]
    filled = [number for number, row in enumerate(rows, start=1) if any(_is_seen(value) for value in row)]
    try:
        found = read(folder, workbook(data=[HEADER, *rows]))
    except RefusedError as refused:
        assert "no record" in str(refused)
        assert not filled
        return
    assert found.get_column("_record_number").to_list() == filled
    for number, row in zip(filled, found.select("id", "note").rows(), strict=True):
        for value, text in zip((rows[number - 1][0], rows[number - 1][3]), row, strict=True):
            if isinstance(value, int) and not isinstance(value, bool):
                assert text == str(value)


def _is_seen(value: object) -> bool:
    return bool(str(value).strip()) if isinstance(value, str) else value is not None


GOOD = workbook(data=[HEADER, ("a", date(2022, 1, 1), 1, "x"), ("b", None, 2, None)])


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, len(GOOD) - 1), junk=st.binary(min_size=1, max_size=20))
def test_a_damaged_workbook_is_read_or_refused(tmp_path_factory, place: int, junk: bytes):
    folder = tmp_path_factory.mktemp("damaged")
    content = GOOD[:place] + junk + GOOD[place + len(junk) :]
    path = saved_file(folder, "raids.xlsx", content)
    try:
        with open_file(path, CONTRACT, (LAYOUT,), BOUNDS) as (_, found):
            list(found.chunks())
    except RefusedError:
        return


fragments = st.lists(
    st.sampled_from(
        [
            "<row>",
            "</row>",
            "<c>",
            '<c r="A1">',
            '<c r="B9999999">',
            '<c t="s">',
            "</c>",
            "<v>1</v>",
            "<v>",
            "&a;",
            "<f/>",
        ]
    ),
    max_size=12,
).map("".join)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=fragments)
def test_any_sheet_is_read_or_refused(tmp_path_factory, rows: str):
    folder = tmp_path_factory.mktemp("sheets")
    header = "".join(cell(f"{column}1", name) for column, name in zip("ABC", HEADER, strict=False))
    try:
        list(reader(folder, by_hand(f'<row r="1">{header}</row>{rows}')).chunks())
    except RefusedError:
        return


def test_the_quick_look_at_a_sheet_and_the_exact_one_agree(monkeypatch: pytest.MonkeyPatch):
    rows = "".join(
        f'<row r="{row}"><c r="A{row}" s="1" t="s"><v>{row % 3}</v></c><c r="B{row}"><v>{row}</v></c>'
        f'<c r="D{row}" t="s"><v>3</v></c></row>'
        for row in range(1, 400)
    )
    sheet = SHEET.format(rows).encode()
    monkeypatch.setattr(sheet_cost, "BLOCK_BYTES", 97)
    lengths = sheet_cost.shared_lengths(io.BytesIO(shared_strings("", "é", "abc", "x<y")), "texts", lambda _: None)
    assert lengths == [0, 2, 3, 3]
    quick = sheet_cost.quick_cost(io.BytesIO(sheet), lengths)
    exact = sheet_cost.exact_cost(io.BytesIO(sheet), lengths, "sheet")
    assert quick == exact == Cost(399, 4, 133 * (0 + 2 + 3) + 399 * 3)


@pytest.mark.parametrize(
    "cells",
    [
        '<c t="s" r="A1"><v>1</v></c>',
        '<c r="A1" t="s"><v> 1 </v></c>',
        '<c r="A1" t="s"><v>&#49;</v></c>',
        '<x:c r="A1" t="s"><x:v>1</x:v></x:c>',
        '<c r="A1" t="s"><f>x</f><v>1</v></c>',
    ],
)
def test_a_reference_counts_however_it_is_written(cells: str):
    sheet = f'<s xmlns:x="x">{cells}</s>'.encode()
    assert sheet_cost.quick_cost(io.BytesIO(sheet), [1, 1000]) is None
    assert sheet_cost.exact_cost(io.BytesIO(sheet), [1, 1000], "sheet").text_bytes >= 1000
