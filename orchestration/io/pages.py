"""Answers of a paging API, as archived, to chunks of text columns; the twin of `delimited` for JSON.

That the pages are complete was checked when they were fetched; here they are read again from the lake. No type is ever
inferred: a value ends as the text that was received, whether it stood in quotes or not.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from orchestration.errors import RefusedError
from orchestration.io.reading import MISFIT_SCHEMA, Chunk
from schemas.contract import Contract

NUMBER = "_record_number"
_UNQUOTED = re.compile(rb'(?<!\\)":\s*[-0-9tfNI\[{]')
"""The start of a value that is neither a text nor null."""


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
                source=f"{self._source}, {path.name}",
                problem=f"the page cannot be read: {error}",
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
    """The records of a page whose records are alike and hold only texts and nulls; None if this is in doubt.

    In doubt is whatever could make the short way differ from the long one: each guard below costs little beside it.
    """
    opening = re.search(rb'"%b"\s*:\s*(?=\[\s*\{)' % re.escape(key.encode()), page)
    closing = page.find(b'"}]', opening.end()) if opening else -1
    if not opening or closing < 0 or page[closing - 1 : closing] == b"\\":
        return None
    body = page[opening.end() : closing + 3]
    if b"\\ud" in body or b"\\uD" in body or _UNQUOTED.search(body):
        return None
    try:
        # The rest of the page must be JSON, and the list must be what the key stands for.
        if json.loads(page[: opening.end()] + b"[]" + page[closing + 3 :])[key] != []:
            return None
        text = body.decode("utf-8")
        names = _first_names(text)
        records = _as_frame(text, names)
    except (ValueError, TypeError, KeyError, pl.exceptions.ComputeError):
        return None
    # As many names as values were read: no record has a name that the first one lacks.
    named = body.count(b'":') - body.count(b'\\":')
    nulls = body.count(b'":null') + body.count(b'": null')
    values = sum(len(records) - nulls_in_column for nulls_in_column in records.null_count().row(0))
    return records if named == values + nulls else None


def _first_names(body: str) -> tuple[str, ...]:
    first, _ = json.JSONDecoder().raw_decode(body, body.index("{"))
    return tuple(first)


def _as_frame(body: str, names: Sequence[str]) -> pl.DataFrame:
    as_records = pl.List(pl.Struct(dict.fromkeys(names, pl.String)))
    return pl.Series([body]).str.json_decode(as_records).explode().struct.unnest()


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
