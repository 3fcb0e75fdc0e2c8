"""The checks on `landing/<feed>`: nothing lost, nothing refused, as much as expected, not overdue."""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta

import dagster as dg
import polars as pl

from orchestration.assets.common import SET_BACK_NOW
from orchestration.feeds.spec import Feed
from orchestration.io.decisions import undecided
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
            dg.AssetCheckSpec(
                "every_batch_landed",
                asset=key,
                description="No payload was refused as a whole; an older refusal is warned of until it is dealt with.",
            ),
            dg.AssetCheckSpec(
                "contract",
                asset=key,
                description=(
                    f"No batch is held because more than {feed.max_quarantined_share:.1%} of its records broke the "
                    "contract; an older one is warned of until it is dealt with."
                ),
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
    def checks(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        lake = Lake(get_settings().lake_dir)
        batches = lake.batches(feed.name)
        landed = batches.filter(pl.col("status") == "landed")
        yield conservation(batches.filter(pl.col("status") != "refused"))
        waiting, news = undecided(lake, feed.name), _set_back_now(context.instance, key)
        yield set_back("every_batch_landed", waiting.filter(pl.col("status") == "refused"), news)
        yield set_back("contract", waiting.filter(pl.col("status") == "held"), news)
        # What brings withdrawals brings no records.
        brings_records = pl.col("purpose").fill_null("records") == "records"
        outside = ~pl.col("records_read").is_between(fewest, most)
        yield _result("volume", landed.filter(brings_records, outside), "records_read")
        yield freshness(landed, feed.freshness, datetime.now(UTC))

    return checks


def conservation(landed: pl.DataFrame) -> dg.AssetCheckResult:
    """What became of every record read must be known, batch by batch."""
    kept = pl.sum_horizontal(pl.col(f"records_{word}") for word in COUNTED_AS)
    return _result("conservation", landed.filter(pl.col("records_read") != kept), "records_read")


def set_back(name: str, waiting: pl.DataFrame, news: Collection[str]) -> dg.AssetCheckResult:
    """Batches that were refused or held: an error on the night they came, a warning until somebody deals with them."""
    result = _result(name, waiting, "refusal")
    is_news = not set(news).isdisjoint(waiting.get_column("batch_id"))
    severity = dg.AssetCheckSeverity.ERROR if is_news else dg.AssetCheckSeverity.WARN
    way_out = "; ".join(f"incidents dismiss {row['feed']} {row['batch_id']} --why …" for row in waiting.to_dicts()[:3])
    told = f"{result.description} To be warned no more: {way_out}" if result.description else None
    return result._replace(severity=severity, description=told)


def _set_back_now(instance: dg.DagsterInstance, landing: dg.AssetKey) -> list[str]:
    """The batches that the newest landing was the first to refuse or hold."""
    event = instance.get_latest_materialization_event(landing)
    noted = event and event.asset_materialization and event.asset_materialization.metadata.get(SET_BACK_NOW)
    return list(noted.value) if noted else []  # pyright: ignore


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
