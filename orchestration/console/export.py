"""Tables as csv that is safe to open in a spreadsheet. Every export of the command goes through here.

A spreadsheet takes a cell that begins with =, +, - or @ for a formula, and a formula can start programs and send data
away. Such a cell gets an apostrophe before it, which a spreadsheet reads as "this is text"; a plain number stays a
number. The same after a semicolon, a tab or a line end inside a text, where a spreadsheet set to another separator
would begin a new cell. Control and direction signs are written as escapes. `--json` gives the text as it is.
"""

import csv
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from orchestration.io.atomic import replaced_file
from orchestration.io.payload import printable

NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
FORMULA = re.compile(r"""^(?=[\t\r\n])|(?:^|(?<=[;\t\r\n]))(?=[ \u00a0]*["']?[ \u00a0]*[=+\-@＝＋－＠])""")
"""The places where an apostrophe goes: the beginning of a cell, or of what may be taken for one."""
KEPT = "\t\r\n"


def write_csv(path: Path, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Write a table as UTF-8 csv with a mark that spreadsheets know; returns the number of rows.

    The file appears whole or not at all, and takes the place of one that was there.
    """
    count = 0
    with replaced_file(path) as building, building.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
        writer.writerow([safe_cell(name) for name in names])
        for row in rows:
            writer.writerow([safe_cell(value) for value in row])
            count += 1
    return count


def safe_cell(value: object) -> str:
    """A value as text that no spreadsheet takes for a formula."""
    if value is None:
        return ""
    if isinstance(value, bool | int | float):
        return str(value)
    text = str(value)
    if NUMBER.fullmatch(text):
        return text
    return FORMULA.sub("'", seen(text))


def seen(text: str) -> str:
    """A text with its control and direction signs as escapes; tabs and line ends stay."""
    return "".join(part if part in KEPT else printable(part) for part in re.split(f"([{KEPT}])", text))
