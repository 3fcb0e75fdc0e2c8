"""Days that no record of a present or past event can have. What lives elsewhere: the first day of a single feed."""

from datetime import date

import polars as pl

from schemas.contract import RECEIVED_ON

FIRST_DAY = date(1900, 1, 1)
"""No feed goes back as far; an earlier day is a misread one."""


def not_before_1900(column: str) -> pl.Expr:
    """True where the day is 1 January 1900 or later."""
    return pl.col(column) >= FIRST_DAY


def not_after_tomorrow(column: str) -> pl.Expr:
    """True where the day had come when the payload arrived, or came the day after: somewhere it may have begun.

    The day of arrival is asked and not the clock: a batch that lands again years later is judged as on its first day.
    """
    return pl.col(column) <= pl.col(RECEIVED_ON) + pl.duration(days=1)
