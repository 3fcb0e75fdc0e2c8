"""The files of a GDELT day to chunks of text columns: many small zips, one table without a header in each.

In these files a tab ends a field and a newline ends a record, always: quotes and carriage returns are characters like
any other, so lines are cut before anything else and one wrecked record costs only itself. Most records are of other
countries and other kinds of event; they are left in raw before they are taken apart, and counted. What the values mean
is the business of `schemas.gdelt`.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import polars as pl
import pyarrow as pa
import pyarrow.compute

from orchestration.errors import RefusedError
from orchestration.io.encodings import decodes_as_utf8
from orchestration.io.payload import Bounds, opened
from orchestration.io.reading import MISFIT_SCHEMA, Chunk
from schemas.gdelt import GDELT_EVENTS

pc: Any = pyarrow.compute  # its functions are made at import: no checker knows them
LAYOUT = "GDELT 2.0 events (61 columns)"
BLOCK_BYTES = 12 * 1024**2
"""Text that is looked at together, of as many zips as it takes; also the longest record that can be read."""
COUNTRY, ROOT = (GDELT_EVENTS.names.index(name) for name in ("ActionGeo_CountryCode", "EventRootCode"))
FILE = "_file"
"""Stands in each record beside its columns: the file that it came in, shown where the record is quarantined."""


@dataclass(frozen=True)
class Selection:
    """Which records are read; None stands for all.

    Attributes:
        countries: FIPS codes of ActionGeo_CountryCode.
        roots: CAMEO root codes.
    """

    countries: tuple[str, ...] | None
    roots: tuple[str, ...] | None

    def __str__(self) -> str:
        """In words, for the record of a batch."""
        return f"countries {_listed(self.countries)}; CAMEO roots {_listed(self.roots)}"


def _listed(codes: tuple[str, ...] | None) -> str:
    return "all" if codes is None else ", ".join(codes)


@dataclass(frozen=True)
class Piece:
    """Whole lines of one file.

    Attributes:
        file: the file's name.
        lines_before: how many lines of it came before.
        text: the lines, each with its newline.
    """

    file: str
    lines_before: int
    text: bytes


@dataclass
class _Gathered:
    """Records until they make a chunk: a day may hold a hundred that are wanted among a hundred thousand."""

    records: list[pl.DataFrame] = field(default_factory=list[pl.DataFrame])
    misfits: list[pl.DataFrame] = field(default_factory=list[pl.DataFrame])
    filtered: int = 0
    byte_count: int = 0

    def chunk(self) -> Chunk:
        """All of it."""
        return Chunk(pl.concat([NO_RECORDS, *self.records]), pl.concat([NO_MISFITS, *self.misfits]), self.filtered)


NO_RECORDS = pl.DataFrame(
    schema={"_record_number": pl.Int64(), **dict.fromkeys(GDELT_EVENTS.names, pl.String()), FILE: pl.String()}
)
NO_MISFITS = pl.DataFrame(schema=MISFIT_SCHEMA)


class GdeltReader:
    """Reads the files of one batch in order; record numbers count the lines of all of them."""

    layout = LAYOUT
    unused: tuple[str, ...] = ()

    def __init__(self, paths: tuple[Path, ...], source: str, selection: Selection, bounds: Bounds) -> None:
        """Read nothing yet."""
        self._paths = paths
        self._source = source
        self._selection = selection
        self._bounds = bounds
        self._prefilter = _prefilter(selection)

    def chunks(self) -> Iterator[Chunk]:
        """The records in order.

        Raises:
            RefusedError: a file that cannot be unpacked, a record longer than a block, or no record of 61 fields at
                all; the message names the file.
        """
        gathered, last, sound = _Gathered(), 0, 0
        for pieces in self._blocks():
            last, found = self._take(pieces, last, gathered)
            sound += found
            if gathered.byte_count >= BLOCK_BYTES:
                yield gathered.chunk()
                gathered = _Gathered()
        if not sound:
            raise self._nothing_like_gdelt(last)
        yield gathered.chunk()

    def _blocks(self) -> Iterator[list[Piece]]:
        """Pieces of consecutive files, as many as make a block."""
        waiting: list[Piece] = []
        size = 0
        for piece in self._pieces():
            if waiting and size + len(piece.text) > BLOCK_BYTES:
                yield waiting
                waiting, size = [], 0
            waiting.append(piece)
            size += len(piece.text)
        if waiting:
            yield waiting

    def _pieces(self) -> Iterator[Piece]:
        left = self._bounds.max_bytes
        for path in self._paths:
            lines, rest = 0, b""
            bounds = replace(self._bounds, max_bytes=left)
            with opened(path, bounds, may_be_empty=len(self._paths) > 1) as (_, stream):
                while data := stream.read(BLOCK_BYTES):
                    left -= len(data)
                    text = rest + data
                    end = text.rfind(b"\n") + 1
                    text, rest = text[:end], text[end:]
                    if len(rest) > BLOCK_BYTES:
                        raise _too_long(path.name, lines)
                    if text:
                        yield Piece(path.name, lines, text)
                        lines += text.count(b"\n")
            if rest:
                yield Piece(path.name, lines, rest + b"\n")

    def _take(self, pieces: list[Piece], last: int, gathered: _Gathered) -> tuple[int, int]:
        """Read a block that follows record `last`: the number of its own last record, and how many have 61 fields."""
        lines = _Lines.cut(pieces, last)
        is_sound = pc.equal(lines.fields, len(GDELT_EVENTS.names))
        sound = cast("int", pc.sum(is_sound).as_py() or 0)
        records, undecodable = self._records(lines.where(pc.and_(is_sound, self._may_be_wanted(lines.text))))
        misfits = pl.concat([lines.where(pc.invert(is_sound)).ragged(), undecodable])
        gathered.records.append(records)
        gathered.misfits.append(misfits)
        gathered.filtered += sound - len(records) - len(undecodable)
        gathered.byte_count += int(records.estimated_size() + misfits.estimated_size())
        return last + len(lines.text), sound

    def _may_be_wanted(self, lines: Any) -> Any:  # noqa: ANN401 - pyarrow ships no types
        """True for every line that can be wanted, and for few others: only these are taken apart."""
        if self._prefilter is None:
            return pa.repeat(pa.scalar(value=True), len(lines))
        return pc.match_substring_regex(lines, self._prefilter)

    def _records(self, lines: "_Lines") -> tuple[pl.DataFrame, pl.DataFrame]:
        """The wanted records, and those of them that are not UTF-8 as misfits."""
        wanted = lines.where(self._is_wanted(lines))
        is_text = wanted.is_text()
        return wanted.where(is_text).records(), wanted.where(pc.invert(is_text)).undecodable()

    def _is_wanted(self, lines: "_Lines") -> Any:  # noqa: ANN401
        wanted = pa.repeat(pa.scalar(value=True), len(lines.text))
        for position, codes in ((COUNTRY, self._selection.countries), (ROOT, self._selection.roots)):
            if codes is not None:
                value_set = pa.array([code.encode() for code in codes], pa.large_binary())
                wanted = pc.and_(wanted, pc.is_in(lines.column(position), value_set=value_set))
        return wanted

    def _nothing_like_gdelt(self, line_count: int) -> RefusedError:
        return RefusedError(
            source=self._source,
            problem=f"not one of {line_count:,} lines has 61 fields" if line_count else "it holds no record",
            rule=f"{LAYOUT}, tab-separated, no header",
            way_out="add files named like 20240101001500.export.CSV.zip as GDELT publishes them; GDELT 1.0 has fewer "
            "columns and is another feed",
            place="all of its lines",
        )


@dataclass(frozen=True)
class _Lines:
    """Some lines of a block, with the number of their fields and of their record.

    Attributes:
        text: the lines without their newlines (large_binary).
        fields: how many fields each has.
        numbers: their record numbers.
        positions: which lines of the block these are.
        pieces: what the block was made of.
    """

    text: Any
    fields: Any
    numbers: Any
    positions: Any
    pieces: list[Piece]

    @classmethod
    def cut(cls, pieces: list[Piece], last: int) -> "_Lines":
        """Cut a block that follows record `last` into its lines; blank ones are no records."""
        text = b"".join(piece.text for piece in pieces)
        # The list ends with what follows the last newline: nothing.
        lines = pc.split_pattern(pa.array([text], pa.large_binary()), b"\n").values.slice(0, text.count(b"\n"))
        is_blank = pc.is_in(lines, value_set=pa.array([b"", b"\r"], pa.large_binary()))
        positions = pc.indices_nonzero(pc.invert(is_blank))
        if len(positions) < len(lines):
            lines = lines.take(positions)
        numbers = pl.int_range(last + 1, last + 1 + len(lines), eager=True, dtype=pl.Int64).to_arrow()
        return cls(lines, pc.add(pc.count_substring(lines, b"\t"), 1), numbers, positions, pieces)

    def where(self, mask: Any) -> "_Lines":  # noqa: ANN401
        """The lines for which the mask holds."""
        chosen = pc.indices_nonzero(mask)
        text, fields, numbers, positions = (
            column.take(chosen) for column in (self.text, self.fields, self.numbers, self.positions)
        )
        return _Lines(text, fields, numbers, positions, self.pieces)

    def column(self, position: int) -> Any:  # noqa: ANN401
        """One field of every line; all lines have 61."""
        return pc.list_element(pc.split_pattern(self.text, b"\t", max_splits=position + 1), position)

    def is_text(self) -> Any:  # noqa: ANN401
        """True for the lines that are UTF-8: nearly always all of them; where not, they are tried one by one."""
        with suppress(pa.ArrowInvalid):
            pc.cast(self.text, pa.large_string())
            return pa.repeat(pa.scalar(value=True), len(self.text))
        return pa.array([decodes_as_utf8(line) for line in self.text.to_pylist()])

    def records(self) -> pl.DataFrame:
        """One row a line: its number, its fields as text (empty is null), its file."""
        if not len(self.text):
            return NO_RECORDS
        fields = pc.split_pattern(pc.cast(self.text, pa.large_string()), "\t")
        table = pa.table([pc.list_element(fields, at) for at in range(len(GDELT_EVENTS.names))], GDELT_EVENTS.names)
        texts = cast("pl.DataFrame", pl.from_arrow(table)).with_columns(
            pl.col(GDELT_EVENTS.names[-1]).str.strip_suffix("\r")
        )
        return texts.select(
            cast("pl.Series", pl.from_arrow(self.numbers)).alias("_record_number"),
            pl.when(pl.all() != "").then(pl.all()),
            self.places().get_column("file").alias(FILE),
        )

    def ragged(self) -> pl.DataFrame:
        """As misfits that have not 61 fields."""
        return self._misfits("has_every_column", pl.format("{} fields, not 61", "fields"))

    def undecodable(self) -> pl.DataFrame:
        """As misfits that are not UTF-8."""
        return self._misfits("is_utf8", pl.col("text").str.extract(r"([^\t]{0,80}\\x[^\t]{0,80})"))

    def _misfits(self, rule: str, value: pl.Expr) -> pl.DataFrame:
        if not len(self.text):
            return NO_MISFITS
        # Bytes that are no text are shown as \xe9: few lines, so one at a time.
        shown = pl.Series("text", [line.decode("utf-8", "backslashreplace") for line in self.text.to_pylist()])
        fields = cast("pl.Series", pl.from_arrow(self.fields)).alias("fields")
        return (
            self.places()
            .with_columns(shown, fields)
            .select(
                cast("pl.Series", pl.from_arrow(self.numbers)).alias("_record_number"),
                pl.lit(None, pl.String).alias("column"),
                pl.lit(rule).alias("rule"),
                value.alias("value"),
                pl.struct(pl.col("file").alias(FILE), pl.col("line").alias("_line"), pl.col("text").alias("_text"))
                .struct.json_encode()
                .alias("record"),
            )
        )

    def places(self) -> pl.DataFrame:
        """Where each line stands: `file` and `line` (the first is 1)."""
        counts = [piece.text.count(b"\n") for piece in self.pieces]
        starts = pl.DataFrame(
            {
                "position": pl.Series(counts, dtype=pl.Int64).cum_sum().shift(fill_value=0),
                "file": [piece.file for piece in self.pieces],
                "lines_before": [piece.lines_before for piece in self.pieces],
                "start": pl.Series(counts, dtype=pl.Int64).cum_sum().shift(fill_value=0),
            }
        )
        positions = cast("pl.Series", pl.from_arrow(self.positions)).cast(pl.Int64)
        return (
            pl.DataFrame({"position": positions})
            .set_sorted("position")
            .join_asof(starts.set_sorted("position"), on="position")
            .select("file", (pl.col("position") - pl.col("start") + pl.col("lines_before") + 1).alias("line"))
        )


def _prefilter(selection: Selection) -> str | None:
    """A pattern that every wanted line holds: one of the codes as a whole field."""
    codes = selection.countries or selection.roots
    return f"\t(?:{'|'.join(codes)})\t" if codes else None


def _too_long(file: str, lines: int) -> RefusedError:
    return RefusedError(
        source=file,
        problem=f"a record is longer than {BLOCK_BYTES // 1024**2} MiB",
        rule="a newline ends every record",
        way_out="fetch the file again",
        place=f"line {lines + 1:,}",
    )
