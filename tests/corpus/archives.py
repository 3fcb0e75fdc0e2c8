"""Attacks that wrap a sound table: archives that are none, too much, or point elsewhere."""

import gzip
import io
import stat
import struct
import zipfile
from collections.abc import Callable

from tests.corpus.attack import Attack
from tests.corpus.bases import Base

MEBIBYTE = 1024**2
BOUND = 64 * MEBIBYTE
"""What a payload may unpack to in these tests."""


def zipped(*members: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content, compress_type=method)
    return buffer.getvalue()


def one(name: str) -> Callable[[Base], bytes]:
    """A zip with the sound table under a name."""
    return lambda base: zipped((name, base.table()))


def link(base: Base) -> bytes:
    member = zipfile.ZipInfo("events.csv")
    member.external_attr = (stat.S_IFLNK | 0o777) << 16
    return zipped((member, b"/etc/passwd"))


def patched(content: bytes, at_local: int, at_directory: int, value: int) -> bytes:
    """A zip with a 16-bit figure of its one member changed in both places where it stands."""
    changed = bytearray(content)
    directory = content.index(b"PK\x01\x02")
    struct.pack_into("<H", changed, at_local, value)
    struct.pack_into("<H", changed, directory + at_directory, value)
    return bytes(changed)


def encrypted(base: Base) -> bytes:
    return patched(zipped(("a.csv", base.table())), 6, 8, 1)


def unknown_method(base: Base) -> bytes:
    return patched(zipped(("a.csv", base.table())), 8, 10, 97)


def wrong_checksum(base: Base) -> bytes:
    content = bytearray(zipped(("a.csv", base.table()), method=zipfile.ZIP_STORED))
    content[200] ^= 1
    return bytes(content)


def broken_inside(content: bytes) -> bytes:
    changed = bytearray(content)
    middle = len(changed) // 2
    changed[middle : middle + 40] = b"\xff" * 40
    return bytes(changed)


def nested(base: Base, depth: int) -> bytes:
    content = base.table()
    for level in range(depth):
        content = zipped((f"{level}.zip", content))
    return content


def lying_directory(base: Base) -> bytes:
    """A zip whose end says that its directory takes 4 GB."""
    content = bytearray(zipped(("a.csv", base.table())))
    struct.pack_into("<I", content, content.rindex(b"PK\x05\x06") + 12, 0xFFFFFFF0)
    return bytes(content)


def in_a_zip(content: bytes) -> Callable[[Base], bytes]:
    return lambda _: zipped(("a.csv", content))


def bomb(base: Base) -> bytes:
    """A sound table, and then 40 MiB that pack to nothing."""
    return base.table() + b"\n" * 40 * MEBIBYTE


def larger_than_the_bound(base: Base) -> bytes:
    """Honest records, hardly packed, that are too many."""
    body = b"".join(base.table().splitlines(keepends=True)[-2:])
    return gzip.compress(base.table() + body * (BOUND // len(body) + 1), compresslevel=1)


SOUND_ARCHIVES = (
    Attack("zip", one("events.csv"), "landed", suffix=".zip"),
    Attack("gzip", lambda base: gzip.compress(base.table()), "landed", suffix=".csv.gz"),
    Attack("gzip_named_zip", lambda base: gzip.compress(base.table()), "landed", suffix=".zip"),
    Attack("zip_named_gz", one("a.csv"), "landed", suffix=".gz"),
    Attack("csv_named_zip", lambda base: base.table(), "landed", suffix=".zip"),
    Attack("gzip_in_two_members", lambda b: gzip.compress(b.table()[:50]) + gzip.compress(b.table()[50:]), "landed"),
    Attack(
        "macosx_clutter",
        lambda base: zipped(
            ("__MACOSX/._a.csv", b"x"), ("data/", b""), ("data/a.csv", base.table()), ("._a.csv", b"y")
        ),
        "landed",
    ),
    Attack("odd_member_name", one("e\n\x1b[31m\u202ev" + "x" * 300 + ".csv"), "landed"),
)

HOSTILE_ARCHIVES = (
    Attack("zip_bomb", lambda base: zipped(("a.csv", bomb(base))), "refused", "unpacks to more than"),
    Attack("gzip_bomb", lambda base: gzip.compress(bomb(base)), "refused", "unpacks to more than"),
    Attack("zip_bomb_of_one_line", lambda _: zipped(("a.csv", b"a" * 40 * MEBIBYTE)), "refused", "Way out"),
    Attack("larger_than_the_bound", larger_than_the_bound, "refused", "unpacks to more than"),
    Attack("zip_in_zip", lambda base: nested(base, 2), "refused", "an archive itself"),
    Attack("ten_zips_deep", lambda base: nested(base, 10), "refused", "an archive itself"),
    Attack("gzip_in_gzip", lambda base: gzip.compress(gzip.compress(base.table())), "refused", "an archive itself"),
    Attack("zip_in_gzip", lambda base: gzip.compress(one("a.csv")(base)), "refused", "an archive itself"),
    Attack("members_without_end", lambda _: zipped(*((f"{n}", b"") for n in range(3000))), "refused", "3,000 files"),
    Attack("lying_directory", lying_directory, "refused", "in a directory of|broken"),
    Attack("two_tables", lambda b: zipped(("a.csv", b.table()), ("b.csv", b.table())), "refused", "2 tables"),
    Attack("nothing_in_it", lambda _: zipped(), "refused", "0 tables"),
    Attack("only_clutter", lambda _: zipped(("__MACOSX/._a.csv", b"x")), "refused", "0 tables"),
    Attack("path_upwards", one("../../evil.csv"), "refused", "names a place outside"),
    Attack("path_upwards_in_the_middle", one("a/../../../evil.csv"), "refused", "names a place outside"),
    Attack("path_upwards_with_backslashes", one("..\\..\\evil.csv"), "refused", "names a place outside"),
    Attack("absolute_path", one("/tmp/evil.csv"), "refused", "names a place outside"),  # noqa: S108 - never written to
    Attack("drive", one("C:\\evil.csv"), "refused", "names a drive|outside"),
    Attack("link", link, "refused", "is a link"),
    Attack("encrypted", encrypted, "refused", "is encrypted"),
    Attack("unknown_compression", unknown_method, "refused", "is broken"),
    Attack("wrong_checksum", wrong_checksum, "refused", "broken"),
    Attack("zip_cut", lambda base: one("a.csv")(base)[:-40], "refused", "broken"),
    Attack("zip_broken_inside", lambda base: broken_inside(one("a.csv")(base)), "refused", "Way out"),
    Attack("gzip_cut", lambda base: gzip.compress(base.table() * 50)[:-20], "refused", "broken"),
    Attack("gzip_broken_inside", lambda base: broken_inside(gzip.compress(base.table())), "refused", "broken"),
    Attack("gzip_with_a_tail", lambda base: gzip.compress(base.table()) + b"tail", "refused", "broken"),
    Attack("html_in_a_zip", in_a_zip(b"<html>log in</html>"), "refused", "web page"),
    Attack("lfs_pointer_in_a_zip", in_a_zip(b"version https://git-lfs.github.com/spec/v1\n"), "refused", "LFS"),
    Attack("nothing_in_the_member", in_a_zip(b""), "refused", "empty"),
    Attack("html_gzipped", lambda _: gzip.compress(b"<!doctype html>"), "refused", "web page"),
    Attack("xz", lambda _: b"\xfd7zXZ\x00\x00\x04" + bytes(64), "refused", "archive of a kind"),
    Attack("bzip2", lambda _: b"BZh91AY&SY" + bytes(range(1, 64)), "refused", "archive of a kind"),
    Attack("seven_zip", lambda _: b"7z\xbc\xaf\x27\x1c" + bytes(64), "refused", "archive of a kind"),
)

ARCHIVE_ATTACKS = (*SOUND_ARCHIVES, *HOSTILE_ARCHIVES)
