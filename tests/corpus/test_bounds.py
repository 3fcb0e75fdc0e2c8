"""The worst of the corpus in a process of its own: memory and disk stay within what docs/operations.md promises."""

import io
import json
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration.io.lake import is_conserved
from orchestration.settings import PROJECT_ROOT
from tests.corpus.archives import zipped
from tests.corpus.bases import BASES, Base
from tests.workbooks import SHARED, as_xml, by_hand, shared_strings

MEBIBYTE = 1024**2
MEMORY = 1024 * MEBIBYTE
"""The promise: a payload, whatever it holds, is landed in less."""
SMALL_MEMORY = 480 * MEBIBYTE
"""What a file of a few hundred kilobytes may take, of which half is the libraries' own."""
BASE = BASES[0]
FILES = next(base for base in BASES if base.feed.name == "incident_file")
MAPPING = "provider: forum\nid: Ref\ncolumns: {date: Day, headline: Note, country: {constant: MLI}}\n"


def one_night(folder: Path, base: Base, files: dict[str, bytes], largest_file: int) -> dict[str, Any]:
    """What a night in a process of its own makes of some files in the inbox, and its peak of memory."""
    inbox = folder / "data" / "inbox" / base.feed.name
    inbox.mkdir(parents=True)
    for name, content in files.items():
        (inbox / name).write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-m", "tests.corpus.one_night", base.feed.name, str(folder / "data"), str(largest_file)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd=PROJECT_ROOT,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    facts = json.loads(done.stdout)
    assert facts["problems"] == []
    return facts


def compressed_zeros(mebibytes: int) -> bytes:
    """A gzip file of as many MiB of nothing, made without holding them."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = bytes(MEBIBYTE)
    return b"".join([*(packer.compress(block) for _ in range(mebibytes)), packer.flush()])


def long_fields(base: Base) -> bytes:
    """60 MB in six records, one field each."""
    return base.table([base.record(n, **{base.text: f"{n} " * 3_000_000}) for n in range(6)])


def all_broken(base: Base) -> bytes:
    """20,000 records that are all set aside, with everything wrong that can be."""
    header = base.table([])
    line = base.table([dict.fromkeys(base.columns, "=x\x00;,\u202e")]).splitlines(keepends=True)[-1]
    return header + line * 20_000


def ragged(base: Base) -> bytes:
    """100,000 records of one field."""
    return base.table() + b"x\n" * 100_000


def one_id(base: Base) -> bytes:
    """50,000 records that contradict each other under one id."""
    rows = base.rows([base.record(1)])
    place = base.columns.index(base.text)
    line = base.written([[*rows[-1][:place], "MARK", *rows[-1][place + 1 :]]]).decode()
    return base.table([]) + "".join(line.replace("MARK", f"place {n}") for n in range(50_000)).encode()


def many_columns(base: Base) -> bytes:
    """As many columns as are let in, and none of them known but the feed's own."""
    more = [f"c{n}" for n in range(4900)]
    rows = base.rows(base.records(50))
    return base.written([[*rows[0], *more], *([*row, *["v"] * len(more)] for row in rows[1:])])


def lying_size(base: Base) -> bytes:
    """A zip whose directory says that its member is small, and packed large."""
    content = bytearray(zipped(("a.csv", base.table() + b"\n" * 300 * MEBIBYTE)))
    directory = content.index(b"PK\x01\x02")
    struct.pack_into("<I", content, directory + 20, 0x7FFFFFFF)
    return bytes(content)


def shared_text(text_bytes: int, cells: int) -> Callable[[Base], bytes]:
    """A workbook of few bytes: a sound table, in which each record refers to one and the same long text."""

    def make(base: Base) -> bytes:
        at = base.columns.index(base.text)
        rows = [
            [SHARED if place == at and row else value for place, value in enumerate(values)]
            for row, values in enumerate(base.rows(base.records(cells)))
        ]
        return by_hand(as_xml(rows), **{"xl/sharedStrings.xml": shared_strings("abcd " * (text_bytes // 5))})

    return make


def once(text: str, count: int) -> Any:
    """A text that many rows refer to."""
    return pa.DictionaryArray.from_arrays(pa.array([0] * count, pa.int32()), [text])


def repeated_value(text_bytes: int, rows: int, encoding: str | None = None) -> Callable[[Base], bytes]:
    """A Parquet file of few bytes: one long text, or many that share their beginning, and rows that refer to it."""

    def make(base: Base) -> bytes:
        text = "abcd " * (text_bytes // 5)
        notes = [f"{text}{number}" for number in range(rows)] if encoding else once(text, rows)
        table = pa.table({"Ref": [f"r{n}" for n in range(rows)], "Day": ["2022-03-01"] * rows, "Note": notes})
        buffer = io.BytesIO()
        options: dict[str, Any] = {"use_dictionary": False, "column_encoding": encoding} if encoding else {}
        pq.write_table(table, buffer, compression="zstd", **options)
        del base
        return buffer.getvalue()

    return make


def list_of_one_value(base: Base) -> bytes:
    """One row with a list that names one long text a thousand times."""
    del base
    notes = pa.ListArray.from_arrays([0, 1000], once("abcd " * 200_000, 1000))
    buffer = io.BytesIO()
    pq.write_table(pa.table({"Ref": ["r1"], "Day": ["2022-03-01"], "Note": notes}), buffer)
    return buffer.getvalue()


WORST: list[tuple[str, Callable[[Base], bytes], str]] = [
    ("gzip_of_600_mb_of_nothing", lambda _: compressed_zeros(600), "refused"),
    ("zip_with_a_lying_size", lying_size, "refused"),
    ("zip_of_60000_members", lambda _: zipped(*((f"{n}", b"") for n in range(60_000))), "refused"),
    ("million_quotes", lambda base: base.table() + b'"' * 20_000_001, "refused"),
    ("one_line_of_100_mb", lambda _: b"a," * 50_000_000, "refused"),
    ("sixty_mb_in_six_fields", long_fields, "landed"),
    ("columns_to_the_bound", many_columns, "landed"),
    ("everything_in_quarantine", all_broken, "held"),
    ("ragged", ragged, "held"),
    ("one_id", one_id, "held"),
]

GROWING = [
    ("workbook_of_one_shared_text", BASE, shared_text(400_000, 1000), "refused"),
    ("workbook_of_one_shared_text_to_the_bound", BASE, shared_text(30_000, 500), "landed"),
    ("parquet_of_one_value", FILES, repeated_value(400_000, 1000), "refused"),
    ("parquet_of_one_value_to_the_bound", FILES, repeated_value(30_000, 500), "landed"),
    ("parquet_of_values_that_begin_alike", FILES, repeated_value(400_000, 1000, "DELTA_BYTE_ARRAY"), "refused"),
    ("parquet_with_a_list_of_one_value", FILES, list_of_one_value, "refused"),
]
"""Small files that say much by saying it once."""


@pytest.mark.slow
@pytest.mark.parametrize(("base", "make", "status"), [case[1:] for case in GROWING], ids=[case[0] for case in GROWING])
def test_what_stands_once_and_is_referred_to_often_is_bounded(
    tmp_path: Path, base: Base, make: Callable[[Base], bytes], status: str
):
    content = make(base)
    is_small = len(content) < 600_000
    name = f"{Path(base.file_name).stem}.{'parquet' if base is FILES else 'xlsx'}"
    mapping = {f"{name}.mapping.yaml": MAPPING.encode()} if base is FILES else {}
    facts = one_night(tmp_path, base, {name: content, **mapping}, 128 * MEBIBYTE)
    (record,) = facts["records"]
    assert is_small
    assert record["status"] == status, record["refusal"]
    assert is_conserved(record)
    assert facts["peak"] < SMALL_MEMORY, f"{facts['peak'] / MEBIBYTE:,.0f} MiB"


@pytest.mark.slow
@pytest.mark.parametrize(("make", "status"), [(make, status) for _, make, status in WORST], ids=[w[0] for w in WORST])
def test_worst_payloads_stay_within_memory_and_disk(tmp_path: Path, make: Callable[[Base], bytes], status: str):
    content = BASE.pack(make(BASE))
    facts = one_night(tmp_path, BASE, {BASE.file_name: content}, max(len(content), 128 * MEBIBYTE))
    (record,) = facts["records"]
    assert record["status"] == status, record["refusal"]
    assert is_conserved(record)
    assert facts["peak"] < MEMORY, f"{facts['peak'] / MEBIBYTE:,.0f} MiB"
    # Raw keeps the payload once; all else that is written is no larger than what was read.
    written = sum(path.stat().st_size for path in (tmp_path / "data").rglob("*") if path.is_file())
    assert written < 2 * len(content) + 64 * MEBIBYTE
