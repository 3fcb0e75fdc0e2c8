"""Answers of a paging API, as archived, to chunks of text columns; the twin of `delimited` for JSON.

That the pages are complete was checked when they were fetched; here they are read again from the lake. No type is ever
inferred: a value ends as the text that was received, whether it stood in quotes or not.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import polars as pl
import pyarrow as pa

from orchestration.errors import RefusedError
from orchestration.io.reading import MISFIT_SCHEMA, Chunk
from schemas.contract import Contract

NUMBER = "_record_number"
BACKSLASH = ord("\\")
TAIL_BYTES = 4096
_LIST_ENDS = re.compile(rb'(?:"|null)\s*\}\s*\]')


class PagesReader:
    """Reads the pages of one answer in order; the records of a page lie in the list under `key`."""

    def __init__(self, paths: tuple[Path, ...], source: str, contract: Contract, layout: str, key: str) -> None:
        """Look at the first page's columns."""
        self._paths = paths
        self._source = source
        self._contract = contract
        self._key = key
        self._unused: set[str] = set()
        self.layout = layout
        self._ahead: pl.DataFrame | None = self._page(paths[0])

    @property
    def unused(self) -> tuple[str, ...]:
        """Names that the contract lacks, on the pages read so far."""
        return tuple(sorted(self._unused))

    def chunks(self) -> Iterator[Chunk]:
        """One chunk a page.

        Raises:
            RefusedError: a page is not what the API promises.
        """
        read = 0
        for number, path in enumerate(self._paths):
            ahead, self._ahead = self._ahead, None
            records = self._page(path) if number or ahead is None else ahead
            yield Chunk(records.with_columns(pl.col(NUMBER) + read), pl.DataFrame(schema=MISFIT_SCHEMA))
            read += len(records)

    def _page(self, path: Path) -> pl.DataFrame:
        """One page's records under the contract's names, numbered from 1; empty values null."""
        try:
            records = read_records(path.read_bytes(), self._key)
        except ValueError as error:
            raise RefusedError(
                source=self._source,
                problem=f"the page cannot be read: {error}",
                place=path.name,
                rule=f"a JSON object with the list {self._key!r} of records",
                way_out="fetch it again",
            ) from error
        spelled = self._contract.spelled
        spellings: dict[str, list[pl.Expr]] = {}
        for name in records.columns[:-1]:
            if name.lower() in spelled:
                given = pl.col(name)
                spellings.setdefault(spelled[name.lower()], []).append(pl.when(given != "").then(given))
            else:
                self._unused.add(name)
        missing = [pl.lit(None, pl.String)]
        columns = (pl.coalesce(*spellings.get(name, missing)).alias(name) for name in self._contract.names)
        return records.select(NUMBER, *columns)


def read_records(page: bytes, key: str) -> pl.DataFrame:
    """The records of a page: a text column for every name that one of them has, null where it has none, and `NUMBER`.

    Texts and nulls, which is all that most APIs send, are read at once; a page with a number, a nested value or
    anything else that is unusual is read value by value, so that 1.50 stays 1.50.

    Raises:
        ValueError: the page is no JSON, or holds no list of records; what is wrong in words.
    """
    plain = _plain_records(page, key)
    records = _any_records(page, key) if plain is None else plain
    return records.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias(NUMBER))


def _plain_records(page: bytes, key: str) -> pl.DataFrame | None:
    """The records of a page whose records are alike and hold only texts and nulls; None if that is in doubt."""
    opening = re.search(rb'"%b"\s*:\s*(?=\[\s*\{)' % re.escape(key.encode()), page)
    # What follows the list is short, or in doubt.
    tail = max(0, len(page) - TAIL_BYTES)
    closing = max((found.end() for found in _LIST_ENDS.finditer(page, tail)), default=0)
    if not opening or closing < opening.end():
        return None
    body = page[opening.end() : closing]
    marks = _Marks.of(body)
    if not marks.is_plain:
        return None
    try:
        # The rest of the page must be JSON, and the list must be what the key stands for.
        if json.loads(page[: opening.end()] + b"[]" + page[closing:])[key] != []:
            return None
        text = body.decode("utf-8")
        first, _ = json.JSONDecoder().raw_decode(text, text.index("{"))
        as_records = pl.List(pl.Struct(dict.fromkeys(first, pl.String)))
        records = pl.Series([text]).str.json_decode(as_records).explode().struct.unnest()
    except (ValueError, TypeError, KeyError, pl.exceptions.ComputeError):
        return None
    # As many names as values: no record has one that the first record lacks, and none has one twice.
    given = sum(len(records) - null_count for null_count in records.null_count().row(0))
    return records if marks.names == given + marks.nulls else None


@dataclass(frozen=True)
class _Marks:
    """What a look at the bytes of flat records tells, without reading them.

    Attributes:
        names: how many names of values there are.
        nulls: how many of them may be null.
        is_plain: every value is a text or null, and no text holds an escaped half of a surrogate pair.
    """

    names: int
    nulls: int
    is_plain: bool

    @classmethod
    def of(cls, body: bytes) -> Self:
        """Look at the byte after each `":`, the end of a name; within a text the quote would have a backslash."""
        array = pa.Array.from_buffers(pa.uint8(), len(body), [None, pa.py_buffer(body)])
        content = pl.Series(array)
        ends = ((content[:-1] == ord('"')) & (content[1:] == ord(":"))).arg_true()
        ends = ends.filter(content.gather(ends - 1) != BACKSLASH)
        begins = content.gather(ends + 2)
        begins = begins.zip_with(begins != ord(" "), content.gather(ends + 3))
        nulls = int((begins == ord("n")).sum())
        escapes = (content == BACKSLASH).arg_true()
        surrogates = (content.gather(escapes + 1) == ord("u")) & content.gather(escapes + 2).is_in([*b"dD"])
        return cls(len(ends), nulls, int((begins == ord('"')).sum()) + nulls == len(ends) and not surrogates.any())


def _any_records(page: bytes, key: str) -> pl.DataFrame:
    try:
        answer = json.loads(page, parse_float=_Written, parse_int=_Written, parse_constant=_Written)
    except RecursionError:
        raise ValueError("its values are nested without end") from None
    records = answer.get(key) if isinstance(answer, Mapping) else None
    if not isinstance(records, list) or not all(isinstance(record, Mapping) for record in records):
        raise ValueError(f"it has no list of records under {key!r}")
    names = dict.fromkeys(name for record in records for name in record)
    columns = {name: [_as_text(record.get(name)) for record in records] for name in names}
    # A row for each record, even for one without any name.
    return pl.DataFrame({**columns, NUMBER: [None] * len(records)}, schema=dict.fromkeys([*names, NUMBER], pl.String))


class _Written(str):
    """A number as it was written."""

    __slots__ = ()


def _as_text(value: Any) -> str | None:  # noqa: ANN401 - whatever JSON can hold
    """A text or number as written; true, false and what is nested as JSON."""
    if value is None:
        return None
    text = value if isinstance(value, str) else _as_json(value)
    # Half of a surrogate pair is no character: it stays what it was, an escape.
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


def _as_json(value: Any) -> str:  # noqa: ANN401 - whatever JSON can hold
    match value:
        case _Written():
            return str(value)
        case list():
            return f"[{','.join(map(_as_json, value))}]"
        case dict():
            return f"{{{','.join(f'{_as_json(name)}:{_as_json(inner)}' for name, inner in value.items())}}}"
        case _:
            return json.dumps(value, ensure_ascii=False)
