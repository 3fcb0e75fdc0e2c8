"""Jobs, the nightly schedule, and the sensor that watches the inbox."""

from pathlib import Path

import dagster as dg

# What `define_asset_job` returns has no public name.
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from orchestration.assets.raw import days_key, inbox_files, with_companion
from orchestration.feeds import all_feeds
from orchestration.feeds.spec import Feed
from orchestration.io.inbox import still_arriving
from orchestration.reference import boundaries
from orchestration.settings import Settings, get_settings

NIGHTLY = "nightly"
QUIET_SECONDS = 30
"""The inbox is looked at this often; a file that changed since the last look is still being written."""


def feeds_by_the_day() -> list[Feed]:
    """The feeds of which chosen days can be fetched."""
    return [feed for feed in all_feeds().values() if feed.days]


nightly_job = dg.define_asset_job(
    NIGHTLY,
    selection=dg.AssetSelection.all() - dg.AssetSelection.assets(*map(days_key, feeds_by_the_day())),
    description="Fetch, validate, build, audit, publish.",
    executor_def=dg.in_process_executor,
    tags={"dagster/max_runtime": str(6 * 3600)},
)


def ingest_job(feed: Feed) -> UnresolvedAssetJobDefinition:
    """Archive and land one feed, without building the warehouse."""
    return dg.define_asset_job(
        ingest_job_name(feed.name),
        selection=dg.AssetSelection.assets(["raw", feed.name], ["landing", feed.name]),
        description=f"Archive and land {feed.title}; the next nightly run publishes it.",
        executor_def=dg.in_process_executor,
    )


def backfill_job(feed: Feed) -> UnresolvedAssetJobDefinition:
    """Fetch a range of days of one feed that is delivered by the day."""
    return dg.define_asset_job(
        backfill_job_name(feed.name),
        selection=dg.AssetSelection.assets(days_key(feed)),
        description=f"Archive chosen days of {feed.title}; the next nightly run lands and publishes them.",
        executor_def=dg.in_process_executor,
    )


def backfill_job_name(feed: str) -> str:
    """The name of a feed's back-fill job."""
    return f"backfill_{feed}"


def ingest_job_name(feed: str) -> str:
    """The name of a feed's ingest job."""
    return f"ingest_{feed}"


nightly_schedule = dg.ScheduleDefinition(
    name="nightly_at_two",
    job=nightly_job,
    cron_schedule="0 2 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Every night at 02:00 UTC.",
)


def inbox_sensor(feeds: list[Feed]) -> dg.SensorDefinition:
    """Starts the nightly job when files in the inbox have stopped changing."""

    @dg.sensor(
        name="inbox",
        job=nightly_job,
        minimum_interval_seconds=QUIET_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Watches data/inbox/<feed>/ and data/inbox/boundaries/, and publishes what is dropped there.",
    )
    def inbox(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        seen = inbox_state(feeds)
        if not seen:
            return dg.SkipReason("the inbox is empty")
        settings = get_settings()
        if arriving := still_arriving(waiting_files(feeds, settings), settings.inbox_settle_seconds):
            return dg.SensorResult(skip_reason=dg.SkipReason(arriving), cursor=seen)
        if seen != context.cursor:
            return dg.SensorResult(skip_reason=dg.SkipReason("files are still arriving"), cursor=seen)
        return dg.SensorResult(run_requests=[dg.RunRequest(run_key=seen)], cursor=seen)

    return inbox


def inbox_state(feeds: list[Feed]) -> str:
    """Names, sizes and times of what waits in the inbox; empty when nothing does."""
    stats = [(path, path.lstat()) for path in waiting_files(feeds, get_settings())]
    return ";".join(f"{path.parent.name}/{path.name}:{stat.st_size}:{stat.st_mtime_ns}" for path, stat in stats)


def waiting_files(feeds: list[Feed], settings: Settings) -> list[Path]:
    """All that waits in the inbox, the files included that tell how to read another."""
    files = [file for feed in feeds for path in inbox_files(feed, settings) for file in with_companion(path, feed)]
    return files + boundaries.waiting_boundaries(settings)
