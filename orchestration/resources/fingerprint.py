"""What a release follows from, as a few digests: a night on which none of them changes has nothing to build.

Two notes in the build folder say what stands. Both are gone from the moment a build begins until the step that they
speak of has ended well, so nothing that broke off is ever taken for done:

    built.json     what the build file follows from, once all of it is built
    release.json   the same for the release that readers have, and the files as they were when it went out

Nothing of the calendar is among it: no model and no expectation asks for the day, only the checks on landing do, and
those run every night. Files are told by name, size and time; where these change and the content does not, a night
builds once for nothing, and never the other way round.
"""

import hashlib
import os
import platform
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

import orchestration
import schemas
from orchestration.io.atomic import write_text
from orchestration.release.manifest import DATABASE, MANIFEST, releases_dir
from orchestration.resources.dbt import must_build_anew, project_digest
from orchestration.settings import Settings

READ_BY_DBT = ("batches", "landing", "quarantine", "withdrawals", "reference")
"""Folders of the lake whose files the models read."""

OUR_CODE = tuple(Path(str(package.__file__)).parent for package in (orchestration, schemas))
"""Landing, linking, audit and release are made by these modules, and by the tables and models that lie beside them."""

Fingerprint = dict[str, str]
"""A digest by what it is of."""


class _Built(BaseModel):
    model_config = ConfigDict(frozen=True)

    follows_from: Fingerprint


class _Released(_Built):
    release_id: str
    files: str


Note = TypeVar("Note", bound=BaseModel)


def fingerprint(settings: Settings) -> Fingerprint:
    """What a release follows from now.

    Taken before a build begins, because what arrives meanwhile may not be in it.
    """
    return {
        "lake": files_digest(settings.lake_dir, *READ_BY_DBT),
        "dbt project": project_digest(settings),
        "code": _code_digest(),
        "installed packages": digest(platform.python_version(), *_installed()),
        "settings": digest(settings.model_dump_json()),
    }


def files_digest(root: Path, *folders: str) -> str:
    """A digest of the names, sizes and times of all files below some folders; none of them is opened."""
    return digest(*sorted(line for folder in folders for line in _listed(root / folder, folder)))


def forget(settings: Settings) -> None:
    """A build begins: until it has ended and is released, nothing stands."""
    for note in (_built_note(settings), _released_note(settings)):
        note.unlink(missing_ok=True)


def note_built(settings: Settings, follows_from: Fingerprint) -> None:
    """All of the build file is built, from what stood when the build began."""
    write_text(_built_note(settings), _Built(follows_from=follows_from).model_dump_json())


def note_released(settings: Settings, release_id: str) -> None:
    """The build file is what readers have. Says nothing of a build file that is built in part."""
    built = _read(_built_note(settings), _Built)
    if built:
        files = _standing_files(settings, release_id)
        note = _Released(follows_from=built.follows_from, release_id=release_id, files=files)
        write_text(_released_note(settings), note.model_dump_json())


def standing_release(settings: Settings, now: Fingerprint) -> str | None:
    """The release that a build would make again; None where something changed, or the last one came to no good end."""
    noted = _read(_released_note(settings), _Released)
    if noted is None or noted.follows_from != now or must_build_anew(settings):
        return None
    return noted.release_id if noted.files == _standing_files(settings, noted.release_id) else None


def changed(settings: Settings, now: Fingerprint) -> list[str]:
    """What has changed since the release that was noted, in words; nothing where none is."""
    noted = _read(_released_note(settings), _Released)
    return [name for name in now if noted.follows_from.get(name) != now[name]] if noted else []


def _standing_files(settings: Settings, release_id: str) -> str:
    """The build file, the file that readers open, and the release that it belongs to, as they are now."""
    paths = [
        settings.build_file,
        settings.published_dir / DATABASE,
        releases_dir(settings.published_dir) / release_id / DATABASE,
        releases_dir(settings.published_dir) / release_id / MANIFEST,
    ]
    return digest(*(_stamp(path.stat()) if path.exists() else f"no {path.name}" for path in paths))


def _listed(folder: Path, name: str) -> Iterator[str]:
    if not folder.is_dir():
        return
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue  # is being written, or was left behind by a crash
            if entry.is_dir():
                yield from _listed(Path(entry.path), f"{name}/{entry.name}")
            else:
                yield f"{name}/{entry.name} {_stamp(entry.stat())}"


def _stamp(stat: os.stat_result) -> str:
    return f"{stat.st_size} {stat.st_mtime_ns}"


def _code_digest() -> str:
    files = (path for root in OUR_CODE for path in sorted(root.rglob("*")) if path.is_file())
    return digest(
        *(
            f"{path}\0{hashlib.sha256(path.read_bytes()).hexdigest()}"
            for path in files
            if "__pycache__" not in path.parts
        )
    )


def _installed() -> list[str]:
    """What is installed beside us: the folder of a distribution's metadata bears its version."""
    return sorted(path.name for path in Path(sysconfig.get_path("purelib")).glob("*.dist-info"))


def digest(*parts: str) -> str:
    """One digest of some texts in their order."""
    return hashlib.sha256("\0\0".join(parts).encode()).hexdigest()


def _read(path: Path, kind: type[Note]) -> Note | None:
    """A note, where there is one that can be read: one that cannot says nothing."""
    try:
        return kind.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def _built_note(settings: Settings) -> Path:
    return settings.build_dir / "built.json"


def _released_note(settings: Settings) -> Path:
    return settings.build_dir / "release.json"
