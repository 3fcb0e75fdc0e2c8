"""What one pass over a payload has seen; the figures of the batch record and of its scope come from here."""

from collections import Counter
from dataclasses import dataclass, field

import polars as pl


@dataclass
class Tally:
    """What a pass over a payload has seen."""

    records_read: int = 0
    landed: int = 0
    quarantined: int = 0
    duplicates: int = 0
    filtered: int = 0
    folded: int = 0
    withdrawals: int = 0
    is_cut_off: bool = False
    layout: str = ""
    unused: tuple[str, ...] = ()
    warnings: Counter[str] = field(default_factory=Counter[str])
    newest_year: int | None = None
    oldest_year: int | None = None
    countries: set[str] = field(default_factory=set[str])
    keys: list[pl.DataFrame] = field(default_factory=list[pl.DataFrame])
