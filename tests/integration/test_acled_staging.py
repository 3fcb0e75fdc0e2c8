"""ACLED from a file to the common vocabulary: landed as exports are, read by dbt."""

import os
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from orchestration.feeds import all_feeds
from orchestration.feeds.acled import BEFORE_2019
from orchestration.io.archive import archive
from orchestration.io.fetched import Fetched
from orchestration.io.lake import Lake
from orchestration.io.landing import land
from orchestration.io.payload import Bounds
from orchestration.resources.dbt import dbt_executable, set_environment
from orchestration.settings import PROJECT_ROOT, Settings
from tests.acled_rows import Record, export_csv, record, unfolded, without_second_actor
from tests.ucdp_rows import saved

pytestmark = pytest.mark.xdist_group("acled_staging")
"""Its dbt project is built once, on one worker."""

BATTLE = {"event_type": "Battles", "sub_event_type": "Armed clash"}
REMOTE = {"event_type": "Explosions/Remote violence", "sub_event_type": ""}
RIOTS_OR_PROTESTS = {"event_type": "Riots/Protests", "sub_event_type": ""}
NOBODY = {"actor2": "", "assoc_actor_2": "", "inter2": ""}

CASES: list[tuple[Record, dict]] = [
    # what kind of event: old types are mapped, the source's words stay
    (BATTLE, {"event_type": "battle", "source_event_type": "Battles: Armed clash"}),
    (
        {"event_type": "Battle-No change of territory", "sub_event_type": ""},
        {"event_type": "battle", "source_event_type": "Battle-No change of territory"},
    ),
    ({"event_type": "Battle-Government regains territory"}, {"event_type": "battle"}),
    ({"event_type": "BATTLE-NON-STATE ACTOR OVERTAKES TERRITORY"}, {"event_type": "battle"}),
    (
        {"event_type": "Remote violence", "sub_event_type": ""},
        {"event_type": "explosion_or_remote_violence", "weapon_types": None, "source_event_type": "Remote violence"},
    ),
    (
        REMOTE | {"sub_event_type": "Suicide bomb"},
        {"event_type": "explosion_or_remote_violence", "weapon_types": "Suicide bomb", "is_suicide_attack": True},
    ),
    (BATTLE, {"weapon_types": None, "is_suicide_attack": None}),
    ({"event_type": "Violence against civilians"}, {"event_type": "violence_against_civilians"}),
    ({"event_type": "Riots"}, {"event_type": "riot"}),
    ({"event_type": "Protests"}, {"event_type": "protest"}),
    ({"event_type": "Strategic developments"}, {"event_type": "strategic_development"}),
    ({"event_type": "Strategic development"}, {"event_type": "strategic_development"}),
    ({"event_type": "Headquarters or base established"}, {"event_type": "strategic_development"}),
    ({"event_type": "Non-violent transfer of territory"}, {"event_type": "strategic_development"}),
    ({"event_type": "Non-violent activity by a conflict actor"}, {"event_type": "strategic_development"}),
    (RIOTS_OR_PROTESTS | {"inter1": "5", "inter2": "1"}, {"event_type": "riot"}),
    (RIOTS_OR_PROTESTS | {"inter1": "1", "inter2": "6"}, {"event_type": "protest"}),
    (RIOTS_OR_PROTESTS | {"inter1": "1", "inter2": "2"}, {"event_type": None, "violence_type": None}),
    # what kind of violence: only where codes and names settle it
    (BATTLE | {"inter1": "1", "inter2": "2"}, {"violence_type": "state_based"}),
    (BATTLE | {"inter1": "Identity Militias", "inter2": "State Forces"}, {"violence_type": "state_based"}),
    (BATTLE | {"inter1": "2", "inter2": "3"}, {"violence_type": "non_state"}),
    (BATTLE | {"inter1": "1", "inter2": "1"}, {"violence_type": None}),
    (BATTLE | {"inter1": "5", "inter2": "1"}, {"violence_type": None}),
    (BATTLE | {"inter1": "9", "inter2": "1"}, {"violence_type": None}),
    (BATTLE | {"inter1": "2", "inter2": "8"}, {"violence_type": "state_based"}),
    (BATTLE | {"inter1": "2", "inter2": "8", "actor2": "Invented Security Company"}, {"violence_type": None}),
    (REMOTE | {"inter1": "2", "inter2": "7"}, {"violence_type": "one_sided"}),
    (REMOTE | {"inter1": "7", "inter2": "8"}, {"violence_type": "one_sided"}),
    (REMOTE | NOBODY, {"violence_type": None, "side_b_name": None, "associated_actor_names": None}),
    ({"event_type": "Violence against civilians", "inter1": "8", "inter2": "7"}, {"violence_type": "one_sided"}),
    ({"event_type": "Strategic developments", "inter1": "1", "inter2": "2"}, {"violence_type": None}),
    # where, when, how many: what is not said stays empty
    ({"geo_precision": "1", "time_precision": "1"}, {"place_precision": "exact", "date_precision": "day"}),
    ({"geo_precision": "2", "time_precision": "2"}, {"place_precision": "near", "date_precision": "week"}),
    ({"geo_precision": "3", "time_precision": "3"}, {"place_precision": "admin1", "date_precision": "month"}),
    ({"geo_precision": "", "time_precision": ""}, {"place_precision": None, "date_precision": None}),
    ({"country": " Mali "}, {"source_country_code": "Mali", "country_name": "Mali"}),
    ({"latitude": "14.5", "longitude": "-4.2"}, {"priogrid_gid": 150832}),
    ({"fatalities": "3"}, {"fatality_count_best": 3, "fatality_count_low": None, "fatality_count_high": None}),
    ({"fatalities": ""}, {"fatality_count_best": None}),
    ({"source": "One; Two"}, {"source_count": 2, "source_office": "One; Two"}),
    ({"source": ""}, {"source_count": None}),
    ({"notes": "A march. [size=about 40]"}, {"headline": "A march."}),
    ({"notes": "[size=no report]"}, {"headline": None}),
    (
        {"assoc_actor_1": "Allies", "assoc_actor_2": "Scouts; Guards"},
        {"associated_actor_names": "Allies; Scouts; Guards"},
    ),
    ({"event_date": "0022-03-01"}, {"occurred_year": 2022, "warnings": "century_in_date"}),
]

VINTAGE = range(501, 511)


def old_vintage() -> bytes:
    """As told in 2018: monadic, codes, old types, other names of actors."""
    told = [
        record(n, event_type="Battle-No change of territory", actor2="Military Forces of Mali (2013-)", data_id=str(n))
        for n in VINTAGE
    ]
    return export_csv(unfolded(told), without_second_actor(BEFORE_2019.columns))


def new_vintage() -> bytes:
    """The same reports years later: dyadic, words, a new type, actors by period; one has other deaths."""
    words = {"inter1": "Rebel group", "inter2": "State forces", "actor2": "Military Forces of Mali (2013-2020)"}
    return export_csv([record(n, **words, fatalities="4" if n == VINTAGE[0] else "3") for n in VINTAGE])


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The build file, with every case and both vintages in it."""
    before = dict(os.environ)
    settings = Settings(data_dir=tmp_path_factory.mktemp("acled"))
    lake = Lake(settings.lake_dir)
    for feed in all_feeds().values():
        lake.prepare(feed.name, feed.contract)
    cases = export_csv([record(number, **changes) for number, (changes, _) in enumerate(CASES, start=1)])
    acled, begun = all_feeds()["acled"], datetime(2024, 1, 1, tzinfo=UTC)
    for days, content in enumerate((cases, old_vintage(), new_vintage())):
        path = saved(settings.data_dir, f"export_{days}.csv", content)
        arrived = archive(Fetched((path,), "file", path.name), acled, lake, now=begun + timedelta(days=days))
        result = land(arrived.batch, acled, lake, Bounds(10**9, 200))
        assert (result["status"], result["records_quarantined"]) == ("landed", 0)
    settings.build_dir.mkdir(parents=True)
    set_environment(settings)
    command = [dbt_executable(), "--quiet", "--no-use-colors", "run", "--select", "+int_reports__versioned"]
    folders = ["--project-dir", "dbt_project", "--profiles-dir", "dbt_project"]
    done = subprocess.run([*command, *folders], cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)
    os.environ.clear()
    os.environ.update(before)
    assert done.returncode == 0, done.stdout + done.stderr
    return settings.build_file


@pytest.fixture(scope="module")
def query(build: Path) -> Callable[[str], list[tuple]]:
    def run(sql: str) -> list[tuple]:
        with duckdb.connect(str(build), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    return run


@pytest.mark.parametrize(("number", "case"), list(enumerate(CASES, start=1)), ids=lambda case: str(case)[:80])
def test_record_is_told_in_the_common_vocabulary(query, number: int, case: tuple[Record, dict]):
    _, expected = case
    found = query(
        f"select {', '.join(expected)} from staging.stg_acled__events where source_event_id = 'MLI{100_000 + number}'"
    )
    assert found == [tuple(expected.values())]


def test_staging_speaks_the_vocabulary_of_every_feed(query):
    columns = "select column_name from information_schema.columns where table_name = '{}' order by ordinal_position"
    acled, ucdp = (query(columns.format(f"stg_{feed}__events")) for feed in ("acled", "ucdp_ged"))
    assert acled == ucdp


def test_two_vintages_are_revisions_of_the_same_reports(query):
    """Type, period of the actor and export differ, and nothing is withdrawn or new."""
    ids = ", ".join(f"'MLI{100_000 + number}'" for number in VINTAGE)
    versions = query(
        f"""
        select version_number, change_type, is_current, is_withdrawn, count(*)
        from intermediate.int_reports__versioned
        where source_event_id in ({ids})
        group by all order by all
        """
    )
    assert versions == [(1, "new", False, False, len(VINTAGE)), (2, "revised", True, False, len(VINTAGE))]


def test_old_export_names_both_actors(query):
    sides = query(
        f"select distinct side_a_name, side_b_name from staging.stg_acled__events "
        f"where source_event_id = 'MLI{100_000 + VINTAGE[0]}' order by all"
    )
    assert sides == [
        ("JNIM: Invented Group", "Military Forces of Mali (2013-)"),
        ("JNIM: Invented Group", "Military Forces of Mali (2013-2020)"),
    ]
