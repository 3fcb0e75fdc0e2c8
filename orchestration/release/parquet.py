"""The Parquet of a release: one folder a mart, in it one file, or one a year for facts and for figures of months.

The years are in the files' names and not in folders `occurred_year=…`, so that each file has all its columns, and
`*.parquet` is the whole mart for every reader; the statistics in the files let readers skip years.

A file whose rows did not change is shared with the release before, byte for byte; so it names, in its metadata, the
release that wrote it first. Which release a folder is says its manifest.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import duckdb

from orchestration.audit.marts import literal, opened, quoted
from orchestration.release.content import RELEASE_SCHEMA, Mart, Partition
from orchestration.release.database import Identity, Source, reading_order
from orchestration.release.files import seal, share_if_intact
from orchestration.release.manifest import DATABASE, Release, ReleasedFile

COMPRESSION_LEVEL = 1
"""Of zstd: a tenth larger than at DuckDB's default of 3, in half the time."""


@dataclass(frozen=True)
class _Part:
    """One Parquet file to be."""

    mart: Mart
    partition: Partition

    @property
    def path(self) -> str:
        """Below the release's folder: `parquet/<mart>/<mart>[-<year>].parquet`."""
        year = "unknown" if self.partition.year is None else self.partition.year
        suffix = f"-{year}" if self.mart.is_partitioned else ""
        return f"parquet/{self.mart.name}/{self.mart.name}{suffix}.parquet"

    @property
    def rows(self) -> str:
        """Its rows in the release's DuckDB file, in reading order, as SQL; those of a table lie there so."""
        where = f" where {self.mart.of_years([self.partition])}" if self.mart.is_partitioned else ""
        order = f" order by {reading_order(self.mart)}" if self.mart.view else ""
        return f"select * from {RELEASE_SCHEMA}.{quoted(self.mart.name)}{where}{order}"


def write_parquet(source: Source, identity: Identity, folder: Path, previous: Release | None) -> list[ReleasedFile]:
    """Write the Parquet of every mart from the finished DuckDB file in `folder`; share what did not change."""
    parts = [_Part(mart, partition) for mart in source.marts for partition in mart.partitions]
    shareable = previous if previous and _has_same_metadata(previous, identity) else None
    spill_dir = folder / ".spill"
    with (
        opened(folder / DATABASE, source.memory_limit, source.threads, spill_dir, is_read_only=True) as database,
        # Two parts at a time: a part of one year is too small to occupy two threads of DuckDB.
        ThreadPoolExecutor(source.threads) as pool,
    ):

        def finished(part: _Part) -> ReleasedFile:
            return (shareable and _shared(part, folder, shareable)) or _written(part, folder, identity, database)

        return list(pool.map(finished, parts))


def _has_same_metadata(previous: Release, identity: Identity) -> bool:
    """A file says whether it is of a release with synthetic data: the one must not pass for the other."""
    return previous.manifest.contains_synthetic_data == identity.contains_synthetic_data


def _shared(part: _Part, folder: Path, previous: Release) -> ReleasedFile | None:
    """Share the file of the release before, if its rows are the same and it is intact."""
    earlier = previous.manifest.mart(part.mart.name)
    file = previous.manifest.file(part.path)
    if earlier is None or file is None or part.partition in part.mart.changed_since(earlier):
        return None
    is_shared = share_if_intact(previous.path / file.path, folder / file.path, file.sha256)
    return file if is_shared else None


def _written(part: _Part, folder: Path, identity: Identity, database: duckdb.DuckDBPyConnection) -> ReleasedFile:
    path = folder / part.path
    path.parent.mkdir(parents=True, exist_ok=True)
    metadata = {
        "first_release_id": identity.release_id,
        "contains_synthetic_data": str(identity.contains_synthetic_data).lower(),
        "licences": "; ".join(identity.licences),
        "citation": " ".join(identity.citations),
    }
    pairs = ", ".join(f"{quoted(key)}: {literal(value)}" for key, value in metadata.items())
    with database.cursor() as cursor:
        cursor.execute(
            f"copy ({part.rows}) to {literal(path)}"
            f" (format parquet, compression zstd, compression_level {COMPRESSION_LEVEL}, kv_metadata {{{pairs}}})"
        )
    return ReleasedFile(
        path=part.path,
        sha256=seal(path),
        byte_count=path.stat().st_size,
        first_release_id=identity.release_id,
    )
