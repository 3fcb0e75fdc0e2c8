"""Exports: no text of a feed becomes a formula, whatever separator the spreadsheet that opens it is set to."""

import csv
import io
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.console.export import safe_cell, write_csv

A_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
ATTACKS = [
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    " =1",
    '"=1',
    "＝1",
    "a;=1",
    "a\n=1",
    "a\t+1",
]


def cells(path: Path, separator: str) -> list[str]:
    text = path.read_text(encoding="utf-8-sig")
    return [cell for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator) for cell in row]


@pytest.mark.parametrize("text", ATTACKS)
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_formula_is_shown_and_not_run(tmp_path: Path, text: str, separator: str):
    write_csv(tmp_path / "a.csv", ["first", "second"], [["x", text], [text, "y"]])
    for cell in cells(tmp_path / "a.csv", separator):
        assert cell.lstrip()[:1] not in {"=", "+", "-", "@", "＝"}


@pytest.mark.parametrize("number", ["-4.2", "+3", "1e-7", ".5", -4.2, 3, 0])
def test_plain_number_stays_a_number(number: object):
    assert safe_cell(number) == str(number)


def test_signs_that_nobody_sees_are_shown():
    assert safe_cell("JN\x1b[31mIM \u202eilaM\x00") == "JN\\x1b[31mIM \\u202eilaM\\x00"
    assert safe_cell("Tillabéri\u00a0🇳🇪\ntwo lines") == "Tillabéri\u00a0🇳🇪\ntwo lines"


def test_nothing_and_truth_are_written_plainly():
    assert [safe_cell(value) for value in (None, True, "")] == ["", "True", ""]


def test_old_export_is_replaced_whole(tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_text("old")

    def rows():
        yield ["1"]
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_csv(path, ["a"], rows())
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@given(rows=st.lists(st.lists(st.text(st.characters(exclude_categories=("Cs",)), max_size=20), min_size=2, max_size=2)))
def test_no_text_begins_a_formula_under_any_separator(tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]):
    path = tmp_path_factory.mktemp("export") / "a.csv"
    assert write_csv(path, ["first", "second"], rows) == len(rows)
    for separator in ",;\t":
        for cell in cells(path, separator):
            assert cell[:1] not in {"=", "+", "-", "@", "\t", "\r"} or A_NUMBER.fullmatch(cell), cell
