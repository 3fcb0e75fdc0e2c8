"""The bytes of a text on their way to a parser: nothing passes that is not UTF-8, nor a last record that was cut off.

A file that was cut short while it was written or fetched ends inside a quoted field or inside a character. Its last
record would swallow nothing but itself: it is kept back here, told apart from what came before it, and never parsed.
"""

import codecs
import io
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from orchestration.errors import RefusedError
from orchestration.io.payload import BoundedStream

LONGEST_CUT_OFF_BYTES = 1024 * 1024
"""How far back from the end of a file the beginning of its last record is looked for."""
DECODED_BYTES = 64 * 1024
"""Bytes decoded at a time: their text is thrown away, and memory for that of a whole block would be asked of the
system each time, which takes longer than to decode it."""


@dataclass(frozen=True)
class CutOff:
    """A last record that is not whole.

    Attributes:
        text: what there is of it.
        where: in which place it was cut, in words.
    """

    text: str
    where: str


class Utf8Text(io.RawIOBase):
    """A stream that begins with the bytes already read from it.

    Arrow could check the values that it hands over, but drops a misfit that it cannot decode without a word; so all is
    decoded here first, and nothing a second time.

    Attributes:
        cut_off: the last record, if it was cut off; known when all has been read.
    """

    def __init__(self, head: bytes, rest: BoundedStream, source: str, is_one_record: Callable[[CutOff], bool]) -> None:
        """Read `head`, then `rest`; `is_one_record` says of a tail whether it is a cut record and no more."""
        self.cut_off: CutOff | None = None
        self._pieces = deque([head])
        self._rest = rest
        self._source = source
        self._is_one_record = is_one_record
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._passed = 0
        self._has_ended = False

    def readable(self) -> bool:
        """It is."""
        return True

    def read(self, size: int = -1, /) -> bytes:
        """Read up to `size` bytes.

        Raises:
            RefusedError: bytes that are not UTF-8.
        """
        self._look_ahead(size)
        data = self._pieces.popleft() if self._pieces else b""
        if 0 <= size < len(data):
            self._pieces.appendleft(data[size:])
            data = data[:size]
        self._decode(data)
        self._passed += len(data)
        return data

    def _decode(self, data: bytes) -> None:
        before = self._decoder.getstate()
        try:
            for start in range(0, len(data) or 1, DECODED_BYTES):
                self._decoder.decode(data[start : start + DECODED_BYTES], final=not data)
        except UnicodeDecodeError:
            self._decoder.setstate(before)
        else:
            return
        try:
            self._decoder.decode(data, final=not data)  # as a whole, which tells the place
        except UnicodeDecodeError as error:
            raise RefusedError(
                source=self._source,
                problem=f"the text is not UTF-8 ({error.object[error.start : error.start + 4]!r})",
                rule="a CSV table in UTF-8",
                way_out="save the file as UTF-8, or fetch it again",
                place=f"byte {self._passed + error.start:,}",
            ) from error

    def _look_ahead(self, size: int) -> None:
        """Keep so much back that the last record is still here when the end comes."""
        while not self._has_ended and sum(map(len, self._pieces)) - len(self._pieces[0]) < LONGEST_CUT_OFF_BYTES:
            if data := self._rest.read(size):
                self._pieces.append(data)
            else:
                self._has_ended = True
                self._keep_back_cut_off()

    def _keep_back_cut_off(self) -> None:
        ends_inside_quotes = self._rest.quote_count % 2 == 1
        data = b"".join(self._pieces)
        if not ends_inside_quotes and not _ends_inside_character(data):
            self._pieces = deque([data])
            return
        start = _start_of_last_record(data, ends_inside_quotes=ends_inside_quotes)
        if start is None:
            return
        where = "cut off inside a quoted field" if ends_inside_quotes else "cut off inside a character"
        tail = CutOff(data[start:].decode("utf-8", errors="replace"), where)
        if self._is_one_record(tail):
            self.cut_off = tail
            self._pieces = deque([data[:start]])


def _ends_inside_character(data: bytes) -> bool:
    """Does UTF-8 promise more bytes than there are?"""
    for back, byte in enumerate(reversed(data[-3:]), start=1):
        if byte >= 0xC0:
            return back < (2 if byte < 0xE0 else 3 if byte < 0xF0 else 4)
        if byte < 0x80:
            return False
    return False


def _start_of_last_record(data: bytes, *, ends_inside_quotes: bool) -> int | None:
    """Where the last record begins: after the last line end outside of quotes; None where that is unsure."""
    end = _last_opening_quote(data) if ends_inside_quotes else len(data)
    if end is None:
        return None
    is_outside = True
    while (line_end := data.rfind(b"\n", 0, end)) >= 0:
        is_outside ^= data.count(b'"', line_end, end) % 2 == 1
        if is_outside:
            return line_end + 1
        end = line_end
    return None


def _last_opening_quote(data: bytes) -> int | None:
    """Where the field begins that is never closed; None where the last quote stands inside a field by mistake.

    Behind its opening quote such a field has doubled ones only.
    """
    quote = data.rfind(b'"')
    while quote > 0 and data[quote - 1] == ord('"'):
        quote = data.rfind(b'"', 0, quote - 1)
    return quote if quote > 0 and data[quote - 1] in b",;\t\n" else None
