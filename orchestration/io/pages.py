"""Answers of a paging API, as archived, to chunks of text columns; the twin of `delimited` for JSON.

That the pages are complete was checked when they were fetched; here they are read again from the lake.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from orchestration.errors import RefusedError
from orchestration.io.reading import MISFIT_SCHEMA, Chunk
from schemas.contract import Contract


class PagesReader:
    """Reads the pages of one answer in order; the records of a page lie in the list under `key`."""

    def __init__(self, paths: tuple[Path, ...], source: str, contract: Contract, layout: str, key: str) -> None:
        """Look at the first page's columns."""
        self._paths = paths
        self._source = source
        self._contract = contract
        self._key = key
        names = {name for record in self._records(paths[0]) for name in record}
        self.layout = layout
        self.unused = tuple(sorted(name for name in names if name.lower() not in contract.spelled))

    def chunks(self) -> Iterator[Chunk]:
        """One chunk a page.

        Raises:
            RefusedError: a page is not what the API promises.
        """
        read = 0
        for path in self._paths:
            records = self._records(path)
            numbers = pl.int_range(read + 1, read + len(records) + 1, eager=True, dtype=pl.Int64)
            frame = pl.DataFrame(
                [self._as_text(record) for record in records],
                schema=dict.fromkeys(self._contract.names, pl.String),
            )
            yield Chunk(frame.with_columns(numbers.alias("_record_number")), pl.DataFrame(schema=MISFIT_SCHEMA))
            read += len(records)

    def _as_text(self, record: dict[str, Any]) -> dict[str, str | None]:
        spelled = self._contract.spelled
        return {
            spelled[name.lower()]: None if value is None or value == "" else str(value)
            for name, value in record.items()
            if name.lower() in spelled
        }

    def _records(self, path: Path) -> list[dict[str, Any]]:
        try:
            records = json.loads(path.read_bytes())[self._key]
        except (ValueError, KeyError, TypeError) as error:
            raise RefusedError(
                source=f"{self._source}, {path.name}",
                problem=f"the page cannot be read ({type(error).__name__})",
                rule=f"a JSON object with the list {self._key!r}",
                way_out="fetch it again",
            ) from error
        return records
