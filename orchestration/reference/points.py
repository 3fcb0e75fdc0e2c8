"""Every pair of coordinates that a feed has told, and where on the globe it lies: the table `located_points`.

What can be computed from coordinates alone lives here, over distinct pairs and for those only that are not known yet.
What a report means by a place, and whether its country agrees, is decided in dbt (`dim_places`).

Distances are those of a sphere of 6,371.0088 km, which differ from those of the ellipsoid by 0.6 % at most. A border is
walked in steps of half a kilometre, which makes the distance to it too long by 0.25 km at most.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from orchestration.feeds import all_feeds
from orchestration.io.atomic import replaced_file
from orchestration.io.lake import Lake
from orchestration.reference import areas, boundaries, places
from orchestration.reference.sphere import neighbours, unit_vectors, within
from orchestration.reference.tables import edition_of, quoted
from orchestration.settings import Settings

if TYPE_CHECKING:
    import duckdb

NAME = "located_points"
TABLE_VERSION = 1
"""Raise it when the same coordinates would make other rows: all of them are located again."""
WITNESSES = 3
"""So many populated places are asked in which country a point lies."""
WITNESS_KM = 50.0
"""None of them may be farther away."""
COUNTRY_KM = 100.0
"""A country is out of the question where no populated place of it is nearer than this."""
HALF_A_CELL_KM = 8.0
"""From the middle of a cell a tenth of a degree wide to its corner."""

COORDINATES = pl.Schema({"latitude": pl.Float64(), "longitude": pl.Float64()})
SCHEMA = pl.Schema(
    {
        **COORDINATES,
        "nearest_geoname_id": pl.Int64(),
        "nearest_place_name": pl.String(),
        "nearest_place_country_code": pl.String(),
        "nearest_place_population": pl.Int64(),
        "nearest_place_distance_km": pl.Float64(),
        "witnessed_country_code": pl.String(),
        "country_codes_near": pl.String(),
        **areas.HELD_BY,
    }
)


@dataclass(frozen=True)
class Located:
    """What one run did: pairs in the table, and those of them that it located."""

    point_count: int
    new_count: int


def path_of(settings: Settings) -> Path:
    """Where the table stands."""
    return Lake(settings.lake_dir).reference(NAME)


def locate_points(settings: Settings) -> Located:
    """Locate the pairs that the table lacks, or all of them where places or boundaries have changed."""
    target, edition = path_of(settings), _edition(settings)
    known = _known(target, edition)
    told = told_coordinates(settings)
    missing = told.join(known, on=COORDINATES.names(), how="anti")
    if missing.is_empty() and edition_of(target) == edition:
        return Located(len(known), 0)
    table = pl.concat([known, located_at(missing, settings)]).sort(COORDINATES.names())
    with replaced_file(target) as building:
        table.write_parquet(building, metadata={"edition": edition})
    return Located(len(table), len(missing))


def told_coordinates(settings: Settings) -> pl.DataFrame:
    """The distinct pairs in landed records of every feed, as told and as overridden (columns of `COORDINATES`)."""
    import duckdb

    limits: dict[str, Any] = {"threads": settings.threads, "memory_limit": settings.memory_limit}
    overrides = _overridden(settings)
    with duckdb.connect(config=limits) as connection:
        selected = list(_selections(settings, connection, overrides))
        if not selected:
            return pl.DataFrame(schema=COORDINATES)
        statement = " union ".join(selected)
        return connection.sql(
            f"select latitude, longitude from ({statement}) where latitude is not null and longitude is not null"
        ).pl()


def located_at(points: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Where pairs lie (columns of `SCHEMA`, rows in the order of `points`)."""
    populated = _Populated(places.path_of(settings))
    return pl.concat(
        [
            points,
            populated.nearest(points),
            populated.countries_near(points),
            areas.areas_holding(points, boundaries.path_of(settings)),
        ],
        how="horizontal",
    ).select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())


class _Populated:
    """The populated places, asked for what is near."""

    def __init__(self, table: Path) -> None:
        self._path = table

    @cached_property
    def _places(self) -> pl.DataFrame:
        columns = ["geoname_id", "name", "latitude", "longitude", "country_code", "population"]
        return pl.read_parquet(self._path, columns=columns)

    def nearest(self, points: pl.DataFrame) -> pl.DataFrame:
        """The nearest place, and the country in which the nearest ones lie if they agree and are near enough."""
        index, distance_km = neighbours(points, self._places, WITNESSES)
        found = self._places[index[:, 0]]
        country_codes = self._places.get_column("country_code")
        asked = [country_codes[index[:, number]].alias(f"{number}") for number in range(WITNESSES)]
        return pl.DataFrame(
            {
                "nearest_geoname_id": found.get_column("geoname_id"),
                "nearest_place_name": found.get_column("name"),
                "nearest_place_country_code": found.get_column("country_code"),
                "nearest_place_population": found.get_column("population"),
                "nearest_place_distance_km": distance_km[:, 0],
                "farthest_km": distance_km[:, -1],
                **{column.name: column for column in asked},
            }
        ).select(
            pl.col(r"^nearest_.*$"),
            witnessed_country_code=pl.when(
                pl.col("farthest_km") <= WITNESS_KM,
                *(pl.col("0") == pl.col(f"{number}") for number in range(1, WITNESSES)),
            ).then(pl.col("0")),
        )

    def countries_near(self, points: pl.DataFrame) -> pl.DataFrame:
        """The countries with a populated place near, as `;MLI;NER;`.

        Asked for the middles of cells a tenth of a degree wide, and half a cell farther: a country too many is a flag
        too few.
        """
        cells = points.select((pl.all() / 0.1).floor()).with_row_index("point")
        middles = cells.select("latitude", "longitude").unique(maintain_order=True).with_row_index("cell")
        centres = unit_vectors(middles.select((pl.col("latitude", "longitude") + 0.5) * 0.1))
        schema = {"cell": pl.UInt32, "country_code": pl.String}
        found = [pl.DataFrame(schema=schema)]
        for (code,), group in self._places.group_by("country_code"):
            cell = within(centres, unit_vectors(group), COUNTRY_KM + HALF_A_CELL_KM)
            found.append(pl.DataFrame({"cell": cell, "country_code": [code] * len(cell)}, schema=schema))
        listed = (
            pl.concat(found)
            .sort("country_code")
            .group_by("cell")
            .agg(country_codes_near=pl.format(";{};", pl.col("country_code").str.join(";")))
        )
        return (
            cells.join(middles, on=["latitude", "longitude"], how="left")
            .join(listed, on="cell", how="left")
            .sort("point")
            .select("country_codes_near")
        )


def _edition(settings: Settings) -> str:
    made_from = (edition_of(places.path_of(settings)), edition_of(boundaries.path_of(settings)))
    return f"table {TABLE_VERSION}, {made_from}"


def _known(target: Path, edition: str) -> pl.DataFrame:
    """The rows of the table, if it was made from the same places and boundaries; none otherwise."""
    return pl.read_parquet(target) if edition_of(target) == edition else pl.DataFrame(schema=SCHEMA)


def _overridden(settings: Settings) -> pl.DataFrame:
    """Coordinates that people have set: one row a record (feed, source_event_id, latitude, longitude)."""
    path = settings.dbt_project_dir / "seeds" / "overrides.csv"
    rows = pl.read_csv(path, infer_schema=False) if path.exists() else pl.DataFrame(schema={"column_name": pl.String})
    rows = rows.filter(pl.col("column_name").is_in(COORDINATES.names()))
    if rows.is_empty():
        return pl.DataFrame(schema={"feed": pl.String, "source_event_id": pl.String, **COORDINATES})
    return rows.group_by("feed", "source_event_id").agg(
        pl.col("value").filter(pl.col("column_name") == name).first().cast(kind, strict=False).alias(name)
        for name, kind in COORDINATES.items()
    )


def _selections(settings: Settings, connection: "duckdb.DuckDBPyConnection", overrides: pl.DataFrame) -> Iterator[str]:
    """Statements that select pairs, one a feed that has landed and one more for its overridden records."""
    for feed in all_feeds().values():
        files = Lake(settings.lake_dir).root / "landing" / feed.name / "batch_id=*" / "part-*.parquet"
        if not any(files.parent.parent.glob("*/part-*.parquet")):
            continue
        latitude, longitude = feed.coordinates
        rows = f"read_parquet({quoted(files)}, hive_partitioning = false) as landed"
        yield f"select distinct {latitude} as latitude, {longitude} as longitude from {rows}"
        own = overrides.filter(pl.col("feed") == feed.name)
        if not own.is_empty():
            connection.register(f"overridden_{feed.name}", own.to_arrow())
            yield (
                f"select coalesce(own.latitude, landed.{latitude}), coalesce(own.longitude, landed.{longitude})"
                f" from {rows} inner join overridden_{feed.name} as own"
                f" on landed.{feed.contract.key}::varchar = own.source_event_id"
            )
