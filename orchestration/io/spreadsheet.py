"""Is it safe to open a workbook? An xlsx is a zip of XML, and the library that reads it trusts what it is told.

Here a workbook is told from other files, taken out of a zip around it, and held to its bounds: members, unpacked bytes,
cells and their texts. What a sheet costs is worked out in `sheet_cost`; reading it is `workbook`.
"""

import shutil
import tempfile
import zipfile
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import IO

from orchestration.errors import RefusedError
from orchestration.io.payload import (
    BOUNDED_FROM_BYTES,
    BROKEN,
    EMPTY_ZIP_MAGIC,
    ENCRYPTED,
    ZIP_MAGIC,
    Bounds,
    is_clutter,
    printable,
    problem_of_member,
    refuse_long_directory,
)
from orchestration.io.sheet_cost import exact_cost, quick_cost, shared_lengths

MAX_MEMBERS = 5000
"""Files inside a workbook; an honest one has a few dozen."""
MAX_UNPACKED_BYTES = 2 * 1024**3
"""All members together, whatever the bounds of a payload are: a workbook is read as a whole, not as a stream."""
OLE_MAGIC = b"\xd0\xcf\x11\xe0"
"""Begins an .xls of before 2007, and any workbook that is locked with a password."""
UNLOCKED = "a workbook (.xlsx) that is not locked"
BLOCK_BYTES = 4 * 1024**2
_WORKBOOK = "xl/workbook.xml"
SHARED_STRINGS = "xl/sharedstrings.xml"


@contextmanager
def workbook_in(path: Path, bounds: Bounds) -> Generator[tuple[str, Path] | None]:
    """The name and the path of the workbook that a file is, or that a zip holds alone; None where there is none.

    Raises:
        RefusedError: a workbook that is locked, of the old format, or too large to take out of its zip.
    """
    with path.open("rb") as file:
        magic = file.read(8)
    if magic.startswith(OLE_MAGIC):
        raise _refused(
            path.name,
            "it is a workbook of before 2007 (.xls), or one that is locked with a password",
            "save it as .xlsx without a password",
        )
    if not magic.startswith((ZIP_MAGIC, EMPTY_ZIP_MAGIC)):
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="workbook-") as folder:
        yield _found(path, Path(folder), bounds)


def _found(path: Path, folder: Path, bounds: Bounds) -> tuple[str, Path] | None:
    with path.open("rb") as file:
        refuse_long_directory(file, path.name, replace(bounds, max_members=max(bounds.max_members, MAX_MEMBERS)))
    try:
        with zipfile.ZipFile(path) as archive:
            if is_workbook(archive):
                return path.name, path
            inner = [member for member in archive.infolist() if not is_clutter(member)]
            if len(inner) != 1 or not inner[0].filename.lower().endswith((".xlsx", ".xlsm")):
                return None
            return f"{path.name}/{inner[0].filename}", _taken_out(archive, inner[0], folder, path.name, bounds)
    except BROKEN:
        return None  # whoever reads zips of tables says what is wrong with it


def is_workbook(archive: zipfile.ZipFile) -> bool:
    """Does a zip have the two members that make it a workbook?"""
    return {_WORKBOOK, "[Content_Types].xml"} <= set(archive.namelist())


def _taken_out(archive: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path, name: str, bounds: Bounds) -> Path:
    """Copy a workbook out of a zip, under a name of ours."""
    _refuse_unsafe(member, name)
    _refuse_large(member.file_size, member.compress_size, name, bounds)
    target = folder / "workbook.xlsx"
    with archive.open(member) as packed, target.open("wb") as unpacked:
        shutil.copyfileobj(packed, unpacked, BLOCK_BYTES)
    return target


@dataclass
class _Purse:
    """What the sheets of a workbook may still cost together."""

    name: str
    bounds: Bounds
    packed_bytes: int
    text_bytes: int = 0

    @property
    def most_text(self) -> int:
        """Bytes of text that cells may stand for."""
        in_proportion = max(self.packed_bytes * self.bounds.max_ratio, BOUNDED_FROM_BYTES)
        return min(self.bounds.max_text_bytes, in_proportion)

    def refuse_long_texts(self, text_bytes: int) -> None:
        """Refuse texts that nobody could hold once they are written out."""
        if text_bytes > self.most_text:
            raise _refused(
                self.name,
                f"the texts of its cells come to {text_bytes:,} bytes when each is written out",
                "save its table as CSV, or, if the file is honest, raise INCIDENTS_MAX_TEXT_BYTES or "
                "INCIDENTS_MAX_COMPRESSION_RATIO",
                rule=f"at most {self.most_text:,} bytes of text in its cells",
            )

    def pay(self, again: Callable[[], IO[bytes]], place: str, shared: Sequence[int]) -> None:
        """Take what a sheet costs, or refuse it; the exact look is taken only where the quick one does not do."""
        with again() as stream:
            cost = quick_cost(stream, shared)
        if not cost or cost.cells > self.bounds.max_cells or self.text_bytes + cost.text_bytes > self.most_text:
            with again() as stream:
                cost = exact_cost(stream, shared, place)
        if cost.cells > self.bounds.max_cells:
            raise _refused(
                place,
                f"its cells reach over {cost.rows:,} rows and {cost.columns:,} columns",
                "delete the cells far from the table, save the table as CSV, or raise INCIDENTS_MAX_CELLS",
                rule=f"at most {self.bounds.max_cells:,} cells between the first and the last one that is filled",
            )
        self.text_bytes += cost.text_bytes
        self.refuse_long_texts(self.text_bytes)


def measure(path: Path, name: str, bounds: Bounds) -> None:
    """Look through every member of a workbook, unpacking it in passing, before anything else opens it.

    Raises:
        RefusedError: too many members, bytes or cells, too long texts, a locked or a broken member.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _refuse_strange(members, name)
            packed = sum(member.compress_size for member in members)
            _refuse_large(sum(member.file_size for member in members), packed, name, bounds)
            purse = _Purse(name, bounds, packed)
            shared = _shared_lengths(archive, purse)
            for member in members:
                place = f"{name}, {printable(member.filename)}"
                if _is_xml(archive, member):
                    # A sheet may lie under any name. Reading it shows a size that is a lie: the checksum is wrong.
                    purse.pay(partial(archive.open, member), place, shared)
                else:
                    with archive.open(member) as stream:
                        while stream.read(BLOCK_BYTES):
                            pass
    except BROKEN as error:
        problem = f"the workbook is broken ({type(error).__name__}: {str(error)[:200]})"
        raise _refused(name, problem, "fetch the file again, or save it anew") from error


def _shared_lengths(archive: zipfile.ZipFile, purse: _Purse) -> list[int]:
    """Bytes of each shared string; none where the workbook has no such table."""
    for member in archive.infolist():
        if member.filename.replace("\\", "/").lower() == SHARED_STRINGS:
            with archive.open(member) as stream:
                return shared_lengths(stream, f"{purse.name}, {member.filename}", purse.refuse_long_texts)
    return []


def _is_xml(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bool:
    with archive.open(member) as stream:
        return stream.read(64).lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<")


def _refuse_strange(members: list[zipfile.ZipInfo], name: str) -> None:
    if len(members) > MAX_MEMBERS:
        raise _refused(name, f"it has {len(members):,} members, more than {MAX_MEMBERS:,}", "save it anew")
    names = [member.filename.lower() for member in members]
    if len(set(names)) < len(names):
        twice = next(each for each in names if names.count(each) > 1)
        raise _refused(name, f"its member {twice[:80]!r} stands there twice", "save it anew")
    for member in members:
        _refuse_unsafe(member, name)


def _refuse_unsafe(member: zipfile.ZipInfo, name: str) -> None:
    if problem := problem_of_member(member):
        way_out = "save it without a password" if member.flag_bits & ENCRYPTED else "save it anew"
        raise _refused(name, f"its member {printable(member.filename[:80])!r} {problem}", way_out)


def _refuse_large(unpacked: int, packed: int, name: str, bounds: Bounds) -> None:
    limit = min(bounds.max_bytes, MAX_UNPACKED_BYTES)
    if unpacked > limit:
        raise _refused(
            name,
            f"it unpacks to {unpacked:,} bytes",
            "save its table as CSV, which is read as a stream",
            rule=f"at most {limit:,} bytes of XML",
        )
    if unpacked > max(packed * bounds.max_ratio, BOUNDED_FROM_BYTES):
        raise _refused(
            name,
            f"it unpacks to {unpacked // max(packed, 1):,} times its size",
            "if the file is honest, raise INCIDENTS_MAX_COMPRESSION_RATIO, or save its table as CSV",
            rule=f"at most {bounds.max_ratio} times",
        )


def _refused(source: str, problem: str, way_out: str, rule: str = UNLOCKED) -> RefusedError:
    return RefusedError(source, problem, rule, way_out, "the workbook as a whole")
