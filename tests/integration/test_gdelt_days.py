"""GDELT's days in the warehouse: a night takes what is missing, a range can be fetched again, and each is one batch."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from orchestration.assets.raw import RawConfig, days_key, raw_asset, raw_days_asset, take_in, take_in_days
from orchestration.automation.jobs import nightly_job
from orchestration.feeds import all_feeds
from orchestration.io.lake import Lake
from orchestration.resources.gdelt import RECENT_DAYS
from orchestration.settings import get_settings
from tests.servers.gdelt import GdeltServer, published, serving, stamps
from tests.warehouse import Warehouse

FEED = all_feeds()["gdelt"]
FIRST = date(2024, 1, 1)
RANGE = {"dagster/asset_partition_range_start": "2024-01-01", "dagster/asset_partition_range_end": "2024-01-03"}


@pytest.fixture(name="server")
def _server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[GdeltServer]:
    """Three old days, and the settings that ask this server."""
    with serving(published(FIRST, 3, files_a_day=2)) as server:
        monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
        monkeypatch.setenv("INCIDENTS_DATA_DIR", str(tmp_path / "data"))
        monkeypatch.setenv("INCIDENTS_GDELT_SOURCE", "on")
        monkeypatch.setenv("INCIDENTS_GDELT_URL", server.base_url)
        get_settings.cache_clear()
        yield server


def days_of(*numbers: int) -> list[date]:
    return [FIRST + timedelta(days=number - 1) for number in numbers]


def editions() -> list[str]:
    return [batch.manifest.edition or "" for batch in Lake(get_settings().lake_dir).raw_batches("gdelt")]


def publish_recent(server: GdeltServer, days: int) -> list[str]:
    """Let the server have the last days instead; their editions, newest first."""
    today = datetime.now(UTC).date()
    server.files.clear()
    server.files |= published(today - timedelta(days=days), days, files_a_day=2)
    return [(today - timedelta(days=back)).isoformat() for back in range(1, days + 1)]


def test_server_is_not_asked_unless_the_settings_say_so(server: GdeltServer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("INCIDENTS_GDELT_SOURCE", "off")
    get_settings.cache_clear()
    intake = take_in(FEED, RawConfig(), get_settings())
    assert server.requests == []
    assert "INCIDENTS_GDELT_SOURCE=on" in intake.skipped[0]
    assert FEED.unfetched(get_settings()) == intake.skipped[0]


def test_night_takes_the_missing_days_of_the_last_week_and_then_nothing(server: GdeltServer):
    recent = publish_recent(server, RECENT_DAYS)
    intake = take_in(FEED, RawConfig(), get_settings())
    assert intake.problems == []
    assert editions() == recent
    server.requests.clear()
    again = take_in(FEED, RawConfig(), get_settings())
    assert (again.new, again.problems, server.zips_asked) == ([], [], [])


def test_night_fetches_no_more_days_than_it_may(server: GdeltServer, monkeypatch: pytest.MonkeyPatch):
    recent = publish_recent(server, RECENT_DAYS)
    monkeypatch.setenv("INCIDENTS_GDELT_DAYS_PER_NIGHT", "3")
    get_settings.cache_clear()
    intake = take_in(FEED, RawConfig(), get_settings())
    assert editions() == recent[:3]
    assert "left for another night" in intake.skipped[-1]
    take_in(FEED, RawConfig(), get_settings())
    assert editions() == recent[:6]


def test_night_goes_back_to_the_first_day_wanted(server: GdeltServer, monkeypatch: pytest.MonkeyPatch):
    publish_recent(server, 12)
    first = datetime.now(UTC).date() - timedelta(days=11)
    monkeypatch.setenv("INCIDENTS_GDELT_FROM_DATE", first.isoformat())
    get_settings.cache_clear()
    take_in(FEED, RawConfig(), get_settings())
    assert (len(editions()), editions()[-1]) == (11, first.isoformat())


def test_file_that_comes_late_makes_a_whole_new_batch_of_its_day(server: GdeltServer):
    recent = publish_recent(server, 1)
    late, payload = min(server.files.items())
    del server.files[late]
    take_in(FEED, RawConfig(), get_settings())
    server.files[late] = payload
    take_in(FEED, RawConfig(), get_settings())
    batches = Lake(get_settings().lake_dir).raw_batches("gdelt")
    assert [batch.manifest.edition for batch in batches] == recent * 2
    assert [len(batch.paths) for batch in batches] == [1, 2]


def test_failed_day_is_noted_and_the_others_come(server: GdeltServer):
    server.fail("other_bytes", path="20240102", times=None)
    intake = take_in_days(FEED, FEED.days, days_of(1, 2, 3), get_settings())  # type: ignore[arg-type]
    assert editions() == ["2024-01-03", "2024-01-01"]
    assert len(intake.problems) == 1
    assert "GDELT 2024-01-02: 2 of its listed files are missing" in intake.problems[0]


def test_range_of_days_is_one_run_and_marks_the_days_that_came(server: GdeltServer):
    for stamp in stamps(FIRST + timedelta(days=1), 2):
        del server.files[stamp]
    with dg.DagsterInstance.ephemeral() as instance:
        asset = raw_days_asset(FEED, FEED.days)  # type: ignore[arg-type]
        result = dg.materialize([asset], instance=instance, tags=RANGE, raise_on_error=False)
        assert result.success
        assert instance.get_materialized_partitions(days_key(FEED)) == {"2024-01-01", "2024-01-03"}
    with dg.DagsterInstance.ephemeral() as another:
        dg.materialize([asset], instance=another, tags=RANGE)
        assert another.get_materialized_partitions(days_key(FEED)) == {"2024-01-01", "2024-01-03"}
    assert len(server.zips_asked) == 4


def test_range_with_a_day_that_fails_marks_the_others_and_is_red(server: GdeltServer):
    server.fail("other_bytes", path="20240102", times=None)
    with dg.DagsterInstance.ephemeral() as instance:
        asset = raw_days_asset(FEED, FEED.days)  # type: ignore[arg-type]
        result = dg.materialize([asset], instance=instance, tags=RANGE, raise_on_error=False)
        assert not result.success
        assert instance.get_materialized_partitions(days_key(FEED)) == {"2024-01-01", "2024-01-03"}


def test_night_marks_its_days_too(server: GdeltServer):
    recent = publish_recent(server, 2)
    with dg.DagsterInstance.ephemeral() as instance:
        dg.materialize([raw_asset(FEED)], instance=instance)
        assert instance.get_materialized_partitions(days_key(FEED)) == set(recent)


def test_nightly_job_asks_for_no_partition():
    assets = [raw_asset(FEED), raw_days_asset(FEED, FEED.days)]  # type: ignore[arg-type]
    job = dg.Definitions(assets=assets, jobs=[nightly_job]).resolve_job_def("nightly")
    assert job.partitions_def is None
    assert dg.AssetKey(["raw", "gdelt"]) in job.asset_layer.executable_asset_keys
    assert days_key(FEED) not in job.asset_layer.executable_asset_keys


@pytest.mark.slow
def test_command_fetches_a_range_lands_it_and_says_what_is_missing(server: GdeltServer, tmp_path: Path):
    environment = {"INCIDENTS_GDELT_SOURCE": "on", "INCIDENTS_GDELT_URL": server.base_url, "NO_PROXY": "127.0.0.1"}
    warehouse = Warehouse(tmp_path / "warehouse", environment)
    done = warehouse.json("backfill", "gdelt", "--from", "2024-01-01", "--until", "2024-01-04", code=1)
    assert [(batch["edition"], batch["records_landed"]) for batch in done["batches"]] == [
        ("2024-01-03", 6),
        ("2024-01-02", 6),
        ("2024-01-01", 6),
    ]
    assert done["problems"] == ["1 of 4 days are not in the lake: 2024-01-04"]
    again = warehouse.json("backfill", "gdelt", "--from", "2024-01-01", "--until", "2024-01-03")
    assert (again["batches"], again["problems"]) == ([], [])


@pytest.mark.parametrize(
    ("feed", "first", "last", "said"),
    [
        ("ucdp_ged", "2024-01-01", "2024-01-02", "not delivered by the day"),
        ("gdelt", "2014-01-01", "2024-01-02", "choose days from 2015-02-18"),
        ("gdelt", "2024-01-03", "2024-01-02", "choose days from"),
        ("gdelt", "2024-01-03", "2999-01-02", "choose days from"),
        ("gdelt", "yesterday", "2024-01-02", "yesterday"),
    ],
)
def test_command_refuses_a_range_that_is_none(feed: str, first: str, last: str, said: str, tmp_path: Path):
    done = Warehouse(tmp_path).command("backfill", feed, "--from", first, "--until", last, code=2)
    assert said in " ".join(done.stderr.split())
