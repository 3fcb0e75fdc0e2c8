"""What the lake knows of ACLED: which windows are there, up to when changes are known, which ids stand where.

All of it is read from manifests, landed rows, quarantine and, for batches that have not landed yet, raw pages; nothing
is kept apart, so it cannot disagree with the lake.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property

import polars as pl

from orchestration.feeds.acled_windows import Stretch, Window, changes_of, deleted_of, window_of
from orchestration.io.lake import Lake, RawBatch
from orchestration.io.pages import read_records

FEED_NAME = "acled"
"""The feed's name in the lake."""

EVENTS = pl.Schema(
    {"event_id_cnty": pl.String(), "event_date": pl.Date(), "country": pl.String(), "timestamp": pl.Int64()}
)
ROWS = pl.Schema({**EVENTS, "batch_id": pl.String()})
"""One row a record of a batch."""
WITHDRAWN = pl.Schema({"event_id_cnty": pl.String(), "withdrawn_by": pl.String(), "withdrawn_at": pl.Int64()})
"""What the source took back, by its own word or by absence from a sweep: in which batch, and when (in seconds)."""
DELETIONS = pl.Schema({"event_id_cnty": pl.String(), "deleted_timestamp": pl.Int64(), "batch_id": pl.String()})

CLOCKS_DIFFER_BY = timedelta(days=1)

_WITHDRAWN_OF_LANDED = (
    pl.col("source_event_id").alias("event_id_cnty"),
    pl.col("_batch_id").alias("withdrawn_by"),
    pl.col("withdrawn_at").dt.epoch("s"),
)
_WITHDRAWN_OF_DELETIONS = (
    pl.col("event_id_cnty"),
    pl.col("batch_id").alias("withdrawn_by"),
    pl.col("deleted_timestamp").alias("withdrawn_at"),
)


def typed(records: pl.DataFrame) -> pl.DataFrame:
    """Ids, days, countries and timestamps of records as text, typed as `EVENTS`; what cannot be read is null."""
    missing = [pl.lit(None, pl.String).alias(name) for name in EVENTS if name not in records.columns]
    return records.with_columns(missing).select(
        pl.col("event_id_cnty"),
        pl.col("event_date").str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False),
        pl.col("country").str.strip_chars(),
        pl.col("timestamp").str.strip_chars().cast(pl.Int64, strict=False),
    )


def deletions_of(batch: RawBatch) -> pl.DataFrame:
    """What a payload of the deleted endpoint holds (`DELETIONS`)."""
    pages = [read_records(path.read_bytes(), "data") for path in batch.paths]
    return _concat(
        [
            page.select(
                "event_id_cnty",
                pl.col("deleted_timestamp").str.strip_chars().cast(pl.Int64, strict=False),
                pl.lit(batch.batch_id).alias("batch_id"),
            )
            for page in pages
            if len(page)
        ],
        DELETIONS,
    )


def events_of(batch: RawBatch) -> pl.DataFrame:
    """What a payload of events, or of ids, holds (`EVENTS`)."""
    return _concat([typed(read_records(path.read_bytes(), "data")) for path in batch.paths], EVENTS)


@dataclass(frozen=True)
class Known:
    """What the batches of the lake say, up to a moment.

    Attributes:
        lake: the lake.
        before: batches from this id on do not count; None: all count.
    """

    lake: Lake
    before: str | None = None
    _seen: dict[str, RawBatch] = field(default_factory=dict[str, RawBatch])
    _rows: dict[str, pl.DataFrame] = field(default_factory=dict[str, pl.DataFrame])

    # -- what is there --

    @property
    def batches(self) -> list[RawBatch]:
        """The batches that were not refused, in order of arrival; those that came since are among them."""
        # Known by their ids, so that each manifest is read once.
        return [
            self._seen.setdefault(batch.batch_id, batch)
            for batch in self.lake.raw_batches(FEED_NAME)
            if self._statuses.get(batch.batch_id) != "refused" and (self.before is None or batch.batch_id < self.before)
        ]

    @property
    def of_api(self) -> list[RawBatch]:
        """Those that came from the API."""
        return [batch for batch in self.batches if batch.manifest.origin == "api"]

    def newest_window(self, window: Window) -> tuple[RawBatch, Window] | None:
        """The newest batch that holds all events of a country from the window's first day on, and up to when."""
        issues = [
            (batch, issue)
            for batch in self.of_api
            if (issue := window_of(batch.manifest.edition))
            and issue.country == window.country
            and issue.first <= window.first <= issue.last
        ]
        return issues[-1] if issues else None

    def first_window_at(self, country: str | None = None) -> datetime | None:
        """When the first window of a country, or of any country, came."""
        return min(
            (
                batch.manifest.fetched_at
                for batch in self.of_api
                if (window := window_of(batch.manifest.edition)) and country in (None, window.country)
            ),
            default=None,
        )

    def newest_changes(self, country: str) -> Stretch | None:
        """Up to when the changes in a country are known."""
        found = [changes for batch in self.of_api if (changes := changes_of(batch.manifest.edition))]
        return next((stretch for named, stretch in reversed(found) if named == country), None)

    def newest_deletion(self) -> Stretch | None:
        """Up to when deletions are known."""
        found = [stretch for batch in self.of_api if (stretch := deleted_of(batch.manifest.edition))]
        return found[-1] if found else None

    # -- what it holds --

    def deletions(self, since: int) -> pl.DataFrame:
        """All deletions from a time on that were ever received (`DELETIONS`)."""
        batches = [batch for batch in self.of_api if batch.manifest.purpose == "withdrawals"]
        return _concat(map(deletions_of, batches), DELETIONS).filter(pl.col("deleted_timestamp") >= since)

    def not_uploaded_since(self, deletions: pl.DataFrame) -> pl.DataFrame:
        """The deletions (`DELETIONS`) of events that nobody uploaded again after them: ACLED tells old ones again."""
        named = deletions.get_column("event_id_cnty").implode()
        newest = (
            self._records(self.batches)
            .filter(pl.col("event_id_cnty").is_in(named))
            .group_by("event_id_cnty")
            .agg(pl.col("timestamp").max())
        )
        is_last_word = (pl.col("deleted_timestamp") >= pl.col("timestamp")).fill_null(value=True)
        return deletions.join(newest, on="event_id_cnty", how="left").filter(is_last_word).drop("timestamp")

    def versions(self, country: str, since: int) -> pl.DataFrame:
        """Every version of a country's events, uploaded from a time on, that was not taken back since (`ROWS`)."""
        earliest = datetime.fromtimestamp(since, UTC) - CLOCKS_DIFFER_BY
        recent = self._records(batch for batch in self.batches if batch.manifest.fetched_at >= earliest)
        return self._not_withdrawn(recent.filter(_is_in(country), pl.col("timestamp") >= since))

    def standing(self, window: Window) -> pl.DataFrame:
        """The latest version of each event that stands in a window and was not taken back since (`ROWS`).

        What the newest batch of the whole window did not hold was withdrawn by it: only it and what came later counts.
        """
        newest = self.newest_window(window)
        latest = (
            self._records(batch for batch in self.batches if not newest or batch.batch_id >= newest[0].batch_id)
            .group_by("event_id_cnty", maintain_order=True)
            .last()
        )
        is_in_window = _is_in(window.country) & pl.col("event_date").is_between(window.first, window.last)
        return self._not_withdrawn(latest.filter(is_in_window))

    def _not_withdrawn(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Without what was taken back later than it came, and later than it was uploaded."""
        later = rows.join(self._withdrawn, on="event_id_cnty").filter(
            pl.col("withdrawn_by") > pl.col("batch_id"),
            (pl.col("withdrawn_at") >= pl.col("timestamp")).fill_null(value=True),
        )
        return rows.join(later, on=["event_id_cnty", "batch_id"], how="anti")

    # -- where it is --

    @cached_property
    def _statuses(self) -> dict[str, str]:
        """Landed or refused, by batch; a batch of tonight has no record yet."""
        return dict(self.lake.batches(FEED_NAME).select("batch_id", "status").iter_rows())

    @property
    def _withdrawn(self) -> pl.DataFrame:
        found: list[pl.DataFrame] = []
        for batch in self.batches:
            if batch.manifest.purpose == "records":
                continue
            if batch.batch_id in self._statuses:
                parts = self.lake.withdrawals(FEED_NAME, batch.batch_id).glob("*.parquet")
                found += [pl.read_parquet(part).select(_WITHDRAWN_OF_LANDED) for part in parts]
            elif batch.manifest.purpose == "withdrawals":
                found.append(deletions_of(batch).select(_WITHDRAWN_OF_DELETIONS))
        return _concat(found, WITHDRAWN)

    def _records(self, batches: Iterable[RawBatch]) -> pl.DataFrame:
        return _concat([self._rows_of(batch) for batch in batches if batch.manifest.purpose == "records"], ROWS)

    def _rows_of(self, batch: RawBatch) -> pl.DataFrame:
        """The records of a batch, wherever they are."""
        if batch.batch_id not in self._rows:
            is_landed = batch.batch_id in self._statuses
            parts = [self._landed(batch), self._quarantined(batch)] if is_landed else [_not_landed(batch)]
            self._rows[batch.batch_id] = pl.concat(parts).with_columns(pl.lit(batch.batch_id).alias("batch_id"))
        return self._rows[batch.batch_id]

    def _landed(self, batch: RawBatch) -> pl.DataFrame:
        parts = sorted(self.lake.landing(FEED_NAME, batch.batch_id).glob("*.parquet"))
        columns = [pl.col(name).cast(dtype, strict=False) for name, dtype in EVENTS.items()]
        return _concat([pl.read_parquet(part, columns=EVENTS.names()).select(columns) for part in parts], EVENTS)

    def _quarantined(self, batch: RawBatch) -> pl.DataFrame:
        parts = sorted(self.lake.quarantine(FEED_NAME, batch.batch_id).glob("*.parquet"))
        fields = [pl.col("record").str.json_path_match(f"$.{name}").alias(name) for name in EVENTS]
        return _concat([typed(pl.read_parquet(part, columns=["record"]).select(fields)) for part in parts], EVENTS)


def _not_landed(batch: RawBatch) -> pl.DataFrame:
    """The records of a batch of the API as it came; a file must land before it can be read."""
    return events_of(batch) if batch.manifest.origin == "api" else pl.DataFrame(schema=EVENTS)


def _is_in(country: str) -> pl.Expr:
    return pl.col("country").str.strip_chars().str.to_lowercase() == country.lower()


def _concat(frames: Iterable[pl.DataFrame], schema: pl.Schema) -> pl.DataFrame:
    return pl.concat([pl.DataFrame(schema=schema), *frames])
