"""The worst of the corpus in a process of its own: memory and disk stay within what docs/operations.md promises."""

import json
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration.io.lake import is_conserved
from orchestration.settings import PROJECT_ROOT
from tests.corpus.archives import zipped
from tests.corpus.bases import BASES, Base

MEBIBYTE = 1024**2
MEMORY = 1024 * MEBIBYTE
"""The promise: a payload, whatever it holds, is landed in less."""
BASE = BASES[0]


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


@pytest.mark.slow
@pytest.mark.parametrize(("make", "status"), [(make, status) for _, make, status in WORST], ids=[w[0] for w in WORST])
def test_worst_payloads_stay_within_memory_and_disk(tmp_path: Path, make: Callable[[Base], bytes], status: str):
    content = BASE.pack(make(BASE))
    inbox = tmp_path / "data" / "inbox" / BASE.feed.name
    inbox.mkdir(parents=True)
    (inbox / BASE.file_name).write_bytes(content)
    largest_file = max(len(content), 128 * MEBIBYTE)
    done = subprocess.run(
        [sys.executable, "-m", "tests.corpus.one_night", BASE.feed.name, str(tmp_path / "data"), str(largest_file)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd=PROJECT_ROOT,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    facts = json.loads(done.stdout)
    assert facts["problems"] == []
    (record,) = facts["records"]
    assert record["status"] == status, record["refusal"]
    assert is_conserved(record)
    assert facts["peak"] < MEMORY, f"{facts['peak'] / MEBIBYTE:,.0f} MiB"
    # Raw keeps the payload once; all else that is written is no larger than what was read.
    written = sum(path.stat().st_size for path in (tmp_path / "data").rglob("*") if path.is_file())
    assert written < 2 * len(content) + 64 * MEBIBYTE
