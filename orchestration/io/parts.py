"""Rows that arrive in chunks, written as a few Parquet files of even size.

DuckDB judges how much a folder holds by its first file and their number. A first file smaller than the others, as a
chunk that a parser reads ahead is, made it take the widest table of a join for the narrowest.
"""

from pathlib import Path
from types import TracebackType

import polars as pl

PART_ROWS = 30_000
"""Rows from which on a part is written: a few chunks of a parser."""
PART_BYTES = 96 * 2**20
"""Bytes in memory from which on it is written, however few its rows are."""
COMPRESSION_LEVEL = 1
"""Of Zstandard. Its usual level 3 makes the files 2 % smaller and takes a quarter more time to write them."""


class Parts:
    """Parquet files `part-00000.parquet`, … in a folder; a block that ends well writes the rows that are left."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._frames: list[pl.DataFrame] = []
        self._row_count = 0
        self._byte_count = 0
        self._part_count = 0

    def __enter__(self) -> "Parts":
        """Nothing is written yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write what is left, unless the block failed."""
        if kind is None:
            self._write()

    def add(self, rows: pl.DataFrame) -> None:
        """Take rows, all of the same columns, and write a part when they are enough for one."""
        self._frames.append(rows)
        self._row_count += len(rows)
        self._byte_count += int(rows.estimated_size())
        if self._row_count >= PART_ROWS or self._byte_count >= PART_BYTES:
            self._write()

    def _write(self) -> None:
        if self._row_count:
            part = pl.concat(self._frames, rechunk=False)
            part.write_parquet(
                self._folder / f"part-{self._part_count:05}.parquet", compression_level=COMPRESSION_LEVEL
            )
            self._part_count += 1
        self._frames, self._row_count, self._byte_count = [], 0, 0
