"""Parquet to chunks of text columns: values as they are written in a table, days as ISO, anything nested as JSON.

A value that stands once in a dictionary is written out for each row that refers to it. Texts are therefore read as
references, and their lengths added up, before any of them is written out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from orchestration.errors import RefusedError
from orchestration.io.payload import BOUNDED_FROM_BYTES, Bounds
from orchestration.io.reading import MISFIT_SCHEMA, Chunk
from schemas.contract import Contract

MAGIC = b"PAR1"
ROWS_A_CHUNK = 20_000
CHUNK_BYTES = 64 * 1024**2
"""Text in a chunk, at most, unless a single row has more."""
MOST_RECORD_BYTES = 12 * 1024**2
"""Text of one row; the bound is that of a record in a delimited file."""
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
        self._most_bytes = min(bounds.max_bytes, max(path.stat().st_size * bounds.max_ratio, BOUNDED_FROM_BYTES))
        try:
            self._file, layout = _opened(path)
        except (pa.ArrowException, OSError, ValueError) as error:
            raise self._broken(error) from error
        self._refuse_large(layout.unpacked_bytes)
        if layout.nested_values > bounds.max_cells:
            raise self._refused(f"its lists have {layout.nested_values:,} values", "write lists as text")
        self._rows_a_read = max(1, min(ROWS_A_CHUNK, CHUNK_BYTES // max(layout.longest_value, 1)))
        schema = self._file.schema_arrow
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
        read = text_bytes = 0
        try:
            for batch in self._file.iter_batches(batch_size=self._rows_a_read, columns=list(self._wanted)):
                batch.validate(full=True)  # Arrow believes the file; what it hands on must hold
                text_bytes += _text_bytes(batch) + len(batch)
                self._refuse_large(text_bytes)
                for part in self._parts(batch):
                    yield self._chunk(part, read)
                    read += len(part)
        except BROKEN as error:
            raise self._broken(error) from error
        if not read:
            raise self._refused("it holds no row", "fetch the file again")

    def _parts(self, batch: Any) -> Iterator[Any]:  # noqa: ANN401 - a batch of Arrow
        """A batch in halves of halves, until none of them stands for too much text."""
        size = _text_bytes(batch)
        if len(batch) == 1 and size > MOST_RECORD_BYTES:
            raise self._refused(f"one of its rows has {size:,} bytes", f"rows of at most {MOST_RECORD_BYTES:,} bytes")
        if size <= CHUNK_BYTES or len(batch) == 1:
            yield batch
            return
        middle = len(batch) // 2
        yield from self._parts(batch.slice(0, middle))
        yield from self._parts(batch.slice(middle))

    def _chunk(self, part: Any, read: int) -> Chunk:  # noqa: ANN401 - a batch of Arrow
        # Taking the rows leaves behind what the whole batch refers to.
        own = part.take(pa.array(range(len(part)), pa.int64())) if len(part) < self._rows_a_read else part
        columns = [column.cast(_written_out(column.type)) for column in own.columns]
        frame = cast("pl.DataFrame", pl.from_arrow(pa.table(columns, names=own.schema.names)))
        numbers = pl.int_range(read + 1, read + len(frame) + 1, eager=True, dtype=pl.Int64)
        texts = frame.select(_as_text(frame, name).alias(column) for name, column in self._wanted.items())
        return Chunk(texts.with_columns(numbers.alias("_record_number")), pl.DataFrame(schema=MISFIT_SCHEMA))

    def _refuse_large(self, size: int) -> None:
        if size > self._most_bytes:
            raise self._refused(
                f"it unpacks to {size:,} bytes",
                "if the file is honest, raise INCIDENTS_MAX_PAYLOAD_BYTES or INCIDENTS_MAX_COMPRESSION_RATIO",
            )

    def _broken(self, error: BaseException) -> RefusedError:
        return self._refused(f"it cannot be read ({str(error).splitlines()[0][:200]})", "write the file again")

    def _refused(self, problem: str, way_out: str) -> RefusedError:
        rule = "a Parquet table with the columns of the mapping"
        return RefusedError(self._source, problem, rule, way_out, "the table as a whole")


@dataclass(frozen=True)
class _Layout:
    """What a file says of its sizes.

    Attributes:
        unpacked_bytes: of all columns.
        nested_values: values in lists, which can be many in one row.
        longest_value: bytes that one text can have at most where texts are written by what they share with the one
            before; such a text is written out while it is read.
    """

    unpacked_bytes: int
    nested_values: int
    longest_value: int


def _opened(path: Path) -> tuple[Any, _Layout]:
    """The file, with its texts as references, and its sizes."""
    metadata = pq.read_metadata(path)
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    columns = [group.column(number) for group in groups for number in range(group.num_columns)]
    texts = sorted({column.path_in_schema for column in columns if column.physical_type == "BYTE_ARRAY"})
    layout = _Layout(
        unpacked_bytes=sum(group.total_byte_size for group in groups),
        nested_values=sum(column.num_values for column in columns if "." in column.path_in_schema),
        longest_value=max(
            (column.total_uncompressed_size for column in columns if "DELTA_BYTE_ARRAY" in column.encodings), default=0
        ),
    )
    return pq.ParquetFile(path, read_dictionary=texts), layout


def _text_bytes(data: Any) -> int:  # noqa: ANN401 - an array or a batch of Arrow
    """Bytes of all texts in it, each as often as it stands there."""
    kind = getattr(data, "type", None)
    if kind is None:
        return sum(_text_bytes(column) for column in data.columns)
    if pa.types.is_dictionary(kind):
        compute: Any = pc
        if pa.types.is_primitive(kind.value_type):
            return 0
        lengths = compute.fill_null(compute.binary_length(data.dictionary), 0).cast(pa.int64())
        return compute.sum(lengths.take(data.indices), min_count=0).as_py()
    if pa.types.is_struct(kind):
        return sum(_text_bytes(column) for column in data.flatten())
    if pa.types.is_nested(kind):
        return _text_bytes(data.flatten()) if not pa.types.is_map(kind) else data.nbytes
    return 0 if pa.types.is_primitive(kind) else data.nbytes


def _written_out(kind: Any) -> Any:  # noqa: ANN401 - a type of Arrow
    """The type with texts in place of references."""
    if pa.types.is_dictionary(kind):
        return pa.large_string() if pa.types.is_string(kind.value_type) else kind.value_type
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(_written_out(field.type)) for field in kind])
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return pa.large_list(kind.value_field.with_type(_written_out(kind.value_type)))
    return kind


def _is_bytes(kind: Any) -> bool:  # noqa: ANN401 - a type of Arrow
    if pa.types.is_dictionary(kind):
        return _is_bytes(kind.value_type)
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
