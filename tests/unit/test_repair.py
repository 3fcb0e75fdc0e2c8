"""Tables that a spreadsheet took for one column: every line comes back as it was, or it is said which did not."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.errors import RefusedError
from orchestration.io.payload import Bounds
from orchestration.io.repair import repair
from orchestration.io.unwrapped import Unwrapping, is_wrapped, unwrapped
from tests.ucdp_rows import record, saved, web_export_csv

BOUNDS = Bounds(10**9, 200)


def wrapped(table: str, *, is_repeated: bool = True, cells: int = 12) -> str:
    """What a spreadsheet makes of a comma-separated table: a row a line, cells where semicolons are, filler after."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\n")
    for line in table.splitlines():
        row = next(csv.reader([line], delimiter=";"), []) or [""]
        row = [row[0], *row] if is_repeated else row
        writer.writerow(row + [""] * (cells - len(row)))
    return out.getvalue()


def repaired(tmp_path: Path, content: bytes, name: str = "Niger.csv"):
    return repair(saved(tmp_path, name, content), tmp_path / "repaired.csv", BOUNDS)


@pytest.mark.parametrize("is_repeated", [True, False])
def test_wrapped_table_comes_back_byte_for_byte(tmp_path: Path, is_repeated: bool):
    table = web_export_csv(
        [
            record(1, source_office="One;Two, Three;Four", where_description='at the "old" camp, north'),
            record(2, where_description="two\n\n///\nlines; and more"),
        ]
    )
    done = repaired(tmp_path, wrapped(table.decode(), is_repeated=is_repeated).encode())
    assert done.path.read_bytes() == table
    assert (done.record_count, done.width, done.misfits) == (2, 48, ())
    assert done.text_line_count == 3


def test_record_that_lost_its_quotes_is_named_and_kept(tmp_path: Path):
    # A cell that begins with a quote loses it in the spreadsheet, and the quote after the comma with it.
    table = web_export_csv([record(1), record(2, where_description="a, b;", adm_1="c, d"), record(3)]).decode()
    done = repaired(tmp_path, wrapped(table).encode())
    assert done.misfits == (2,)
    assert "record 2" in done.in_words
    assert "100002" in done.path.read_text().splitlines()[2]


def test_lines_that_say_two_things_are_refused(tmp_path: Path):
    text = wrapped(web_export_csv([record(1), record(2)]).decode())
    at = text.rindex("100002")
    with pytest.raises(RefusedError, match=r"line 3: the first cell is said twice, differently"):
        repaired(tmp_path, (text[:at] + "100009" + text[at + 6 :]).encode())
    assert not (tmp_path / "repaired.csv").exists()


def test_sound_table_is_left_alone(tmp_path: Path):
    with pytest.raises(RefusedError, match="do not stand inside quotes"):
        repaired(tmp_path, web_export_csv([record(1, relid="a;b"), record(2, relid="c, d")]))


def test_what_is_there_is_not_overwritten(tmp_path: Path):
    saved(tmp_path, "repaired.csv", b"mine")
    with pytest.raises(RefusedError, match="there already"):
        repaired(tmp_path, wrapped(web_export_csv([record()]).decode()).encode())
    assert (tmp_path / "repaired.csv").read_bytes() == b"mine"


def test_bytes_that_are_not_utf8_are_refused(tmp_path: Path):
    content = wrapped(web_export_csv([record(1, adm_1="Ségou")]).decode()).encode("latin-1")
    with pytest.raises(RefusedError, match=r"not UTF-8 \(b'\\xe9g"):
        repaired(tmp_path, content)


# Neither at a line's end nor at a cell's beginning can a spreadsheet's damage be undone: no `;` and no quote there.
piece = st.text(st.sampled_from("ab, \"'é"), min_size=1, max_size=12).map(lambda text: f"x{text}y")
cell = st.lists(piece, min_size=1, max_size=4).map("; ".join)


@given(rows=st.lists(st.lists(cell, min_size=3, max_size=3), min_size=1, max_size=6), is_repeated=st.booleans())
def test_any_table_comes_back(rows: list[list[str]], is_repeated: bool):
    table = io.StringIO(newline="")
    csv.writer(table, lineterminator="\n").writerows([["first", "second", "third"], *rows])
    # A record begins with its id, as real tables do.
    lines = [f"{number},{line}" for number, line in enumerate(table.getvalue().splitlines())]
    text = wrapped("\n".join(lines), is_repeated=is_repeated, cells=40)
    assert list(unwrapped(io.StringIO(text, newline=""), "test.csv", Unwrapping())) == lines


@given(text=st.text(st.sampled_from('a,;"\n\r\x00é'), max_size=60))
def test_any_text_is_unwrapped_or_refused(text: str):
    is_wrapped(text)
    try:
        list(unwrapped(io.StringIO(text, newline=""), "test.csv", Unwrapping()))
    except RefusedError as refused:
        assert "Way out" in str(refused)
