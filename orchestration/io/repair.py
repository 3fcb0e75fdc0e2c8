"""Repair a table that a spreadsheet has wrecked, into a new file beside it, and say what could not be repaired.

Only on demand: the nightly job refuses such a file, because what a spreadsheet dropped cannot be told from what it
left.
"""

import csv
import io
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from orchestration.errors import RefusedError
from orchestration.io.atomic import replaced_file
from orchestration.io.payload import Bounds, opened
from orchestration.io.unwrapped import LONGEST_CELL, Unwrapping, is_wrapped, unwrapped

HEAD_CHARACTERS = 1024 * 1024


@dataclass(frozen=True)
class Repaired:
    """What a repair came to.

    Attributes:
        path: the repaired table.
        unwrapping: what was done to its lines.
        record_count: records after the header.
        width: fields of most records.
        misfits: numbers of the records with another number of fields: they could not be repaired, and are in the new
            file as they could be read, to be quarantined with their text.
        text_line_count: lines that end inside a text, where semicolons may have been lost.
    """

    path: Path
    unwrapping: Unwrapping
    record_count: int
    width: int
    misfits: tuple[int, ...]
    text_line_count: int

    @property
    def in_words(self) -> str:
        """What was restored and what was not, for people."""
        lines = self.unwrapping
        said = f"{self.record_count:,} records of {self.width} fields from {lines.line_count:,} lines"
        said += f"; {lines.rejoined_count:,} lines were put together again from several cells"
        if lines.repeated_count:
            said += f"; all {lines.repeated_count:,} lines said their first cell twice, both times the same"
        if self.text_line_count:
            said += f"; {self.text_line_count:,} lines end inside a text, where a last semicolon may be missing"
        if self.misfits:
            shown = ", ".join(f"{number:,}" for number in self.misfits[:10])
            said += f". NOT restored: {len(self.misfits):,} records lost quotes (record {shown}); adding the new file"
            said += " sets them aside with their text"
        return said + "."

    @property
    def facts(self) -> dict[str, Any]:
        """The same for a script."""
        return {**asdict(self), "path": str(self.path)}


def repair(path: Path, into: Path, bounds: Bounds) -> Repaired:
    """Write the table that a spreadsheet wrapped in quotes to a new file, as it was.

    Raises:
        RefusedError: the table is not wrapped, not UTF-8, or contradicts itself; or `into` is there already.
    """
    if into.exists():
        raise RefusedError(str(into), "it is there already", "a new file", "name another file", "the file as a whole")
    tally = Unwrapping()
    with _text(path, bounds, tally) as (source, text):
        if not is_wrapped(text.read(HEAD_CHARACTERS)):
            raise _nothing_to_repair(source)
    with _text(path, bounds, tally) as (source, text), replaced_file(into) as building:
        with building.open("w", encoding="utf-8", newline="") as out:
            out.writelines(f"{line}\n" for line in unwrapped(text, source, tally))
        widths = _widths(building)
    width = Counter(widths).most_common(1)[0][0] if widths else 0
    misfits = tuple(number for number, found in enumerate(widths, start=1) if found != width)
    return Repaired(into, tally, len(widths), width, misfits, tally.line_count - 1 - len(widths))


@contextmanager
def _text(path: Path, bounds: Bounds, tally: Unwrapping) -> Generator[tuple[str, io.TextIOWrapper]]:
    with opened(path, bounds) as (source, stream):
        try:
            yield source, io.TextIOWrapper(io.BufferedReader(stream), encoding="utf-8-sig", newline="")
        except UnicodeDecodeError as error:
            raise RefusedError(
                source=source,
                problem=f"the text is not UTF-8 ({error.object[error.start : error.start + 4]!r})",
                rule="a CSV table in UTF-8",
                way_out="save the file as UTF-8, or fetch it again",
                place=f"line {tally.line_count + 1:,} or after",
            ) from error


def _widths(path: Path) -> list[int]:
    """How many fields each record after the header has."""
    csv.field_size_limit(LONGEST_CELL)
    with path.open(encoding="utf-8", newline="") as stream:
        return [len(record) for record in csv.reader(stream) if record][1:]


def _nothing_to_repair(source: str) -> RefusedError:
    return RefusedError(
        source=source,
        problem="its lines do not stand inside quotes as a whole",
        rule="a table that a spreadsheet took for one column; nothing else is repaired here",
        way_out="add the file as it is: the refusal, if there is one, names the place",
        place="line 1",
    )
