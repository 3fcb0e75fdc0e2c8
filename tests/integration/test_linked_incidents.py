"""Nights on which reports of two feeds find each other, and lose each other again: real linking between real dbt."""

import shutil
from datetime import UTC, datetime
from typing import Any

import duckdb
import pytest

from orchestration.feeds import all_feeds
from orchestration.io.archive import archive
from orchestration.io.fetched import Fetched
from orchestration.io.lake import Lake
from orchestration.io.landing import land
from orchestration.io.payload import Bounds
from orchestration.resources.dbt import variables
from orchestration.settings import Settings
from tests import acled_rows, ucdp_rows
from tests.dbt_calls import dbt
from tests.ucdp_rows import release_csv, saved

MARTS = ("fct_incidents", "fct_attacks", "bridge_incident_reports", "fct_incident_changes")
PLACES = {
    1: ("Boulkessi", 14.80, -1.30),
    2: ("Nampala", 15.28, -5.53),
    3: ("Gao", 16.27, -0.05),
    4: ("Aguelhok", 19.46, 0.86),
}
BROAD = "attack_on_military_position.broad"
LONG_BEFORE = {"year": "2019", "date_start": "2019-07-14 00:00:00.000", "date_end": "2019-07-14 00:00:00.000"}
QUIET = {"source_headline": "#Mali", "where_description": ""}

pytestmark = pytest.mark.xdist_group("linked_incidents")


def told_by_ucdp(number: int, **changes: str) -> dict[str, str]:
    """An event of a place of its own, in May 2022."""
    name, latitude, longitude = PLACES[number]
    day = f"2022-05-{number:02} 00:00:00.000"
    where = {"where_coordinates": f"{name} town", "latitude": f"{latitude}", "longitude": f"{longitude}"}
    when = {"date_start": day, "date_end": day}
    toll = {
        "deaths_a": str(10 * number),
        "best": str(10 * number + 1),
        "low": str(10 * number),
        "high": str(10 * number + 1),
    }
    return ucdp_rows.record(number, **{**QUIET, **where, **when, **toll, **changes})


def told_by_acled(number: int) -> dict[str, str]:
    """The same event; only here is it said that jihadists attacked a camp."""
    name, latitude, longitude = PLACES[number]
    return acled_rows.record(
        number,
        event_date=f"2022-05-{number:02}",
        location=name,
        latitude=f"{latitude + 0.001:.4f}",
        longitude=f"{longitude:.4f}",
        fatalities=str(10 * number + 1),
        actor1="JNIM: Group for Support of Islam and Muslims",
        notes=f"On {number} May 2022, jihadists attacked the army camp of {name}. {10 * number + 1} killed.",
    )


NIGHTS = [
    ("ucdp_ged", "GEDEvent_v23_1.csv", lambda: release_csv([told_by_ucdp(number) for number in (1, 2, 3)])),
    ("acled", "export.csv", lambda: acled_rows.export_csv([told_by_acled(number) for number in (1, 2, 4)])),
    # 1 was withdrawn, and 2 happened in another year: what ACLED tells of both stands alone again.
    ("ucdp_ged", "GEDEvent_v24_1.csv", lambda: release_csv([told_by_ucdp(2, **LONG_BEFORE), told_by_ucdp(3)])),
]


def build(settings: Settings, *arguments: str) -> None:
    """A night of dbt, linking within it."""
    wanted = [f"+{mart}" for mart in MARTS]
    common = ["--exclude-resource-type", "test", "unit_test", *variables(settings), *arguments]
    done = dbt(settings, "build", "--select", *wanted, *common)
    assert done.returncode == 0, done.stdout + done.stderr


def rows(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(settings.build_file), read_only=True) as connection:
        return connection.execute(query).fetchall()


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What stood in the marts after each night, built night by night and built anew."""
    root = tmp_path_factory.mktemp("linked")
    settings = Settings(data_dir=root / "nightly", synthetic="exclude")
    lake = Lake(settings.lake_dir)
    for feed in all_feeds().values():
        lake.prepare(feed.name, feed.contract)
    settings.build_dir.mkdir(parents=True)
    found: list[dict[str, Any]] = []
    for number, (name, file, content) in enumerate(NIGHTS):
        path = saved(root / "incoming", file, content())
        feed = all_feeds()[name]
        arrived = archive(Fetched((path,), "file", file), feed, lake, now=datetime(2024, 1 + number, 1, tzinfo=UTC))
        assert land(arrived.batch, feed, lake, Bounds(10**9, 200))["records_quarantined"] == 0
        build(settings)
        anew = Settings(data_dir=root / f"anew{number}", synthetic="exclude")
        shutil.copytree(settings.lake_dir, anew.lake_dir)
        anew.build_dir.mkdir(parents=True)
        build(anew, "--full-refresh")
        found.append(
            {
                "nightly": {mart: sorted(map(repr, rows(settings, f"from marts.{mart}"))) for mart in MARTS},
                "anew": {mart: sorted(map(repr, rows(anew, f"from marts.{mart}"))) for mart in MARTS},
                "incidents": rows(settings, INCIDENTS),
                "attacks": rows(settings, ATTACKS),
                "changes": rows(settings, CHANGES),
            }
        )
    return found


INCIDENTS = """
    select place_name, feeds, report_count, occurred_year, incident_id = 'i' || report_id
    from marts.fct_incidents order by all
"""
ATTACKS = f"""
    select feeds, site_evidence, evidence_report_id = report_id from marts.fct_attacks
    where definition_id = '{BROAD}' order by all
"""
CHANGES = "select feed, change_type, month(changed_at) from marts.fct_incident_changes order by all"


def test_reports_that_find_each_other_are_one_incident_from_then_on(nights: list[dict[str, Any]]):
    assert [row[:4] for row in nights[0]["incidents"]] == [
        ("Boulkessi town", "ucdp_ged", 1, 2022),
        ("Gao town", "ucdp_ged", 1, 2022),
        ("Nampala town", "ucdp_ged", 1, 2022),
    ]
    assert nights[1]["incidents"] == [
        ("Aguelhok", "acled", 1, 2022, True),
        ("Boulkessi town", "acled;ucdp_ged", 2, 2022, True),
        ("Gao town", "ucdp_ged", 1, 2022, True),
        ("Nampala town", "acled;ucdp_ged", 2, 2022, True),
    ]


def test_reports_that_lose_each_other_are_incidents_of_their_own_again(nights: list[dict[str, Any]]):
    assert nights[2]["incidents"] == [
        ("Aguelhok", "acled", 1, 2022, True),
        ("Boulkessi", "acled", 1, 2022, True),
        ("Gao town", "ucdp_ged", 1, 2022, True),
        ("Nampala", "acled", 1, 2022, True),
        ("Nampala town", "ucdp_ged", 1, 2019, True),
    ]
    assert nights[2]["changes"] == []


def test_the_report_with_the_best_evidence_speaks_for_its_incident(nights: list[dict[str, Any]]):
    assert nights[1]["attacks"] == [
        ("acled", "text", True),
        ("acled;ucdp_ged", "text", False),
        ("acled;ucdp_ged", "text", False),
        ("ucdp_ged", "none", True),
    ]


def test_changes_say_when_which_report_joined(nights: list[dict[str, Any]]):
    assert nights[1]["changes"] == [
        ("acled", "joined", 2),
        ("acled", "joined", 2),
        ("ucdp_ged", "new", 1),
        ("ucdp_ged", "new", 1),
    ]


@pytest.mark.parametrize("number", range(len(NIGHTS)))
@pytest.mark.parametrize("mart", MARTS)
def test_a_night_gives_what_a_build_from_nothing_gives(nights: list[dict[str, Any]], number: int, mart: str):
    assert nights[number]["nightly"][mart] == nights[number]["anew"][mart]
