"""A file that was read by a wrong mapping, read anew and taken back, through real dbt: nothing is counted twice."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.errors import RefusedError
from orchestration.feeds import all_feeds
from orchestration.io.archive import Archived, archive
from orchestration.io.decisions import decide, readings, undecided
from orchestration.io.fetched import Fetched
from orchestration.io.lake import Lake
from orchestration.io.landing import land
from orchestration.io.payload import Bounds
from orchestration.io.replay import replay
from orchestration.resources.dbt import variables
from orchestration.settings import Settings
from tests.dbt_calls import dbt
from tests.ucdp_rows import saved

FEED = all_feeds()["incident_file"]
BOUNDS = Bounds(10**9, 200)
TABLE = "Day,Place,Dead\n03/04/2022,Bourem,3\n05/04/2022,Gao,4\n"
OTHER = "Day,Place,Dead\n04/03/2022,Ansongo,1\n"
WRONG = """
provider: forum
id: {digest_of: [date, place]}
columns: {date: {column: Day, formats: "%m/%d/%Y"}, place: Place, fatalities: Dead, country: {constant: MLI}}
"""
RIGHT = WRONG.replace("%m/%d/%Y", "%d/%m/%Y")

pytestmark = pytest.mark.xdist_group("readings")


def arrive(settings: Settings, month: int, table: str, mapping: str) -> Archived:
    """A file with its mapping, landed."""
    folder = settings.data_dir / "incoming" / str(month)
    files = (saved(folder, "log.csv", table.encode()), saved(folder, "m.yaml", mapping.encode()))
    lake = Lake(settings.lake_dir)
    assert FEED.prepare
    fetched = FEED.prepare(Fetched(files, "file", "log.csv"))
    arrived = archive(fetched, FEED, lake, now=datetime(2023, month, 1, tzinfo=UTC))
    assert land(arrived.batch, FEED, lake, BOUNDS)["status"] == "landed"
    return arrived


def built(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    """What a build of the reports says."""
    done = dbt(settings, "run", "--select", "+fct_reports", *variables(settings))
    assert done.returncode == 0, done.stdout
    with duckdb.connect(str(settings.build_file), read_only=True) as connection:
        return connection.execute(query).fetchall()


CURRENT = "select occurred_date::varchar, place_name, fatality_count_best from marts.fct_reports order by all"
VERSIONS = """
    select count(*), count(*) filter (where is_current), count(*) filter (where withdrawal_evidence = 'absent')
    from intermediate.int_reports__versioned
"""


def test_a_file_read_anew_takes_the_place_of_what_was_read_from_it(tmp_path: Path):
    settings = Settings(data_dir=tmp_path, synthetic="exclude", counted_id_space="incident_file")
    lake = Lake(settings.lake_dir)
    for feed in all_feeds().values():
        lake.prepare(feed.name, feed.contract)
    settings.build_dir.mkdir(parents=True)
    assert dbt(settings, "seed", *variables(settings)).returncode == 0
    other = arrive(settings, 1, OTHER, RIGHT)
    arrive(settings, 2, TABLE, WRONG)
    elsewhere = ("2022-03-04", "Ansongo", 1)
    assert built(settings, CURRENT) == [elsewhere, ("2022-03-04", "Bourem", 3), ("2022-05-04", "Gao", 4)]

    right = arrive(settings, 3, TABLE, RIGHT)
    assert built(settings, CURRENT) == [elsewhere, ("2022-04-03", "Bourem", 3), ("2022-04-05", "Gao", 4)]
    assert built(settings, VERSIONS) == [(5, 3, 2)]

    # Every reading of the file goes, so that the wrong one does not come back; the other file is left alone.
    (record,) = (each for each in lake.batches(FEED.name).to_dicts() if each["batch_id"] == right.batch.batch_id)
    assert len(readings(lake, record)) == 2
    for each in readings(lake, record):
        decide(lake, each, "withdrawn", "an exercise, not events")
        list(replay(FEED, lake, BOUNDS, each["batch_id"]))
    assert undecided(lake, FEED.name).is_empty()
    assert built(settings, CURRENT) == [elsewhere]
    assert {each["status"] for each in lake.batches(FEED.name).to_dicts()} == {"held", "landed"}
    assert lake.landing(FEED.name, right.batch.batch_id).exists()

    # A decision stays when the batch lands again, is not dismissed by mistake, and can be undone.
    (record,) = (each for each in lake.batches(FEED.name).to_dicts() if each["batch_id"] == right.batch.batch_id)
    assert "taken back: an exercise" in record["refusal"]
    with pytest.raises(RefusedError):
        decide(lake, record, "dismissed", "because")
    decide(lake, record, "accepted", "events after all")
    list(replay(FEED, lake, BOUNDS, record["batch_id"]))
    assert len(built(settings, CURRENT)) == 3
    assert other.is_new
