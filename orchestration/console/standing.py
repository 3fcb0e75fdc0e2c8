"""How things stand: what each feed holds and waits for, and which release readers see."""

from typing import Any

import polars as pl

from orchestration.assets.raw import inbox_files
from orchestration.feeds import all_feeds
from orchestration.feeds.spec import Feed
from orchestration.io.lake import Lake
from orchestration.settings import Settings


def standing(settings: Settings) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
    """A row for each feed, and the facts of the current release."""
    return [_feed_row(feed, settings) for feed in all_feeds().values()], current_release_facts(settings)


def _feed_row(feed: Feed, settings: Settings) -> dict[str, Any]:
    landed = Lake(settings.lake_dir).batches(feed.name).filter(pl.col("status") == "landed")
    newest = landed.row(-1, named=True) if len(landed) else {}
    return {
        "feed": feed.name,
        "newest_batch_at": newest.get("fetched_at"),
        "edition": newest.get("edition"),
        "covers_until": landed.get_column("covers_until").max() if len(landed) else None,
        "waiting_in_inbox": len(inbox_files(feed, settings)),
        "fetching": feed.unfetched(settings) or "each night",
    }
