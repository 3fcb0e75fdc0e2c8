"""One GeoJSON file of administrative areas to rows. Whatever stands in it: rows, features set aside, or a refusal.

Sources: RFC 7946; OCHA COD-AB (`ADM1_PCODE`, `ADM1_EN`, …, also in lower case and in the older form `admin1Pcode`);
geoBoundaries (`shapeISO`, `shapeName`, `shapeGroup`, `shapeType`). Nothing is mended: an area whose rings cross is set
aside with the reason, because each way to mend it draws another border.
"""

import json
import re
import warnings
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from orchestration.errors import RefusedError
from orchestration.io.geojson import BLOCK_BYTES, features_in
from orchestration.io.payload import Bounds, opened, printable

AREAS = pl.Schema(
    {
        "level": pl.Int8(),
        "pcode": pl.String(),
        "name": pl.String(),
        "parent_pcode": pl.String(),
        "country_code": pl.String(),
        "geometry": pl.Binary(),
    }
)
SET_ASIDE = pl.Schema({"feature_number": pl.Int64(), "reason": pl.String()})
RULE = "a FeatureCollection of areas in WGS 84 with the properties of OCHA COD-AB or of geoBoundaries"
MOST_FEATURES = 200_000
"""More than the municipalities of the world."""
PCODE = re.compile(r"adm(?:in)?([0-5])_?pcode")
LEVEL_IN_NAME = re.compile(r"adm(?:in)?_?([0-5])(?![0-9])", re.IGNORECASE)
LANGUAGES = ("en", "fr", "", "pt", "es", "ar")
"""Which of several names is taken; without a language it is the publisher's only one."""


@dataclass(frozen=True)
class BoundaryFile:
    """What a file holds.

    Attributes:
        areas: columns of `AREAS`; geometry is WKB in two dimensions.
        set_aside: columns of `SET_ASIDE`; every feature is in one of both.
    """

    areas: pl.DataFrame
    set_aside: pl.DataFrame


def read_boundaries(path: Path, source: str, bounds: Bounds, country_codes: Mapping[str, str]) -> BoundaryFile:
    """Read a file of areas.

    Args:
        path: the file, plain, zipped or gzipped.
        source: the name under which it came, which may tell the level (`…adm1…`).
        bounds: what it may cost.
        country_codes: ISO 3166 alpha-3 by the codes that files use.

    Raises:
        RefusedError: it is no such collection, in another system of coordinates, or has no sound area.
    """
    # One block more, so that it is the collection's own bound that is met, and named.
    with opened(path, replace(bounds, max_bytes=bounds.max_bytes + BLOCK_BYTES)) as (_, stream):
        features = features_in(
            stream,
            source,
            RULE,
            "drop a simplified one or split it; INCIDENTS_MAX_BOUNDARY_BYTES sets its size",
            most_bytes=bounds.max_bytes,
            numbers_as_written=False,
        )
    if len(features) > MOST_FEATURES:
        problem = f"it has {len(features):,} features, more than {MOST_FEATURES:,}"
        raise RefusedError(source, problem, RULE, "drop the countries that you need, a file each")
    told = _told(features, source, country_codes)
    shapes = _shapes(features, source)
    both = pl.concat([told, shapes], how="horizontal").with_row_index("feature_number", offset=1)
    stands = pl.struct("level", "pcode").count().over("level", "pcode")
    is_repeated = pl.col("fault").is_null() & pl.col("pcode").is_not_null() & (stands > 1)
    both = both.with_columns(
        reason=pl.coalesce(
            "fault",
            pl.when(pl.col("level").is_null()).then(pl.lit("nothing says its administrative level")),
            "missing",
            pl.when(is_repeated).then(pl.format("its code {} stands in {} features", "pcode", stands)),
        )
    )
    set_aside = both.filter(pl.col("reason").is_not_null()).select(
        pl.col(name).cast(kind) for name, kind in SET_ASIDE.items()
    )
    areas = both.filter(pl.col("reason").is_null()).select(pl.col(name).cast(kind) for name, kind in AREAS.items())
    if areas.is_empty():
        first = set_aside.item(0, "reason")
        problem = f"none of its {len(features):,} features is a sound area; of the first: {first}"
        raise RefusedError(source, problem, RULE, "look at the file in a GIS, or fetch it again")
    return BoundaryFile(areas, set_aside)


def _told(features: Sequence[Any], source: str, country_codes: Mapping[str, str]) -> pl.DataFrame:
    """What the properties say: the columns of `AREAS` but the geometry, and `missing`."""
    properties = [_properties(feature) for feature in features]
    names = {name for each in properties for name in each}
    levels = sorted(int(found[1]) for name in names if (found := PCODE.fullmatch(name)))
    if levels:
        told = _cod_ab(properties, levels[-1])
    elif {"shapename", "shapegroup"} <= names:
        told = _geoboundaries(properties, _level_in(source))
    else:
        seen = ", ".join(printable(name) for name in sorted(names)[:10]) or "none"
        problem = f"its properties are of no known kind: {seen[:200]}"
        raise RefusedError(source, problem, RULE, "rename the properties as one of both has them")
    _refuse_other_level(told.get_column("level"), source)
    return told.with_columns(pl.col("country_code").replace_strict(country_codes, default=None, return_dtype=pl.String))


def _cod_ab(properties: Sequence[Mapping[str, str]], level: int) -> pl.DataFrame:
    """The deepest level that has codes is the file's own; those above it name the parents."""
    spelled = [
        f"{stem}{joint}{language}"
        for language in LANGUAGES
        for stem, joint in (
            (f"adm{level}", "_" if language else "_name"),
            (f"adm{level}_name", "_" if language else ""),
            (f"admin{level}name", "_" if language else ""),
        )
    ]
    columns = {
        "pcode": _first(properties, _pcodes(level)),
        "name": _first(properties, spelled),
        "parent_pcode": _first(properties, _pcodes(level - 1)),
        "country_code": [code and code.upper() for code in _first(properties, _pcodes(0))],
    }
    missing = pl.when(pl.col("pcode").is_null()).then(pl.lit(f"it has no P-code of level {level}"))
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)).with_columns(
        level=pl.lit(level, pl.Int8), missing=missing
    )


def _geoboundaries(properties: Sequence[Mapping[str, str]], level_in_name: int | None) -> pl.DataFrame:
    """Codes are given for some countries and levels only, and parents never."""
    columns = {
        "pcode": _first(properties, ["shapeiso"]),
        "name": _first(properties, ["shapename"]),
        "country_code": _first(properties, ["shapegroup"]),
        "kind": _first(properties, ["shapetype"]),
    }
    level = pl.col("kind").str.extract(r"(?i)^adm([0-5])$").cast(pl.Int8).fill_null(pl.lit(level_in_name, pl.Int8))
    is_nameless = pl.col("pcode").is_null() & pl.col("name").is_null()
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)).select(
        "pcode",
        "name",
        "country_code",
        parent_pcode=pl.lit(None, pl.String),
        level=level,
        missing=pl.when(is_nameless).then(pl.lit("it has neither a code nor a name")),
    )


def _pcodes(level: int) -> list[str]:
    return [f"adm{level}_pcode", f"admin{level}pcode", f"adm{level}pcode", f"admin{level}_pcode"]


def _level_in(source: str) -> int | None:
    """The level that a file's name tells, if it tells one."""
    found = set(LEVEL_IN_NAME.findall(source))
    return int(found.pop()) if len(found) == 1 else None


def _refuse_other_level(levels: pl.Series, source: str) -> None:
    """A name that says one level over properties that say another: one of both is of another file."""
    named, found = _level_in(source), levels.drop_nulls().unique().sort().to_list()
    if named is not None and any(level != named for level in found):
        listed = ", ".join(map(str, found))
        problem = f"its name says level {named}, its properties level {listed}"
        raise RefusedError(source, problem, "one level, told alike by both", "give the file the name that it came with")


def _shapes(features: Sequence[Any], source: str) -> pl.DataFrame:
    """The geometries as WKB (column `geometry`), and what is wrong with them (column `fault`).

    Raises:
        RefusedError: a position is outside of the world.
    """
    import numpy as np
    import shapely

    faults = [_fault_of(feature) for feature in features]
    texts = ["" if fault else _geometry_text(feature) for fault, feature in zip(faults, features, strict=True)]
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        shapes: Any = shapely.from_geojson(np.array(texts, dtype=object), on_invalid="ignore")
    _refuse_outside(shapely.bounds(shapes), source)
    is_sound = shapely.is_valid(shapes) & ~shapely.is_empty(shapes)
    reasons: Any = np.where(shapely.is_empty(shapes), "its area is empty", shapely.is_valid_reason(shapes))
    unread = "its rings are not closed, too short, or not made of numbers"
    return pl.DataFrame(
        {
            "geometry": shapely.to_wkb(shapely.force_2d(np.where(is_sound, shapes, None))).tolist(),
            "fault": [
                fault or (None if sound else f"broken rings: {reason}" if reason else unread)
                for fault, sound, reason in zip(faults, is_sound.tolist(), reasons.tolist(), strict=True)
            ],
        },
        schema={"geometry": pl.Binary, "fault": pl.String},
    )


def _refuse_outside(bounds: Any, source: str) -> None:  # noqa: ANN401 - an array (n, 4) of west, south, east, north
    import numpy as np

    outside = np.flatnonzero((np.abs(bounds) > np.array([180.0, 90.0, 180.0, 90.0])).any(axis=1))
    if outside.size:
        number = int(outside[0])
        shown = ", ".join(f"{value:g}" for value in bounds[number])
        raise RefusedError(
            source=source,
            problem=f"it reaches over {shown} (west, south, east, north), which is not on the globe",
            rule="longitudes of -180 to 180 and latitudes of -90 to 90 degrees",
            way_out="export it in WGS 84 (EPSG:4326), longitude first",
            place=f"feature {number + 1:,}",
        )


def _fault_of(feature: Any) -> str | None:  # noqa: ANN401 - any JSON
    """Why a feature is no area, before its rings are looked at."""
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        return "it is no feature"
    geometry = feature.get("geometry")
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in ("Polygon", "MultiPolygon"):
        return f"it is no area but {printable(json.dumps(kind)[:60])}" if kind else "it has no geometry"
    return None


def _geometry_text(feature: dict[str, Any]) -> str:
    """Kind and coordinates alone, taken out of the feature: in memory they should not stand twice."""
    geometry = feature.pop("geometry")
    try:
        return json.dumps({"type": geometry["type"], "coordinates": geometry.get("coordinates")}, separators=(",", ":"))
    except RecursionError:
        return ""


def _properties(feature: Any) -> dict[str, str]:  # noqa: ANN401
    """The properties that hold something, as text, by their names in lower case."""
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(properties, dict):
        return {}
    texts = {name.strip().lower(): _text(value) for name, value in properties.items()}
    return {name: text for name, text in texts.items() if text}


def _text(value: Any) -> str | None:  # noqa: ANN401
    """A text or a whole number, without space around it; half a surrogate pair stays as it was escaped."""
    if not isinstance(value, str | int) or isinstance(value, bool):
        return None
    text = str(value).strip()
    return text.encode("utf-8", "backslashreplace").decode() or None


def _first(properties: Sequence[Mapping[str, str]], names: Collection[str]) -> list[str | None]:
    """Of each feature the first of some properties that it has."""
    return [next((each[name] for name in names if name in each), None) for each in properties]
