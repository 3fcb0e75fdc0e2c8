"""Which administrative areas hold a point, and how far it is to the border of its country. Boundaries come from files.

A point on a common border is in the area whose code comes first. An area that is given for a level tells its country;
where a country's own outline is not given, it is that of its largest areas together.
"""

from pathlib import Path
from typing import Any

import polars as pl

from orchestration.reference.sphere import neighbours
from orchestration.reference.tables import row_count

LEVELS = (1, 2, 3)
STEP_DEGREES = 0.0045
"""Half a kilometre of latitude; of longitude it is less."""
SLIVER_SQUARE_DEGREES = 0.001
"""A hole in areas put together that is smaller than this, some 12 km², is where their borders do not quite meet."""

HELD_BY = pl.Schema(
    {
        "area_country_code": pl.String(),
        **{name: pl.String() for level in LEVELS for name in (f"area{level}_pcode", f"area{level}_name")},
        "distance_to_border_km": pl.Float64(),
    }
)


def areas_holding(points: pl.DataFrame, table: Path) -> pl.DataFrame:
    """Columns of `HELD_BY` for each point (latitude, longitude), in their order; all null without boundaries."""
    if points.is_empty() or row_count(table) == 0:
        return pl.DataFrame(schema=HELD_BY).clear(len(points))
    areas = _read(table)
    held = _held(points, areas)
    found = points.with_row_index("point").select("point")
    for level in (0, *LEVELS):
        of_level = held.filter(pl.col("level") == level).select(
            "point",
            pl.col("pcode").alias(f"area{level}_pcode"),
            pl.col("name").alias(f"area{level}_name"),
            pl.col("country_code").alias(f"country{level}"),
        )
        found = found.join(of_level, on="point", how="left")
    found = found.with_columns(area_country_code=pl.coalesce(f"country{level}" for level in (0, *LEVELS)))
    border = _distance_to_border(points, found.get_column("area_country_code"), areas)
    return found.sort("point").with_columns(border).select(HELD_BY.names())


def _read(table: Path) -> pl.DataFrame:
    """The areas of the levels that are asked for, with their shapes as an object column."""
    return pl.read_parquet(table).filter(pl.col("level") <= max(LEVELS)).sort("level", "pcode", "name")


def _held(points: pl.DataFrame, areas: pl.DataFrame) -> pl.DataFrame:
    """One row a point and level: point, level, pcode, name, country_code."""
    import shapely

    spots: Any = shapely.points(points.get_column("longitude").to_numpy(), points.get_column("latitude").to_numpy())
    shapes = shapely.from_wkb(areas.get_column("geometry").to_numpy())
    area, point = shapely.STRtree(spots).query(shapes, predicate="intersects")
    found = pl.DataFrame({"area": area, "point": point}, schema={"area": pl.UInt32, "point": pl.UInt32})
    told = areas.select("level", "pcode", "name", "country_code").with_row_index("area")
    return found.join(told, on="area").sort("area").unique(["point", "level"], keep="first", maintain_order=True)


def _distance_to_border(points: pl.DataFrame, country_codes: pl.Series, areas: pl.DataFrame) -> pl.Series:
    """Kilometres to the outline of the country that holds the point; null where none is known to."""
    located = points.with_row_index("point").with_columns(country_codes.alias("country_code"))
    measured = [pl.DataFrame(schema={"point": pl.UInt32, "distance_to_border_km": pl.Float64})]
    for (code,), inside in located.drop_nulls("country_code").group_by("country_code"):
        border = _outline(areas.filter(pl.col("country_code") == code))
        _, distance_km = neighbours(inside, border, 1)
        measured.append(inside.select("point", distance_to_border_km=pl.Series(distance_km[:, 0])))
    joined = located.join(pl.concat(measured), on="point", how="left").sort("point")
    return joined.get_column("distance_to_border_km")


def _outline(areas: pl.DataFrame) -> pl.DataFrame:
    """Points along the outline of a country's largest areas: latitude, longitude."""
    import shapely

    largest = areas.filter(pl.col("level") == pl.col("level").min())
    country: Any = shapely.union_all(shapely.from_wkb(largest.get_column("geometry").to_numpy()))
    if len(largest) > 1:
        country = _without_slivers(country)
    vertices = shapely.get_coordinates(shapely.segmentize(shapely.boundary(country), STEP_DEGREES))
    return pl.DataFrame({"latitude": vertices[:, 1], "longitude": vertices[:, 0]})


def _without_slivers(country: Any) -> Any:  # noqa: ANN401 - shapely's shapes are what they are
    import shapely

    filled = [
        shapely.Polygon(part.exterior, [ring for ring in part.interiors if _area(ring) >= SLIVER_SQUARE_DEGREES])
        for part in getattr(country, "geoms", [country])
    ]
    return shapely.MultiPolygon(filled)


def _area(ring: Any) -> float:  # noqa: ANN401
    import shapely

    return shapely.Polygon(ring).area
