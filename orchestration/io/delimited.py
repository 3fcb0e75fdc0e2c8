"""Delimited text to chunks of text columns, in bounded memory and without guessing.

Arrow parses; what surrounds it here is what files need: finding the header or its absence, a row of HXL tags below it,
other spellings of a column, a comma after the last column, and refusing a file whose records are not where they should
be. No value is typed here: that is `schemas.casting`. Bytes that are no text, or that were cut off, are seen in `text`.
"""

import csv
import io
import json
import re
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol, cast

import polars as pl
import pyarrow as pa
import pyarrow.csv as pa_csv

from orchestration.errors import RefusedError
from orchestration.feeds.spec import Layout
from orchestration.io.hxl import is_tag_row
from orchestration.io.payload import BoundedStream
from orchestration.io.reading import MISFIT_SCHEMA, Chunk
from orchestration.io.text import CutOff, Utf8Text
from orchestration.io.unwrapped import is_whole_line
from schemas.contract import Contract

HEAD_BYTES = 1024 * 1024
"""How much of a file is looked at to find its form."""
BLOCK_BYTES = 12 * 1024 * 1024
"""What Arrow parses at a time; also the longest record that can be read."""
DELIMITERS = (",", ";", "\t")
LINE_END = re.compile(rb"\n")
TRAILING = "_trailing"


class Misfit(Protocol):
    """What Arrow tells of a record that has not as many fields as there are columns."""

    number: int
    expected_columns: int
    actual_columns: int
    text: str


@dataclass(frozen=True)
class Form:
    """How a file is written.

    Attributes:
        delimiter: between fields.
        has_header: is the first record the names of the columns?
        lines_above: lines above the first record of data: the header and the HXL tags below it.
        layout: the name of the layout recognised.
        columns: for each field of a record the column it lands in, or None for a column that the contract lacks.
        unused: names of the columns that the contract lacks; the place of a column without a name.
        has_trailing: does every record end with a delimiter after its last field?
    """

    delimiter: str
    has_header: bool
    lines_above: int
    layout: str
    columns: tuple[str | None, ...]
    unused: tuple[str, ...]
    has_trailing: bool


class DelimitedReader:
    """Reads one stream; `form` is known at once, the chunks come as they are asked for."""

    def __init__(self, stream: BoundedStream, source: str, contract: Contract, layouts: tuple[Layout, ...]) -> None:
        """Look at the start of `stream`.

        Raises:
            RefusedError: no form is recognised.
        """
        self._source = source
        self._stream = stream
        head, is_whole = _head_of(stream)
        self.form = recognise(head, source, contract, layouts, is_whole=is_whole)
        _refuse_too_wide(self.form, source, stream.bounds.max_columns)
        self._text = Utf8Text(head, stream, source, self._cut_off)

    @property
    def layout(self) -> str:
        """The name of the layout recognised."""
        return self.form.layout

    @property
    def unused(self) -> tuple[str, ...]:
        """Names of columns that the contract lacks."""
        return self.form.unused

    def chunks(self) -> Iterator[Chunk]:
        """The records in order.

        Raises:
            RefusedError: a quote that is never closed (unless the last record was cut off), bytes that are not UTF-8, a
                record longer than a block.
        """
        misfits: deque[Misfit] = deque()
        last = 0
        for batch in self._arrow_batches(misfits):
            frame = cast("pl.DataFrame", pl.from_arrow(batch))
            chunk, last = self._chunk(frame, misfits, last, _with_line_ends(batch))
            yield chunk
        if misfits:
            chunk, last = self._chunk(self._no_record(), misfits, last)
            yield chunk
        if cut_off := self._text.cut_off:
            chunk, last = self._chunk(self._no_record(), misfits, last)
            yield Chunk(chunk.records, _cut_short(last + 1, cut_off))
        elif self._stream.quote_count % 2:
            raise self._unclosed_quote(last)

    def _no_record(self) -> pl.DataFrame:
        names = [name for name in (*self.form.columns, TRAILING if self.form.has_trailing else None) if name]
        return pl.DataFrame(schema=dict.fromkeys(names, pl.String))

    def _cut_off(self, tail: CutOff) -> bool:
        """Is what stands at the end one record, and nothing that swallowed others?"""
        widths = {len(self.form.columns), len(self.form.columns) + self.form.has_trailing}
        later = csv.reader(line for line in tail.text.splitlines()[1:] if line)
        with suppress(csv.Error):
            return not any(len(record) in widths for record in later)
        return False

    def _arrow_batches(self, misfits: deque[Misfit]) -> Iterator[Any]:
        form = self.form
        names = [column or f"_unused_{position}" for position, column in enumerate(form.columns)]
        wanted = [column for column in form.columns if column]
        if form.has_trailing:
            names.append(TRAILING)
            wanted.append(TRAILING)

        def keep(row: Misfit) -> str:
            misfits.append(row)
            return "skip"

        try:
            yield from pa_csv.open_csv(
                pa.PythonFile(self._text, mode="r"),
                pa_csv.ReadOptions(
                    use_threads=False,  # with threads Arrow no longer knows a misfit's number
                    block_size=BLOCK_BYTES,
                    column_names=names,
                    skip_rows=form.lines_above,
                ),
                pa_csv.ParseOptions(delimiter=form.delimiter, newlines_in_values=True, invalid_row_handler=keep),
                pa_csv.ConvertOptions(
                    column_types=dict.fromkeys(wanted, pa.string()),
                    include_columns=wanted,
                    null_values=[""],
                    strings_can_be_null=True,
                    quoted_strings_can_be_null=True,
                    check_utf8=False,  # `Utf8Text` has decoded every byte, and fields end where no character does
                ),
            )
        except pa.ArrowInvalid as error:
            raise RefusedError(
                source=self._source,
                problem=f"the text cannot be parsed ({str(error).splitlines()[0][:200]})",
                rule=f"UTF-8 text, no record longer than {BLOCK_BYTES // 1024**2} MiB",
                way_out="save the file as UTF-8 CSV, or fetch it again",
                place=f"after {self._stream.read_bytes:,} bytes",
            ) from error

    def _chunk(
        self, frame: pl.DataFrame, misfits: deque[Misfit], last: int, with_line_ends: Collection[str] = ()
    ) -> tuple[Chunk, int]:
        """Number the records of a stretch that follows record `last`; returns it with the number of its last record.

        Arrow leaves misfits out but knows their numbers, and reads ahead: those of a later stretch wait.
        """
        mine: list[tuple[int, Misfit]] = []
        end = last + len(frame)
        while misfits and (frame.is_empty() or self._number(misfits[0]) <= end + 1):
            mine.append((self._number(misfits[0]), misfits.popleft()))
            end += 1
        numbers = pl.int_range(last + 1, end + 1, eager=True, dtype=pl.Int64)
        if mine:
            numbers = numbers.filter(~numbers.is_in([number for number, _ in mine]))
        records = frame.with_columns(numbers.alias("_record_number"))
        found = _ragged(mine)
        if TRAILING in records.columns:
            shifted = records.filter(pl.col(TRAILING).is_not_null())
            records = records.filter(pl.col(TRAILING).is_null()).drop(TRAILING)
            if len(shifted):
                found = pl.concat([found, _shifted(shifted)])
        swallowed = _swallowed(records, self.form, [name for name in records.columns if name in with_line_ends])
        if len(swallowed):
            found = pl.concat([found, swallowed])
            records = records.filter(~pl.col("_record_number").is_in(swallowed.get_column("_record_number").implode()))
        return Chunk(records, found), end

    def _number(self, misfit: Misfit) -> int:
        """Arrow counts the lines that it skips."""
        return misfit.number - self.form.lines_above

    def _unclosed_quote(self, last_record: int) -> RefusedError:
        return RefusedError(
            source=self._source,
            problem=f"it holds an odd number of quotes ({self._stream.quote_count:,}): one is never closed",
            rule='every field that begins with " ends with ", and quotes inside it are doubled',
            way_out="fetch the file again: it was cut short or edited by hand",
            place=f"record {last_record:,}, which swallowed the rest of the file, or a record before it",
        )


def _ragged(misfits: list[tuple[int, Misfit]]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            (
                number,
                None,
                "has_every_column",
                f"{row.actual_columns} fields, not {row.expected_columns}",
                json.dumps({"_text": row.text}, ensure_ascii=False),
            )
            for number, row in misfits
        ],
        schema=MISFIT_SCHEMA,
        orient="row",
    )


def _with_line_ends(batch: Any) -> frozenset[str]:  # noqa: ANN401 - pyarrow ships no types
    """Columns in which a line end stands somewhere.

    Few have one, and the bytes of a column as a whole are searched in a tenth of the time that its values take.
    """
    columns = zip(batch.schema.names, batch.columns, strict=True)
    return frozenset(name for name, column in columns if (text := column.buffers()[2]) and LINE_END.search(text))


def _swallowed(records: pl.DataFrame, form: Form, names: list[str]) -> pl.DataFrame:
    """Records with a field that holds another record: a quote too many in each of the two has made one of them.

    Such a field has a line end, after it a word with a digit as ids are, and as many delimiters as a record. Only the
    columns in `names` have line ends.
    """
    has_line_end = pl.any_horizontal(pl.col(names).str.contains("\n", literal=True)) if names else pl.lit(value=False)
    suspects = records.filter(has_line_end)
    if suspects.is_empty():
        return pl.DataFrame(schema=MISFIT_SCHEMA)
    delimiter = re.escape(form.delimiter)
    next_record = rf'\n"?\w*\d\w*"?{delimiter}'
    swallows = pl.col("_value").str.contains(next_record) & (
        pl.col("_value").str.count_matches(form.delimiter, literal=True) >= len(form.columns) - 1
    )
    # A feed may well call a column of its own `column` or `value`.
    fields = suspects.unpivot(names, index="_record_number", variable_name="_column", value_name="_value")
    found = fields.filter(swallows).rename({"_column": "column", "_value": "value"})
    as_received = suspects.select(
        "_record_number", pl.struct(pl.exclude("_record_number")).struct.json_encode().alias("record")
    )
    return (
        found.unique("_record_number", keep="first", maintain_order=True)
        .join(as_received, on="_record_number", maintain_order="left")
        .select("_record_number", "column", pl.lit("holds_no_other_record").alias("rule"), "value", "record")
    )


def _cut_short(number: int, tail: CutOff) -> pl.DataFrame:
    record = json.dumps({"_text": tail.text}, ensure_ascii=False)
    return pl.DataFrame([(number, None, "record_is_whole", tail.where, record)], schema=MISFIT_SCHEMA, orient="row")


def _shifted(records: pl.DataFrame) -> pl.DataFrame:
    return records.select(
        "_record_number",
        pl.lit(None, pl.String).alias("column"),
        pl.lit("columns_not_shifted").alias("rule"),
        pl.col(TRAILING).alias("value"),
        pl.struct(pl.exclude("_record_number")).struct.json_encode().alias("record"),
    )


def recognise(head: bytes, source: str, contract: Contract, layouts: tuple[Layout, ...], *, is_whole: bool) -> Form:
    """Tell a file's form from its first records.

    Raises:
        RefusedError: neither a header nor a known number of columns; a column is missing or stands twice; the records
            stand inside quotes as a whole.
    """

    def refused(problem: str, way_out: str, place: str | None = None) -> RefusedError:
        known = " or ".join(layout.name for layout in layouts)
        return RefusedError(
            source, problem, f"a table with the columns of a {known}", way_out, place or "its beginning"
        )

    text = head.decode("utf-8-sig", errors="replace")
    delimiter = max(DELIMITERS, key=lambda sign: _known_names(text, sign, contract))
    records, last_lines = _first_records(text, delimiter, is_whole=is_whole)
    if not records:
        raise refused("it holds no record", "fetch the file again")
    names = [name.strip().lower() for name in records[0]]
    has_header = _known_names(text, delimiter, contract) > len(contract.required_names) // 2
    rows_above = has_header + (has_header and len(records) > 1 and is_tag_row(records[1], at_least=1))
    body = records[rows_above:]
    _refuse_whole_line_quoting(records, source, contract, refused)
    widths = {len(record) for record in body[:200]}
    if not has_header:
        return _headerless(records, widths, layouts, delimiter, refused)
    if not body:
        raise refused("it holds a header and no record", "fetch the file again")
    missing = [name for name in contract.required_names if name not in {contract.spelled.get(name) for name in names}]
    if missing:
        raise refused(
            f"columns are missing: {', '.join(missing)}", "see the release notes: the format has changed", "header"
        )
    columns = tuple(contract.spelled.get(name) for name in names)
    twice = sorted(name for name, count in Counter(columns).items() if name and count > 1)
    if twice:
        raise refused(f"columns stand twice: {', '.join(twice)}", "remove one of each pair", "header")
    has_trailing = len(names) + 1 in widths and len(names) not in widths
    layout = next((layout.name for layout in layouts if columns == layout.columns), f"header of {len(names)} columns")
    unused = tuple(
        name.strip() or f"column {position} (no name)"
        for position, (name, column) in enumerate(zip(records[0], columns, strict=True), start=1)
        if column is None
    )
    return Form(delimiter, has_header, last_lines[rows_above - 1], layout, columns, unused, has_trailing)


def _refuse_whole_line_quoting(
    records: list[list[str]], source: str, contract: Contract, refused: Callable[[str, str, str], RefusedError]
) -> None:
    for number, record in enumerate(records[:2]):
        if is_whole_line(record[0], len(contract.names)):
            twice = any(contract.spelled.get(name.split(";")[0].strip().lower()) and ";" in name for name in records[0])
            raise refused(
                "every record stands inside one pair of quotes, as a spreadsheet writes what it took for one column"
                + (", and stands there once more after a semicolon" if twice else ""),
                "download the export again and add it as it comes, without opening it in a spreadsheet; or "
                f"`incidents repair {source} --into NEW_FILE`, which says what it restored, and add the new file",
                f"record {number + 1} of the file",
            )


def _headerless(
    records: list[list[str]],
    widths: set[int],
    layouts: tuple[Layout, ...],
    delimiter: str,
    refused: Callable[[str, str, str], RefusedError],
) -> Form:
    for layout in layouts:
        width = len(layout.columns)
        if not layout.needs_header and records[0][0].strip().isdigit() and widths & {width, width + 1}:
            return Form(
                delimiter,
                has_header=False,
                lines_above=0,
                layout=layout.name,
                columns=layout.columns,
                unused=(),
                has_trailing=width not in widths,
            )
    shown = ", ".join(repr(value[:30]) for value in records[0][:4])
    raise refused(
        f"no column name is known and the first record has {len(records[0])} fields ({shown} …)",
        "add a file of this feed as it was downloaded",
        "line 1",
    )


def _refuse_too_wide(form: Form, source: str, max_columns: int) -> None:
    if len(form.columns) > max_columns:
        raise RefusedError(
            source=source,
            problem=f"it has {len(form.columns):,} columns",
            rule=f"at most {max_columns:,} columns",
            way_out="add a table of this feed as it was downloaded; if it is one, raise INCIDENTS_MAX_COLUMNS",
            place="header",
        )


def _head_of(stream: BoundedStream) -> tuple[bytes, bool]:
    """The bytes that tell the form, two records at least, and whether they are all there are."""
    head = stream.read(HEAD_BYTES)
    is_whole = len(head) < HEAD_BYTES
    if not is_whole and len(_first_records(head.decode("utf-8-sig", errors="replace"), ",", is_whole=False)[0]) < 2:
        more = stream.read(BLOCK_BYTES - HEAD_BYTES)
        head, is_whole = head + more, len(more) < BLOCK_BYTES - HEAD_BYTES
    return head, is_whole


def _known_names(text: str, delimiter: str, contract: Contract) -> int:
    first_line = text.split("\n", 1)[0]
    return sum(name.strip().strip('"').lower() in contract.spelled for name in first_line.split(delimiter))


def _first_records(text: str, delimiter: str, *, is_whole: bool) -> tuple[list[list[str]], list[int]]:
    """The records that a head holds whole, and the number of the line on which each of them ends."""
    csv.field_size_limit(BLOCK_BYTES)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    found: list[tuple[list[str], int]] = []
    with suppress(csv.Error):  # the parser proper says where; the head only tells the form
        found.extend((record, reader.line_num) for record in reader if record)
    whole = found if is_whole or len(found) < 2 else found[:-1]
    return [record for record, _ in whole], [line for _, line in whole]
