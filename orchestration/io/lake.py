"""The lake's folders, manifests and batch records. What a record means is the business of contracts and dbt.

raw/<feed>/<batch_id>/               the payload as received, and manifest.json
landing/<feed>/batch_id=<batch_id>/  valid typed rows
quarantine/<feed>/batch_id=…/        records that failed, with every reason
withdrawals/<feed>/batch_id=…/       reports that the source no longer has
decisions/<feed>/<batch_id>.json     what people decided about a batch
batches/<feed>/<batch_id>.parquet    one row: what became of the batch; written last, so it marks a landed batch
reference/<table>.parquet            what is known of places, made whole from a package or from raw/boundaries
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict

from orchestration.errors import RefusedError
from orchestration.io.atomic import replaced_file
from orchestration.io.fetched import Purpose, ScopeKind
from schemas.contract import Contract

UTC_TIMESTAMP = pl.Datetime("us")
"""Times in the lake are UTC without a zone, which every reader of Parquet reads alike."""

LANDING_COLUMNS = pl.Schema(
    {"_batch_id": pl.String(), "_record_number": pl.Int64(), "_record_hash": pl.String(), "_warnings": pl.String()}
)
QUARANTINE_SCHEMA = pl.Schema(
    {
        "_batch_id": pl.String(),
        "_record_number": pl.Int64(),
        "source_file": pl.String(),
        "source_event_id": pl.String(),
        "source_country_code": pl.String(),
        "occurred_year": pl.Int32(),
        "failure_count": pl.Int32(),
        "failed_columns": pl.String(),
        "failed_rules": pl.String(),
        "failed_values": pl.String(),
        "reason": pl.String(),
        "record": pl.String(),
    }
)
WITHDRAWALS = pl.Schema(
    {
        "_batch_id": pl.String(),
        "feed": pl.String(),
        "id_space": pl.String(),
        "source_event_id": pl.String(),
        "withdrawn_at": UTC_TIMESTAMP,
        "evidence": pl.String(),
    }
)
"""A report that the source no longer has. Evidence: `deleted` (the source says so, at `withdrawn_at`), `swept` (it was
missing from all ids of its window)."""
COUNTED_AS = ("landed", "quarantined", "duplicate", "filtered", "folded")
"""What becomes of a record that was read: valid, set aside with a reason, an exact copy of another, left in raw by the
settings, or taken into another record of the same event. `records_<word>` in a batch record; they sum to all."""
BATCH_SCHEMA = pl.Schema(
    {
        "feed": pl.String(),
        "batch_id": pl.String(),
        "id_space": pl.String(),
        "status": pl.String(),
        "refusal": pl.String(),
        "decision": pl.String(),
        "origin": pl.String(),
        "source_name": pl.String(),
        "edition": pl.String(),
        "purpose": pl.String(),
        "scope_kind": pl.String(),
        "scope_key": pl.String(),
        "covers_from": pl.Date(),
        "covers_until": pl.Date(),
        "country_scope": pl.String(),
        "authority": pl.Int32(),
        "fetched_at": UTC_TIMESTAMP,
        "sha256": pl.String(),
        "byte_count": pl.Int64(),
        "is_synthetic": pl.Boolean(),
        "records_read": pl.Int64(),
        "records_landed": pl.Int64(),
        "records_quarantined": pl.Int64(),
        "records_duplicate": pl.Int64(),
        "records_filtered": pl.Int64(),
        "records_folded": pl.Int64(),
        "withdrawal_count": pl.Int64(),
        "warning_count": pl.Int64(),
        "warning_counts": pl.String(),
        "unused_columns": pl.String(),
        "layout": pl.String(),
        "selection": pl.String(),
        "overrides": pl.String(),
        "contract_version": pl.Int32(),
        "licence": pl.String(),
        "citation": pl.String(),
    }
)


class FileFacts(BaseModel):
    """One payload file, as received."""

    model_config = ConfigDict(frozen=True)

    name: str
    byte_count: int
    sha256: str


class Manifest(BaseModel):
    """What is known of a payload when it arrives. Written once, never changed."""

    model_config = ConfigDict(frozen=True)

    feed: str
    batch_id: str
    fetched_at: datetime
    origin: Literal["file", "api", "download"]
    source_name: str
    request: dict[str, str | int]
    edition: str | None
    scope: ScopeKind
    purpose: Purpose = "records"
    records_expected: int | None
    files: tuple[FileFacts, ...]
    sha256: str
    byte_count: int
    is_synthetic: bool
    licence: str
    citation: str


@dataclass(frozen=True)
class RawBatch:
    """One payload in the lake."""

    folder: Path

    @cached_property
    def manifest(self) -> Manifest:
        """The batch's manifest.

        Raises:
            RefusedError: the manifest is missing or was tampered with.
        """
        path = self.folder / "manifest.json"
        try:
            return Manifest.model_validate_json(path.read_bytes())
        except (OSError, ValueError) as error:
            raise RefusedError(
                source=str(path),
                problem=f"the manifest cannot be read ({type(error).__name__})",
                rule="one manifest.json beside every raw payload, as archived",
                way_out="restore it from a backup; the lake's raw folder is never edited by hand",
            ) from error

    @property
    def batch_id(self) -> str:
        """The batch's id, which is its folder's name."""
        return self.folder.name

    @property
    def paths(self) -> tuple[Path, ...]:
        """The payload's files in order."""
        return tuple(self.folder / file.name for file in self.manifest.files)


def batch_id_of(fetched_at: datetime, sha256: str) -> str:
    """An id that sorts by arrival and names the payload."""
    return f"{fetched_at.astimezone(UTC):%Y%m%dT%H%M%S%fZ}-{sha256[:12]}"


@dataclass(frozen=True)
class Lake:
    """The folders of the lake below `root`."""

    root: Path

    def raw(self, feed: str) -> Path:
        """Where a feed's payloads are kept."""
        return self.root / "raw" / feed

    def landing(self, feed: str, batch_id: str) -> Path:
        """Where a batch's valid rows are kept."""
        return self.root / "landing" / feed / f"batch_id={batch_id}"

    def quarantine(self, feed: str, batch_id: str) -> Path:
        """Where a batch's quarantined records are kept."""
        return self.root / "quarantine" / feed / f"batch_id={batch_id}"

    def withdrawals(self, feed: str, batch_id: str) -> Path:
        """Where the withdrawals are kept that a batch brings."""
        return self.root / "withdrawals" / feed / f"batch_id={batch_id}"

    def decision(self, feed: str, batch_id: str) -> Path:
        """The note of what people decided about a batch."""
        return self.root / "decisions" / feed / f"{batch_id}.json"

    def batch_record(self, feed: str, batch_id: str) -> Path:
        """The one-row file that says what became of a batch."""
        return self.root / "batches" / feed / f"{batch_id}.parquet"

    def reference(self, table: str) -> Path:
        """A table of reference inputs."""
        return self.root / "reference" / f"{table}.parquet"

    def raw_batches(self, feed: str) -> list[RawBatch]:
        """All payloads of a feed in the order of their arrival."""
        folder = self.raw(feed)
        names = sorted(path.name for path in folder.iterdir()) if folder.exists() else []
        return [RawBatch(folder / name) for name in names if not name.startswith(".")]

    def batches(self, feed: str) -> pl.DataFrame:
        """The batch records of a feed in the order of arrival (columns of `BATCH_SCHEMA`)."""
        paths = sorted((self.root / "batches" / feed).glob("*.parquet"))
        if not paths:
            return pl.DataFrame(schema=BATCH_SCHEMA)
        return pl.concat([pl.read_parquet(path) for path in paths], how="diagonal").select(
            pl.col(name) if name in BATCH_SCHEMA else pl.lit(None, BATCH_SCHEMA[name]) for name in BATCH_SCHEMA
        )

    def write_batch_record(self, record: dict[str, Any]) -> None:
        """Write what became of a batch; until it is written the batch counts as not landed."""
        frame = pl.DataFrame([record], schema=BATCH_SCHEMA)
        with replaced_file(self.batch_record(record["feed"], record["batch_id"])) as building:
            frame.write_parquet(building)

    def prepare(self, feed: str, contract: Contract) -> None:
        """Write the empty files that let every reader name a feed's columns before its first batch."""
        empty = {
            self.landing(feed, "none") / "part-empty.parquet": pl.Schema(
                {**contract.landing_schema, **LANDING_COLUMNS}
            ),
            self.quarantine(feed, "none") / "part-empty.parquet": QUARANTINE_SCHEMA,
            self.withdrawals(feed, "none") / "part-empty.parquet": WITHDRAWALS,
            self.batch_record(feed, "none"): BATCH_SCHEMA,
        }
        for path, schema in empty.items():
            if not path.exists() or pl.read_parquet_schema(path) != schema:
                with replaced_file(path) as building:
                    pl.DataFrame(schema=schema).write_parquet(building)


def counts(record: dict[str, Any]) -> dict[str, int]:
    """The conservation figures of a batch record."""
    return {name: record[f"records_{name}"] or 0 for name in ("read", *COUNTED_AS)}


def is_conserved(record: dict[str, Any]) -> bool:
    """Is it known of every record read what became of it?"""
    figures = counts(record)
    return figures["read"] == sum(figures[name] for name in COUNTED_AS)


def warning_counts(record: dict[str, Any]) -> dict[str, int]:
    """How many rows broke each warning rule."""
    return json.loads(record["warning_counts"] or "{}")
