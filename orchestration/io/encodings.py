"""Text of the time before UTF-8: which encoding a file is in, told by what would come out of each.

A file is UTF-8 if it can be. If not, each of its lines that has more than ASCII is looked at. One that is UTF-8 is just
that; any other is read as Western (Windows-1252, which is ISO-8859-1 and the signs that Windows adds) or as MacRoman,
whichever gives fewer characters that cannot stand where they would stand: a control character, a sign of mathematics, a
capital accent behind a small letter. A line that does not tell is read as most of the others are. No byte is dropped:
whatever the encoding, each one becomes a character.
"""

import codecs
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

BLOCK_BYTES = 1024 * 1024
UTF8 = "UTF-8"
LONGEST_LINE_BYTES = 16 * 1024 * 1024
"""A text without an end of line is not gathered for ever."""
_NON_ASCII_LINE = re.compile(rb"[^\r\n]*[\x80-\xff][^\r\n]*")


def _table(encoding: str) -> str:
    """The character of each byte; a byte that the encoding leaves open stays the control character that it is."""
    return "".join(bytes([byte]).decode(encoding, errors="ignore") or chr(byte) for byte in range(256))


TABLES = {"Western": _table("cp1252"), "MacRoman": _table("mac_roman")}
_LETTERS = "".join(sorted({sign for sign in "".join(TABLES.values()) if sign.isalpha() and not sign.isascii()}))
_UPPER = "".join(sign for sign in _LETTERS if sign.isupper())
_LOWER = "".join(sign for sign in _LETTERS if sign.islower())
_BETWEEN_WORDS = "–—…“”„«»‹›‚¡¿°·•†‡"
_USUAL = _LETTERS + _BETWEEN_WORDS + "‘’´¨¸€£¥§©®™ªº¼½¾²³¹±×÷\xa0\xad"
IMPOSSIBLE = re.compile(
    rf"[^\x00-\x7f{_USUAL}]"
    rf"|(?<=[a-z{_LOWER}])[{_UPPER}]"
    rf"|(?<=[A-Z])[{_UPPER}](?=[a-z])"
    rf"|(?<=[A-Za-z{_LETTERS}])[{_BETWEEN_WORDS}¥§©®£¨¸´¼½¾±×÷](?=[a-z{_LOWER}])"
)
"""Characters that no text of a European language has where they stand: signs of mathematics, a capital with an accent
inside a word, a dash or a sign in the middle of a word."""


@dataclass(frozen=True)
class Encoding:
    """How a file's bytes become text.

    Attributes:
        name: UTF-8, Western or MacRoman; where a file is mixed, that of its lines that do not tell.
        found: in how many lines each of them does better than the others; nothing for a file that is UTF-8.
    """

    name: str
    found: tuple[tuple[str, int], ...] = ()

    @property
    def in_words(self) -> str:
        """For the batch record."""
        if len(self.found) < 2:
            return f"encoding {self.name}"
        return "mixed encodings, by line: " + ", ".join(f"{name} {count:,}" for name, count in self.found)


class Readable(Protocol):
    """What gives bytes."""

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes, none at the end."""
        ...


def is_utf8(stream: Readable) -> bool:
    """Is a text UTF-8 from its beginning to its end?"""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while block := stream.read(BLOCK_BYTES):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def encoding_of(stream: Readable) -> Encoding:
    """Tell the encoding of a text that is not UTF-8 as a whole, by reading it to its end."""
    faults, lines = Counter[str](), Counter[str]()
    for block in blocks_of_lines(stream):
        for line in _NON_ASCII_LINE.findall(block):
            if decodes_as_utf8(line):
                lines[UTF8] += 1
                continue
            found = faults_in(line)
            faults.update(found)
            lines.update(name for name, count in found.items() if count == min(found.values()) != max(found.values()))
    return Encoding(min(TABLES, key=lambda name: faults[name]), tuple(lines.most_common()))


def faults_in(line: bytes) -> dict[str, int]:
    """How many impossible characters each encoding makes of a line."""
    return {name: len(IMPOSSIBLE.findall(_decoded(line, name))) for name in TABLES}


def to_utf8(encoding: Encoding) -> Callable[[bytes], bytes]:
    """What turns whole lines of an encoding into UTF-8."""

    def by_line(found: re.Match[bytes]) -> bytes:
        if decodes_as_utf8(found[0]):
            return found[0]
        faults = faults_in(found[0])
        return _decoded(found[0], min(faults, key=lambda name: (faults[name], name != encoding.name))).encode()

    if encoding.name == UTF8:
        return lambda lines: lines
    if len(encoding.found) > 1:
        return lambda lines: _NON_ASCII_LINE.sub(by_line, lines)
    return lambda lines: _decoded(lines, encoding.name).encode()


def _decoded(line: bytes, name: str) -> str:
    table = TABLES[name]
    return codecs.charmap_decode(line, "strict", table)[0]  # pyright: ignore[reportArgumentType] - a text is a map, too


def decodes_as_utf8(line: bytes) -> bool:
    """Can a line be read as UTF-8?"""
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


class Rewritten(io.RawIOBase):
    """Bytes that are made as they are asked for."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        """Give the pieces one after the other."""
        self._pieces = pieces
        self._waiting = bytearray()

    def readable(self) -> bool:
        """It is."""
        return True

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes, fewer only at the end."""
        while size < 0 or len(self._waiting) < size:
            piece = next(self._pieces, None)
            if piece is None:
                break
            self._waiting += piece
        cut = len(self._waiting) if size < 0 else size
        data = bytes(self._waiting[:cut])
        del self._waiting[:cut]
        return data


def blocks_of_lines(source: Readable) -> Iterator[bytes]:
    """A stream in blocks that end where lines end; the last one may lack its end."""
    rest = b""
    while block := source.read(BLOCK_BYTES):
        block = rest + block
        # A carriage return at the very end may belong to the line feed after it.
        cut = max(block.rfind(b"\n"), block.rfind(b"\r", 0, len(block) - 1)) + 1
        if cut:
            yield block[:cut]
        rest = block[cut:]
        if len(rest) > LONGEST_LINE_BYTES:
            raise ValueError(f"a line is longer than {LONGEST_LINE_BYTES // 1024**2} MiB")
    if rest:
        yield rest


def lines_of(blocks: Iterator[bytes]) -> Iterator[str]:
    """The lines of blocks of UTF-8, with their ends, without a byte order mark."""
    for number, block in enumerate(blocks):
        yield from io.StringIO(block.decode("utf-8-sig" if number == 0 else "utf-8"), newline="")
