"""Files of a release: copied and shared only when intact, swept after a crash, one publisher at a time."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.release import ReleaseError, files

CONTENT = b"rows"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    path.write_bytes(CONTENT)
    return path


def test_an_intact_file_is_copied(source: Path, tmp_path: Path):
    assert files.copy_if_intact(source, tmp_path / "copy", SHA256)
    assert (tmp_path / "copy").read_bytes() == CONTENT
    assert not (tmp_path / "copy").samefile(source)


def test_a_damaged_file_is_not_copied(source: Path, tmp_path: Path):
    source.write_bytes(b"rot")
    assert not files.copy_if_intact(source, tmp_path / "copy", SHA256)
    assert not (tmp_path / "copy").exists()


def test_a_missing_file_is_not_copied(tmp_path: Path):
    assert not files.copy_if_intact(tmp_path / "nowhere", tmp_path / "copy", SHA256)


def test_an_intact_file_is_shared_and_not_copied(source: Path, tmp_path: Path):
    target = tmp_path / "below" / "shared"
    assert files.share_if_intact(source, target, SHA256)
    assert target.samefile(source)


def test_a_damaged_file_is_not_shared(source: Path, tmp_path: Path):
    assert not files.share_if_intact(source, tmp_path / "shared", "0" * 64)
    assert not (tmp_path / "shared").exists()


def test_a_file_is_copied_where_links_cannot_be_made(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def no_links(self: Path, target: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", no_links)
    files.replace_with_link(source, tmp_path / "target")
    assert (tmp_path / "target").read_bytes() == CONTENT
    assert not (tmp_path / "target").samefile(source)


def test_replacing_a_link_by_itself_leaves_nothing_behind(source: Path, tmp_path: Path):
    for _ in range(2):
        files.replace_with_link(source, tmp_path / "target")
    assert {path.name for path in tmp_path.iterdir()} == {"source", "target"}


def test_sealed_files_are_read_only(source: Path):
    assert files.seal(source) == SHA256
    assert source.stat().st_mode & 0o777 == 0o444


def test_sweep_removes_what_a_crash_left_and_nothing_else(tmp_path: Path):
    (tmp_path / ".building-1" / "parquet").mkdir(parents=True)
    (tmp_path / ".removing-2").mkdir()
    (tmp_path / ".removing-warehouse.duckdb").write_bytes(b"")
    (tmp_path / "20230101T000000000000Z-abc").mkdir()
    (tmp_path / "notes.txt").write_bytes(b"")
    files.sweep(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"20230101T000000000000Z-abc", "notes.txt"}


def test_a_second_publisher_is_told_to_wait(tmp_path: Path):
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import pathlib, sys\n"
            "from orchestration.release import files\n"
            "with files.only_publisher(pathlib.Path(sys.argv[1])):\n"
            "    print('holding', flush=True)\n"
            "    sys.stdin.read()\n",
            str(tmp_path),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout
        assert holder.stdout.readline() == "holding\n"
        with pytest.raises(ReleaseError, match="another process is publishing here"), files.only_publisher(tmp_path):
            pass
    finally:
        holder.kill()
        holder.wait()
    with files.only_publisher(tmp_path):
        """The system gave the right back when the other died."""
