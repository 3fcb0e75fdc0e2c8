"""How a release goes out: built beside the others, made durable, named, and switched to in one moment.

What it holds is written in `database`, `parquet` and `documents`. Whether it may go out is the audit's decision.

    data/published/releases/.building-<release_id>/   nobody reads it
    data/published/releases/<release_id>/             complete, on the disk
    data/published/warehouse.duckdb                   from this moment on, a link to this release's file
"""

import json
import shutil
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from orchestration.audit import AuditReport
from orchestration.audit.marts import attach_build, mart, opened
from orchestration.release import files
from orchestration.release.content import (
    BATCHES,
    DIGEST_METHOD,
    Mart,
    content_digest,
    documentation_digest,
    read_content,
)
from orchestration.release.database import Identity, Source, write_database
from orchestration.release.documents import write_documents
from orchestration.release.errors import ReleaseError
from orchestration.release.manifest import (
    DATABASE,
    MANIFEST,
    AuditVerdict,
    Manifest,
    Release,
    ReleasedFile,
    current_release,
    list_releases,
    releases_dir,
)
from orchestration.release.parquet import write_parquet


def publish(
    build_file: Path,
    published_dir: Path,
    *,
    audit: AuditReport,
    code_version: str,
    dictionary: Path | None = None,
    withheld_feeds: Collection[str] = (),
    keep_releases: int = 30,
    memory_limit: str = "1500MB",
    threads: int = 2,
    now: datetime | None = None,
) -> Release:
    """Publish the marts of a build file, unless readers have them already.

    A crash anywhere leaves the last release in place; the next run removes what is half done.

    Args:
        build_file: the DuckDB file that dbt wrote; opened for reading only.
        published_dir: where `warehouse.duckdb` and `releases/` lie.
        audit: the verdict on this very build file; its Data Docs go out with the release.
        code_version: of the code that built it.
        dictionary: a static page that explains every table and column.
        withheld_feeds: feeds whose licence forbids to pass rows on. Rows of tables with a column `feed` are left out.
        keep_releases: how many of the newest releases stay; the current one always does.
        memory_limit: DuckDB's.
        threads: DuckDB's.
        now: the time of the release; for tests.

    Returns:
        The release that readers have from now on; `is_unchanged` when they had it before.

    Raises:
        ReleaseError: if the audit stops it, if another process is publishing, or if there is nothing to publish.
    """
    if not audit.passed:
        raise ReleaseError(str(audit))
    if keep_releases < 1:
        raise ReleaseError(f"keep_releases is {keep_releases}. Expected: at least 1, the current release.")
    with files.only_publisher(published_dir):
        releases_dir(published_dir).mkdir(exist_ok=True)
        files.sweep(published_dir)
        files.sweep(releases_dir(published_dir))
        current = current_release(published_dir)
        source, batches = _read_source(build_file, published_dir, tuple(sorted(withheld_feeds)), memory_limit, threads)
        release = _standing_release(published_dir, current, source.marts)
        if release is None:
            identity = _identify(published_dir, current, source.marts, batches, code_version, now)
            release = _build(published_dir, current, source, identity, batches, audit, dictionary)
        is_unchanged = current is not None and release.release_id == current.release_id
        if not is_unchanged:
            files.replace_with_link(release.database, published_dir / DATABASE)
        _prune(published_dir, release, keep_releases)
        return release.model_copy(update={"is_unchanged": is_unchanged})


def _read_source(
    build_file: Path, published_dir: Path, withheld_feeds: tuple[str, ...], memory_limit: str, threads: int
) -> tuple[Source, list[dict[str, Any]]]:
    """Digest the marts, and read the batches that they come from."""
    spill_dir = published_dir / f"{files.BUILDING}spill"
    with opened(":memory:", memory_limit, threads, spill_dir) as connection:
        attach_build(connection, build_file)
        marts = read_content(connection, withheld_feeds)
        if all(each.name != BATCHES for each in marts):
            raise ReleaseError(f"{build_file}: there is no {BATCHES}, so nothing says where the data come from.")
        rows = connection.execute(
            f"select to_json(batches) from {mart(BATCHES)} as batches order by fetched_at, batch_id"
        ).fetchall()
    source = Source(build_file, marts, withheld_feeds, memory_limit, threads)
    return source, [json.loads(batch) for (batch,) in rows]


def _standing_release(published_dir: Path, current: Release | None, marts: tuple[Mart, ...]) -> Release | None:
    """A complete release that holds this content: the current one, or one that a crash kept from becoming it."""
    oldest = current.release_id if current else ""
    for release in reversed(list_releases(published_dir)):
        manifest = release.manifest
        if (
            release.release_id >= oldest
            and manifest.content_digest == content_digest(marts)
            and manifest.documentation_digest == documentation_digest(marts)
        ):
            return release
    return None


def _identify(
    published_dir: Path,
    current: Release | None,
    marts: tuple[Mart, ...],
    batches: list[dict[str, Any]],
    code_version: str,
    now: datetime | None,
) -> Identity:
    created_at = now or datetime.now(UTC)
    releases = list_releases(published_dir)
    if releases:
        # A clock that was set back must not let a new release sort before an old one.
        created_at = max(created_at, releases[-1].manifest.created_at + timedelta(microseconds=1))
    digest = content_digest(marts)
    used = [batch for batch in batches if batch["is_used"]]
    return Identity(
        release_id=f"{created_at.astimezone(UTC):%Y%m%dT%H%M%S%fZ}-{digest[:12]}",
        created_at=created_at,
        content_digest=digest,
        code_version=code_version,
        contains_synthetic_data=any(batch["is_synthetic"] for batch in used),
        batch_count=len(used),
        previous_release_id=current.release_id if current else None,
        licences=_distinct(used, "licence"),
        citations=_distinct(used, "citation"),
    )


def _distinct(batches: list[dict[str, Any]], column: str) -> tuple[str, ...]:
    return tuple(sorted({batch[column] for batch in batches if batch[column]}))


def _build(
    published_dir: Path,
    previous: Release | None,
    source: Source,
    identity: Identity,
    batches: list[dict[str, Any]],
    audit: AuditReport,
    dictionary: Path | None,
) -> Release:
    """Build a complete release under a name that nobody reads, then give it its own."""
    final = releases_dir(published_dir) / identity.release_id
    building = final.with_name(f"{files.BUILDING}{identity.release_id}")
    building.mkdir()
    try:
        released = _write_files(building, previous, source, identity, audit, dictionary)
        manifest = Manifest(
            release_id=identity.release_id,
            created_at=identity.created_at,
            code_version=identity.code_version,
            content_digest=identity.content_digest,
            documentation_digest=documentation_digest(source.marts),
            digest_method=DIGEST_METHOD,
            contains_synthetic_data=identity.contains_synthetic_data,
            previous_release_id=identity.previous_release_id,
            withheld_feeds=source.withheld_feeds,
            batches=tuple(batch for batch in batches if batch["feed"] not in source.withheld_feeds),
            licences=identity.licences,
            citations=identity.citations,
            audit=AuditVerdict.of(audit),
            marts=source.marts,
            files=tuple(sorted(released, key=lambda file: file.path)),
        )
        (building / MANIFEST).write_text(manifest.model_dump_json(indent=2), encoding="utf-8")
        files.seal(building / MANIFEST)
        files.sync_folders(building)
        building.rename(final)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise
    files.sync(final.parent)
    return Release(path=final, manifest=manifest)


def _write_files(
    folder: Path,
    previous: Release | None,
    source: Source,
    identity: Identity,
    audit: AuditReport,
    dictionary: Path | None,
) -> list[ReleasedFile]:
    """Write every file of a release but its manifest, read-only and on the disk."""

    def sealed(path: Path) -> ReleasedFile:
        return ReleasedFile(
            path=path.relative_to(folder).as_posix(),
            sha256=files.seal(path),
            byte_count=path.stat().st_size,
            first_release_id=identity.release_id,
        )

    write_database(source, identity, folder / DATABASE, previous)
    with ThreadPoolExecutor(1) as pool:
        # The large file goes to the disk while the Parquet is written from it.
        database = pool.submit(sealed, folder / DATABASE)
        released = write_parquet(source, identity, folder, previous)
        documents = write_documents(folder, identity, dictionary, audit.data_docs.parent)
        return [database.result(), *released, *map(sealed, documents)]


def _prune(published_dir: Path, current: Release, keep_releases: int) -> None:
    """Remove the oldest releases above the number to keep, never the current one."""
    for release in list_releases(published_dir)[:-keep_releases]:
        if release.release_id != current.release_id:
            files.remove_folder(release.path)
