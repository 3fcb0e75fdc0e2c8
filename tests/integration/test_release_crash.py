"""A crash at any step of a publication leaves the last release to readers, and the next run in good order."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from orchestration.release import current_release, database, files, list_releases, parquet, publish, publishing
from tests.builds import change, make_build, passed, rows

STEPS: dict[str, tuple[ModuleType | type, str]] = {
    "digesting": (publishing, "read_content"),
    "copying the database": (database, "copy_if_intact"),
    "changing the database": (database, "_write_identity"),
    "writing the database": (publishing, "write_database"),
    "sharing Parquet": (parquet, "share_if_intact"),
    "writing Parquet": (publishing, "write_parquet"),
    "writing documents": (publishing, "write_documents"),
    "sealing": (files, "seal"),
    "waiting for the disk": (files, "sync_folders"),
    "naming the release": (Path, "rename"),
    "switching": (files, "replace_with_link"),
    "linking": (files, "link_or_copy"),
    "replacing": (Path, "replace"),
    "pruning": (publishing, "_prune"),
    "removing": (files, "remove_folder"),
}

KILLED = 17
"""The exit code of a process that dies on the spot: no handler, no clean-up, no closing of files."""

KILLED_PUBLISHER = """
import os, sys
from pathlib import Path
from orchestration.release import files, publish
from tests.builds import passed

folder, calls_left = Path(sys.argv[1]), int(sys.argv[2])
sync = files.sync

def sync_or_die(path):
    global calls_left
    calls_left -= 1
    if calls_left < 0:
        os._exit(17)
    sync(path)

files.sync = sync_or_die
publish(folder / "warehouse.duckdb", folder / "published", audit=passed(folder), code_version="1")
"""


class PowerCutError(Exception):
    """What a test raises in the middle of things."""


def headline(published: Path) -> str:
    """What readers read."""
    ((text,),) = rows(published / "warehouse.duckdb", "select headline from fct_reports where source_event_id = '5'")
    return str(text)


def revise(build: Path, text: str) -> None:
    change(build, f"update marts.fct_reports set headline = '{text}' where source_event_id = '5'")


def assert_complete(published: Path) -> None:
    """Every folder that bears a release's name is a whole release."""
    for release in list_releases(published):
        for file in release.manifest.files:
            assert files.file_sha256(release.path / file.path) == file.sha256


def assert_tidy(published: Path) -> None:
    """Nothing half done lies around."""
    assert {path.name for path in published.iterdir()} == {".lock", "releases", "warehouse.duckdb"}
    names = {path.name for path in (published / "releases").iterdir()}
    assert names == {release.release_id for release in list_releases(published)}


@pytest.fixture
def build(tmp_path: Path) -> Path:
    return make_build(tmp_path / "warehouse.duckdb")


@pytest.fixture
def night(tmp_path: Path, build: Path) -> Callable[[str], None]:
    """Publish what this text changes, keeping two releases."""

    def run(text: str) -> None:
        revise(build, text)
        publish(build, tmp_path / "published", audit=passed(tmp_path), code_version="1", keep_releases=2)

    return run


@pytest.mark.parametrize("step", STEPS)
def test_a_failure_at_any_step_leaves_a_whole_release(
    step: str, tmp_path: Path, night: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
):
    published = tmp_path / "published"
    night("first")
    night("second")

    def cut(*arguments: object, **options: object) -> None:
        raise PowerCutError(step)

    with monkeypatch.context() as patch:
        owner, name = STEPS[step]
        patch.setattr(owner, name, cut)
        with pytest.raises(PowerCutError):
            night("third")
    is_switched = step in ("pruning", "removing")
    assert headline(published) == ("third" if is_switched else "second")
    assert_complete(published)

    night("fourth")
    assert headline(published) == "fourth"
    assert len(list_releases(published)) == 2
    assert_complete(published)
    assert_tidy(published)


def test_a_release_that_was_never_switched_to_is_switched_to_and_not_built_again(
    tmp_path: Path, build: Path, night: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
):
    published = tmp_path / "published"
    night("first")

    def cut(*arguments: object) -> None:
        raise PowerCutError

    with monkeypatch.context() as patch:
        patch.setattr(files, "replace_with_link", cut)
        with pytest.raises(PowerCutError):
            night("second")
    waiting = list_releases(published)[-1]
    release = publish(build, published, audit=passed(tmp_path), code_version="1")
    assert release.release_id == waiting.release_id
    assert not release.is_unchanged
    assert headline(published) == "second"


def test_a_published_file_that_was_lost_comes_back(tmp_path: Path, build: Path, night: Callable[[str], None]):
    published = tmp_path / "published"
    night("first")
    (published / "warehouse.duckdb").unlink()
    assert current_release(published) is None
    release = publish(build, published, audit=passed(tmp_path), code_version="1")
    assert not release.is_unchanged
    assert headline(published) == "first"
    assert len(list_releases(published)) == 1


@pytest.mark.parametrize("calls", [0, 2, 12, 25, 40])
def test_a_killed_process_leaves_a_whole_release(calls: int, tmp_path: Path, build: Path, night: Callable[[str], None]):
    """Killed for good, after this many files or folders went to the disk."""
    published = tmp_path / "published"
    night("first")
    change(build, "update marts.fct_reports set headline = 'second'")
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_PUBLISHER, str(tmp_path), str(calls)], check=False, capture_output=True, text=True
    )
    assert killed.returncode in (0, KILLED), killed.stderr
    # Which of both, depends on whether the switch had been made.
    assert headline(published) in (("first", "second") if killed.returncode else ("second",))
    assert_complete(published)

    night("third")
    assert headline(published) == "third"
    assert_tidy(published)


def test_a_publisher_can_be_killed_early_and_late(tmp_path: Path, build: Path):
    """The numbers of the test above reach from the first file to beyond the last."""
    codes = [
        subprocess.run([sys.executable, "-c", KILLED_PUBLISHER, str(tmp_path), str(calls)], check=False).returncode
        for calls in (0, 10_000)
    ]
    assert codes == [KILLED, 0]
