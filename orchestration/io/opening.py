"""From a batch's payload to the parser that its content asks for: pages of an API, a workbook, or delimited text.

This is what feeds without an opener of their own use; the parsers live in modules of their own.
"""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from orchestration.feeds.spec import Feed, Layout
from orchestration.io.delimited import DelimitedReader
from orchestration.io.lake import RawBatch
from orchestration.io.pages import PagesReader
from orchestration.io.payload import Bounds, opened
from orchestration.io.reading import Reader
from orchestration.io.spreadsheet import workbook_in
from orchestration.io.workbook import WorkbookReader
from schemas.contract import Contract


@contextmanager
def open_table(raw: RawBatch, feed: Feed, bounds: Bounds) -> Generator[tuple[str, Reader]]:
    """Open the pages of UCDP's API, or the one table of a file."""
    source = raw.manifest.source_name
    if raw.manifest.origin == "api":
        yield source, PagesReader(raw.paths, source, feed.contract, feed.layouts[0].name, "Result")
    else:
        with open_file(raw.paths[0], feed.contract, feed.layouts, bounds) as (name, reader):
            yield name, reader


@contextmanager
def open_file(
    path: Path, contract: Contract, layouts: tuple[Layout, ...], bounds: Bounds
) -> Generator[tuple[str, Reader]]:
    """Open the one table of a file, told by content: a workbook, plain or zipped, or delimited text.

    Raises:
        RefusedError: it holds no such table, or more than its bounds allow.
    """
    with workbook_in(path, bounds) as workbook:
        if workbook:
            name, unpacked = workbook
            yield name, WorkbookReader(unpacked, name, contract, layouts, bounds)
            return
    with opened(path, bounds) as (name, stream):
        yield name, DelimitedReader(stream, name, contract, layouts)
