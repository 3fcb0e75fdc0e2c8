"""The DuckDB file of a release: marts in schema `main`, in reading order, commented, and the release's own table.

A release is written anew, or, where little has changed, on a copy of the file of the release before. Which of both is
cheaper is decided here; what has changed is known from `content`.
"""

from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from orchestration.audit.marts import attach_build, literal, opened, quoted
from orchestration.release.content import (
    RELEASE_SCHEMA,
    RELEASE_TABLE,
    Mart,
    Partition,
    published_rows,
    year_of,
)
from orchestration.release.errors import ReleaseError
from orchestration.release.files import WRITABLE, copy_if_intact, sync
from orchestration.release.manifest import Release

READING_ORDER = (
    "occurred_date",
    "definition_id",
    "country_code",
    "year",
    "month_start_date",
    "batch_id",
    "record_number",
)
"""Rows are ordered by the year that they are kept by, by those of these columns that a mart has, then by its first."""

MAX_CHANGED_SHARE = 0.4
"""Above this share of changed rows, writing anew is as cheap as changing a copy, and leaves a better ordered file."""

STORAGE_VERSION = "v1.4.0"
"""DuckDB's storage format that every reader since 1.4 (September 2025) understands: the oldest that is written fast,
and a tenth smaller than that of 1.0. Older readers take the Parquet."""


@dataclass(frozen=True)
class Identity:
    """What a release says of itself in its table `release`."""

    release_id: str
    created_at: datetime
    content_digest: str
    code_version: str
    contains_synthetic_data: bool
    batch_count: int
    previous_release_id: str | None
    licences: tuple[str, ...]
    citations: tuple[str, ...]


@dataclass(frozen=True)
class Source:
    """Where the rows come from, and with what means."""

    build_file: Path
    marts: tuple[Mart, ...]
    withheld_feeds: tuple[str, ...]
    memory_limit: str
    threads: int

    @property
    def tables(self) -> tuple[Mart, ...]:
        """Marts with rows of their own."""
        return tuple(mart for mart in self.marts if not mart.view)

    @property
    def views(self) -> tuple[Mart, ...]:
        """Marts that show the rows of others."""
        return tuple(mart for mart in self.marts if mart.view)


def write_database(source: Source, identity: Identity, target: Path, previous: Release | None) -> None:
    """Write the DuckDB file of a release.

    Args:
        source: the marts.
        identity: what the file says of itself.
        target: where it goes; nothing is there yet.
        previous: the release before, whose file is copied where little has changed and the file is intact.
    """
    base = previous if previous and _may_copy(source, previous) and _is_copy_cheaper(source, previous) else None
    if base and not copy_if_intact(base.database, target, base.database_sha256 or ""):
        base = None
    if not base:
        _create(target)
    target.chmod(WRITABLE)
    with (
        ThreadPoolExecutor(1) as disk,
        opened(target, source.memory_limit, source.threads, target.with_name(".spill")) as connection,
    ):
        # A copy goes to the disk while it is changed, so that little is left to wait for at the end. To open the file a
        # second time undoes DuckDB's lock on it, which does no harm: nobody else knows of it yet.
        disk.submit(sync, target)
        attach_build(connection, source.build_file)
        connection.execute("begin")
        _drop_vanished(connection, source, base)
        for mart in source.tables:
            _bring_up_to_date(connection, source, mart, base.manifest.mart(mart.name) if base else None)
        for mart in source.views:
            _define(connection, mart)
        for mart in source.marts:
            _comment(connection, mart)
        _write_identity(connection, identity)
        connection.execute("commit")
        connection.execute("checkpoint")


def _create(target: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"attach {literal(target)} as release (storage_version {literal(STORAGE_VERSION)})")


def _may_copy(source: Source, previous: Release) -> bool:
    """Whether no feed became withheld: the bytes of deleted rows stay in a DuckDB file for a while."""
    return set(source.withheld_feeds) <= set(previous.manifest.withheld_feeds)


def _is_copy_cheaper(source: Source, previous: Release) -> bool:
    changed = sum(
        partition.row_count
        for mart in source.tables
        for partition in mart.changed_since(previous.manifest.mart(mart.name))
    )
    return changed <= MAX_CHANGED_SHARE * sum(mart.row_count for mart in source.tables)


def _drop_vanished(connection: duckdb.DuckDBPyConnection, source: Source, base: Release | None) -> None:
    """Drop what the release before had and this one has not, or not as a table."""
    tables = {mart.name for mart in source.tables}
    for mart in base.manifest.marts if base else ():
        if mart.view or mart.name not in tables:
            connection.execute(f"drop {_kind(mart)} {_released(mart)}")


def _bring_up_to_date(connection: duckdb.DuckDBPyConnection, source: Source, mart: Mart, earlier: Mart | None) -> None:
    """Write a mart whole, or replace the years of it that changed, or leave it alone."""
    earlier = None if earlier and earlier.view else earlier
    if earlier and mart.digest == earlier.digest:
        return
    table = _released(mart)
    if not (earlier and mart.is_partitioned and mart.has_shape_of(earlier)):
        connection.execute(f"create or replace table {table} as {_ordered_rows(source, mart)}")
        return
    connection.execute(f"delete from {table} where {mart.of_years(earlier.changed_since(mart))}")
    connection.execute(f"insert into {table} {_ordered_rows(source, mart, mart.changed_since(earlier))}")


def _define(connection: duckdb.DuckDBPyConnection, mart: Mart) -> None:
    """Define a view.

    Raises:
        ReleaseError: if it does not show, over the marts of the release, the rows that may leave the house.
    """
    view = _released(mart)
    connection.execute(f"create view {view} as {mart.view}")
    shown = connection.execute(f"select count(*) from {view}").fetchall()[0][0]
    if shown != mart.row_count:
        raise ReleaseError(
            f"{mart.name} is a view of other marts. It would show {shown:,} rows in the release, and the build holds"
            f" {mart.row_count:,} that may leave. Way out: let it look into no row that may not, or make it a table."
        )


def _ordered_rows(source: Source, mart: Mart, partitions: Collection[Partition] | None = None) -> str:
    """The rows of a mart, or of some of its years, in reading order, as SQL."""
    columns = [column.name for column in mart.columns]
    rows = published_rows(mart.name, columns, source.withheld_feeds)
    if partitions is not None:
        rows += f" and {mart.of_years(partitions)}"
    return f"select {_listed(columns)} {rows} order by {reading_order(mart)}"


def reading_order(mart: Mart) -> str:
    """What the rows of a mart are ordered by, as SQL."""
    columns = [column.name for column in mart.columns]
    year = year_of(mart.name, columns)
    ordered = [quoted(column) for column in (*READING_ORDER, columns[0]) if column in columns]
    return ", ".join(dict.fromkeys([year, *ordered] if year else ordered))


def _listed(columns: Iterable[str]) -> str:
    return ", ".join(quoted(column) for column in columns)


def _comment(connection: duckdb.DuckDBPyConnection, mart: Mart) -> None:
    table = _released(mart)
    connection.execute(f"comment on {_kind(mart)} {table} is {_text(mart.comment)}")
    for column in mart.columns:
        connection.execute(f"comment on column {table}.{quoted(column.name)} is {_text(column.comment)}")


def _released(mart: Mart) -> str:
    return f"{RELEASE_SCHEMA}.{quoted(mart.name)}"


def _kind(mart: Mart) -> str:
    return "view" if mart.view else "table"


def _text(comment: str | None) -> str:
    return "null" if comment is None else literal(comment)


def _write_identity(connection: duckdb.DuckDBPyConnection, identity: Identity) -> None:
    """The table `release`: one row."""
    table = f"{RELEASE_SCHEMA}.{quoted(RELEASE_TABLE)}"
    connection.execute(
        f"create or replace table {table} ("
        " release_id varchar, created_at timestamp, content_digest varchar, code_version varchar,"
        " contains_synthetic_data boolean, batch_count bigint, previous_release_id varchar,"
        " licences varchar, citation varchar)"
    )
    connection.execute(
        f"insert into {table} values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            identity.release_id,
            identity.created_at.astimezone(UTC).replace(tzinfo=None),
            identity.content_digest,
            identity.code_version,
            identity.contains_synthetic_data,
            identity.batch_count,
            identity.previous_release_id,
            "; ".join(identity.licences),
            " ".join(identity.citations),
        ],
    )
    connection.execute(f"comment on table {table} is 'One row: which release this file is, and how to cite it.'")
