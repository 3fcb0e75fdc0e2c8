"""Each parser under input that nobody thought of: it refuses by name or reads, and every record is accounted for."""

import gzip
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.errors import RefusedError
from orchestration.io.archive import archive
from orchestration.io.fetched import Fetched
from orchestration.io.lake import Lake, is_conserved
from orchestration.io.landing import land
from orchestration.io.payload import Bounds, opened
from tests.corpus.archives import zipped
from tests.corpus.bases import BASES, Base

BOUNDS = Bounds(max_bytes=10_000_000, max_ratio=200)
UCDP = [base for base in BASES if base.feed.name.startswith("ucdp")]
few = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])

cuts = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 30), st.binary(max_size=12)),
    min_size=1,
    max_size=5,
)
"""Where a file is changed, how many bytes go, and what comes instead."""


def changed(content: bytes, places: list[tuple[float, int, bytes]]) -> bytes:
    for at, length, instead in places:
        start = int(at * len(content))
        content = content[:start] + instead + content[start + length :]
    return content


def landed(folder: Path, base: Base, content: bytes, **options: Any) -> tuple[Lake, dict[str, Any]]:
    lake = Lake(folder / "lake")
    lake.prepare(base.feed.name, base.feed.contract)
    path = folder / base.file_name
    path.write_bytes(content)
    fetched = Fetched((path,), options.get("origin", "file"), path.name, edition=options.get("edition"))
    batch = archive(fetched, base.feed, lake).batch
    return lake, land(batch, base.feed, lake, BOUNDS)


def is_accounted_for(lake: Lake, record: dict[str, Any]) -> None:
    """Every record read has a place, and each place holds as many as the batch record says."""
    assert is_conserved(record)
    if record["status"] == "refused":
        assert "Way out" in record["refusal"]
        return
    numbers: list[int] = []
    for folder in (lake.landing, lake.quarantine):
        for part in folder(record["feed"], record["batch_id"]).glob("*.parquet"):
            numbers += pl.read_parquet(part).get_column("_record_number").to_list()
    assert len(numbers) == len(set(numbers)) == record["records_landed"] + record["records_quarantined"]
    assert all(1 <= number <= record["records_read"] for number in numbers)


@pytest.mark.parametrize("base", BASES, ids=lambda base: base.feed.name)
@few
@given(places=cuts)
def test_changed_table_is_accounted_for(tmp_path_factory: pytest.TempPathFactory, base: Base, places):
    folder = tmp_path_factory.mktemp("fuzz")
    is_accounted_for(*landed(folder, base, base.pack(changed(base.table(), places))))


@pytest.mark.parametrize("base", BASES[:1], ids=lambda base: base.feed.name)
@pytest.mark.parametrize("pack", [gzip.compress, lambda table: zipped(("a.csv", table))], ids=["gzip", "zip"])
@few
@given(places=cuts)
def test_changed_archive_is_accounted_for(tmp_path_factory: pytest.TempPathFactory, base: Base, pack, places):
    folder = tmp_path_factory.mktemp("fuzz")
    is_accounted_for(*landed(folder, base, changed(pack(base.table()), places)))


@given(
    start=st.sampled_from([b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b\x08\x00", b"\xef\xbb\xbf", b"<html", b"BZh", b""]),
    rest=st.binary(max_size=300),
)
def test_any_payload_is_opened_or_refused(tmp_path_factory: pytest.TempPathFactory, start: bytes, rest: bytes):
    path = tmp_path_factory.mktemp("fuzz") / "a.csv"
    path.write_bytes(start + rest)
    try:
        with opened(path, BOUNDS) as (_, stream):
            while stream.read(64):
                pass
    except RefusedError as refused:
        assert refused.place
        assert str(refused).startswith("a.csv")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.parametrize("base", UCDP[:1], ids=lambda base: base.feed.name)
@few
@given(
    records=st.lists(
        st.dictionaries(st.sampled_from(["id", "ID", "best", "best_est", "date_start", "x"]), json_values, max_size=4)
        | json_values,
        max_size=6,
    ),
    tail=st.binary(max_size=2),
)
def test_any_page_is_accounted_for(
    tmp_path_factory: pytest.TempPathFactory, base: Base, records: list[Any], tail: bytes
):
    sound = base.records(2)
    page = json.dumps({"TotalCount": 1, "Result": [*sound, *records]}).encode() + tail
    folder = tmp_path_factory.mktemp("fuzz")
    lake, record = landed(folder, base, page, origin="api", edition="23.1")
    is_accounted_for(lake, record)
    if record["status"] != "refused":
        assert record["records_read"] == len(sound) + len(records)


@pytest.mark.parametrize("base", UCDP[:1], ids=lambda base: base.feed.name)
@pytest.mark.parametrize(
    "page", [b"[" * 100_000, b'{"Result": ' + b"[" * 100_000, b'{"Result": null}', b'{"Result": [1]}', b"{}", b"\xff"]
)
def test_page_that_is_none_is_refused(tmp_path: Path, base: Base, page: bytes):
    lake, record = landed(tmp_path, base, page, origin="api", edition="23.1")
    assert record["status"] == "refused"
    is_accounted_for(lake, record)
