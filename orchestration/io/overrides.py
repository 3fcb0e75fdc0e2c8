"""What we hold against a source's own record before it is validated: rows of the seed `overrides` such as `raw.best`.

Without them a record in quarantine could never be mended, because it never reaches the columns of the warehouse. They
change the text that is validated; raw stays as received, and so does the record as quarantine shows it. Rows that name
a column of the warehouse are dbt's business (macros/reports/overrides.sql).
"""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import polars as pl

from orchestration.errors import RefusedError
from orchestration.feeds.spec import Feed
from orchestration.io.payload import printable
from orchestration.settings import get_settings
from schemas.contract import Contract

PREFIX = "raw."
COLUMNS = ("feed", "source_event_id", "column_name", "value")


@dataclass(frozen=True)
class Overrides:
    """The overrides of one feed's own records.

    Attributes:
        rows: `source_event_id`, `column` (of the contract), `value` (null for empty).
        key: the contract's column of the source's own id.
    """

    rows: pl.DataFrame
    key: str

    @cached_property
    def digest(self) -> str | None:
        """Names what is overridden, for a batch record; None where nothing is."""
        told = self.rows.sort("source_event_id", "column").rows()
        return hashlib.sha256(repr(told).encode()).hexdigest()[:16] if told else None

    def applied(self, records: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Put our values in the place of the source's.

        Args:
            records: `_record_number` and text columns, as a chunk has them.

        Returns:
            The records, and `_record_number` and `mark` (`raw.best;raw.low`) of those that were met.
        """
        none = pl.DataFrame(schema={"_record_number": pl.Int64(), "mark": pl.String()})
        if self.rows.is_empty() or self.key not in records.columns:
            return records, none
        key = pl.col(self.key).str.strip_chars()
        met = records.filter(key.is_in(self.rows.get_column("source_event_id").implode()))
        if met.is_empty():
            return records, none
        marks = (
            met.select("_record_number", key.alias("source_event_id"))
            .join(self.rows, on="source_event_id")
            .sort("_record_number", "column")
            .group_by("_record_number", maintain_order=True)
            .agg((PREFIX + pl.col("column")).str.join(";").alias("mark"))
        )
        for (column,), rows in self.rows.group_by("column"):
            received = pl.col(str(column)) if column in records.columns else pl.lit(None, pl.String)
            values = dict(rows.select("source_event_id", "value").iter_rows())
            ours = key.replace_strict(values, default=None, return_dtype=pl.String)
            records = records.with_columns(
                pl.when(key.is_in(list(values))).then(ours).otherwise(received).alias(str(column))
            )
        return records, marks


def received_overrides(feed: Feed) -> Overrides:
    """The overrides of a feed's own records, from the seed of the dbt project.

    Raises:
        RefusedError: the seed cannot be read, or one of them names a column that the feed does not have.
    """
    seed = seed_file()
    named = pl.col("column_name").str.starts_with(PREFIX)
    ours = _read(seed).filter(pl.col("feed") == feed.name, named)
    rows = ours.select("source_event_id", pl.col("column_name").str.strip_prefix(PREFIX).alias("column"), "value")
    for event, column, _ in rows.iter_rows():
        if column not in feed.contract.names or column == feed.contract.key:
            raise _misplaced(seed, feed, event, column)
    return Overrides(rows, feed.contract.key)


def seed_file() -> Path:
    """Where the overrides stand."""
    return get_settings().dbt_project_dir / "seeds" / "overrides.csv"


def _read(seed: Path) -> pl.DataFrame:
    try:
        return pl.read_csv(seed, infer_schema=False).select(COLUMNS)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise RefusedError(
            source=str(seed),
            problem=f"the overrides cannot be read ({printable(str(error).splitlines()[0])})",
            rule="a csv file with the columns feed, source_event_id, column_name, value, why, decided_by, decided_on",
            way_out="mend the file, or restore it from the project's history",
        ) from error


def _misplaced(seed: Path, feed: Feed, event: str, column: str) -> RefusedError:
    is_key = column == feed.contract.key
    return RefusedError(
        source=str(seed),
        place=f"{feed.name} {event}, column {PREFIX}{column}",
        problem="an id cannot be overridden" if is_key else f"records of {feed.title} have no column {column!r}",
        rule=f"{PREFIX} and one of {_others(feed.contract)}; or a column of fct_reports, without {PREFIX}",
        way_out="mend the row or take it out",
    )


def _others(contract: Contract) -> str:
    return ", ".join(name for name in contract.names if name != contract.key)
