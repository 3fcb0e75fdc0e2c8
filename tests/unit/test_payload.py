"""Payload files: told by content, within bounds, refused with a message that helps."""

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from orchestration.errors import RefusedError
from orchestration.io.payload import Bounds, is_clutter, opened
from tests.ucdp_rows import record, release_csv, saved, zipped

BOUNDS = Bounds(max_bytes=50 * 1024**2, max_ratio=200)
TABLE = release_csv([record()])


def read(path: Path, bounds: Bounds = BOUNDS) -> bytes:
    with opened(path, bounds) as (_, stream):
        parts = []
        while part := stream.read(1024 * 1024):
            parts.append(part)
    return b"".join(parts)


@pytest.mark.parametrize("name", ["a.csv", "a.zip", "a.gz", "a"])
@pytest.mark.parametrize("pack", [lambda data: data, gzip.compress, lambda data: zipped(data, "a.csv")])
def test_content_decides_and_not_the_name(tmp_path: Path, name: str, pack):
    assert read(saved(tmp_path, name, pack(TABLE))) == TABLE


def test_clutter_in_a_zip_is_passed_over(tmp_path: Path):
    content = zipped(TABLE, "a.csv", **{"__MACOSX/._a.csv": b"x", "folder/": b"", "._a.csv": b"y"})
    assert read(saved(tmp_path, "a.zip", content)) == TABLE


def test_a_member_without_a_name_is_clutter():
    assert is_clutter(zipfile.ZipInfo(""))


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "the file is empty"),
        (b"\n\n", "the file is empty"),
        (b"<!DOCTYPE html><html>login</html>", "web page"),
        (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer"),
        ("id,year\n".encode("utf-16"), "UTF-16"),
        (b"id\x00,year\n", "binary"),
        (zipped(TABLE, "../a.csv"), "outside"),
        (zipped(TABLE, "/etc/a.csv"), "outside"),
        (zipped(zipped(TABLE, "a.csv"), "a.zip"), "archive itself"),
        (zipped(TABLE, "a.csv", **{"b.csv": TABLE}), "2 tables"),
        (b"PK\x05\x06" + bytes(18), "0 tables"),
        (zipped(TABLE, "a.csv")[:60], "broken"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes, problem: str):
    with pytest.raises(RefusedError, match=problem) as refused:
        read(saved(tmp_path, "a.zip", content))
    assert "Way out" in str(refused.value)


def test_cut_gzip_is_refused(tmp_path: Path):
    with pytest.raises(RefusedError, match="broken"):
        read(saved(tmp_path, "a.gz", gzip.compress(TABLE * 100)[:-20]))


def test_bomb_is_stopped_before_it_is_unpacked(tmp_path: Path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", b"a" * (40 * 1024**2))
    with pytest.raises(RefusedError, match="unpacks to more than"):
        read(saved(tmp_path, "a.zip", buffer.getvalue()))


def test_size_has_a_bound(tmp_path: Path):
    with pytest.raises(RefusedError, match="INCIDENTS_MAX_PAYLOAD_BYTES"):
        read(saved(tmp_path, "a.csv", TABLE), Bounds(max_bytes=100, max_ratio=200))
