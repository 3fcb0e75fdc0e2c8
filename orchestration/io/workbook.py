"""A workbook's table to chunks of text columns; the twin of `delimited` for xlsx.

A cell gives the text that a reader of the sheet sees: days as ISO, whole numbers without a fraction, long keys in full,
errors by their name. Formulas are never evaluated: what the program that saved the file worked out is taken, and a
formula without such a value is empty. Links to other files are never followed. Whether the file is safe to open is
decided in `spreadsheet`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import fastexcel
import polars as pl

from orchestration.errors import RefusedError
from orchestration.feeds.spec import Layout
from orchestration.io.hxl import is_tag_row
from orchestration.io.payload import Bounds
from orchestration.io.reading import MISFIT_SCHEMA, Chunk
from orchestration.io.spreadsheet import measure
from schemas.contract import Contract

HEADER_WITHIN = 50
"""Rows of a sheet in which its header is looked for, below titles and notes."""
CHUNK_BYTES = 12 * 1024**2
"""Text in a chunk, about."""
MIDNIGHT = r"^(\d{4}-\d\d-\d\d) 00:00:00$"
NO_DAY = r"^1899-12-3[01] (\d\d:\d\d:\d\d)"
"""A time of day without a day, as spreadsheets count."""
ERRORS = {
    "NA": "#N/A",
    "Div0": "#DIV/0!",
    "Value": "#VALUE!",
    "Ref": "#REF!",
    "Name": "#NAME?",
    "Num": "#NUM!",
    "Null": "#NULL!",
    "GettingData": "#GETTING_DATA",
}


@dataclass(frozen=True)
class Place:
    """Where a workbook's table stands.

    Attributes:
        sheet: the sheet's name.
        header_row: rows above the header.
        names: the header's cells from the first filled column on; None for an empty one.
        known: how many of them the contract knows.
    """

    sheet: str
    header_row: int
    names: tuple[str | None, ...]
    known: int


class WorkbookReader:
    """Reads the one table of a workbook that fits a contract; record numbers count rows below the header."""

    def __init__(
        self, path: Path, source: str, contract: Contract, layouts: tuple[Layout, ...], bounds: Bounds
    ) -> None:
        """Measure the workbook, then find the sheet and the header.

        Raises:
            RefusedError: it is not safe to open; no sheet has the columns, or more than one has them.
        """
        measure(path, source, bounds)
        self._source = source
        self._contract = contract
        self._workbook = _guarded(source, lambda: fastexcel.read_excel(path))
        self._place = self._find()
        self._columns = tuple(contract.spelled.get(spelling(name)) for name in self._place.names)
        self._refuse_what_does_not_fit()
        known = next((layout.name for layout in layouts if self._columns == layout.columns), None)
        shape = known or f"header of {sum(name is not None for name in self._place.names)} columns"
        self.layout = f"{shape}, sheet {self._place.sheet!r}, header in row {self._place.header_row + 1}"

    @property
    def unused(self) -> tuple[str, ...]:
        """Names of columns that the contract lacks."""
        pairs = zip(self._place.names, self._columns, strict=True)
        return tuple(name for name, column in pairs if name and column is None)

    def chunks(self) -> Iterator[Chunk]:
        """The rows below the header that have anything in them.

        Raises:
            RefusedError: the table is broken, or holds no row.
        """
        frame = self._rows()
        if frame.is_empty():
            raise self._refused("its table holds a header and no record", "fetch the file again")
        size = max(1, len(frame) * CHUNK_BYTES // max(int(frame.estimated_size()), 1))
        for chunk in frame.iter_slices(size):
            seen = chunk.with_columns(_as_seen(column) for column in chunk.columns if column != "_record_number")
            yield Chunk(seen, pl.DataFrame(schema=MISFIT_SCHEMA))

    def _rows(self) -> pl.DataFrame:
        """Every row that is not empty, under the contract's names, as the library gives it."""
        frame = self._load(self._place.sheet, skip=self._place.header_row + 1)
        rows_of_tags = int(len(frame) > 0 and is_tag_row(frame.row(0)))
        wanted = {
            frame.columns[position]: column
            for position, column in enumerate(self._columns)
            if column and position < frame.width
        }
        numbers = pl.int_range(1, len(frame) + 1, eager=True, dtype=pl.Int64).alias("_record_number")
        return (
            frame.with_columns(numbers)
            .slice(rows_of_tags)
            .filter(pl.any_horizontal(pl.exclude("_record_number").is_not_null()))
            .select("_record_number", *(pl.col(name).alias(column) for name, column in wanted.items()))
        )

    def _find(self) -> Place:
        """The row of names that fits best; hidden sheets are looked at only where no visible one fits."""
        names = list(self._workbook.sheet_names)
        sheets = {name: self._load_sheet(name, skip=0, rows=HEADER_WITHIN) for name in names}
        for visible in (True, False):
            places = [
                self._best_row(name, sheet)
                for name, sheet in sheets.items()
                if (sheet.visible == "visible") is visible and sheet.width and sheet.height
            ]
            fitting = [place for place in places if place.known]
            if fitting:
                return self._one_of(fitting)
        raise self._refused(
            f"no row at the top of its {len(names)} sheets names a known column",
            "add a file of this feed, its header in the first rows of a sheet",
        )

    def _one_of(self, places: list[Place]) -> Place:
        best = max(places, key=lambda place: place.known)
        rivals = [place for place in places if place is not best and not self._missing(place)]
        if rivals and not self._missing(best):
            names = ", ".join(repr(place.sheet) for place in (best, *rivals))
            raise self._refused(
                f"more than one sheet holds such a table: {names}",
                "save each of them as a file of its own, so that none is left out unseen",
            )
        return best

    def _best_row(self, sheet: str, loaded: Any) -> Place:  # noqa: ANN401 - fastexcel's sheet
        spelled = self._contract.spelled
        rows = pl.from_arrow(_guarded(self._source, loaded.to_arrow))
        best = Place(sheet, 0, (), 0)
        for number, row in enumerate(pl.DataFrame(rows).rows()):
            known = len({spelled[spelling(cell)] for cell in row if spelling(cell) in spelled})
            if known > best.known:
                best = Place(sheet, number, row, known)
        return best

    def _missing(self, place: Place) -> list[str]:
        found = {self._contract.spelled.get(spelling(name)) for name in place.names}
        return [name for name in self._contract.required_names if name not in found]

    def _refuse_what_does_not_fit(self) -> None:
        where = f"sheet {self._place.sheet!r}, row {self._place.header_row + 1}"
        if missing := self._missing(self._place):
            shown = ", ".join(missing[:12]) + (" …" if len(missing) > 12 else "")
            raise self._refused(f"columns are missing: {shown}", "see the release notes: the format has changed", where)
        twice = sorted({column for column in self._columns if column and self._columns.count(column) > 1})
        if twice:
            raise self._refused(f"columns stand twice: {', '.join(twice)}", "remove one of each pair", where)

    def _load_sheet(self, sheet: str, *, skip: int, rows: int | None = None) -> Any:  # noqa: ANN401
        return _guarded(self._source, lambda: _loaded(self._workbook, sheet, skip=skip, rows=rows))

    def _load(self, sheet: str, *, skip: int) -> pl.DataFrame:
        batch, errors = _guarded(self._source, self._load_sheet(sheet, skip=skip).to_arrow_with_errors)
        frame = pl.DataFrame(pl.from_arrow(batch))
        return _with_errors(frame, errors.errors) if errors else frame

    def _refused(self, problem: str, way_out: str, place: str | None = None) -> RefusedError:
        rule = f"a sheet with the columns of {self._contract.name}"
        return RefusedError(source=self._source, problem=problem, rule=rule, way_out=way_out, place=place)


def first_rows(path: Path, source: str, bounds: Bounds, count: int) -> list[tuple[str | None, ...]]:
    """The first rows of every sheet, one after the other.

    Raises:
        RefusedError: the workbook is not safe to open, or broken.
    """
    measure(path, source, bounds)
    workbook = _guarded(source, lambda: fastexcel.read_excel(path))
    rows: list[tuple[str | None, ...]] = []
    for name in workbook.sheet_names:
        sheet = _guarded(source, partial(_loaded, workbook, name, skip=0, rows=count))
        rows += pl.DataFrame(pl.from_arrow(_guarded(source, sheet.to_arrow))).rows()
    return rows


def _loaded(workbook: Any, sheet: str, *, skip: int, rows: int | None) -> Any:  # noqa: ANN401
    return workbook.load_sheet(
        sheet, header_row=None, skip_rows=skip, n_rows=rows, dtypes="string", whitespace_as_null=True
    )


def spelling(name: str | None) -> str:
    """A header's cell as names are compared: lower case, its line breaks and double spaces made one space."""
    return " ".join((name or "").lower().split())


def _as_seen(column: str) -> pl.Expr:
    """Days without the midnight that a spreadsheet adds, times of day without the day that it counts from."""
    return pl.col(column).str.replace(MIDNIGHT, "${1}").str.replace(NO_DAY, "${1}")


def _with_errors(frame: pl.DataFrame, errors: list[Any]) -> pl.DataFrame:
    """Put the names of error values where the library left nothing: an error is not an empty cell."""
    cells: dict[int, dict[int, str]] = {}
    for error in errors:
        row, column = error.offset_position
        name = error.detail.rpartition("Error(")[2].rstrip(")'")
        cells.setdefault(column, {})[row] = ERRORS.get(name, f"#{name.upper()}")
    changed = [
        frame.to_series(column).scatter(list(found.keys()), list(found.values())) for column, found in cells.items()
    ]
    return frame.with_columns(changed)


def _guarded(source: str, read: Any) -> Any:  # noqa: ANN401
    """Call the library; whatever it makes of a broken file becomes one refusal, a panic in its Rust code included."""
    try:
        return read()
    except (KeyboardInterrupt, SystemExit, GeneratorExit, MemoryError):
        raise
    except BaseException as error:
        raise RefusedError(
            source=source,
            problem=f"the workbook cannot be read ({str(error).splitlines()[0][:200] if str(error) else 'no reason'})",
            place="the workbook as a whole",
            rule="a workbook (.xlsx) as a spreadsheet program saves it",
            way_out="open it, save it anew, or save its table as CSV",
        ) from error
