"""Layer landing: valid typed rows, and beside them the quarantine. One asset a feed; its checks are in `checks`."""

from collections.abc import Callable
from typing import Any

import dagster as dg
import polars as pl

from orchestration.assets.common import OWNERS, PROBLEMS, SET_BACK_NOW, table
from orchestration.assets.raw import days_key
from orchestration.feeds.spec import Feed
from orchestration.io.lake import Lake, counts, warning_counts
from orchestration.io.landing import land
from orchestration.io.overrides import received_overrides
from orchestration.resources.fingerprint import files_digest
from orchestration.settings import Settings, get_settings

PREVIEW_ROWS = 5


def landing_asset(feed: Feed) -> dg.AssetsDefinition:
    """The asset `landing/<feed>`."""

    @dg.asset(
        key=["landing", feed.name],
        deps=[["raw", feed.name], *([days_key(feed)] if feed.days else [])],
        group_name="landing",
        description=(
            f"Records of {feed.title} that keep the contract `{feed.contract.name}`, typed, under the source's own "
            "names. The others are in quarantine with their reasons."
        ),
        kinds={"polars", "parquet"},
        owners=OWNERS,
        code_version=str(feed.contract.version),
        metadata={
            "dagster/column_schema": dg.TableSchema(
                columns=[
                    dg.TableColumn(
                        column.name,
                        column.kind.value,
                        description=column.about,
                        constraints=dg.TableColumnConstraints(nullable=not column.required),
                    )
                    for column in feed.contract.columns
                ]
            )
        },
    )
    def landing(context: dg.AssetExecutionContext) -> dg.MaterializeResult[Any]:
        settings = get_settings()
        before = dict(Lake(settings.lake_dir).batches(feed.name).select("batch_id", "status").iter_rows())
        landed = land_what_is_new(feed, settings, context.log.info)
        news = [record for record in landed if record["refusal"] and before.get(record["batch_id"]) != record["status"]]
        # Landed again is not changed: what waits for this feed is out of date only where a batch record is another.
        version = dg.DataVersion(files_digest(settings.lake_dir / "batches", feed.name))
        return dg.MaterializeResult(metadata=_metadata(feed, settings, landed, news), data_version=version)

    return landing


def land_what_is_new(feed: Feed, settings: Settings, say: Callable[[str], object]) -> list[dict[str, Any]]:
    """Land every raw batch that has no record yet, or one of an older contract, another selection or other overrides.

    Returns the new records.
    """
    lake = Lake(settings.lake_dir)
    lake.prepare(feed.name, feed.contract)
    done = lake.batches(feed.name).filter(
        pl.col("contract_version") == feed.contract.version,
        pl.col("selection").eq_missing(pl.lit(feed.selection(settings))),
        pl.col("overrides").eq_missing(pl.lit(received_overrides(feed).digest)),
    )
    known = set(done.get_column("batch_id"))
    landed: list[dict[str, Any]] = []
    for raw in lake.raw_batches(feed.name):
        if raw.batch_id in known:
            continue
        record = land(raw, feed, lake, settings.bounds)
        landed.append(record)
        say(f"{feed.name}: {said_of(record)}")
    return landed


def said_of(record: dict[str, Any]) -> str:
    """One line on what became of a batch."""
    if record["refusal"]:
        return f"{record['status']} {record['refusal']}"
    figures = ", ".join(f"{count:,} {name}" for name, count in counts(record).items())
    return f"{record['source_name']}: {figures}"


def _metadata(
    feed: Feed, settings: Settings, landed: list[dict[str, Any]], news: list[dict[str, Any]]
) -> dict[str, Any]:
    lake = Lake(settings.lake_dir)
    batches = lake.batches(feed.name)
    warned: dict[str, int] = {}
    for record in landed:
        for rule, count in warning_counts(record).items():
            warned[rule] = warned.get(rule, 0) + count
    return {
        "dagster/row_count": int(batches.get_column("records_landed").sum()),
        "quarantined": int(batches.get_column("records_quarantined").sum()),
        "exact_duplicates": int(batches.get_column("records_duplicate").sum()),
        "new_batches": len(landed),
        "held_batches": int((batches.get_column("status") == "held").sum()),
        "landed_now": table(
            [
                {"source": record["source_name"], "status": record["status"], **counts(record)}
                | ({"why": record["refusal"]} if record["refusal"] else {})
                for record in landed
            ]
        ),
        PROBLEMS: dg.MetadataValue.json([said_of(record) for record in news]),
        SET_BACK_NOW: dg.MetadataValue.json([record["batch_id"] for record in news]),
        "warnings": table([{"rule": rule, "rows": count} for rule, count in sorted(warned.items())]),
        "preview": table(_preview(feed, lake, landed)),
    }


def _preview(feed: Feed, lake: Lake, landed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first rows of the newest batch, the columns that people look for first."""
    parts = [
        part
        for record in landed[-1:]
        for part in sorted(lake.landing(feed.name, record["batch_id"]).glob("*.parquet"))[:1]
    ]
    wanted = [
        name for name in ("id", "date_start", "country", "side_a", "side_b", "best") if name in feed.contract.names
    ]
    return [row for part in parts for row in pl.read_parquet(part, columns=wanted, n_rows=PREVIEW_ROWS).to_dicts()]
