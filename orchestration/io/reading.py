"""What every parser of a payload offers: its records as chunks of text, numbered, with those that cannot be told apart.

Here lives the interface only; `delimited`, `pages` and the parsers of single feeds implement it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import polars as pl

MISFIT_SCHEMA = pl.Schema(
    {
        "_record_number": pl.Int64(),
        "column": pl.String(),
        "rule": pl.String(),
        "value": pl.String(),
        "record": pl.String(),
    }
)
"""A record whose fields cannot be told apart, with the record as received."""


@dataclass(frozen=True)
class Chunk:
    """Some consecutive records.

    Attributes:
        records: `_record_number` (1 is the first record after the header) and a text column for each column of the
            contract that the payload has; empty values are null.
        misfits: records of the same stretch with too few or too many fields (columns of `MISFIT_SCHEMA`).
        filtered: records of the same stretch that the settings leave in raw (other countries, other kinds of event).
        folded: records of the same stretch that were taken into another record of the same event.
    """

    records: pl.DataFrame
    misfits: pl.DataFrame
    filtered: int = 0
    folded: int = 0

    @property
    def record_count(self) -> int:
        """Every record of the stretch, whatever becomes of it."""
        return len(self.records) + len(self.misfits) + self.filtered + self.folded


class Reader(Protocol):
    """A parser with its payload; `layout` and `unused` are known before the first chunk."""

    @property
    def layout(self) -> str:
        """The name of the layout recognised."""
        ...

    @property
    def unused(self) -> tuple[str, ...]:
        """Names of columns that the contract lacks."""
        ...

    def chunks(self) -> Iterator[Chunk]:
        """The records in order; every record number is given once.

        Raises:
            RefusedError: the payload cannot be read as a whole.
        """
        ...


@dataclass(frozen=True)
class Noted:
    """A parser whose layout says what had to be done to its text."""

    reader: Reader
    notes: tuple[str, ...]

    @property
    def layout(self) -> str:
        """The layout, and the notes."""
        return "; ".join((self.reader.layout, *self.notes))

    @property
    def unused(self) -> tuple[str, ...]:
        """Names of columns that the contract lacks."""
        return self.reader.unused

    def chunks(self) -> Iterator[Chunk]:
        """The records."""
        return self.reader.chunks()
