"""What every feed promises, and how UCDP's editions are told and scoped."""

from datetime import date
from pathlib import Path

import pytest

from orchestration.errors import RefusedError
from orchestration.feeds import all_feeds
from orchestration.feeds.spec import Content, Feed
from orchestration.feeds.ucdp import (
    RELEASE,
    WEB_EXPORT,
    candidate_edition,
    candidate_scope,
    yearly_edition,
    yearly_scope,
)
from orchestration.settings import PROJECT_ROOT

WORLD = tuple(str(number) for number in range(100, 200))


def of_kind(tells: str) -> list[Feed]:
    return [feed for feed in all_feeds().values() if feed.tells == tells]


@pytest.mark.parametrize("feed", all_feeds().values(), ids=lambda feed: feed.name)
def test_feed_keeps_the_promises_of_every_feed(feed: Feed):
    assert feed.title and feed.publisher and feed.licence and feed.citation and feed.cadence
    assert feed.homepage.startswith("https://")
    assert 0 < feed.volume[0] <= feed.volume[1]
    assert 0 <= feed.max_quarantined_share < 1
    assert feed.freshness.days > 0
    assert feed.contract.key in feed.contract.names
    assert {feed.year_column, feed.country_column} <= set(feed.contract.names)
    assert all(column.about for column in feed.contract.columns)
    assert all(rule.because for rule in feed.contract.rules)
    assert feed.name in (PROJECT_ROOT / "docs/feeds.md").read_text(encoding="utf-8")
    assert all((PROJECT_ROOT / path).is_file() for path in feed.shipped)
    # Both sides of dbt tell claims by their id space.
    assert (feed.tells == "claims") == (feed.id_space == "claims")


@pytest.mark.parametrize("feed", of_kind("reports"), ids=lambda feed: feed.name)
def test_feed_of_reports_takes_part_in_the_union_and_has_a_sample(feed: Feed):
    assert (PROJECT_ROOT / f"dbt_project/models/staging/stg_{feed.name}__events.sql").exists()
    assert f"stg_{feed.name}__events" in _model("intermediate/int_reports__unioned.sql")
    assert list((PROJECT_ROOT / "data/sample" / feed.name).iterdir())


@pytest.mark.parametrize("feed", of_kind("claims"), ids=lambda feed: feed.name)
def test_feed_of_claims_takes_no_part_in_the_union_and_is_no_sample(feed: Feed):
    assert (PROJECT_ROOT / f"dbt_project/models/staging/stg_{feed.name}__figures.sql").exists()
    assert feed.name not in _model("intermediate/int_reports__unioned.sql")
    assert not (PROJECT_ROOT / "data/sample" / feed.name).exists()
    assert feed.shipped


def _model(path: str) -> str:
    return (Path(PROJECT_ROOT) / "dbt_project/models" / path).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "edition"),
    [
        ("ged241-csv.zip", "24.1"),
        ("ged251-csv.zip", "25.1"),
        ("GEDEvent_v24_1.csv", "24.1"),
        ("GEDEvent_v22_1_burkina_faso_web_export.csv", "22.1"),
        ("Mali.csv", None),
        ("organized241.csv", None),
    ],
)
def test_yearly_edition_is_told_by_the_name(name: str, edition: str | None):
    assert yearly_edition(name) == edition


def test_candidate_edition_is_no_yearly_release():
    with pytest.raises(RefusedError, match=r"edition 23\.0\.4 of UCDP Candidate.*Way out: add it as ucdp_candidate"):
        yearly_edition("GEDEvent_v23_0_4.csv")


@pytest.mark.parametrize(
    ("name", "edition"),
    [
        ("GEDEvent_v23_0_4.csv", "23.0.4"),
        ("GEDEvent_v23_0_10.csv.gz", "23.0.10"),
        ("GEDEvent_v21_01_21_12.csv.zip", "21.01.21.12"),
        ("GEDEvent_v24_1.csv", None),
        ("events.csv", None),
    ],
)
def test_candidate_edition_is_told_by_the_name(name: str, edition: str | None):
    assert candidate_edition(name) == edition


@pytest.mark.parametrize(
    ("edition", "first", "last"),
    [
        ("23.0.4", date(2023, 4, 1), date(2023, 4, 30)),
        ("24.0.2", date(2024, 2, 1), date(2024, 2, 29)),
        ("21.01.21.12", date(2021, 1, 1), date(2021, 12, 31)),
        ("25.04.25.06", date(2025, 4, 1), date(2025, 6, 30)),
    ],
)
def test_candidate_speaks_for_its_months(edition: str, first: date, last: date):
    scope = candidate_scope(edition, Content(RELEASE.name, 2023, ("432",)))
    assert (scope.covers_from, scope.covers_until, scope.countries, scope.authority) == (first, last, None, 0)


@pytest.mark.parametrize("edition", [None, "", "24.1", "23.0.13", "23.5.23.02", "x"])
def test_what_is_no_candidate_edition_has_no_scope(edition: str | None):
    with pytest.raises(ValueError, match="edition|months"):
        candidate_scope(edition, Content(RELEASE.name, 2023, ()))


def test_release_speaks_for_the_world_up_to_the_year_before_its_number():
    scope = yearly_scope("24.1", Content(RELEASE.name, 2021, WORLD))
    assert (scope.covers_from, scope.covers_until) == (date(1989, 1, 1), date(2023, 12, 31))
    assert (scope.countries, scope.authority) == (None, 2401)


def test_extract_of_a_release_speaks_for_its_countries_only():
    assert yearly_scope("24.1", Content(RELEASE.name, 2023, ("432", "439"))).countries == ("432", "439")


def test_file_that_no_edition_names_speaks_for_its_own_years_and_countries_only():
    scope = yearly_scope(None, Content(WEB_EXPORT.name, 2023, ("432",), oldest_year=2012))
    assert (scope.covers_from, scope.covers_until) == (date(2012, 1, 1), date(2023, 12, 31))
    assert (scope.countries, scope.authority) == (("432",), 2401)
    assert yearly_scope(None, Content(RELEASE.name, 2023, WORLD, oldest_year=1989)).countries == WORLD


def test_unknown_layout_never_speaks_for_countries_it_does_not_name():
    assert yearly_scope("24.1", Content("header of 20 columns", 2023, ("432", "436"))).countries == ("432", "436")


def test_yearly_scope_is_not_guessed_from_nothing():
    with pytest.raises(ValueError, match="no valid record"):
        yearly_scope(None, Content(WEB_EXPORT.name, None, ()))
