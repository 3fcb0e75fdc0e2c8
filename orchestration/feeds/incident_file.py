"""Any incident file: a spreadsheet of an NGO or a ministry, with a mapping or HXL tags that say what is what.

A file speaks for the records that it has: which of a provider's events are missing from it, and why, it does not say.
The same file read anew, by a corrected mapping, takes the place of what was read from it before.
"""

import csv
import re
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.errors import RefusedError
from orchestration.feeds.spec import Content, Feed, Layout, Scope
from orchestration.io.archive import digested
from orchestration.io.delimited import DELIMITERS, DelimitedReader
from orchestration.io.encodings import Rewritten
from orchestration.io.fetched import Fetched
from orchestration.io.geojson import LATITUDE, LONGITUDE, GeoJsonReader
from orchestration.io.hxl import ROWS_LOOKED_AT, is_tag_row, mapping_of
from orchestration.io.mapped import MappedReader, contract_of
from orchestration.io.mapping import Mapping, Source, read_mapping
from orchestration.io.parquet_table import MAGIC, ParquetReader
from orchestration.io.payload import BoundedStream, Bounds
from orchestration.io.reading import Noted, Reader
from orchestration.io.spreadsheet import workbook_in
from orchestration.io.textfile import HEAD_BYTES, TextFile, opened_text
from orchestration.io.workbook import WorkbookReader, first_rows
from schemas.incident_file import INCIDENT_FILE_EVENTS

if TYPE_CHECKING:
    from orchestration.io.lake import RawBatch

COMPANION = ".mapping.yaml"
OF_BYTES = "file "
ANY = Layout("columns as the mapping or the HXL tags say", INCIDENT_FILE_EVENTS.names)


@contextmanager
def open_batch(raw: "RawBatch", feed: Feed, bounds: Bounds) -> Generator[tuple[str, Reader]]:
    """Open a file as it was archived, with the mapping that was archived beside it."""
    del feed
    path, *mappings = raw.paths
    with open_incidents(path, next(iter(mappings), None), bounds, is_archived=True) as (name, reader):
        yield name, reader


@contextmanager
def open_incidents(
    path: Path, mapping_path: Path | None, bounds: Bounds, *, is_archived: bool = False
) -> Generator[tuple[str, MappedReader]]:
    """Open a csv, tsv, xlsx, GeoJSON or Parquet file, told by content.

    Raises:
        RefusedError: it has no table that the mapping or HXL tags describe, or costs more than its bounds.
    """
    mapping = read_mapping(mapping_path, is_archived=is_archived) if mapping_path else _of_hxl(path.name)
    with path.open("rb") as file:
        is_parquet = file.read(4) == MAGIC
    if is_parquet:
        yield path.name, _parquet(path, mapping, bounds)
        return
    with workbook_in(path, bounds) as workbook:
        if workbook:
            name, unpacked = workbook
            yield name, _workbook(unpacked, name, mapping, bounds)
            return
    with opened_text(path, bounds) as text:
        yield text.name, _text(text, mapping, bounds)


def _parquet(path: Path, mapping: Mapping, bounds: Bounds) -> MappedReader:
    mapping = _described(mapping, path.name)
    return MappedReader(
        ParquetReader(path, path.name, contract_of(mapping), bounds), mapping, has_typed_days=True, note="mapping"
    )


def _workbook(path: Path, name: str, mapping: Mapping, bounds: Bounds) -> MappedReader:
    note = "mapping"
    if not mapping.columns:
        rows = first_rows(path, name, bounds, ROWS_LOOKED_AT)
        mapping, note = _described(mapping, name, next(filter(is_tag_row, rows), None)), "HXL tags"
    reader = WorkbookReader(path, name, contract_of(mapping), (), bounds)
    return MappedReader(reader, mapping, has_typed_days=True, note=note)


def _text(text: TextFile, mapping: Mapping, bounds: Bounds) -> MappedReader:
    head = text.stream.read(HEAD_BYTES)
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"{", b"[")):
        mapping = _with_point(_described(mapping, text.name))
        stream = _again(head, text, bounds)
        return MappedReader(
            GeoJsonReader(stream, text.name, contract_of(mapping)), mapping, has_typed_days=False, note="mapping"
        )
    tags, start = _tag_row(head)
    note = "mapping"
    if not mapping.columns:
        mapping, note = _described(mapping, text.name, tags), "HXL tags"
    is_by_tags = any(name.startswith("#") for name in mapping.source_columns)
    stream = _again(head[start:] if is_by_tags else head, text, bounds)
    reader = DelimitedReader(stream, text.name, contract_of(mapping), ())
    return MappedReader(Noted(reader, text.notes), mapping, has_typed_days=False, note=note)


def _again(head: bytes, text: TextFile, bounds: Bounds) -> BoundedStream:
    """The stream with the part of its head that is to be read."""
    rest = iter(lambda: text.stream.read(HEAD_BYTES), b"")
    return BoundedStream(Rewritten(chain((head,), rest)), text.name, bounds, None)  # pyright: ignore[reportArgumentType]


def _tag_row(head: bytes) -> tuple[list[str] | None, int]:
    """The row of HXL tags near the beginning of a text, and where it begins."""
    start = 0
    for line in head.splitlines(keepends=True)[:ROWS_LOOKED_AT]:
        text = line.decode(errors="replace").removeprefix("\ufeff")
        for delimiter in DELIMITERS:
            with suppress(csv.Error):
                row = next(csv.reader([text], delimiter=delimiter), [])
                if is_tag_row(row):
                    return row, start
        start += len(line)
    return None, 0


def _described(mapping: Mapping, name: str, tags: Sequence[str | None] | None = None) -> Mapping:
    """The mapping with its columns, from the tags where it has none itself."""
    if mapping.columns:
        return mapping
    if tags is None:
        raise RefusedError(
            source=name,
            problem="nothing says what its columns are: no mapping, and no row of HXL tags at its top",
            rule="a mapping, or HXL tags such as #date+occurred in a csv, tsv or xlsx file",
            way_out=f"write a mapping and give it with --mapping, or put it beside the file as {name}{COMPANION}: see "
            "docs/incident_files.md",
            place="its first rows",
        )
    return mapping_of(tags, mapping, name)


def _with_point(mapping: Mapping) -> Mapping:
    """Take the place of a feature from its point, unless the mapping says otherwise."""
    if {"latitude", "longitude"} & mapping.columns.keys():
        return mapping
    point = {"latitude": Source(column=LATITUDE), "longitude": Source(column=LONGITUDE)}
    return mapping.model_copy(update={"columns": {**mapping.columns, **point}})


def _of_hxl(file_name: str) -> Mapping:
    """Whose file it is where only HXL tags speak: its name up to the first digit."""
    stem = re.split(r"\d", file_name.split(".")[0])[0].lower()
    provider = re.sub(r"[^a-z0-9]+", "_", stem).strip("_")[:40]
    if not re.fullmatch(r"[a-z][a-z0-9_]+", provider):
        raise RefusedError(
            source=file_name,
            problem="neither a mapping nor the file's name tells whose file it is",
            place="its name",
            rule="a name that begins with the provider's, such as `mali_forum_2023-05.csv`",
            way_out="rename the file, or write a mapping with `provider:`: see docs/incident_files.md",
        )
    return Mapping(provider=provider)


def prepare(fetched: Fetched) -> Fetched:
    """Check the mapping before anything is archived, take licence and citation from it, and name the edition.

    The edition names the bytes of the file without its mapping, so that two readings of a file are issues of one thing.

    Raises:
        RefusedError: the mapping is wrong, or the file has none and its name tells no provider.
    """
    mapping = read_mapping(fetched.files[1]) if len(fetched.files) > 1 else _of_hxl(fetched.source_name)
    (file,), _ = digested(fetched.files[:1])
    own = f"{OF_BYTES}{file.sha256[:16]}"
    return replace(
        fetched,
        edition=f"{fetched.edition}, {own}" if fetched.edition else own,
        licence=mapping.licence,
        citation=mapping.citation or mapping.title or mapping.provider,
    )


def scope(edition: str | None, content: Content) -> Scope:
    """A file speaks for its records, and for those that an earlier reading of the same bytes made of them."""
    del content
    _, _, own = (edition or "").rpartition(OF_BYTES)
    return Scope(f"incident_file:{own or 'unstated'}", None, None, None, authority=0)


FEED = Feed(
    name="incident_file",
    title="Incident files with a mapping or HXL tags",
    publisher="whoever keeps the list, by its mapping",
    homepage="https://hxlstandard.org/standard/1-1final/",
    licence="by its mapping; not stated: no redistribution",
    citation="by its mapping",
    may_redistribute=False,
    id_space="incident_file",
    scope_kind="issue",
    cadence="by hand",
    freshness=timedelta(days=400),
    revision_lag=timedelta(days=0),
    volume=(1, 1_000_000),
    max_quarantined_share=0.05,
    contract=INCIDENT_FILE_EVENTS,
    layouts=(ANY,),
    year_column="year",
    country_column="country",
    edition_of=lambda _: None,
    scope_of=scope,
    opener=open_batch,
    companion=COMPANION,
    prepare=prepare,
)
