"""From a payload file to one stream of bytes, told by content and never by name, within bounds.

Archives are never unpacked to the disk: their one data member is streamed, so no name in them is ever a path of ours.
"""

import gzip
import io
import lzma
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from orchestration.errors import RefusedError

ZIP_MAGIC = b"PK\x03\x04"
EMPTY_ZIP_MAGIC = b"PK\x05\x06"
GZIP_MAGIC = b"\x1f\x8b"
ARCHIVE_MAGICS = (
    ZIP_MAGIC,
    EMPTY_ZIP_MAGIC,
    GZIP_MAGIC,
    b"BZh",
    b"\xfd7zXZ\x00",
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!",
    b"\x28\xb5\x2f\xfd",
)
"""zip, an empty zip, gzip, bzip2, xz, 7-Zip, RAR, Zstandard."""
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode's categories of signs that move the cursor, colour a terminal, or turn a text around."""
BOUNDED_FROM_BYTES = 16 * 1024**2
"""A ratio says nothing about a small file; it is looked at from here on."""
HEAD_BYTES = 512
ENCRYPTED = 0x1
BYTES_OF_A_MEMBER = 512
"""What the directory of a zip takes for each member at most: 46 bytes, a name, a few extra fields."""
BROKEN = (
    EOFError,
    OSError,
    ValueError,
    RuntimeError,  # of which NotImplementedError is one: a method of compression that nobody knows
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
)
"""What the standard library raises on an archive that is broken on purpose or by accident."""


@dataclass(frozen=True)
class Bounds:
    """What a payload may cost.

    Attributes:
        max_bytes: uncompressed bytes.
        max_ratio: uncompressed to compressed bytes.
        max_members: files in an archive, counted before it is looked into.
        max_columns: columns of a table.
        max_cells: rows times columns of a workbook's sheet, filled or not: about 40 bytes of memory each.
        max_text_bytes: text of all cells of a workbook, written out, and of all its shared strings; it takes about
            three times that in memory.
        max_document_bytes: bytes of a document that is parsed as a whole, such as GeoJSON; it takes ten times that in
            memory.
    """

    max_bytes: int
    max_ratio: int
    max_members: int = 1000
    max_columns: int = 5000
    max_cells: int = 40_000_000
    max_text_bytes: int = 192 * 1024**2
    max_document_bytes: int = 128 * 1024**2


class BoundedStream(io.RawIOBase):
    """A stream that stops a payload which grows past its bounds, and counts quotes as they pass.

    Attributes:
        bounds: what the payload may cost.
        read_bytes: how many unpacked bytes have been read.
        quote_count: how many `"` have been read; an odd number at the end means that a quote was never closed, or
            stands alone inside a field.
    """

    def __init__(self, source: BinaryIO, name: str, bounds: Bounds, compressed_bytes: int | None) -> None:
        """Wrap `source`; `compressed_bytes` is None for a stream that is not compressed."""
        self._source = source
        self._name = name
        self.bounds = bounds
        self._compressed_bytes = compressed_bytes
        self.read_bytes = 0
        self.quote_count = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def read(self, size: int = -1, /) -> bytes:
        """Read up to `size` bytes.

        Raises:
            RefusedError: the payload is larger than its bounds allow, or its compression is broken.
        """
        try:
            data = self._source.read(size)
        except BROKEN as error:
            raise RefusedError(
                source=self._name,
                problem=f"the compressed data is broken ({_named(error)})",
                rule="an archive that unpacks to its end",
                way_out="fetch the file again",
                place=f"after {self.read_bytes:,} unpacked bytes",
            ) from error
        self.read_bytes += len(data)
        self.quote_count += data.count(b'"')
        self._check()
        return data

    def readinto(self, buffer: Any, /) -> int:  # noqa: ANN401 - any writable buffer
        """Read into a buffer, for the text and line readers of the standard library."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def _check(self) -> None:
        too_large = self.read_bytes > self.bounds.max_bytes
        limit = (self._compressed_bytes or 0) * self.bounds.max_ratio
        too_dense = self._compressed_bytes is not None and self.read_bytes > max(limit, BOUNDED_FROM_BYTES)
        if too_large or too_dense:
            raise RefusedError(
                source=self._name,
                problem=f"it unpacks to more than {min(self.bounds.max_bytes, self.read_bytes):,} bytes",
                rule=f"at most {self.bounds.max_bytes:,} bytes and {self.bounds.max_ratio} times its packed size",
                way_out="if the file is honest, raise INCIDENTS_MAX_PAYLOAD_BYTES or INCIDENTS_MAX_COMPRESSION_RATIO",
                place=f"after {self.read_bytes:,} unpacked bytes",
            )


@contextmanager
def opened(path: Path, bounds: Bounds, *, may_be_empty: bool = False) -> Generator[tuple[str, BoundedStream]]:
    """The name and the bytes of the one table that a csv, zip or gz file holds.

    Args:
        path: the file.
        bounds: what it may cost.
        may_be_empty: a zip may hold a table without a byte (one of many files, in which nothing happened).

    Raises:
        RefusedError: an empty file, a page of HTML, an archive that holds more or less than one table or is locked.
    """
    with path.open("rb") as file:
        magic = file.read(HEAD_BYTES)
        file.seek(0)
        _refuse_what_is_no_data(magic, path.name, "its first bytes")
        size = path.stat().st_size
        if magic.startswith((ZIP_MAGIC, EMPTY_ZIP_MAGIC)):
            with _zip_member(file, path.name, bounds, may_be_empty=may_be_empty) as (name, stream, packed):
                yield name, BoundedStream(stream, name, bounds, min(packed, size))
        elif magic.startswith(GZIP_MAGIC):
            _refuse_content(_head_of_gzip(file), path.name, "the gzipped data")
            with gzip.open(file) as stream:
                yield path.name, BoundedStream(stream, path.name, bounds, size)  # pyright: ignore[reportArgumentType]
        else:
            yield path.name, BoundedStream(file, path.name, bounds, None)


def _refuse_what_is_no_data(head: bytes, name: str, place: str) -> None:
    start = head.lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    problem = None
    if not start:
        problem = "the file is empty"
    elif start.startswith((b"<!doctype html", b"<html")):
        problem = "the file is a web page, not data: a login or an error page was saved under this name"
    elif start.startswith(b"version https://git-lfs"):
        problem = "the file is a Git LFS pointer, not the data it points to"
    elif head.startswith(ARCHIVE_MAGICS[3:]):
        problem = "the file is an archive of a kind that is not read (bzip2, xz, 7-Zip, RAR or Zstandard)"
    elif head.startswith((b"\xff\xfe", b"\xfe\xff")) or (b"\x00" in head and not head.startswith(ARCHIVE_MAGICS[:3])):
        problem = "the file is binary or UTF-16, not UTF-8 text"
    if problem:
        raise RefusedError(
            source=name,
            problem=problem,
            rule="a CSV table in UTF-8, plain, zipped or gzipped",
            way_out="download the file again and look at its first lines",
            place=place,
        )


def _refuse_content(head: bytes, name: str, place: str) -> None:
    """The same for what an archive holds, which may not be an archive itself."""
    if head.startswith(ARCHIVE_MAGICS):
        raise _refused_archive(name, f"{place} is an archive itself", place)
    _refuse_what_is_no_data(head, name, place)


def _refused_archive(name: str, problem: str, place: str) -> RefusedError:
    return RefusedError(
        source=name,
        problem=problem,
        rule="a zip with one CSV table, not locked, without links or paths that lead out of it, or a gzipped table",
        way_out="add its table alone, unpacked",
        place=place,
    )


def _head_of_gzip(file: BinaryIO) -> bytes:
    try:
        with gzip.open(file) as stream:
            return stream.read(HEAD_BYTES)
    except BROKEN:
        return b"?"  # the stream proper says where it broke
    finally:
        file.seek(0)


@contextmanager
def _zip_member(
    file: BinaryIO, name: str, bounds: Bounds, *, may_be_empty: bool
) -> Generator[tuple[str, BinaryIO, int]]:
    refuse_long_directory(file, name, bounds)
    try:
        archive = zipfile.ZipFile(file)
    except BROKEN as error:
        raise _refused_archive(name, f"the zip is broken ({_named(error)})", "its directory") from error
    with archive:
        members = [member for member in archive.infolist() if not is_clutter(member)]
        if len(members) != 1:
            names = ", ".join(_shown(member) for member in members[:5]) or "nothing"
            raise _refused_archive(name, f"it holds {len(members)} tables: {names}", "its directory")
        member = members[0]
        place = f"member {_shown(member)}"
        if problem := problem_of_member(member):
            raise _refused_archive(name, f"its member {_shown(member)} {problem}", place)
        try:
            with archive.open(member) as stream:
                head = stream.read(HEAD_BYTES)
            stream = archive.open(member)
        except BROKEN as error:
            raise _refused_archive(name, f"its member {_shown(member)} is broken ({_named(error)})", place) from error
        if head.strip() or not may_be_empty:
            _refuse_content(head, name, f"its member {_shown(member)}")
        with stream:
            yield f"{name}/{printable(member.filename)}", stream, member.compress_size  # pyright: ignore[reportReturnType]


def problem_of_member(member: zipfile.ZipInfo) -> str | None:
    """What is wrong with a member, by what the directory says of it."""
    if member.filename.startswith(("/", "\\")) or ".." in Path(member.filename.replace("\\", "/")).parts:
        return "names a place outside of it"
    if ":" in member.filename[:3]:
        return "names a drive"
    if stat.S_ISLNK(member.external_attr >> 16):
        return "is a link, not a file"
    if member.flag_bits & ENCRYPTED:
        return "is encrypted"
    return None


def refuse_long_directory(file: BinaryIO, name: str, bounds: Bounds) -> None:
    """Refuse a zip with too many members before the list of them is read into memory."""
    file.seek(0, io.SEEK_END)
    size = file.tell()
    file.seek(max(0, size - 66_000))
    tail = file.read()
    file.seek(0)
    at = tail.rfind(EMPTY_ZIP_MAGIC)
    if at < 0 or len(tail) < at + 22:
        raise _refused_archive(name, "the zip is broken (it has no directory)", "its end")
    count, directory_bytes = struct.unpack("<HI", tail[at + 10 : at + 16])
    if 0xFFFFFFFF in (directory_bytes,) or count == 0xFFFF:
        at = tail.rfind(b"PK\x06\x06")
        if at >= 0 and len(tail) >= at + 48:
            count, directory_bytes = struct.unpack("<QQ", tail[at + 32 : at + 48])
    if count > bounds.max_members or directory_bytes > bounds.max_members * BYTES_OF_A_MEMBER:
        raise RefusedError(
            source=name,
            problem=f"it says that it holds {count:,} files, in a directory of {directory_bytes:,} bytes",
            rule=f"at most {bounds.max_members:,} files in an archive",
            way_out="if the file is honest, raise INCIDENTS_MAX_ARCHIVE_MEMBERS, or add its table alone, unpacked",
            place="its directory",
        )


def is_clutter(member: zipfile.ZipInfo) -> bool:
    """Folders, what macOS adds to every zip, and what has no name; Python cannot tell whether that is a folder."""
    parts = Path(member.filename).parts
    return not parts or member.is_dir() or "__MACOSX" in parts or parts[-1].startswith("._")


def printable(text: str) -> str:
    """A text from outside as people may see it: control and direction signs and line ends as escapes."""
    if text.isprintable():
        return text
    return "".join(
        sign.encode("unicode_escape").decode() if unicodedata.category(sign) in UNSEEN else sign for sign in text
    )


def _shown(member: zipfile.ZipInfo) -> str:
    return f"'{printable(member.filename[:80])}'"


def _named(error: BaseException) -> str:
    return printable(str(error))[:200] or type(error).__name__
