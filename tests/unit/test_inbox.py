"""The inbox and the archive: what is dropped there is taken in or put aside with the reason, whatever it is called."""

import os
import time
from pathlib import Path

import dagster as dg
import pytest

from orchestration.assets.raw import RawConfig, inbox_files, take_in
from orchestration.automation.jobs import inbox_sensor
from orchestration.errors import RefusedError
from orchestration.feeds import all_feeds
from orchestration.io.archive import archive, kept_name
from orchestration.io.fetched import Fetched
from orchestration.io.inbox import REFUSED
from orchestration.io.lake import Lake
from orchestration.settings import Settings, get_settings
from tests.ucdp_rows import record, release_csv, saved

GED = all_feeds()["ucdp_ged"]
TABLE = release_csv([record()])


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "data" / "inbox" / GED.name).mkdir(parents=True)
    return Settings(data_dir=tmp_path / "data")


def inbox(settings: Settings) -> Path:
    return settings.inbox_dir / GED.name


def test_link_is_put_aside_and_what_it_points_to_stays_unread(settings: Settings, tmp_path: Path):
    secret = saved(tmp_path, "secret.csv", TABLE)
    (inbox(settings) / "GEDEvent_v23_1.csv").symlink_to(secret)
    (inbox(settings) / "nowhere.csv").symlink_to(tmp_path / "nothing")
    intake = take_in(GED, RawConfig(fetch=False), settings)
    assert ["it is a link, not a file" in problem for problem in intake.problems] == [True, True]
    assert Lake(settings.lake_dir).raw_batches(GED.name) == []
    assert inbox_files(GED, settings) == []
    assert (inbox(settings) / REFUSED / "GEDEvent_v23_1.csv").is_symlink()
    assert secret.read_bytes() == TABLE


def test_second_refused_file_of_a_name_does_not_take_the_place_of_the_first(settings: Settings, tmp_path: Path):
    settings = Settings(data_dir=settings.data_dir, max_payload_bytes=10)
    for content in (b"the first of them", b"the second of them"):
        saved(inbox(settings), "a.csv", content)
        assert len(take_in(GED, RawConfig(fetch=False), settings).problems) == 1
    aside = inbox(settings) / REFUSED
    assert {path.read_bytes() for path in aside.glob("*a.csv")} == {b"the first of them", b"the second of them"}
    assert len(list(aside.glob("*.why.txt"))) == 2


def test_payload_larger_than_its_bound_is_refused_before_it_is_copied(settings: Settings):
    settings = Settings(data_dir=settings.data_dir, max_payload_bytes=len(TABLE) - 1)
    saved(inbox(settings), "GEDEvent_v23_1.csv", TABLE)
    (problem,) = take_in(GED, RawConfig(fetch=False), settings).problems
    assert f"it has {len(TABLE):,} bytes. Expected: at most {len(TABLE) - 1:,} bytes" in problem
    assert "INCIDENTS_MAX_PAYLOAD_BYTES" in problem


@pytest.mark.parametrize(
    "name",
    [
        "manifest.json",
        "Manifest.JSON",
        "x" * 240 + ".csv",
        "a\nb\x1b[31m.csv",
        "\u202egnp.csv",
        "Ségou.csv",
        "con.csv",
        "a .csv ",
        "-rf.csv",
        "$(reboot);`x`.csv",
        "'; drop table x.csv",
        os.fsdecode(b"latin-\xe9.csv"),
    ],
)
def test_file_of_any_name_is_kept_byte_for_byte(settings: Settings, name: str):
    saved(inbox(settings), name, TABLE)
    intake = take_in(GED, RawConfig(fetch=False), settings)
    assert intake.problems == []
    (batch,) = Lake(settings.lake_dir).raw_batches(GED.name)
    assert batch.paths[0].read_bytes() == TABLE
    assert batch.manifest.source_name.isprintable()
    assert batch.manifest.files[0].name.isprintable()
    assert {path.name for path in batch.folder.iterdir()} == {"manifest.json", batch.manifest.files[0].name}
    assert inbox_files(GED, settings) == []


@pytest.mark.parametrize(
    "name", ["ged231-csv.zip", "GEDEvent_v23_0_9.csv.gz", "gedevents-25.1-page-0001.json", "a b (1).csv"]
)
def test_sound_name_is_kept(name: str):
    assert kept_name(name, 0) == name


def test_file_that_has_gone_is_refused_by_name(settings: Settings, tmp_path: Path):
    lake = Lake(settings.lake_dir)
    with pytest.raises(RefusedError, match=r"gone\.csv, the file as a whole: it cannot be read \(No such file"):
        archive(Fetched((tmp_path / "gone.csv",), "file", "gone.csv"), GED, lake)


def test_file_that_is_still_being_written_is_left_and_said_to_be(settings: Settings):
    settings = Settings(data_dir=settings.data_dir, inbox_settle_seconds=30)
    file = saved(inbox(settings), "GEDEvent_v23_1.csv", TABLE[:-20])
    intake = take_in(GED, RawConfig(fetch=False), settings)
    assert not intake.new and not intake.problems
    assert "GEDEvent_v23_1.csv is left in the inbox until the next run" in intake.skipped[0]
    file.write_bytes(TABLE)
    for seconds_ago, is_taken in ((29, False), (-29, False), (31, True)):
        then = time.time() - seconds_ago
        os.utime(file, (then, then))
        assert bool(take_in(GED, RawConfig(fetch=False), settings).new) is is_taken
    (batch,) = Lake(settings.lake_dir).raw_batches(GED.name)
    assert batch.paths[0].read_bytes() == TABLE


def test_file_waits_for_its_mapping_to_be_whole(tmp_path: Path):
    settings = Settings(data_dir=tmp_path / "data", inbox_settle_seconds=30)
    feed = all_feeds()["incident_file"]
    folder = settings.inbox_dir / feed.name
    table = saved(folder, "a.csv", b"Day,Ref\n2022-01-01,1\n")
    mapping = saved(folder, "a.csv.mapping.yaml", b"provider: forum\nid: Ref\ncolumns: {date: Day}\n")
    os.utime(table, (1, 1))
    assert "a.csv.mapping.yaml is left" in take_in(feed, RawConfig(fetch=False), settings).skipped[0]
    os.utime(mapping, (1, 1))
    assert len(take_in(feed, RawConfig(fetch=False), settings).new) == 1


def test_sensor_waits_until_everything_is_at_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("INCIDENTS_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("INCIDENTS_INBOX_SETTLE_SECONDS", "30")
    get_settings.cache_clear()
    file = saved(tmp_path / "inbox" / GED.name, "GEDEvent_v23_1.csv", TABLE)
    sensor = inbox_sensor([GED])

    def tick(cursor: str | None) -> dg.SensorResult:
        found = sensor(dg.build_sensor_context(cursor=cursor))
        assert isinstance(found, dg.SensorResult)
        return found

    arriving = tick(None)
    assert not tick(arriving.cursor).run_requests
    os.utime(file, (1, 1))
    at_rest = tick(arriving.cursor)
    assert not at_rest.run_requests
    assert len(tick(at_rest.cursor).run_requests or []) == 1
