"""The account of all batches of all feeds, which dbt reads beside the landed rows: what came, what became of it.

Everything that is built waits for it. So this is where a night without change ends: where the release that stands would
be made again, there is no new account, and Dagster skips what waits for one.
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from orchestration.assets.common import OWNERS, RELEASE, table
from orchestration.feeds.spec import Feed
from orchestration.io.lake import COUNTED_AS, Lake, counts
from orchestration.resources.dbt import start_building
from orchestration.resources.fingerprint import changed, fingerprint, standing_release
from orchestration.settings import get_settings

KEY = dg.AssetKey(["landing", "batch_records"])
SHOWN = ("feed", "source_name", "edition", "status", "records_read", "records_landed", "records_quarantined")


class BuildConfig(dg.Config):
    """What an operator may say of the build."""

    rebuild: bool = False
    """Build everything anew, also where nothing has changed."""


def batch_records_asset(feeds: list[Feed]) -> dg.AssetsDefinition:
    """The asset `landing/batch_records`, downstream of every feed's landing."""

    @dg.asset(
        key=KEY,
        deps=[["landing", feed.name] for feed in feeds],
        output_required=False,
        group_name="landing",
        description="One record a batch: its scope, its counts, whether it landed or was refused; and the quarantine.",
        kinds={"parquet"},
        owners=OWNERS,
    )
    def batch_records(context: dg.AssetExecutionContext, config: BuildConfig) -> Iterator[dg.MaterializeResult[Any]]:
        settings = get_settings()
        lake = Lake(settings.lake_dir)
        records = [record for feed in feeds for record in lake.batches(feed.name).iter_rows(named=True)]
        if not any(record["status"] == "landed" for record in records):
            raise dg.Failure(
                "No batch has landed yet, so there is nothing to build. Way out: `incidents add FEED FILE`, a file in "
                "data/inbox/<feed>/, UCDP_ACCESS_TOKEN in the environment, or, to try it, `incidents run --sample`.",
                allow_retries=False,
            )
        if config.rebuild:
            start_building(settings)
        now = fingerprint(settings)
        if release_id := standing_release(settings, now):
            context.log.info(f"Nothing changed since release {release_id}; nothing is built.")
            context.log_event(dg.AssetObservation(RELEASE, metadata={"release_id": release_id, "is_unchanged": True}))
            return
        yield dg.MaterializeResult(
            metadata={
                "dagster/row_count": len(records),
                "records_read": sum(record["records_read"] for record in records),
                **{f"records_{word}": sum(counts(record)[word] for record in records) for word in COUNTED_AS},
                "changed_since_release": ", ".join(changed(settings, now)) or "there is none that stands",
                "batches": table([{name: record[name] for name in SHOWN} for record in records[-50:]]),
            }
        )

    return batch_records
