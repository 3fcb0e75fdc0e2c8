"""ACLED's exports to chunks of text columns: monadic ones, which tell an event once per actor, are folded.

Columns and their names are found by the parsers of tables; here is only what makes one record of several rows. Rows
are folded when they agree in all but the actor: then nothing is lost and nothing invented. Those that do not agree stay
as they are, and landing quarantines them as one id with two contents.
"""

from collections.abc import Callable, Collection, Generator, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import polars as pl

from orchestration.feeds.spec import Feed
from orchestration.io.delimited import DelimitedReader
from orchestration.io.lake import RawBatch
from orchestration.io.opening import open_file
from orchestration.io.payload import Bounds
from orchestration.io.reading import Chunk, Reader
from schemas.acled import BOOKKEEPING

KEY = "event_id_cnty"
NUMBER = "_record_number"
FIRST_ACTOR = ("actor1", "assoc_actor_1", "inter1")
SECOND_ACTOR = ("actor2", "assoc_actor_2", "inter2")

Opening = Callable[[], AbstractContextManager[tuple[str, Reader]]]
"""Opens the same payload from its beginning, each time that it is called."""


@contextmanager
def open_export(raw: RawBatch, feed: Feed, bounds: Bounds) -> Generator[tuple[str, Reader]]:
    """Open the one table of an export, a workbook or delimited text."""

    def opening() -> AbstractContextManager[tuple[str, Reader]]:
        return open_file(raw.paths[0], feed.contract, feed.layouts, bounds)

    with opening() as (name, reader):
        yield name, ExportReader(reader, opening)


class ExportReader:
    """Hands a dyadic export on as it is, and folds a monadic one, which it reads twice."""

    def __init__(self, reader: Reader, opening: Opening) -> None:
        """Read with `reader`; `opening` opens the same table again, to see rows that stand far from each other."""
        self._reader = reader
        self._opening = opening

    @property
    def layout(self) -> str:
        """The name of the layout recognised."""
        return self._reader.layout

    @property
    def unused(self) -> tuple[str, ...]:
        """Names of columns that the contract lacks."""
        return self._reader.unused

    def chunks(self) -> Iterator[Chunk]:
        """The records in order; each monadic event stands where its first row stood.

        Raises:
            RefusedError: the payload cannot be read as a whole.
        """
        # A stream is looked through before it is read: two of them side by side would both read ahead.
        columns = self._reader.form.columns if isinstance(self._reader, DelimitedReader) else None
        folding = self._find() if columns and _is_monadic(columns) else None
        for chunk in self._reader.chunks():
            if columns is None and folding is None and _is_monadic(chunk.records.columns):
                folding = self._find()
            yield folding.applied(chunk) if folding else chunk

    def _find(self) -> "Folding":
        with self._opening() as (_, again):
            return find(chunk.records for chunk in again.chunks())


def _is_monadic(columns: Collection[str | None]) -> bool:
    """Has it a first actor and no column for a second one?"""
    return FIRST_ACTOR[0] in columns and SECOND_ACTOR[0] not in columns


@dataclass(frozen=True)
class Folding:
    """Which rows of a monadic export are taken into which.

    Attributes:
        seconds: for the first row of an event (`_record_number`) the second actor, in order.
        folded: numbers of the rows that are taken into an earlier one, in order.
    """

    seconds: pl.DataFrame
    folded: pl.Series

    def applied(self, chunk: Chunk) -> Chunk:
        """The same stretch, each event once and with both actors."""
        records = chunk.records
        if records.is_empty():
            return chunk
        first, last = records.item(0, NUMBER), records.item(-1, NUMBER)
        seconds = _between(self.seconds, self.seconds.get_column(NUMBER), first, last)
        folded = _between(self.folded.to_frame(), self.folded, first, last).to_series()
        kept = records.filter(~pl.col(NUMBER).is_in(folded.implode()))
        return Chunk(
            kept.join(
                seconds.with_columns(pl.col(SECOND_ACTOR).cast(pl.String)),
                on=NUMBER,
                how="left",
                maintain_order="left",
            ),
            chunk.misfits,
            chunk.filtered,
            chunk.folded + len(records) - len(kept),
        )


def _between(frame: pl.DataFrame, numbers: pl.Series, first: int, last: int) -> pl.DataFrame:
    """The rows whose number lies in a stretch; they stand in order, so that no chunk looks at all of them."""
    begin, end = numbers.search_sorted(first, "left"), numbers.search_sorted(last, "right")
    return frame.slice(begin, end - begin)


def find(stretches: Iterable[pl.DataFrame]) -> Folding:
    """Find the rows of each event, wherever they stand.

    Of a row it keeps some fifty bytes, as landing does to find ids that stand twice: its number, hashes of its id, of
    its actor and of the rest, and the names of its actor as numbers. Sorted by event, rows of one event are neighbours.
    Should the hashes of two ids be equal, those of the rest are not: such rows stay unfolded.
    """
    rows = pl.concat([_sides(records) for records in stretches] or [_sides(NO_RECORD)], rechunk=True)
    rows = rows.sort("event", maintain_order=True).with_columns(
        (pl.col("event") == pl.col("event").shift()).fill_null(value=False).alias("continues")
    )
    is_second = pl.col("continues")
    after, after_next, before = (is_second.shift(n, fill_value=False) for n in (-1, -2, 1))
    pairs = _of_two(rows, ~is_second & after & ~after_next)
    events = _of_many(rows.filter((~is_second & after & after_next) | (is_second & (after | before))))
    return Folding(
        pl.concat([part.seconds for part in (pairs, events)]).sort(NUMBER),
        pl.concat([part.folded for part in (pairs, events)]).sort(),
    )


def _sides(records: pl.DataFrame) -> pl.DataFrame:
    """What must be known of each row to find its like."""
    names = (KEY, *FIRST_ACTOR, "interaction")
    whole = records.with_columns(pl.lit(None, pl.String).alias(name) for name in names if name not in records.columns)
    rest = sorted(set(whole.columns) - {NUMBER, KEY, *FIRST_ACTOR, *BOOKKEEPING})
    return whole.filter(pl.col(KEY).is_not_null()).select(
        NUMBER,
        pl.col(KEY).hash().alias("event"),
        pl.struct(rest).hash().alias("rest"),
        pl.struct(FIRST_ACTOR).hash().alias("side"),
        _is_against_its_like().alias("is_against_its_like"),
        *(
            pl.col(first).cast(pl.Categorical).alias(second)
            for first, second in zip(FIRST_ACTOR, SECOND_ACTOR, strict=True)
        ),
    )


def _is_against_its_like() -> pl.Expr:
    """True where `interaction` names one kind twice (44, or words): two equal rows are two actors of one name."""
    kind, interaction = pl.col("inter1").str.to_lowercase(), pl.col("interaction").str.to_lowercase()
    is_twice = (interaction == kind + kind) | (interaction == kind + "-" + kind)
    return is_twice.fill_null(value=False)


def _of_two(rows: pl.DataFrame, is_first_of_two: pl.Expr) -> Folding:
    """Events of two rows, which are nearly all: each first row beside the one that follows it."""
    pairs = rows.select(
        pl.col(NUMBER, "is_against_its_like"),
        (pl.col("rest") == pl.col("rest").shift(-1)).alias("agrees"),
        (pl.col("side") != pl.col("side").shift(-1)).alias("differs"),
        pl.col(NUMBER).shift(-1).alias("folded"),
        *(pl.col(name).shift(-1) for name in SECOND_ACTOR),
        is_first_of_two.alias("is_first_of_two"),
    ).filter("is_first_of_two", "agrees")
    seconds = pairs.filter(pl.col("differs") | pl.col("is_against_its_like"))
    return Folding(seconds.select(NUMBER, *SECOND_ACTOR), pairs.get_column("folded").alias(NUMBER))


def _of_many(rows: pl.DataFrame) -> Folding:
    """Events of more rows: an actor stands there twice, or there are too many of them to be one event."""
    events = (
        rows.group_by("event")
        .agg(
            pl.col(NUMBER).first().alias("kept"),
            pl.col("rest").n_unique().alias("content_count"),
            pl.col("side").n_unique().alias("side_count"),
            pl.col("side").first().alias("first_side"),
        )
        .filter((pl.col("content_count") == 1) & (pl.col("side_count") <= 2))
    )
    others = rows.join(events, on="event", maintain_order="left").filter(pl.col(NUMBER) != pl.col("kept"))
    is_alone = pl.col("side_count") == 1
    seconds = others.filter(
        (pl.col("side") != pl.col("first_side")) | (is_alone & pl.col("is_against_its_like"))
    ).unique("kept", keep="first", maintain_order=True)
    return Folding(
        seconds.select(pl.col("kept").alias(NUMBER), *SECOND_ACTOR),
        others.get_column(NUMBER),
    )


NO_RECORD = pl.DataFrame(schema={NUMBER: pl.Int64, KEY: pl.String, **dict.fromkeys(FIRST_ACTOR, pl.String)})
