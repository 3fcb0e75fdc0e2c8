"""Files that survive a power cut, are never written twice, and are never half there. No table is known here."""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from orchestration.release.errors import ReleaseError

READ_ONLY = 0o444
WRITABLE = 0o644

BUILDING = ".building-"
"""A folder that is being built; a crash leaves it behind, the next run removes it."""

REMOVING = ".removing-"
"""A folder or file on its way out, so that a crash cannot leave half a release under its name."""

LOCK = ".lock"


@contextmanager
def only_publisher(published_dir: Path) -> Generator[None]:
    """Hold the right to publish; the system takes it back when the process dies.

    Raises:
        ReleaseError: if another process holds it.
    """
    published_dir.mkdir(parents=True, exist_ok=True)
    with (published_dir / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ReleaseError(
                f"{published_dir}: another process is publishing here. Way out: wait until it ends, then run again."
            ) from error
        yield


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def seal(path: Path) -> str:
    """Make a file read-only and durable; give its SHA-256."""
    path.chmod(READ_ONLY)
    digest = file_sha256(path)
    sync(path)
    return digest


def sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folders(folder: Path) -> None:
    """Wait until the names in a folder and in all folders below it are on the disk."""
    for directory in [folder, *(path for path in folder.rglob("*") if path.is_dir())]:
        sync(directory)


def copy_if_intact(source: Path, target: Path, sha256: str) -> bool:
    """Copy a file to be written on, if it is still what its digest says.

    Returns:
        Whether there is a copy.
    """
    if not source.is_file():
        return False
    with ThreadPoolExecutor(1) as pool:
        digest = pool.submit(file_sha256, source)
        shutil.copyfile(source, target)
        is_intact = digest.result() == sha256
    if not is_intact:
        target.unlink()
    return is_intact


def share_if_intact(source: Path, target: Path, sha256: str) -> bool:
    """Link to a file (copy it where links cannot be made), if it is still what its digest says.

    Returns:
        Whether it is shared.
    """
    if not source.is_file() or file_sha256(source) != sha256:
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    link_or_copy(source, target)
    return True


def link_or_copy(source: Path, target: Path) -> None:
    """Give a read-only file a second name; copy it where the file system has no links."""
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copyfile(source, target)
        seal(target)


def replace_with_link(source: Path, target: Path) -> None:
    """Let `target` be `source` from one moment to the next; who has the old file open keeps it."""
    incoming = target.with_name(f"{REMOVING}{target.name}")
    incoming.unlink(missing_ok=True)
    link_or_copy(source, incoming)
    incoming.replace(target)
    # When both names were links to one file already, `replace` has nothing to do and leaves this one.
    incoming.unlink(missing_ok=True)
    sync(target.parent)


def remove_folder(folder: Path) -> None:
    """Remove a folder that vanishes whole."""
    outgoing = folder.with_name(f"{REMOVING}{folder.name}")
    folder.rename(outgoing)
    sync(folder.parent)
    shutil.rmtree(outgoing)


def sweep(folder: Path) -> None:
    """Remove what a crash left behind."""
    for pattern in (f"{BUILDING}*", f"{REMOVING}*"):
        for leftover in folder.glob(pattern):
            if leftover.is_dir():
                shutil.rmtree(leftover)
            else:
                leftover.unlink()
