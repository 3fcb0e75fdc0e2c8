"""Days that no record of a present or past event can have. What lives elsewhere: the first day of a single feed."""

from datetime import UTC, date, datetime, timedelta

import polars as pl

FIRST_DAY = date(1900, 1, 1)
"""No feed goes back as far; an earlier day is a misread one."""


def not_before_1900(column: str) -> pl.Expr:
    """True where the day is 1 January 1900 or later."""
    return pl.col(column) >= FIRST_DAY


def not_after_tomorrow(column: str) -> pl.Expr:
    """True where the day has come, or comes tomorrow: somewhere on Earth it may have begun.

    The clock is read when a batch is validated, not when the contract is written down: a scheduler runs for weeks.
    """
    return pl.col(column).map_batches(_has_come, return_dtype=pl.Boolean)


def _has_come(days: pl.Series) -> pl.Series:
    return days <= datetime.now(UTC).date() + timedelta(days=1)
