"""Everything that Dagster needs to know, put together from its parts. Nothing is defined here."""

import warnings

import dagster as dg

warnings.filterwarnings("ignore", category=dg.BetaWarning)
warnings.filterwarnings("ignore", category=dg.PreviewWarning)

from orchestration.assets.audit import audit_asset  # noqa: E402 - after the filters
from orchestration.assets.batches import batch_records_asset  # noqa: E402
from orchestration.assets.landing import landing_asset  # noqa: E402
from orchestration.assets.published import release_asset  # noqa: E402
from orchestration.assets.raw import raw_asset, raw_days_asset  # noqa: E402
from orchestration.assets.reference import (  # noqa: E402
    boundaries_asset,
    located_points_asset,
    populated_places_asset,
)
from orchestration.assets.verdict import verdict_asset  # noqa: E402
from orchestration.assets.warehouse import warehouse_assets  # noqa: E402
from orchestration.automation.jobs import (  # noqa: E402
    backfill_job,
    feeds_by_the_day,
    inbox_sensor,
    ingest_job,
    nightly_job,
    nightly_schedule,
)
from orchestration.checks.landing import landing_checks  # noqa: E402
from orchestration.console.progress import PROGRESS, progress_logger  # noqa: E402
from orchestration.feeds import all_feeds  # noqa: E402
from orchestration.resources.dbt import dbt_resource  # noqa: E402
from orchestration.settings import get_settings  # noqa: E402


def definitions() -> dg.Definitions:
    """The definitions for the present settings."""
    settings = get_settings()
    feeds = list(all_feeds().values())
    warehouse = warehouse_assets(settings)
    return dg.Definitions(
        assets=[
            *(raw_asset(feed) for feed in feeds),
            *(raw_days_asset(feed, feed.days) for feed in feeds if feed.days),
            *(landing_asset(feed) for feed in feeds),
            batch_records_asset(feeds),
            populated_places_asset(),
            boundaries_asset(),
            located_points_asset(),
            warehouse,
            audit_asset(warehouse),
            release_asset(),
            verdict_asset(feeds),
        ],
        asset_checks=[landing_checks(feed) for feed in feeds],
        jobs=[nightly_job, *map(ingest_job, feeds), *map(backfill_job, feeds_by_the_day())],
        schedules=[nightly_schedule],
        sensors=[inbox_sensor(feeds)],
        resources={"dbt": dbt_resource(settings)},
        loggers={PROGRESS: progress_logger},
    )


defs = definitions()
