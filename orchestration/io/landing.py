"""One raw batch to landing, quarantine and its batch record.

The payload is read in chunks, so memory does not grow with the file. Ids that stand twice can only be known at the end:
when there are any, the payload is read once more with that knowledge, which real releases never need.
"""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, cast

import duckdb
import polars as pl
import pyarrow as pa

from orchestration.errors import RefusedError
from orchestration.feeds.spec import Content, Feed, Scope
from orchestration.io.atomic import replaced_folder
from orchestration.io.decisions import decision_on
from orchestration.io.lake import LANDING_COLUMNS, QUARANTINE_SCHEMA, WITHDRAWALS, Lake, RawBatch
from orchestration.io.opening import open_table
from orchestration.io.overrides import Overrides, received_overrides
from orchestration.io.parts import Parts
from orchestration.io.payload import Bounds, printable
from orchestration.io.prefetch import prefetched
from orchestration.io.reading import Chunk
from orchestration.io.tally import Tally
from orchestration.io.verdicts import incomplete, unforeseen, why_held
from orchestration.settings import get_settings
from schemas.contract import Contract
from schemas.splitting import split_by_contract

HASHED_TOGETHER = 8192
"""Rows that one thread hashes at a time."""
PARSER_FAILURES = (
    pa.ArrowException,
    pl.exceptions.PolarsError,
    duckdb.Error,
    RecursionError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    OverflowError,
)
"""What the libraries raise on input that nobody foresaw. Not what the disk raises, and not what a contract that cannot
be checked raises: those are no fault of the payload."""
UNUSED_SHOWN = 200
"""Columns that no contract knows, named in the batch record."""
UNIQUE = "id_unique"
"""The one rule that no contract can check on a part of a batch."""


@dataclass(frozen=True)
class Repeated:
    """Records whose id stands more than once in a batch: exact copies to drop, contradictions to quarantine."""

    copies: pl.Series
    contradictions: pl.Series

    def __bool__(self) -> bool:
        """Are there any?"""
        return bool(len(self.copies) or len(self.contradictions))


NOT_REPEATED = Repeated(pl.Series(dtype=pl.Int64), pl.Series(dtype=pl.Int64))


def land(raw: RawBatch, feed: Feed, lake: Lake, bounds: Bounds) -> dict[str, Any]:
    """Land one batch and return its batch record (columns of `BATCH_SCHEMA`).

    A payload that cannot be read as a whole is refused: the record then says why, and no row of it lands. One of which
    too much is quarantined is held: its rows are there to be looked at, but take no part in the figures until somebody
    accepts it. Landing the same batch again gives the same rows.

    Raises:
        RefusedError: the note of a decision or the overrides cannot be read, which is no fault of the payload.
    """
    decision, overrides = decision_on(lake, feed.name, raw.batch_id), received_overrides(feed)
    # Without its record a batch counts as not landed: a crash from here on is mended by the next night.
    lake.batch_record(feed.name, raw.batch_id).unlink(missing_ok=True)
    try:
        brings_records = raw.manifest.purpose == "records"
        tally = _land_rows(raw, feed, lake, bounds, overrides) if brings_records else _land_withdrawals(raw, feed, lake)
        held = why_held(raw, feed, tally, decision)
        scope = None if held and not tally.landed else _scope(raw, feed, tally)
    except RefusedError as error:
        record = _refused(raw, feed, lake, error)
    except PARSER_FAILURES as error:
        record = _refused(raw, feed, lake, unforeseen(raw, feed, error))
    else:
        record = _record(raw, feed, tally=tally, scope=scope, held=held)
    record |= {"decision": str(decision) if decision else None, "overrides": overrides.digest}
    lake.write_batch_record(record)
    return record


def _refused(raw: RawBatch, feed: Feed, lake: Lake, error: RefusedError) -> dict[str, Any]:
    """The record of a refused batch, of which nothing stays in the lake, not even what an older contract let in."""
    for layer in (lake.landing, lake.quarantine, lake.withdrawals):
        shutil.rmtree(layer(feed.name, raw.batch_id), ignore_errors=True)
    return _record(raw, feed, refusal=str(error))


def _land_rows(raw: RawBatch, feed: Feed, lake: Lake, bounds: Bounds, overrides: Overrides) -> Tally:
    landing = lake.landing(feed.name, raw.batch_id)
    with (
        replaced_folder(landing) as rows,
        replaced_folder(lake.quarantine(feed.name, raw.batch_id)) as quarantine,
    ):
        tally = _pass(raw, feed, bounds, rows, quarantine, NOT_REPEATED, overrides)
        if repeated := _repeated(tally, feed.contract, rows):
            for path in (*rows.iterdir(), *quarantine.iterdir()):
                path.unlink()
            tally = _pass(raw, feed, bounds, rows, quarantine, repeated, overrides)
        if raw.manifest.records_expected not in (None, tally.records_read):
            raise incomplete(raw, feed, tally)
    return tally


def _land_withdrawals(raw: RawBatch, feed: Feed, lake: Lake) -> Tally:
    """Land which reports the source took back; such a payload holds ids, not records."""
    if feed.withdrawals is None:
        raise RefusedError(
            source=raw.manifest.source_name,
            problem=f"its manifest says that it brings {raw.manifest.purpose}",
            rule=f"records: the source of {feed.title} tells of no withdrawals",
            way_out="restore the manifest from a backup; the lake's raw folder is never edited by hand",
        )
    withdrawn = feed.withdrawals(raw, feed, lake).with_columns(pl.lit(raw.batch_id).alias("_batch_id"))
    with replaced_folder(lake.withdrawals(feed.name, raw.batch_id)) as folder:
        if len(withdrawn):
            withdrawn.select(WITHDRAWALS.names()).cast(dict(WITHDRAWALS)).write_parquet(folder / "part-00000.parquet")  # pyright: ignore[reportArgumentType]
    return Tally(withdrawals=len(withdrawn), layout=raw.manifest.purpose)


def _pass(
    raw: RawBatch,
    feed: Feed,
    bounds: Bounds,
    rows: Path,
    quarantine: Path,
    repeated: Repeated,
    overrides: Overrides,
) -> Tally:
    """Read a payload from its first to its last record and write what becomes of them."""
    tally = Tally()
    with (
        (feed.opener or open_table)(raw, feed, bounds) as (source, reader),
        Parts(rows) as landed,
        Parts(quarantine) as quarantined,
        duckdb.connect() as hashing,  # one for all chunks: to open it takes a quarter of the time of hashing one
    ):
        # Three stages side by side, a chunk each: parse, validate, write.
        received_on = raw.manifest.fetched_at.date()
        validated = prefetched(_validated(prefetched(reader.chunks()), feed.contract, repeated, overrides, received_on))
        for chunk, valid, set_aside in validated:
            tally.records_read += chunk.record_count
            tally.filtered += chunk.filtered
            tally.folded += chunk.folded
            tally.is_cut_off = _ends_with_misfit(chunk) if chunk.record_count else tally.is_cut_off
            tally.duplicates += len(chunk.records.filter(_numbered(repeated.copies)))
            _note(tally, valid, feed)
            if len(valid):
                landed.add(_stamped(valid, raw.batch_id, feed.contract, hashing))
                tally.landed += len(valid)
            if len(set_aside):
                frame = _quarantine_frame(set_aside, raw.batch_id, source, feed)
                quarantined.add(frame)
                tally.quarantined += len(frame)
        tally.layout, tally.unused = reader.layout, reader.unused
    return tally


def _ends_with_misfit(chunk: Chunk) -> bool:
    """Is the last record one whose fields could not be told apart, as in a file that was cut off?"""
    last, last_misfit = (
        cast("int | None", frame.get_column("_record_number").max()) or 0 for frame in (chunk.records, chunk.misfits)
    )
    return last_misfit > last


def _validated(
    chunks: Iterator[Chunk], contract: Contract, repeated: Repeated, overrides: Overrides, received_on: date
) -> Iterator[tuple[Chunk, pl.DataFrame, pl.DataFrame]]:
    for chunk in chunks:
        yield chunk, *_split(chunk, contract, repeated, overrides, received_on)


def _split(
    chunk: Chunk, contract: Contract, repeated: Repeated, overrides: Overrides, received_on: date
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Valid typed rows, and the failures of the other records with the record as received."""
    records = chunk.records.filter(~_numbered(repeated.copies))
    overridden, marks = overrides.applied(records)
    split = split_by_contract(overridden, contract, received_on)
    failures, valid = split.failures, _marked(split.valid, marks)
    if len(repeated.contradictions):
        contradicts = _numbered(repeated.contradictions)
        failures = pl.concat([failures, _contradictions(valid.filter(contradicts), contract)])
        valid = valid.filter(~contradicts)
    as_received = records.join(failures.select("_record_number").unique(), on="_record_number", how="semi").select(
        "_record_number", pl.struct(pl.exclude("_record_number")).struct.json_encode().alias("record")
    )
    found = failures.join(as_received, on="_record_number").select(chunk.misfits.columns)
    return valid, pl.concat([found, chunk.misfits])


def _marked(valid: pl.DataFrame, marks: pl.DataFrame) -> pl.DataFrame:
    """Name what is overridden beside the warnings: it is counted like them, and the marts tell of it."""
    if marks.is_empty():
        return valid
    warned = pl.when(pl.col("_warnings") != "").then("_warnings")
    both = pl.concat_str([warned, pl.col("mark")], separator=";", ignore_nulls=True)
    marked = valid.join(marks, on="_record_number", how="left", maintain_order="left")
    return marked.with_columns(both.alias("_warnings")).drop("mark")


def _numbered(numbers: pl.Series) -> pl.Expr:
    """True for the records with these numbers."""
    return pl.col("_record_number").is_in(numbers.implode())


def _contradictions(rows: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    return rows.select(
        "_record_number",
        pl.lit(contract.key).alias("column"),
        pl.lit(UNIQUE).alias("rule"),
        pl.col(contract.key).cast(pl.String).alias("value"),
    )


def _note(tally: Tally, valid: pl.DataFrame, feed: Feed) -> None:
    tally.keys.append(valid.select("_record_number", feed.contract.key))
    newest = cast("int | None", valid.get_column(feed.year_column).max())
    tally.newest_year = max((year for year in (tally.newest_year, newest) if year is not None), default=None)
    oldest = cast("int | None", valid.get_column(feed.year_column).min())
    tally.oldest_year = min((year for year in (tally.oldest_year, oldest) if year is not None), default=None)
    tally.countries.update(valid.get_column(feed.country_column).drop_nulls().cast(pl.String).unique())
    broken = valid.get_column("_warnings").value_counts()
    for names, count in broken.iter_rows():
        tally.warnings.update({name: count for name in names.split(";") if name})


def _repeated(tally: Tally, contract: Contract, rows: Path) -> Repeated:
    """Which records repeat an id: equal ones but one are copies, unequal ones contradict each other.

    Equal are those that differ in nothing but the feed's bookkeeping; the newest of them is kept, or else the first.
    """
    if not tally.keys:
        return NOT_REPEATED
    # Sorted, an id that stands twice lies beside itself: that takes far less memory than to hash all of them.
    keys = pl.concat(tally.keys, rechunk=True)
    tally.keys.clear()
    in_order = keys.get_column(contract.key).sort()
    repeated_keys = in_order.filter(in_order == in_order.shift()).unique()
    if repeated_keys.is_empty():
        return NOT_REPEATED
    suspects = keys.filter(pl.col(contract.key).is_in(repeated_keys.implode())).get_column("_record_number")
    contents = (
        pl.scan_parquet(rows / "*.parquet")
        .filter(pl.col("_record_number").is_in(suspects.implode()))
        .select(
            "_record_number",
            contract.key,
            pl.struct(pl.exclude("_record_number", *contract.bookkeeping)).hash().alias("content"),
            *(pl.col(name).cast(pl.Int64, strict=False).alias("newest") for name in contract.bookkeeping[:1]),
        )
        .collect()
        .sort("_record_number")
    )
    if contract.bookkeeping:
        contents = contents.sort("newest", descending=True, nulls_last=True, maintain_order=True)
    is_first = pl.struct(contract.key, "content").is_first_distinct()
    contradicts = pl.col("content").n_unique().over(contract.key) > 1
    return Repeated(
        copies=contents.filter(~is_first).get_column("_record_number"),
        contradictions=contents.filter(is_first & contradicts).get_column("_record_number"),
    )


def _stamped(
    valid: pl.DataFrame, batch_id: str, contract: Contract, hashing: duckdb.DuckDBPyConnection
) -> pl.DataFrame:
    """Add the columns that landing adds, the content's hash among them: its values as DuckDB writes them."""
    # An unknown value is an empty one to concat, so that every value keeps its place between the separators.
    content = ", chr(31), ".join(map(_quoted, contract.content_columns))
    # Small batches, because DuckDB's threads take one each.
    batches = valid.select(contract.content_columns).to_arrow().to_batches(HASHED_TOGETHER)
    hashing.register("valid", pa.Table.from_batches(batches))
    hashes = hashing.sql(f"select md5(concat({content})) from valid").to_arrow_table()
    hashing.unregister("valid")
    return valid.select(
        *contract.names,
        pl.lit(batch_id).alias("_batch_id"),
        pl.col("_record_number").cast(pl.Int64),
        cast("pl.Series", pl.from_arrow(hashes.column(0))).cast(pl.String).alias("_record_hash"),
        "_warnings",
    ).cast(dict(LANDING_COLUMNS))  # pyright: ignore[reportArgumentType]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _quarantine_frame(failures: pl.DataFrame, batch_id: str, source: str, feed: Feed) -> pl.DataFrame:
    """One row a record, with all that was wrong with it (columns of `QUARANTINE_SCHEMA`)."""
    value = pl.col("value").fill_null("").str.slice(0, 200)
    sentence = pl.format("{} breaks {} (value: {})", pl.col("column").fill_null("the record"), "rule", value)
    contract = feed.contract
    year = contract.year_column or contract.key

    def field_of(name: str) -> pl.Expr:
        return pl.col("record").str.json_path_match(f"$.{name}")

    return (
        failures.group_by("_record_number", maintain_order=True)
        .agg(
            pl.len().cast(pl.Int32).alias("failure_count"),
            pl.col("column").fill_null("").str.join("; ").alias("failed_columns"),
            pl.col("rule").str.join("; ").alias("failed_rules"),
            value.str.join("; ").alias("failed_values"),
            sentence.str.join("; ").alias("reason"),
            pl.col("record").first(),
        )
        .with_columns(
            pl.lit(batch_id).alias("_batch_id"),
            pl.coalesce(field_of("_file"), pl.lit(source)).alias("source_file"),  # a batch of many files names one
            field_of(contract.key).alias("source_event_id"),
            field_of(feed.country_column).alias("source_country_code"),
            field_of(year).cast(pl.Int32, strict=False).alias("occurred_year"),
        )
        .select(QUARANTINE_SCHEMA.names())
        .cast(dict(QUARANTINE_SCHEMA))  # pyright: ignore[reportArgumentType]
        .sort("_record_number")
    )


def _scope(raw: RawBatch, feed: Feed, tally: Tally) -> Scope:
    content = Content(tally.layout, tally.newest_year, tuple(sorted(tally.countries)), tally.oldest_year)
    try:
        return feed.scope_of(raw.manifest.edition, content)
    except ValueError as error:
        raise RefusedError(
            source=raw.manifest.source_name,
            problem=f"what it covers cannot be told: {error}",
            place="the file as a whole",
            rule=f"an edition of {feed.title}",
            way_out="state the edition",
        ) from error


def _record(
    raw: RawBatch,
    feed: Feed,
    *,
    refusal: str | None = None,
    tally: Tally | None = None,
    scope: Scope | None = None,
    held: str | None = None,
) -> dict[str, Any]:
    manifest = raw.manifest
    seen = tally or Tally()
    return {
        "feed": feed.name,
        "batch_id": raw.batch_id,
        "id_space": feed.id_space,
        "status": "refused" if refusal else "held" if held else "landed",
        "refusal": refusal or held,
        "decision": None,
        "origin": manifest.origin,
        "source_name": manifest.source_name,
        "edition": manifest.edition,
        "purpose": manifest.purpose,
        "scope_kind": manifest.scope,
        "scope_key": scope.key if scope else None,
        "covers_from": scope.covers_from if scope else None,
        "covers_until": scope.covers_until if scope else None,
        "country_scope": f",{','.join(scope.countries)}," if scope and scope.countries else None,
        "authority": scope.authority if scope else None,
        "fetched_at": manifest.fetched_at.replace(tzinfo=None),
        "sha256": manifest.sha256,
        "byte_count": manifest.byte_count,
        "is_synthetic": manifest.is_synthetic,
        "records_read": seen.records_read,
        "records_landed": seen.landed,
        "records_quarantined": seen.quarantined,
        "records_duplicate": seen.duplicates,
        "records_filtered": seen.filtered,
        "records_folded": seen.folded,
        "withdrawal_count": seen.withdrawals,
        "warning_count": seen.warnings.total(),
        "warning_counts": json.dumps(dict(seen.warnings.most_common())),
        "unused_columns": _listed(seen.unused) if tally else None,
        "layout": seen.layout if tally else None,
        "selection": feed.selection(get_settings()),
        "overrides": None,
        "contract_version": feed.contract.version,
        "licence": manifest.licence,
        "citation": manifest.citation,
    }


def _listed(names: tuple[str, ...]) -> str:
    """Names from outside, as many as anybody reads."""
    shown = ", ".join(printable(name[:80]) for name in names[:UNUSED_SHOWN])
    return f"{shown}, and {len(names) - UNUSED_SHOWN:,} more" if len(names) > UNUSED_SHOWN else shown
