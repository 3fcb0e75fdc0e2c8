"""Undo what a spreadsheet does to a table that it took for one column. What the lines mean is not looked at here.

A spreadsheet that expects semicolons reads each line of a comma-separated table as one cell, or as several where its
texts hold semicolons, and writes it back as `"a,b,""c, d"",e";;;`: the line inside one pair of quotes, its own quotes
doubled, empty cells after it. Somebody may also have copied the first cell beside itself: `"…";"…";;;`.

What comes back is each line as it was, with two exceptions that no program can undo: semicolons that ended a line
inside a text cannot be told from the empty cells, and a later cell that began with a quote lost it, and the quote that
closed it.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from orchestration.errors import RefusedError

CELL = ";"
LONGEST_CELL = 16 * 1024**2
LINES_LOOKED_AT = 50


@dataclass
class Unwrapping:
    """What was done while lines were unwrapped.

    Attributes:
        line_count: lines read, the header among them.
        repeated_count: lines that said their first cell twice, both times the same.
        rejoined_count: lines that were put together again from several cells.
    """

    line_count: int = 0
    repeated_count: int = 0
    rejoined_count: int = 0


def is_wrapped(head: str) -> bool:
    """Do lines at the beginning of a comma-separated table stand inside quotes as a whole?"""
    csv.field_size_limit(LONGEST_CELL)
    lines = io.StringIO(head, newline="").readlines()[:LINES_LOOKED_AT]
    if len(lines) < 2:
        return False
    header = _first_record(lines[0], CELL)
    names = _first_record(header[0], ",")
    first_fields = [_first_record(line, ",")[0] for line in lines[1:]]
    is_one_cell = set(header[1:]) <= {"", header[0]}
    return is_one_cell and len(names) > 2 and any(is_whole_line(field, len(names)) for field in first_fields)


def is_surely_wrapped(head: str, fewest_names: int) -> bool:
    """Does every line stand inside quotes as a whole, or end with the semicolons of empty cells?

    Stricter than `is_wrapped`, for a table that nobody has said to be wrapped. A line that only begins a record cannot
    be taken for a wrapped one: read as cells between semicolons, it would have to end where its first quote ends, and
    hold as many fields as the header, which has more than `fewest_names`.
    """
    header, first, *_ = *io.StringIO(head, newline="").readlines()[:2], "", ""
    names = _fields_of_first_cell(header)
    if len(names) <= fewest_names:
        return False
    return (
        header.startswith('"')
        or header.rstrip().endswith(CELL)
        or (first.startswith('"') and len(_fields_of_first_cell(first)) == len(names))
    )


def is_whole_line(field: str, column_count: int) -> bool:
    """Does one field hold what should be most of a line?"""
    return field.count(",") > column_count // 2


def _fields_of_first_cell(line: str) -> list[str]:
    with suppress(csv.Error):
        cell = next(csv.reader([line], delimiter=CELL, strict=True), [""])[0]
        return next(csv.reader([cell]), [])
    return []


def _first_record(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), []) or [""]
    except csv.Error:
        return [line]


def unwrapped(lines: Iterable[str], source: str, tally: Unwrapping) -> Iterator[str]:
    """The lines of a wrapped table as they were, without their line ends.

    Args:
        lines: of the wrapped table, as an opened text file gives them.
        source: how messages call the table.
        tally: counts what is done.

    Raises:
        RefusedError: the header says its cell twice, and a line says two different things; or a cell has no end.
    """
    is_repeated = False
    for cells in _rows(lines, source, tally):
        tally.line_count += 1
        if tally.line_count == 1:
            is_repeated = len(cells) > 1 and cells[0] == cells[1] != ""
        if is_repeated and cells:
            cells = [cells[0], *_without_repetition(cells, source, tally)]
        line = CELL.join(cells).rstrip(CELL)
        tally.rejoined_count += CELL in line
        yield line


def _rows(lines: Iterable[str], source: str, tally: Unwrapping) -> Iterator[list[str]]:
    csv.field_size_limit(LONGEST_CELL)
    try:
        yield from csv.reader(lines, delimiter=CELL)
    except csv.Error as error:
        raise RefusedError(
            source=source,
            problem=f"the line cannot be told apart into cells ({error})",
            rule=f"cells between semicolons, none longer than {LONGEST_CELL // 1024**2} MiB",
            way_out="download the file again",
            place=f"line {tally.line_count + 1:,}",
        ) from error


def _without_repetition(cells: list[str], source: str, tally: Unwrapping) -> list[str]:
    """The cells after the first and its repetition."""
    if cells[1:2] != cells[:1]:
        raise RefusedError(
            source=source,
            problem=f"the first cell is said twice, differently: {cells[0][:60]!r} and {''.join(cells[1:2])[:60]!r}",
            rule="the same cell twice on every line, as the header has it",
            way_out="download the file again",
            place=f"line {tally.line_count:,}",
        )
    tally.repeated_count += 1
    return cells[2:]
