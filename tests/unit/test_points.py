"""Where coordinates lie: nearest places and borders by hand-made tables, only what is new, and nothing twice."""

import math
from pathlib import Path

import polars as pl
import pytest

from orchestration.feeds import all_feeds
from orchestration.io.lake import Lake
from orchestration.reference import boundaries, places, points
from orchestration.reference.boundary_file import read_boundaries
from orchestration.reference.empty import prepare_tables
from orchestration.reference.points import COORDINATES, SCHEMA, locate_points, path_of, told_coordinates
from orchestration.reference.sphere import EARTH_RADIUS_KM
from orchestration.settings import Settings
from tests.unit.test_boundaries import BOUNDS, CODES, collection, region, square

TOWNS = [
    # name, latitude, longitude, country, population
    ("Gao", 16.27, -0.05, "MLI", 86_000),
    ("Ansongo", 15.66, 0.50, "MLI", 30_000),
    ("Bourem", 16.95, -0.35, "MLI", None),
    ("Tillabéri", 14.21, 1.45, "NER", 20_000),
    ("Ayorou", 14.73, 0.92, "NER", 11_000),
    ("Téra", 14.01, 0.75, "NER", 30_000),
    ("Suva", -18.14, 178.44, "FJI", 77_000),
    ("Apia", -13.83, -171.77, "WSM", 40_000),
]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A lake with a handful of towns, no boundaries, and a feed that has landed nothing."""
    settings = Settings(data_dir=tmp_path / "data")
    prepare_tables(settings)
    for feed in all_feeds().values():
        Lake(settings.lake_dir).prepare(feed.name, feed.contract)
    towns = pl.DataFrame(TOWNS, schema=["name", "latitude", "longitude", "country_code", "population"], orient="row")
    write(places.path_of(settings), towns.with_row_index("geoname_id"), edition="towns 1")
    return settings


def write(path: Path, frame: pl.DataFrame, edition: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.write_parquet(path, metadata={"edition": edition})


def land(settings: Settings, *coordinates: tuple[float | None, float | None], feed: str = "acled") -> None:
    """Records of a feed with these coordinates and no other value but a key."""
    of_feed = all_feeds()[feed]
    folder = Lake(settings.lake_dir).landing(feed, f"batch-{len(list(settings.lake_dir.rglob('part-*')))}")
    schema = pl.read_parquet_schema(Lake(settings.lake_dir).landing(feed, "none") / "part-empty.parquet")
    key = of_feed.contract.key
    rows = pl.DataFrame(coordinates, schema=dict.fromkeys(of_feed.coordinates, pl.Float64), orient="row")
    rows = rows.with_columns((pl.int_range(pl.len()) + 1).cast(pl.String).cast(schema[key]).alias(key))
    folder.mkdir(parents=True)
    rows.select(
        pl.col(name) if name in rows.columns else pl.lit(None, kind).alias(name) for name, kind in schema.items()
    ).write_parquet(folder / "part-0.parquet")


def located(settings: Settings) -> dict[tuple[float, float], dict]:
    """The table by its pairs."""
    locate_points(settings)
    return {(row["latitude"], row["longitude"]): row for row in pl.read_parquet(path_of(settings)).to_dicts()}


def great_circle_km(one: tuple[float, float], other: tuple[float, float]) -> float:
    """The haversine formula, one pair at a time."""
    (lat1, lon1), (lat2, lon2) = (tuple(map(math.radians, pair)) for pair in (one, other))
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(half))


def test_pairs_of_every_feed_are_told_once_and_unknown_ones_never(settings: Settings):
    for feed in all_feeds():
        land(settings, (15.0, 0.5), (15.0, 0.5), (None, 0.5), (None, None), feed=feed)
    land(settings, (16.0, -0.5), feed="gdelt")
    assert sorted(told_coordinates(settings).iter_rows()) == [(15.0, 0.5), (16.0, -0.5)]


def test_overridden_coordinates_are_told_beside_those_of_the_source(settings: Settings, tmp_path: Path):
    seeds = tmp_path / "project" / "seeds"
    seeds.mkdir(parents=True)
    head = "feed,source_event_id,column_name,value,why,decided_by,decided_on\n"
    rows = "ucdp_ged,2,latitude,17.5,typing,A,2026-01-01\nucdp_ged,2,headline,x,typing,A,2026-01-01\n"
    (seeds / "overrides.csv").write_text(head + rows, encoding="utf-8")
    settings = settings.model_copy(update={"dbt_project_dir": seeds.parent})
    land(settings, (15.0, 0.5), (16.0, 1.5), feed="ucdp_ged")
    assert sorted(told_coordinates(settings).iter_rows()) == [(15.0, 0.5), (16.0, 1.5), (17.5, 1.5)]


@pytest.mark.parametrize(
    ("spot", "nearest"),
    [((16.2, -0.1), "Gao"), ((15.0, 0.9), "Ayorou"), ((-16.0, -179.5), "Suva"), ((-14.0, 179.9), "Suva")],
)
def test_nearest_place_is_the_nearest_on_the_globe(settings: Settings, spot: tuple[float, float], nearest: str):
    """Also across the date line, where degrees would lead astray."""
    land(settings, spot)
    row = located(settings)[spot]
    distances = {name: great_circle_km(spot, (latitude, longitude)) for name, latitude, longitude, *_ in TOWNS}
    assert row["nearest_place_name"] == nearest == min(distances, key=distances.__getitem__)
    assert row["nearest_place_distance_km"] == pytest.approx(distances[nearest], abs=0.001)
    assert row["nearest_place_population"] == {name: population for name, *_, population in TOWNS}[nearest]


def test_places_bear_witness_where_three_are_near_and_agree(settings: Settings):
    towns = pl.read_parquet(places.path_of(settings)).to_dicts()
    near = [
        {**towns[4], "geoname_id": 100 + number, "name": f"Hamlet {number}", "longitude": 0.92 + number / 100}
        for number in range(2)
    ]
    write(places.path_of(settings), pl.DataFrame(towns + near), edition="towns 2")
    land(settings, (14.74, 0.93), (16.2, -0.1), (15.2, 0.7))
    found = located(settings)
    assert found[14.74, 0.93]["witnessed_country_code"] == "NER"
    assert found[16.2, -0.1]["witnessed_country_code"] is None
    assert found[14.74, 0.93]["country_codes_near"] == ";NER;"
    assert found[15.2, 0.7]["country_codes_near"] == ";MLI;NER;"
    assert found[16.2, -0.1]["country_codes_near"] == ";MLI;"


def test_only_new_pairs_are_located(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    land(settings, (15.0, 0.5), (16.0, 0.5))
    assert locate_points(settings) == points.Located(point_count=2, new_count=2)
    before = pl.read_parquet(path_of(settings))
    asked: list[int] = []
    locate = points.located_at
    monkeypatch.setattr(points, "located_at", lambda new, settings: asked.append(len(new)) or locate(new, settings))
    assert locate_points(settings) == points.Located(point_count=2, new_count=0)
    land(settings, (15.5, 0.5), (16.0, 0.5))
    assert locate_points(settings) == points.Located(point_count=3, new_count=1)
    assert asked == [1]
    after = pl.read_parquet(path_of(settings))
    assert after.filter(pl.col("latitude") != 15.5).equals(before)
    assert after.select("latitude").to_series().is_sorted()


def test_other_places_or_boundaries_locate_everything_again(settings: Settings):
    land(settings, (14.74, 0.93))
    assert located(settings)[14.74, 0.93]["nearest_place_name"] == "Ayorou"
    towns = pl.read_parquet(places.path_of(settings)).filter(pl.col("name") != "Ayorou")
    write(places.path_of(settings), towns, edition="towns 2")
    assert located(settings)[14.74, 0.93]["nearest_place_name"] == "Tillabéri"
    assert located(settings)[14.74, 0.93]["area_country_code"] is None
    give(settings, region("ML07", "Gao", square(0.0, 14.0)))
    assert located(settings)[14.74, 0.93]["area_country_code"] == "MLI"


def give(settings: Settings, *features: dict, name: str = "mli_adm1.geojson") -> None:
    """Boundaries as if an operator had dropped a file of them."""
    path = settings.data_dir / name
    path.write_bytes(collection(*features))
    areas = read_boundaries(path, name, BOUNDS, CODES).areas
    source = {"source_file": pl.lit(name), "sha256": pl.lit("0")}
    table = pl.concat([pl.read_parquet(boundaries.path_of(settings)), areas.with_columns(**source)])
    write(boundaries.path_of(settings), table, edition=f"{len(table)} areas")


def test_areas_of_every_level_hold_a_point(settings: Settings):
    circle = {"ADM2_PCODE": "ML0701", "ADM2_FR": "Ansongo"}
    give(settings, region("ML07", "Gao", square(0.0, 15.0)), region("ML08", "Kidal", square(1.0, 15.0)))
    give(settings, region("ML07", "Gao", square(0.0, 15.0, 0.5), **circle), name="mli_adm2.geojson")
    land(settings, (15.25, 0.25), (15.75, 0.75), (15.25, 1.0), (19.0, 0.0))
    found = located(settings)
    names = ("area_country_code", "area1_pcode", "area1_name", "area2_pcode", "area2_name", "area3_pcode")
    told = {spot: tuple(row[name] for name in names) for spot, row in found.items()}
    assert told == {
        (15.25, 0.25): ("MLI", "ML07", "Gao", "ML0701", "Ansongo", None),
        (15.75, 0.75): ("MLI", "ML07", "Gao", None, None, None),
        (15.25, 1.0): ("MLI", "ML07", "Gao", None, None, None),  # on the border of both: the first code
        (19.0, 0.0): (None, None, None, None, None, None),
    }


def test_distance_to_the_border_is_that_of_the_country_and_not_of_its_regions(settings: Settings):
    give(settings, region("ML07", "Gao", square(0.0, 15.0)), region("ML08", "Kidal", square(1.0, 15.0)))
    land(settings, (15.5, 1.0), (15.5, 0.1), (15.001, 0.5), (19.0, 0.0))
    found = located(settings)
    distance = {spot: row["distance_to_border_km"] for spot, row in found.items()}
    assert distance[15.5, 1.0] == pytest.approx(great_circle_km((15.5, 1.0), (16.0, 1.0)), abs=0.25)
    assert distance[15.5, 0.1] == pytest.approx(great_circle_km((15.5, 0.1), (15.5, 0.0)), abs=0.25)
    assert distance[15.001, 0.5] == pytest.approx(0.11, abs=0.25)
    assert distance[19.0, 0.0] is None


def test_borders_that_do_not_quite_meet_are_none(settings: Settings):
    """Simplified regions leave slivers between them; they are no hole in the country."""
    gap = {"type": "Polygon", "coordinates": [[[1.0, 15.0], [2.0, 15.0], [2.0, 16.0], [1.0, 16.0], [1.0, 15.6],
           [1.001, 15.5], [1.0, 15.4], [1.0, 15.0]]]}  # fmt: skip
    give(settings, region("ML07", "Gao", square(0.0, 15.0)), region("ML08", "Kidal", gap))
    land(settings, (15.5, 0.99))
    assert located(settings)[15.5, 0.99]["distance_to_border_km"] > 50


def test_empty_lake_makes_an_empty_table(settings: Settings):
    assert locate_points(settings) == points.Located(0, 0)
    assert pl.read_parquet_schema(path_of(settings)) == SCHEMA
    assert list(COORDINATES) == SCHEMA.names()[:2]
