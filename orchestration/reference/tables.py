"""What the tables of reference inputs share: the edition noted inside a Parquet file, and its number of rows."""

from pathlib import Path

import polars as pl


def edition_of(table: Path) -> str | None:
    """What the table was made from, as noted in it; None where there is no table."""
    return pl.read_parquet_metadata(table).get("edition") if table.exists() else None


def row_count(table: Path) -> int:
    """How many rows the table has, which its footer says; 0 where there is no table."""
    return pl.scan_parquet(table).select(pl.len()).collect().item() if table.exists() else 0


def quoted(value: object) -> str:
    """A text of SQL."""
    return "'" + str(value).replace("'", "''") + "'"
