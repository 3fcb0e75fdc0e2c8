"""How things stand: what each feed holds and waits for, and which release readers see."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from orchestration.assets.raw import inbox_files
from orchestration.feeds import all_feeds
from orchestration.feeds.spec import Feed
from orchestration.io.decisions import undecided
from orchestration.io.lake import Lake
from orchestration.reference import boundaries, places
from orchestration.reference.tables import edition_of, row_count
from orchestration.release import Release, current_release, list_releases
from orchestration.settings import Settings


def standing(settings: Settings) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
    """A row for each feed, and the facts of the current release."""
    return [_feed_row(feed, settings, None) for feed in all_feeds().values()], current_release_facts(settings)


def standing_at(settings: Settings, moment: datetime) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
    """The same as it was at a moment (UTC, without a zone): what had arrived, and the newest release that was out."""
    releases = list_releases(settings.published_dir)
    past = [each for each in releases if each.manifest.created_at <= moment.replace(tzinfo=UTC)]
    rows = [_feed_row(feed, settings, moment) for feed in all_feeds().values()]
    return rows, _facts(past[-1], past[-1].database) if past else None


def _feed_row(feed: Feed, settings: Settings, moment: datetime | None) -> dict[str, Any]:
    batches = Lake(settings.lake_dir).batches(feed.name)
    if moment is not None:
        batches = batches.filter(pl.col("fetched_at") <= moment)
    landed = batches.filter(pl.col("status") == "landed")
    newest = landed.row(-1, named=True) if len(landed) else {}
    return {
        "feed": feed.name,
        "newest_batch_at": newest.get("fetched_at"),
        "edition": newest.get("edition"),
        "covers_until": landed.get_column("covers_until").max() if len(landed) else None,
        "waiting_in_inbox": len(inbox_files(feed, settings)),
        "fetching": feed.unfetched(settings) or "each night",
    }


def reference_inputs(settings: Settings) -> dict[str, dict[str, Any]]:
    """What is known of places beside the feeds, by table."""
    table = places.path_of(settings)
    return {
        places.NAME: {"rows": row_count(table), "edition": edition_of(table)},
        boundaries.NAME: {
            "rows": row_count(boundaries.path_of(settings)),
            "rows_by_level": boundaries.areas_by_level(settings),
            "features_set_aside": row_count(boundaries.path_of(settings, boundaries.SET_ASIDE)),
            "waiting_in_inbox": len(boundaries.waiting_boundaries(settings)),
        },
    }


def waiting_for_a_decision(settings: Settings) -> list[dict[str, Any]]:
    """The batches that were refused or held, and that nobody has dealt with, with the reason."""
    lake = Lake(settings.lake_dir)
    names = ("feed", "batch_id", "source_name", "status", "refusal")
    return [row for feed in all_feeds() for row in undecided(lake, feed).select(names).to_dicts()]


def current_release_facts(settings: Settings, *, was_unchanged: bool | None = None) -> dict[str, Any] | None:
    """What a reader wants to know of the release that stands in `data/published`."""
    release = current_release(settings.published_dir)
    if release is None:
        return None
    return _facts(release, settings.published_dir / "warehouse.duckdb") | {"is_unchanged": was_unchanged}


def _facts(release: Release, warehouse: Path) -> dict[str, Any]:
    return {
        "release_id": release.release_id,
        "created_at": release.manifest.created_at,
        "is_unchanged": None,
        "audit": release.manifest.audit.headline,
        "contains_synthetic_data": release.manifest.contains_synthetic_data,
        "content_digest": release.manifest.content_digest,
        "folder": str(release.path),
        "warehouse": str(warehouse),
    }


def release_rows(settings: Settings) -> list[dict[str, Any]]:
    """All releases, newest first."""
    current = current_release(settings.published_dir)
    return [
        {
            "release_id": release.release_id,
            "created_at": f"{release.manifest.created_at:%Y-%m-%d %H:%M:%S}",
            "batches": len(release.manifest.batches),
            "reports": release.manifest.row_counts.get("fct_reports", 0),
            "contains_synthetic_data": release.manifest.contains_synthetic_data,
            "content_digest": release.manifest.content_digest[:12],
            "is_current": bool(current and current.release_id == release.release_id),
            "folder": str(release.path),
        }
        for release in reversed(list_releases(settings.published_dir))
    ]
