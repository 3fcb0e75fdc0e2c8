"""Is it safe to open a workbook? An xlsx is a zip of XML, and the library that reads it trusts what it is told.

Here a workbook is told from other files, taken out of a zip around it, and measured: members, unpacked bytes, and the
cells between its first and its last one, because the reader makes room for all of them. Reading it is `workbook`.
"""

import lzma
import re
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO
from xml.parsers import expat

from orchestration.errors import RefusedError
from orchestration.io.payload import BOUNDED_FROM_BYTES, EMPTY_ZIP_MAGIC, ZIP_MAGIC, Bounds, refuse_long_directory

MAX_MEMBERS = 5000
"""Files inside a workbook; an honest one has a few dozen."""
MAX_UNPACKED_BYTES = 2 * 1024**3
"""All members together, whatever the bounds of a payload are: a workbook is read as a whole, not as a stream."""
OLE_MAGIC = b"\xd0\xcf\x11\xe0"
"""Begins an .xls of before 2007, and any workbook that is locked with a password."""

BROKEN_ZIP = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError),
    *(OSError, EOFError, NotImplementedError, RuntimeError, ValueError),
)
"""What reading a zip raises where it is broken, or packed or locked in a way that Python does not know."""
UNLOCKED = "a workbook (.xlsx) that is not locked"
BLOCK_BYTES = 4 * 1024**2
_WORKBOOK = "xl/workbook.xml"
_ANY_CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")
_PLAIN_CELL = re.compile(rb'<c r="([A-Z]{1,3})(\d{1,7})"')
_REFERENCE = re.compile(r"([A-Za-z]+)(\d+)")
_SEAM = 64
"""Bytes of a block that are looked at again with the next one, so that no tag falls between two."""


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
            inner = [member for member in archive.infolist() if _is_data(member)]
            if len(inner) != 1 or not inner[0].filename.lower().endswith((".xlsx", ".xlsm")):
                return None
            return f"{path.name}/{inner[0].filename}", _taken_out(archive, inner[0], folder, path.name, bounds)
    except BROKEN_ZIP:
        return None  # whoever reads zips of tables says what is wrong with it


def is_workbook(archive: zipfile.ZipFile) -> bool:
    """Does a zip have the two members that make it a workbook?"""
    return {_WORKBOOK, "[Content_Types].xml"} <= set(archive.namelist())


def _is_data(member: zipfile.ZipInfo) -> bool:
    parts = Path(member.filename).parts
    return not member.is_dir() and bool(parts) and "__MACOSX" not in parts and not parts[-1].startswith("._")


def _taken_out(archive: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path, name: str, bounds: Bounds) -> Path:
    """Copy a workbook out of a zip, under a name of ours."""
    _refuse_locked(member, name)
    _refuse_large(member.file_size, member.compress_size, name, bounds)
    target = folder / "workbook.xlsx"
    with archive.open(member) as packed, target.open("wb") as unpacked:
        shutil.copyfileobj(packed, unpacked, BLOCK_BYTES)
    return target


def measure(path: Path, name: str, bounds: Bounds) -> None:
    """Look through every member of a workbook, unpacking it in passing, before anything else opens it.

    Raises:
        RefusedError: too many members, too many bytes, too many cells, a locked or a broken member.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _refuse_strange(members, name)
            packed = sum(member.compress_size for member in members)
            _refuse_large(sum(member.file_size for member in members), packed, name, bounds)
            for member in members:
                with archive.open(member) as stream:
                    if "worksheets/" in member.filename and member.filename.endswith(".xml"):
                        _refuse_wide(stream, lambda: archive.open(member), f"{name}, {member.filename}", bounds)  # noqa: B023
                    else:
                        while stream.read(BLOCK_BYTES):  # a size that is a lie shows when the checksum is wrong
                            pass
    except BROKEN_ZIP as error:
        problem = f"the workbook is broken ({type(error).__name__}: {str(error)[:200]})"
        raise _refused(name, problem, "fetch the file again, or save it anew") from error


def _refuse_strange(members: list[zipfile.ZipInfo], name: str) -> None:
    if len(members) > MAX_MEMBERS:
        raise _refused(name, f"it has {len(members):,} members, more than {MAX_MEMBERS:,}", "save it anew")
    names = [member.filename.lower() for member in members]
    if len(set(names)) < len(names):
        twice = next(each for each in names if names.count(each) > 1)
        raise _refused(name, f"its member {twice[:80]!r} stands there twice", "save it anew")
    for member in members:
        if member.filename.startswith(("/", "\\")) or ".." in Path(member.filename.replace("\\", "/")).parts:
            raise _refused(name, f"its member {member.filename[:80]!r} names a place outside of it", "save it anew")
        _refuse_locked(member, name)


def _refuse_locked(member: zipfile.ZipInfo, name: str) -> None:
    if member.flag_bits & 0x1:
        raise _refused(name, f"its member {member.filename[:80]!r} is encrypted", "save it without a password")


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


def _refuse_wide(stream: IO[bytes], again: Callable[[], IO[bytes]], place: str, bounds: Bounds) -> None:
    """Refuse a sheet whose cells lie so far apart that nobody could hold the empty ones between them."""
    rows, columns = _plain_extent(stream) or (0, 0)
    if rows * columns <= bounds.max_cells and columns:
        return
    with again() as stream_again:
        rows, columns = _exact_extent(stream_again, place)
    if rows * columns > bounds.max_cells:
        raise _refused(
            place,
            f"its cells reach over {rows:,} rows and {columns:,} columns",
            "delete the cells far from the table, save the table as CSV, or raise INCIDENTS_MAX_CELLS",
            rule=f"at most {bounds.max_cells:,} cells between the first and the last one that is filled",
        )


def _plain_extent(stream: IO[bytes]) -> tuple[int, int] | None:
    """Last row and column of a sheet as nearly every program writes it; None where a cell is written another way.

    Empty cells count too, so this is an upper bound: it is quick, and spares nearly every file the exact look.
    """
    letters: set[bytes] = set()
    last_row = any_cells = plain_cells = 0
    seam = b""
    while block := stream.read(BLOCK_BYTES):
        text = seam + block
        # A tag in the seam that ends there was counted with the block before.
        cut = max(len(text) - _SEAM, 0)
        last_tag = text.rfind(b"<")
        cut = last_tag if last_tag >= cut else len(text)
        text, seam = text[:cut], text[cut:]
        any_cells += len(_ANY_CELL.findall(text))
        cells = _PLAIN_CELL.findall(text)
        plain_cells += len(cells)
        letters.update({letter for letter, _ in cells})
        last_row = max(last_row, *(int(row) for row in {row for _, row in cells}), 0)
    if any_cells != plain_cells or _ANY_CELL.search(seam + b" "):
        return None
    return last_row, max((_column_number(letter.decode()) for letter in letters), default=0)


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters[:8]:
        number = number * 26 + ord(letter.upper()) - ord("A") + 1
    return number


@dataclass
class _Extent:
    """Walks through a sheet's XML and remembers how far its filled cells reach."""

    place: str
    row: int = 0
    column: int = 0
    last_row: int = 0
    last_column: int = 0
    inside_cell: bool = field(default=False)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """A tag opens: cells and rows without a reference stand after the one before them."""
        name = tag.rpartition(":")[2]
        if name == "row":
            given = attributes.get("r", "")
            self.row, self.column = int(given) if given.isdigit() else self.row + 1, 0
        elif name == "c":
            self.inside_cell = True
            found = _REFERENCE.fullmatch(attributes.get("r", ""))
            self.column = _column_number(found[1]) if found else self.column + 1
            self.row = int(found[2]) if found else max(self.row, 1)
        elif self.inside_cell:
            self.last_row = max(self.last_row, self.row)
            self.last_column = max(self.last_column, self.column)

    def end(self, tag: str) -> None:
        """A tag closes."""
        if tag.rpartition(":")[2] == "c":
            self.inside_cell = False

    def refuse_doctype(self, *_: object) -> None:
        """No program writes one into a sheet; entities that grow need one."""
        raise _refused(self.place, "its XML declares entities of its own", "save it anew")


def _exact_extent(stream: IO[bytes], place: str) -> tuple[int, int]:
    extent = _Extent(place)
    parser = expat.ParserCreate()
    parser.StartElementHandler = extent.start
    parser.EndElementHandler = extent.end
    parser.StartDoctypeDeclHandler = extent.refuse_doctype
    try:
        while block := stream.read(BLOCK_BYTES):
            parser.Parse(block, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise _refused(place, f"its XML is broken ({error})", "save it anew") from error
    return extent.last_row, extent.last_column


def _refused(source: str, problem: str, way_out: str, rule: str = UNLOCKED) -> RefusedError:
    return RefusedError(source, problem, rule, way_out, "the workbook as a whole")
