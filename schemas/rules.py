"""How rules are written, and those about places that every feed with coordinates keeps alike.

What lives elsewhere: what a rule is (`contract`), rules about days (`calendar`) and about text (`text`).
"""

import polars as pl

from schemas.contract import Rule, Severity


def quarantine(name: str, columns: tuple[str, ...], holds: pl.Expr, because: str) -> Rule:
    """A rule that sets aside the record which breaks it."""
    return Rule(name, columns, holds, Severity.QUARANTINE, because)


def warn(
    name: str, columns: tuple[str, ...], holds: pl.Expr, because: str, repair: tuple[str, pl.Expr] | None = None
) -> Rule:
    """A rule that keeps the record which breaks it, and counts a warning."""
    return Rule(name, columns, holds, Severity.WARN, because, repair)


def coordinates_on_earth(because: str) -> tuple[Rule, ...]:
    """Rules for `latitude` and `longitude` in degrees (WGS 84); `because` says what a place off the Earth tells."""
    return (
        quarantine("latitude_on_earth", ("latitude",), pl.col("latitude").is_between(-90, 90), because),
        quarantine("longitude_on_earth", ("longitude",), pl.col("longitude").is_between(-180, 180), because),
        coordinates_not_zero("latitude", "longitude"),
    )


def coordinates_not_zero(latitude: str, longitude: str) -> Rule:
    """Two zeros are no place."""
    return quarantine(
        "coordinates_not_zero",
        (latitude, longitude),
        (pl.col(latitude) != 0) | (pl.col(longitude) != 0),
        "0,0 lies in the Gulf of Guinea and stands for a place that was not coded.",
    )
