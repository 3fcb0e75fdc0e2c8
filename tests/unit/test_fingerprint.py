"""A night builds unless everything is as it was when the release that stands went out: each thing for itself."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration.resources import fingerprint as module
from orchestration.resources.dbt import finish_building, project_digest, rows_follow_from, start_building
from orchestration.resources.fingerprint import (
    READ_BY_DBT,
    changed,
    fingerprint,
    forget,
    note_built,
    note_released,
    standing_release,
)
from orchestration.settings import Settings

RELEASE = "20260301T020000000000Z-0123456789ab"


def written(path: Path, text: str = "content") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A lake, a build that ended, and the release that it became."""
    made = Settings(data_dir=tmp_path)
    for folder in READ_BY_DBT:
        written(made.lake_dir / folder / "feed" / "batch_id=1" / "part-00000.parquet")
    written(made.build_file)
    finish_building(made, rows_follow_from(made))
    released = written(made.published_dir / "releases" / RELEASE / "warehouse.duckdb")
    written(released.with_name("manifest.json"))
    os.link(released, made.published_dir / "warehouse.duckdb")
    note_built(made, fingerprint(made))
    note_released(made, RELEASE)
    return made


def stands(settings: Settings) -> bool:
    return standing_release(settings, fingerprint(settings)) is not None


def test_a_release_stands_while_nothing_changes(settings: Settings):
    assert standing_release(settings, fingerprint(settings)) == RELEASE
    assert changed(settings, fingerprint(settings)) == []


@pytest.mark.parametrize("folder", READ_BY_DBT)
def test_files_that_dbt_reads_are_told_apart(settings: Settings, folder: str):
    batch = settings.lake_dir / folder / "feed" / "batch_id=1"
    written(batch / ".part-00001.parquet.being-written")
    assert stands(settings)
    second = written(batch / "part-00001.parquet")
    assert changed(settings, fingerprint(settings)) == ["lake"]
    assert not stands(settings)
    second.unlink()
    assert stands(settings)
    first = batch / "part-00000.parquet"
    earlier = first.stat()
    written(first, "CONTENT")  # as large as before: written again, as when a batch is landed again
    os.utime(first, ns=(earlier.st_atime_ns, earlier.st_mtime_ns + 1))
    assert not stands(settings)
    os.utime(first, ns=(earlier.st_atime_ns, earlier.st_mtime_ns))
    assert stands(settings)
    written(first, "longer than before")
    os.utime(first, ns=(earlier.st_atime_ns, earlier.st_mtime_ns))
    assert not stands(settings)


def test_raw_payloads_alone_change_nothing(settings: Settings):
    written(settings.lake_dir / "raw" / "feed" / "2" / "manifest.json")
    assert stands(settings)


def test_another_dbt_project_is_built(settings: Settings, tmp_path: Path):
    model = written(tmp_path / "project" / "models" / "fct_reports.sql", "select 1")
    settings = settings.model_copy(update={"dbt_project_dir": model.parent.parent})
    before, rows = project_digest(settings), rows_follow_from(settings)
    finish_building(settings, rows_follow_from(settings))
    note_built(settings, fingerprint(settings))
    note_released(settings, RELEASE)
    assert stands(settings)
    written(settings.dbt_project_dir / "seeds" / "overrides.csv")
    assert project_digest(settings) != before
    assert changed(settings, fingerprint(settings)) == ["dbt project"]
    assert not stands(settings)
    assert rows_follow_from(settings) == rows  # the models find out by themselves which reports it names
    written(settings.dbt_project_dir / "seeds" / "actors.csv")
    assert rows_follow_from(settings) != rows


def test_other_code_is_built(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    code = written(tmp_path / "code" / "expectations.py", "BOUND = 1")
    monkeypatch.setattr(module, "OUR_CODE", (code.parent,))
    note_built(settings, fingerprint(settings))
    note_released(settings, RELEASE)
    assert stands(settings)
    written(code, "BOUND = 2")
    assert changed(settings, fingerprint(settings)) == ["code"]
    assert not stands(settings)


def test_another_version_of_a_package_is_built(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(module.sysconfig, "get_path", lambda _: str(tmp_path))
    (tmp_path / "duckdb-2.0.0.dist-info").mkdir()
    note_built(settings, fingerprint(settings))
    note_released(settings, RELEASE)
    assert stands(settings)
    (tmp_path / "duckdb-2.0.0.dist-info").rename(tmp_path / "duckdb-2.0.1.dist-info")
    assert changed(settings, fingerprint(settings)) == ["installed packages"]
    assert not stands(settings)


@pytest.mark.parametrize(
    "other",
    [{"synthetic": "include"}, {"counted_id_space": "acled"}, {"may_publish": ("acled",)}, {"keep_releases": 1}],
)
def test_other_settings_are_built(settings: Settings, other: dict[str, object]):
    changed_settings = settings.model_copy(update=other)
    assert changed(changed_settings, fingerprint(changed_settings)) == ["settings"]
    assert not stands(changed_settings)


def _published_by_hand(settings: Settings) -> None:
    (settings.published_dir / "warehouse.duckdb").unlink()
    written(settings.published_dir / "warehouse.duckdb", "another release")


MISHAPS: dict[str, Callable[[Settings], None]] = {
    "a build began and did not end": forget,
    "the rows were landed again": start_building,
    "there is no build file": lambda settings: settings.build_file.unlink(),
    "the build file was written to": lambda settings: os.utime(settings.build_file, (0, 0)),
    "readers have no file": lambda settings: (settings.published_dir / "warehouse.duckdb").unlink(),
    "readers have another file": _published_by_hand,
    "the release is gone": lambda settings: (settings.published_dir / "releases" / RELEASE / "manifest.json").unlink(),
    "the note is cut off": lambda settings: os.truncate(settings.build_dir / "release.json", 40),
}


@pytest.mark.parametrize("mishap", MISHAPS)
def test_what_came_to_no_good_end_is_built_again(settings: Settings, mishap: str):
    MISHAPS[mishap](settings)
    assert not stands(settings)


def test_a_build_that_was_not_released_does_not_stand(settings: Settings):
    forget(settings)
    note_built(settings, fingerprint(settings))
    assert not stands(settings)


def test_a_release_of_a_build_in_part_does_not_stand(settings: Settings):
    forget(settings)
    note_released(settings, RELEASE)
    assert not stands(settings)


def test_what_arrives_during_a_build_is_built_next(settings: Settings):
    forget(settings)
    began_with = fingerprint(settings)
    written(settings.lake_dir / "landing" / "feed" / "batch_id=2" / "part-00000.parquet")
    note_built(settings, began_with)
    note_released(settings, RELEASE)
    assert not stands(settings)
