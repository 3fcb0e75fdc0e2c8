"""The checks on `landing/<feed>`: nothing lost, nothing refused, as much as expected, not overdue."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import dagster as dg
import polars as pl

from orchestration.feeds.spec import Feed
from orchestration.io.lake import COUNTED_AS, Lake
from orchestration.settings import get_settings


def landing_checks(feed: Feed) -> dg.AssetChecksDefinition:
    """All checks of one feed's landing, in one step."""
    key = dg.AssetKey(["landing", feed.name])
    fewest, most = feed.volume

    @dg.multi_asset_check(
        name=f"landing_{feed.name}_checks",
        specs=[
            dg.AssetCheckSpec(
                "conservation",
                asset=key,
                blocking=True,
                description="It is known of every record read what became of it.",
            ),
            dg.AssetCheckSpec("every_batch_landed", asset=key, description="No payload was refused as a whole."),
            dg.AssetCheckSpec(
                "contract",
                asset=key,
                description=f"At most {feed.max_quarantined_share:.1%} of a batch's records break the contract.",
            ),
            dg.AssetCheckSpec(
                "volume", asset=key, description=f"A batch holds between {fewest:,} and {most:,} records."
            ),
            dg.AssetCheckSpec(
                "freshness",
                asset=key,
                description=f"The newest real batch is at most {feed.freshness.days} days old.",
            ),
        ],
    )
    def checks() -> Iterator[dg.AssetCheckResult]:
        batches = Lake(get_settings().lake_dir).batches(feed.name)
        landed = batches.filter(pl.col("status") == "landed")
        yield conservation(landed)
        yield _result("every_batch_landed", batches.filter(pl.col("status") == "refused"), "refusal")
        share = pl.col("records_quarantined") / pl.col("records_read")
        yield _result("contract", landed.filter(share > feed.max_quarantined_share), "records_quarantined")
        outside = ~pl.col("records_read").is_between(fewest, most)
        yield _result("volume", landed.filter(outside), "records_read")
        yield freshness(landed, feed.freshness, datetime.now(UTC))

    return checks


def conservation(landed: pl.DataFrame) -> dg.AssetCheckResult:
    """What became of every record read must be known, batch by batch."""
    kept = pl.sum_horizontal(pl.col(f"records_{word}") for word in COUNTED_AS)
    return _result("conservation", landed.filter(pl.col("records_read") != kept), "records_read")


def freshness(landed: pl.DataFrame, window: timedelta, now: datetime) -> dg.AssetCheckResult:
    """Is the newest real batch younger than the feed's window? A feed without a real batch is absent, not overdue."""
    real = landed.filter(~pl.col("is_synthetic"))
    newest = real.get_column("fetched_at").max() if len(real) else None
    if not isinstance(newest, datetime):
        return dg.AssetCheckResult(check_name="freshness", passed=True, description="no real batch yet")
    age = now.replace(tzinfo=None) - newest
    return dg.AssetCheckResult(
        check_name="freshness",
        passed=age <= window,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"the newest batch came {age.days} days ago; expected within {window.days} days",
        metadata={"newest_batch_at": newest.isoformat(), "age_days": age.days},
    )


def _result(name: str, offenders: pl.DataFrame, figure: str) -> dg.AssetCheckResult:
    """Passed where there are no offenders; otherwise they are named with the figure that offends."""
    named = [f"{row['source_name']}: {figure} {row[figure]}" for row in offenders.iter_rows(named=True)]
    listed = "\n".join(f"- {line}" for line in named)
    return dg.AssetCheckResult(
        check_name=name,
        passed=not named,
        description="; ".join(named[:3]) if named else None,
        metadata={
            "offending_batches": len(named),
            "batches": dg.MetadataValue.md(listed),
        },
    )
