"""Land batches again from raw, after a contract or an override has changed, and tell what left the quarantine.

Nothing else is needed to bring a record back: raw holds it, and landing the same batch again gives the same rows.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from orchestration.errors import RefusedError
from orchestration.feeds.spec import Feed
from orchestration.io.lake import QUARANTINE_SCHEMA, Lake
from orchestration.io.landing import land
from orchestration.io.payload import Bounds


@dataclass(frozen=True)
class Replayed:
    """What landing a batch again has changed.

    Attributes:
        feed: whose batch it is.
        batch_id: the batch.
        source_name: the file or address that it came from.
        status_before: landed, held or refused; None for a batch that had not been landed yet.
        status: the same now.
        left: numbers of the records that left the quarantine.
        entered: numbers of the records that are new in it.
        changed: numbers of the records that stay in it for another reason.
        stayed: how many stay for the same reason.
        refusal: why the batch is refused or held now.
    """

    feed: str
    batch_id: str
    source_name: str
    status_before: str | None
    status: str
    left: tuple[int, ...]
    entered: tuple[int, ...]
    changed: tuple[int, ...]
    stayed: int
    refusal: str | None

    @property
    def is_unchanged(self) -> bool:
        """Did landing again change nothing?"""
        return self.status == self.status_before and not (self.left or self.entered or self.changed)


def replay(feed: Feed, lake: Lake, bounds: Bounds, batch_id: str | None = None) -> Iterator[Replayed]:
    """Land every batch of a feed again, or one of them, in the order of arrival.

    Raises:
        RefusedError: there is no such batch.
    """
    batches = [raw for raw in lake.raw_batches(feed.name) if batch_id in (None, raw.batch_id)]
    if batch_id and not batches:
        raise unknown_batch(feed.name, batch_id)
    statuses = dict(lake.batches(feed.name).select("batch_id", "status").iter_rows())
    for raw in batches:
        before = quarantine_of(lake, feed.name, raw.batch_id)
        record = land(raw, feed, lake, bounds)
        after = quarantine_of(lake, feed.name, raw.batch_id)
        both = before.join(after, on="_record_number", suffix="_now")
        changed = both.filter(pl.col("reason") != pl.col("reason_now"))
        yield Replayed(
            feed=feed.name,
            batch_id=raw.batch_id,
            source_name=raw.manifest.source_name,
            status_before=statuses.get(raw.batch_id),
            status=record["status"],
            left=_numbers(before.join(after, on="_record_number", how="anti")),
            entered=_numbers(after.join(before, on="_record_number", how="anti")),
            changed=_numbers(changed),
            stayed=len(both) - len(changed),
            refusal=record["refusal"],
        )


def quarantine_of(lake: Lake, feed: str, batch_id: str) -> pl.DataFrame:
    """The quarantined records of one batch (columns of `QUARANTINE_SCHEMA`)."""
    paths = sorted(lake.quarantine(feed, batch_id).glob("*.parquet"))
    return pl.concat([pl.DataFrame(schema=QUARANTINE_SCHEMA), *map(pl.read_parquet, paths)])


def unknown_batch(feed: str, batch_id: str) -> RefusedError:
    """There is no such batch."""
    return RefusedError(
        source=batch_id,
        problem=f"{feed} has no such batch",
        rule="the id of a batch in the lake",
        way_out="`incidents status` and `incidents quarantine` name the batches",
        place="the batch's id",
    )


def _numbers(records: pl.DataFrame) -> tuple[int, ...]:
    return tuple(records.get_column("_record_number").sort())
