"""Administrative areas that an operator has dropped into `data/inbox/boundaries/`; optional, and never fetched.

A file is read, then archived byte for byte; the table is made whole from all archived files whenever their set has
changed. The newest file of a country and a level takes the place of older ones, which stay in raw.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from orchestration.errors import RefusedError
from orchestration.io.archive import digested, keep, refuse_too_large
from orchestration.io.atomic import replaced_file
from orchestration.io.inbox import refused_link, settle, still_arriving, waiting
from orchestration.io.lake import Lake, Manifest, RawBatch, batch_id_of
from orchestration.io.payload import printable
from orchestration.reference import boundary_file
from orchestration.reference.tables import edition_of, row_count
from orchestration.settings import Settings

NAME = "boundaries"
SET_ASIDE = "boundaries_set_aside"
LICENCE = "the publisher's; OCHA COD-AB: mostly CC BY-IGO, geoBoundaries gbOpen: CC BY 4.0"
CITATION = "the file's publisher: OCHA COD-AB (https://data.humdata.org), geoBoundaries (https://www.geoboundaries.org)"
TABLE_VERSION = 1
"""Raise it when the same files would make other rows: they are read again."""

_SOURCE = pl.Schema({"source_file": pl.String(), "sha256": pl.String()})
SCHEMA = pl.Schema({**boundary_file.AREAS, **_SOURCE})
SET_ASIDE_SCHEMA = pl.Schema({**_SOURCE, **boundary_file.SET_ASIDE})


@dataclass
class Intake:
    """What one run found in the inbox: names of new and known files, and what was refused or left there, in words."""

    new: list[str] = field(default_factory=list[str])
    known: list[str] = field(default_factory=list[str])
    skipped: list[str] = field(default_factory=list[str])
    problems: list[str] = field(default_factory=list[str])


def path_of(settings: Settings, table: str = NAME) -> Path:
    """Where the table stands, or that of what was set aside."""
    return Lake(settings.lake_dir).reference(table)


def waiting_boundaries(settings: Settings) -> list[Path]:
    """The files that wait in the inbox."""
    return waiting(settings.inbox_dir / NAME)


def take_in_boundaries(settings: Settings) -> Intake:
    """Archive what is new in the inbox and can be read; put aside what cannot, with the reason beside it."""
    intake = Intake()
    for path in waiting_boundaries(settings):
        if arriving := still_arriving((path,), settings.inbox_settle_seconds):
            intake.skipped.append(arriving)
            continue
        try:
            is_new = _archived(path, settings)
            (intake.new if is_new else intake.known).append(printable(path.name))
            settle(path, is_kept=True, reason="")
        except RefusedError as error:
            intake.problems.append(str(error))
            settle(path, is_kept=False, reason=str(error))
    return intake


def write_boundaries(settings: Settings) -> bool:
    """Make both tables from all archived files, unless they are made from these. Returns whether they were written."""
    lake = Lake(settings.lake_dir)
    batches = lake.raw_batches(NAME)
    edition = " ".join([f"table {TABLE_VERSION}", *(batch.batch_id for batch in batches)])
    paths = path_of(settings), path_of(settings, SET_ASIDE)
    if all(edition_of(path) == edition for path in paths):
        return False
    areas, set_aside = [pl.DataFrame(schema=SCHEMA)], [pl.DataFrame(schema=SET_ASIDE_SCHEMA)]
    for batch in batches:
        source = {"source_file": pl.lit(batch.manifest.source_name), "sha256": pl.lit(batch.manifest.sha256)}
        found = _read_again(batch, settings)
        areas.append(found.areas.with_columns(**source).select(SCHEMA.names()))
        set_aside.append(found.set_aside.with_columns(**source).select(SET_ASIDE_SCHEMA.names()))
    for path, frame in zip(paths, (newest(pl.concat(areas)), pl.concat(set_aside)), strict=True):
        with replaced_file(path) as building:
            frame.write_parquet(building, metadata={"edition": edition})
    return True


def newest(areas: pl.DataFrame) -> pl.DataFrame:
    """Of areas in the order of their files' arrival, those of the newest file of each country and level.

    Where a file does not say the country, the next file of the same name takes its place and no other.
    """
    issue = pl.coalesce("country_code", "source_file"), pl.col("level")
    return areas.filter(pl.col("sha256") == pl.col("sha256").last().over(issue))


def areas_by_level(settings: Settings) -> dict[int, int]:
    """How many areas of each level the table holds."""
    path = path_of(settings)
    if row_count(path) == 0:
        return {}
    levels = pl.scan_parquet(path).group_by("level").len().sort("level").collect()
    return dict(levels.iter_rows())


def features_set_aside(settings: Settings) -> pl.DataFrame:
    """What is not in the table, and why (columns of `SET_ASIDE_SCHEMA`); no feature number: the whole file."""
    path = path_of(settings, SET_ASIDE)
    return pl.read_parquet(path) if path.exists() else pl.DataFrame(schema=SET_ASIDE_SCHEMA)


def _archived(path: Path, settings: Settings) -> bool:
    """Archive a file that can be read. Returns whether it is new.

    Raises:
        RefusedError: it is a link, too large, or no file of areas.
    """
    if path.is_symlink():
        raise refused_link(path)
    source = printable(path.name)
    refuse_too_large([path], source, settings.max_boundary_bytes, "INCIDENTS_MAX_BOUNDARY_BYTES")
    files, sha256 = digested([path])
    lake = Lake(settings.lake_dir)
    if any(batch.batch_id.endswith(f"-{sha256[:12]}") for batch in lake.raw_batches(NAME)):
        return False
    found = _read(path, source, settings)
    now = datetime.now(UTC)
    manifest = Manifest(
        feed=NAME,
        batch_id=batch_id_of(now, sha256),
        fetched_at=now,
        origin="file",
        source_name=source,
        request={},
        edition=None,
        scope="full",
        records_expected=len(found.areas) + len(found.set_aside),
        files=files,
        sha256=sha256,
        byte_count=files[0].byte_count,
        is_synthetic=False,
        licence=LICENCE,
        citation=CITATION,
    )
    keep(manifest, [path], lake, may_link=True)
    return True


def _read_again(batch: RawBatch, settings: Settings) -> boundary_file.BoundaryFile:
    """Read an archived file; should a later version of the code refuse it, that is noted in place of its features."""
    try:
        return _read(batch.paths[0], batch.manifest.source_name, settings)
    except RefusedError as error:
        return boundary_file.BoundaryFile(
            pl.DataFrame(schema=boundary_file.AREAS),
            pl.DataFrame([{"feature_number": None, "reason": str(error)}], schema=boundary_file.SET_ASIDE),
        )


def _read(path: Path, source: str, settings: Settings) -> boundary_file.BoundaryFile:
    from orchestration.reference.places import country_codes

    bounds = replace(settings.bounds, max_bytes=settings.max_boundary_bytes)
    return boundary_file.read_boundaries(path, source, bounds, country_codes())
