"""Values of our own in the place of a source's, before its record is validated: what quarantine holds can be mended."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from orchestration.assets.landing import land_what_is_new
from orchestration.errors import RefusedError
from orchestration.feeds import all_feeds
from orchestration.io import overrides as module
from orchestration.io.archive import archive
from orchestration.io.fetched import Fetched
from orchestration.io.lake import Lake, RawBatch, is_conserved, warning_counts
from orchestration.io.landing import land
from orchestration.io.overrides import Overrides
from orchestration.io.payload import Bounds
from orchestration.io.replay import quarantine_of, replay
from orchestration.resources.dbt import rows_follow_from
from orchestration.settings import Settings
from tests.ucdp_rows import record, release_csv, saved

GED = all_feeds()["ucdp_ged"]
BOUNDS = Bounds(10**9, 200)
RECORDS = [record(1), record(2, best="many"), record(3, best="many", where_prec="9"), record(4, adm_1="")]
HEAD = "feed,source_event_id,column_name,value,why,decided_by,decided_on\n"


class Seed:
    """The seed of overrides, rewritten by a test as an analyst would."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.holds()

    def holds(self, *rows: str) -> None:
        """Take these rows (feed to value) in the place of those that there were."""
        self.path.write_text(HEAD + "".join(f"{row},the paper of the day,an analyst,2026-03-01\n" for row in rows))


@pytest.fixture
def seed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Seed:
    path = tmp_path / "overrides.csv"
    monkeypatch.setattr(module, "seed_file", lambda: path)
    return Seed(path)


@pytest.fixture
def batch(tmp_path: Path, seed: Seed) -> RawBatch:
    """Four records, two of them in quarantine."""
    del seed
    lake = Lake(tmp_path / "lake")
    lake.prepare(GED.name, GED.contract)
    path = saved(tmp_path / "incoming", "GEDEvent_v23_1.csv", release_csv(RECORDS))
    raw = archive(Fetched((path,), "file", path.name), GED, lake, now=datetime(2023, 6, 1, tzinfo=UTC)).batch
    assert land(raw, GED, lake, BOUNDS)["records_quarantined"] == 2
    return raw


@pytest.fixture
def lake(tmp_path: Path, batch: RawBatch) -> Lake:
    del batch
    return Lake(tmp_path / "lake")


def landed(lake: Lake) -> dict[str, dict[str, Any]]:
    rows = pl.read_parquet(lake.landing(GED.name, "*") / "part-0*.parquet", hive_partitioning=False)
    return {str(row["id"]): row for row in rows.to_dicts()}


def test_replay_lands_a_record_that_an_override_mends_and_raw_stays(lake: Lake, batch: RawBatch, seed: Seed):
    payload, before = batch.paths[0].read_bytes(), landed(lake)
    seed.holds("ucdp_ged,100002,raw.best,7", "ucdp_ged,100004,raw.adm_1,Mopti region", "acled,100001,raw.notes,x")
    (replayed,) = replay(GED, lake, BOUNDS)
    assert (replayed.left, replayed.entered, replayed.stayed) == ((2,), (), 1)
    now = landed(lake)
    assert (now["100002"]["best"], now["100002"]["_warnings"].split(";")[-1]) == (7, "raw.best")
    assert (now["100004"]["adm_1"], now["100004"]["_warnings"].split(";")[-1]) == ("Mopti region", "raw.adm_1")
    assert now["100004"]["_record_hash"] != before["100004"]["_record_hash"]
    assert now["100001"] == before["100001"]
    assert batch.paths[0].read_bytes() == payload
    (kept,) = lake.batches(GED.name).to_dicts()
    assert is_conserved(kept)
    assert {name: count for name, count in warning_counts(kept).items() if name.startswith("raw.")} == {
        "raw.best": 1,
        "raw.adm_1": 1,
    }
    (again,) = replay(GED, lake, BOUNDS)
    assert again.is_unchanged


def test_every_column_of_a_record_can_be_mended_and_what_is_not_stays_as_received(lake: Lake, seed: Seed):
    seed.holds("ucdp_ged,100003,raw.best,7")
    (replayed,) = replay(GED, lake, BOUNDS)
    assert replayed.changed == (3,)  # it stays, for one reason less
    kept = quarantine_of(lake, GED.name, replayed.batch_id).filter(pl.col("_record_number") == 3).to_dicts()[0]
    assert kept["failed_columns"] == "where_prec"
    assert json.loads(kept["record"])["best"] == "many"
    seed.holds("ucdp_ged,100003,raw.best,7", "ucdp_ged,100003,raw.where_prec,2")
    (replayed,) = replay(GED, lake, BOUNDS)
    assert replayed.left == (3,)
    assert landed(lake)["100003"]["_warnings"].endswith("raw.best;raw.where_prec")


def test_empty_value_stands_for_unknown(lake: Lake, seed: Seed):
    seed.holds("ucdp_ged,100001,raw.adm_1,")
    list(replay(GED, lake, BOUNDS))
    assert landed(lake)["100001"]["adm_1"] is None


def test_column_that_a_vintage_lacks_can_be_told():
    rows = pl.DataFrame({"source_event_id": ["2"], "column": ["gwnob"], "value": ["678"]})
    records = pl.DataFrame({"_record_number": [1, 2], "id": ["1", " 2 "]})
    told, marks = Overrides(rows, "id").applied(records)
    assert told.get_column("gwnob").to_list() == [None, "678"]
    assert marks.rows() == [(2, "raw.gwnob")]


def test_columns_of_the_warehouse_are_none_of_landing(lake: Lake, seed: Seed):
    seed.holds("ucdp_ged,100001,fatality_count_best,9")
    (replayed,) = replay(GED, lake, BOUNDS)
    assert replayed.is_unchanged
    assert lake.batches(GED.name)["overrides"].to_list() == [None]


def test_night_lands_again_what_an_override_was_changed_of(lake: Lake, seed: Seed):
    settings, said = Settings(data_dir=lake.root.parent), list[str]()
    assert land_what_is_new(GED, settings, said.append) == []
    before = rows_follow_from(settings)
    seed.holds("ucdp_ged,100002,fatality_count_best,7")
    assert rows_follow_from(settings) == before
    seed.holds("ucdp_ged,100002,raw.best,7")
    assert rows_follow_from(settings) != before
    assert len(land_what_is_new(GED, settings, said.append)) == 1
    assert landed(lake)["100002"]["best"] == 7
    assert land_what_is_new(GED, settings, said.append) == []
    seed.holds()
    assert len(land_what_is_new(GED, settings, said.append)) == 1
    assert "100002" not in landed(lake)
    assert rows_follow_from(settings) == before


@pytest.mark.parametrize(
    ("column", "problem"),
    [("raw.deaths", "no column 'deaths'"), ("raw.id", "an id cannot be overridden"), ("raw.", "no column ''")],
)
def test_override_that_fits_no_record_is_named(lake: Lake, seed: Seed, column: str, problem: str):
    before = lake.batches(GED.name).to_dicts()
    seed.holds(f"ucdp_ged,100002,{column},7")
    with pytest.raises(RefusedError) as refused:
        list(replay(GED, lake, BOUNDS))
    assert f"overrides.csv, ucdp_ged 100002, column {column}: " in str(refused.value)
    assert problem in str(refused.value)
    assert "one of relid, " in str(refused.value)
    assert "Way out: mend the row" in str(refused.value)
    assert lake.batches(GED.name).to_dicts() == before


def test_seed_that_is_no_table_is_refused(lake: Lake, seed: Seed):
    seed.path.write_text("feed,value\nucdp_ged,7\n")
    with pytest.raises(RefusedError, match="the overrides cannot be read"):
        list(replay(GED, lake, BOUNDS))
