"""Parquet to chunks of text columns: values as they are written in a table, days as ISO, anything nested as JSON."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.errors import RefusedError
from orchestration.io.payload import BOUNDED_FROM_BYTES, Bounds
from orchestration.io.reading import MISFIT_SCHEMA, Chunk
from schemas.contract import Contract

MAGIC = b"PAR1"
ROWS_A_CHUNK = 20_000
BROKEN = (pa.ArrowException, OSError, ValueError, pl.exceptions.PolarsError, pl.exceptions.PanicException)
"""What the libraries raise on a damaged file, a panic in their Rust code included."""


class ParquetReader:
    """Reads a flat table; columns of bytes (such as a geometry) are passed over and named as unused."""

    def __init__(self, path: Path, source: str, contract: Contract, bounds: Bounds) -> None:
        """Look at the file's columns and sizes.

        Raises:
            RefusedError: it cannot be read, costs more than its bounds, or lacks a column.
        """
        self._source = source
        self._contract = contract
        try:
            self._file: Any = pq.ParquetFile(path)
            schema, groups = self._file.schema_arrow, self._file.metadata
            unpacked = sum(groups.row_group(each).total_byte_size for each in range(groups.num_row_groups))
        except (pa.ArrowException, OSError, ValueError) as error:
            raise self._broken(error) from error
        if unpacked > min(bounds.max_bytes, max(path.stat().st_size * bounds.max_ratio, BOUNDED_FROM_BYTES)):
            raise self._refused(
                f"it unpacks to {unpacked:,} bytes",
                "if the file is honest, raise INCIDENTS_MAX_PAYLOAD_BYTES or INCIDENTS_MAX_COMPRESSION_RATIO",
            )
        names = [str(name) for name in schema.names]
        readable = [field.name for field in schema if not _is_bytes(field.type)]
        self._wanted = {name: column for name in readable if (column := contract.spelled.get(name.strip().lower()))}
        missing = [name for name in contract.required_names if name not in self._wanted.values()]
        twice = sorted(name for name in self._wanted.values() if list(self._wanted.values()).count(name) > 1)
        if missing or twice or len(set(names)) < len(names):
            problem = f"columns are missing: {', '.join(missing)}" if missing else f"columns stand twice: {names}"
            raise self._refused(problem, "correct the mapping or the file")
        self.layout = f"Parquet with {len(names)} columns"
        self.unused = tuple(name for name in names if name not in self._wanted)

    def chunks(self) -> Iterator[Chunk]:
        """The rows in order.

        Raises:
            RefusedError: a part of it is broken.
        """
        read = 0
        try:
            for batch in self._file.iter_batches(batch_size=ROWS_A_CHUNK, columns=list(self._wanted)):
                batch.validate(full=True)  # Arrow believes the file; what it hands on must hold
                frame = cast("pl.DataFrame", pl.from_arrow(pa.Table.from_batches([batch])))
                numbers = pl.int_range(read + 1, read + len(frame) + 1, eager=True, dtype=pl.Int64)
                read += len(frame)
                texts = frame.select(_as_text(frame, name).alias(column) for name, column in self._wanted.items())
                yield Chunk(texts.with_columns(numbers.alias("_record_number")), pl.DataFrame(schema=MISFIT_SCHEMA))
        except BROKEN as error:
            raise self._broken(error) from error
        if not read:
            raise self._refused("it holds no row", "fetch the file again")

    def _broken(self, error: BaseException) -> RefusedError:
        return self._refused(f"it cannot be read ({str(error).splitlines()[0][:200]})", "write the file again")

    def _refused(self, problem: str, way_out: str) -> RefusedError:
        rule = "a Parquet table with the columns of the mapping"
        return RefusedError(self._source, problem, rule, way_out, "the table as a whole")


def _is_bytes(kind: Any) -> bool:  # noqa: ANN401 - a type of Arrow
    return pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind)


def _as_text(frame: pl.DataFrame, name: str) -> pl.Expr:
    """A column as text; midnight is no time of day."""
    kind = frame.schema[name]
    column = pl.col(name)
    if kind == pl.Datetime:
        return column.dt.replace_time_zone(None).dt.to_string("%Y-%m-%d %H:%M:%S").str.replace(" 00:00:00$", "")
    if isinstance(kind, pl.Struct):
        return column.struct.json_encode()
    if isinstance(kind, pl.List | pl.Array):
        return column.cast(pl.List(pl.String)).list.join("; ", ignore_nulls=True)
    if kind == pl.Categorical or isinstance(kind, pl.Enum):
        return column.cast(pl.String)
    return column.cast(pl.String).replace("", None)
