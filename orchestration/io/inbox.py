"""Folders into which people drop files: what waits there, and where it goes. What the files hold is read elsewhere."""

import time
from collections.abc import Sequence
from pathlib import Path

from orchestration.errors import RefusedError
from orchestration.io.archive import kept_name
from orchestration.io.atomic import write_text
from orchestration.io.payload import printable

REFUSED = ".refused"


def waiting(folder: Path) -> list[Path]:
    """The files and links in a folder, by name; hidden ones are still being written. The folder is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    entries = (path for path in folder.iterdir() if path.is_symlink() or path.is_file())
    return sorted(path for path in entries if not path.name.startswith("."))


def still_arriving(paths: Sequence[Path], settle_seconds: int) -> str | None:
    """What to say of files that belong together and of which one may still be written; None where all are at rest.

    A file is at rest when nobody has written to it for so many seconds. Whoever writes with longer pauses must write
    elsewhere and move the file into the inbox. A time that lies far ahead is a wrong clock's, and says nothing.
    """
    now = time.time()
    for path in paths:
        age = now - path.lstat().st_mtime
        if not path.is_symlink() and abs(age) < settle_seconds:
            return (
                f"{printable(path.name)} is left in the inbox until the next run: it was written to {abs(age):.0f} "
                f"seconds ago, and may not be whole before it has been at rest for {settle_seconds}"
            )
    return None


def refused_link(path: Path) -> RefusedError:
    """Whoever may write to the inbox must not get to read, through the warehouse, what only the warehouse may read."""
    return RefusedError(
        source=printable(path.name),
        problem="it is a link, not a file",
        rule="files in the inbox, not links to other places",
        way_out="copy the file itself into the inbox, or `incidents add` it",
        place="the inbox",
    )


def settle(path: Path, *, is_kept: bool, reason: str) -> None:
    """A file that is archived leaves the inbox; a refused one is put aside with the reason beside it."""
    if is_kept:
        path.unlink(missing_ok=True)
        return
    aside = path.parent / REFUSED
    aside.mkdir(exist_ok=True)
    name = kept_name(path.name, 0)
    taken = sum(1 for other in aside.iterdir() if other.name.endswith(f"{name}.why.txt"))
    name = f"{taken + 1}-{name}" if taken else name
    path.rename(aside / name)
    write_text(aside / f"{name}.why.txt", reason + "\n")
