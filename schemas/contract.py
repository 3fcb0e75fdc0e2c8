"""What a contract is: typed columns and rules, enforced by pandera.

Here lives the language in which contracts are written. The contracts themselves live one module a family of feeds
(`schemas.ucdp`); how text becomes typed values lives in `schemas.casting`; how a batch is split into valid rows and
quarantine lives in `schemas.splitting`.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

import polars as pl

KEEPS_RULES = "keeps_rules"
"""The check by which pandera finds the records that break a quarantining rule."""
RECEIVED_ON = "_received_on"
"""The day on which the payload arrived: a column that rules may look at beside those of the contract. A rule that
asked the clock would answer differently when a batch is landed again."""


class Severity(StrEnum):
    """What happens to a record that breaks a rule."""

    QUARANTINE = "quarantine"
    """The codebook calls it an error, or no honest figure can be made of it: the record is set aside, whole."""
    WARN = "warn"
    """Odd but possible, or repairable without guessing: the record is kept and the warning counted."""


class Kind(StrEnum):
    """The types that a contract knows; `schemas.casting` says how text becomes each of them."""

    TEXT = "text"
    INTEGER = "integer"
    BIG_INTEGER = "big_integer"
    NUMBER = "number"
    DATE = "date"
    BOOLEAN = "boolean"

    @property
    def dtype(self) -> pl.DataType:
        """The polars type of a landed column."""
        return _DTYPES[self]


_DTYPES: dict[Kind, pl.DataType] = {
    Kind.TEXT: pl.String(),
    Kind.INTEGER: pl.Int32(),
    Kind.BIG_INTEGER: pl.Int64(),
    Kind.NUMBER: pl.Float64(),
    Kind.DATE: pl.Date(),
    Kind.BOOLEAN: pl.Boolean(),
}


@dataclass(frozen=True)
class Column:
    """One column of a feed.

    Attributes:
        name: the source's own name in its current vintage.
        kind: the type it lands as.
        about: what it holds, with its unit.
        required: an empty value quarantines the record.
        optional: the whole column may be missing from a vintage; it then lands empty.
        unknown: what the codebook writes for "unknown"; it lands empty, without a warning.
        aliases: names of the same column in other vintages.
        is_preview: shown in previews of a batch.
        is_content: a changed value is a revision of the report (False for bookkeeping and for repetitions of others).
        words: for a text, what vintages write otherwise (in lower case) and the word that it lands as, None for a code
            of nothing: a code and its word are one value, and no revision lies between them.
    """

    name: str
    kind: Kind
    about: str
    required: bool = False
    optional: bool = False
    unknown: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    is_preview: bool = False
    is_content: bool = True
    words: tuple[tuple[str, str | None], ...] = ()


@dataclass(frozen=True)
class Rule:
    """One promise of a record.

    Attributes:
        name: how the rule is called in the quarantine, in warnings and in the docs.
        columns: the columns it looks at.
        holds: True where the record keeps the promise; null (something is unknown) counts as kept.
        severity: quarantine or warn.
        because: what it protects, and why this severity.
        repair: for a warning that also cleans: the column and its new value, unknown for a placeholder.
    """

    name: str
    columns: tuple[str, ...]
    holds: pl.Expr
    severity: Severity
    because: str
    repair: tuple[str, pl.Expr] | None = None


@dataclass(frozen=True)
class Contract:
    """The shape of one batch of a feed.

    Attributes:
        name: the name of the contract, as the docs call it.
        version: raised when columns or rules change: landed batches of an older version are landed again.
        key: the column whose value is unique in a batch.
        columns: in the order in which they land.
        rules: looked at in this order.
        bookkeeping: columns in which rows of one event may differ that say the same: of such rows the one with the
            largest number in the first of them is kept, and the others are copies of it.
        year_column: where a quarantined record's year can be read, so that counts can say what they miss.
    """

    name: str
    version: int
    key: str
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...] = field(default=())
    year_column: str | None = None
    bookkeeping: tuple[str, ...] = ()

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Column names in landing order."""
        return tuple(column.name for column in self.columns)

    @cached_property
    def required_names(self) -> tuple[str, ...]:
        """The columns that every vintage has."""
        return tuple(column.name for column in self.columns if not column.optional)

    @cached_property
    def spelled(self) -> dict[str, str]:
        """Every accepted spelling (lower case) of a column's name, with the name it lands under."""
        return {spelling.lower(): column.name for column in self.columns for spelling in (column.name, *column.aliases)}

    @cached_property
    def content_columns(self) -> tuple[str, ...]:
        """The columns whose change is a revision."""
        return tuple(column.name for column in self.columns if column.is_content)

    @cached_property
    def warnings(self) -> tuple[Rule, ...]:
        """Rules that keep the record."""
        return tuple(rule for rule in self.rules if rule.severity is Severity.WARN)

    @cached_property
    def quarantining(self) -> tuple[Rule, ...]:
        """Rules that set the record aside."""
        return tuple(rule for rule in self.rules if rule.severity is Severity.QUARANTINE)

    @cached_property
    def landing_schema(self) -> pl.Schema:
        """Names and types of a landed frame, without the columns that landing itself adds."""
        return pl.Schema({column.name: column.kind.dtype for column in self.columns})

    @cached_property
    def pandera_schema(self) -> Any:  # noqa: ANN401 - pandera publishes no stable type for its polars schemas
        """The contract as a pandera schema: required values, and one check for all quarantining rules.

        A check costs pandera a millisecond before it has seen a row, so it only finds the records that break any rule;
        which rule that is, is asked of the rules themselves.

        Only columns that have rules are in it: that the others have their type is what casting does, and to look at
        them again would double the time of a validation.
        """
        import pandera.polars as pa  # 1.4 s, so only where a batch is validated

        holds = [rule.holds.fill_null(value=True) for rule in self.quarantining]

        def kept(data: Any) -> pl.LazyFrame:  # noqa: ANN401
            return data.lazyframe.select(pl.all_horizontal(holds))

        return pa.DataFrameSchema(
            columns={
                column.name: pa.Column(column.kind.dtype, nullable=not column.required)
                for column in self.columns
                if column.required or any(column.name in rule.columns for rule in self.quarantining)
            },
            checks=[pa.Check(kept, name=KEEPS_RULES, error=KEEPS_RULES)] if holds else [],
            strict=False,
            name=self.name,
        )
