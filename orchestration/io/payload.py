"""From a payload file to one stream of bytes, told by content and never by name, within bounds.

Archives are never unpacked to the disk: their one data member is streamed, so no name in them is ever a path of ours.
"""

import gzip
import io
import zipfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from orchestration.errors import RefusedError

ZIP_MAGIC = b"PK\x03\x04"
EMPTY_ZIP_MAGIC = b"PK\x05\x06"
GZIP_MAGIC = b"\x1f\x8b"
BOUNDED_FROM_BYTES = 16 * 1024**2
"""A ratio says nothing about a small file; it is looked at from here on."""


@dataclass(frozen=True)
class Bounds:
    """What a payload may cost.

    Attributes:
        max_bytes: uncompressed bytes.
        max_ratio: uncompressed to compressed bytes.
    """

    max_bytes: int
    max_ratio: int


class BoundedStream(io.RawIOBase):
    """A stream that stops a payload which grows past its bounds, and counts quotes as they pass.

    Attributes:
        quote_count: how many `"` have been read; an odd number at the end means that a quote was never closed, or
            stands alone inside a field.
    """

    def __init__(self, source: BinaryIO, name: str, bounds: Bounds, compressed_bytes: int | None) -> None:
        """Wrap `source`; `compressed_bytes` is None for a stream that is not compressed."""
        self._source = source
        self._name = name
        self._bounds = bounds
        self._compressed_bytes = compressed_bytes
        self._read_bytes = 0
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
        except (EOFError, OSError, zipfile.BadZipFile, gzip.BadGzipFile) as error:
            raise RefusedError(
                source=self._name,
                problem=f"the compressed data is broken ({error})",
                rule="an archive that unpacks to its end",
                way_out="fetch the file again",
                place=f"after {self._read_bytes:,} unpacked bytes",
            ) from error
        self._read_bytes += len(data)
        self.quote_count += data.count(b'"')
        self._check()
        return data

    def _check(self) -> None:
        too_large = self._read_bytes > self._bounds.max_bytes
        limit = (self._compressed_bytes or 0) * self._bounds.max_ratio
        too_dense = self._compressed_bytes is not None and self._read_bytes > max(limit, BOUNDED_FROM_BYTES)
        if too_large or too_dense:
            raise RefusedError(
                source=self._name,
                problem=f"it unpacks to more than {min(self._bounds.max_bytes, self._read_bytes):,} bytes",
                rule=f"at most {self._bounds.max_bytes:,} bytes and {self._bounds.max_ratio} times its packed size",
                way_out="if the file is honest, raise INCIDENTS_MAX_PAYLOAD_BYTES or INCIDENTS_MAX_COMPRESSION_RATIO",
            )


@contextmanager
def opened(path: Path, bounds: Bounds) -> Generator[tuple[str, BoundedStream]]:
    """The name and the bytes of the one table that a csv, zip or gz file holds.

    Raises:
        RefusedError: an empty file, a page of HTML, an archive that holds more or less than one table or is locked.
    """
    with path.open("rb") as file:
        magic = file.read(512)
        file.seek(0)
        _refuse_what_is_no_data(magic, path.name)
        size = path.stat().st_size
        if magic.startswith((ZIP_MAGIC, EMPTY_ZIP_MAGIC)):
            with _zip_member(file, path.name) as (name, stream, packed):
                yield name, BoundedStream(stream, name, bounds, packed)
        elif magic.startswith(GZIP_MAGIC):
            with gzip.open(file) as stream:
                yield path.name, BoundedStream(stream, path.name, bounds, size)  # pyright: ignore[reportArgumentType]
        else:
            yield path.name, BoundedStream(file, path.name, bounds, None)


def _refuse_what_is_no_data(magic: bytes, name: str) -> None:
    start = magic.lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    problem = None
    if not start:
        problem = "the file is empty"
    elif start.startswith((b"<!doctype html", b"<html")):
        problem = "the file is a web page, not data: a login or an error page was saved under this name"
    elif start.startswith(b"version https://git-lfs"):
        problem = "the file is a Git LFS pointer, not the data it points to"
    elif magic.startswith((b"\xff\xfe", b"\xfe\xff")) or (
        b"\x00" in magic and not magic.startswith((ZIP_MAGIC, EMPTY_ZIP_MAGIC, GZIP_MAGIC))
    ):
        problem = "the file is binary or UTF-16, not UTF-8 text"
    if problem:
        raise RefusedError(
            source=name,
            problem=problem,
            rule="a CSV table in UTF-8, plain, zipped or gzipped",
            way_out="download the file again and look at its first lines",
        )


@contextmanager
def _zip_member(file: BinaryIO, name: str) -> Generator[tuple[str, BinaryIO, int]]:
    def refused(problem: str) -> RefusedError:
        return RefusedError(
            source=name,
            problem=problem,
            rule="a zip with one CSV table, not locked, without paths that lead out of it",
            way_out="add its table alone, unpacked",
        )

    try:
        archive = zipfile.ZipFile(file)
    except zipfile.BadZipFile as error:
        raise refused(f"the zip is broken ({error})") from error
    with archive:
        members = [member for member in archive.infolist() if not _is_clutter(member)]
        if len(members) != 1:
            names = ", ".join(repr(member.filename[:80]) for member in members[:5]) or "nothing"
            raise refused(f"it holds {len(members)} tables: {names}")
        member = members[0]
        if member.filename.startswith(("/", "\\")) or ".." in Path(member.filename.replace("\\", "/")).parts:
            raise refused(f"its member {member.filename[:80]!r} names a place outside of it")
        if member.flag_bits & 0x1:
            raise refused(f"its member {member.filename[:80]!r} is encrypted")
        with archive.open(member) as stream:
            head = stream.read(4)
        if head.startswith((ZIP_MAGIC, GZIP_MAGIC)):
            raise refused(f"its member {member.filename[:80]!r} is an archive itself")
        with archive.open(member) as stream:
            yield f"{name}/{member.filename}", stream, member.compress_size  # pyright: ignore[reportReturnType]


def _is_clutter(member: zipfile.ZipInfo) -> bool:
    """Folders, and what macOS adds to every zip."""
    parts = Path(member.filename).parts
    return member.is_dir() or "__MACOSX" in parts or (bool(parts) and parts[-1].startswith("._")) or not parts
