"""A file of text, in whatever encoding and however wrapped, as one bounded stream of UTF-8.

What its records are is not looked at here: parsers of delimited text and of JSON read the stream.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from orchestration.io.encodings import (
    UTF8,
    Encoding,
    Rewritten,
    blocks_of_lines,
    encoding_of,
    is_utf8,
    lines_of,
    to_utf8,
)
from orchestration.io.payload import BoundedStream, Bounds, opened
from orchestration.io.unwrapped import Unwrapping, unwrapped

HEAD_BYTES = 1024 * 1024


@dataclass(frozen=True)
class TextFile:
    """A file's text.

    Attributes:
        name: how messages call it.
        stream: its bytes as UTF-8.
        notes: what had to be done to get there.
    """

    name: str
    stream: BoundedStream
    notes: tuple[str, ...]


@contextmanager
def opened_text(path: Path, bounds: Bounds, is_wrapped: Callable[[str], bool] = lambda _: False) -> Generator[TextFile]:
    """Open a file of text.

    Args:
        path: plain, zipped or gzipped.
        bounds: what it may cost.
        is_wrapped: tells from the head of the text whether its lines stand inside quotes as a whole.

    Raises:
        RefusedError: it is no text, or costs more than its bounds.
    """
    encoding = _encoding(path, bounds)
    with opened(path, bounds) as (name, stream):
        head = to_utf8(encoding)(stream.read(HEAD_BYTES)).decode(errors="replace")
    with opened(path, bounds) as (name, stream):
        notes = () if encoding.name == UTF8 else (encoding.in_words,)
        if is_wrapped(head.removeprefix("\ufeff")):
            unwrapping = unwrapped(lines_of(map(to_utf8(encoding), blocks_of_lines(stream))), name, Unwrapping())
            pieces = (f"{line}\n".encode() for line in unwrapping)
            notes = (*notes, "whole lines in quotes")
        elif encoding.name == UTF8:
            pieces = iter(lambda: stream.read(HEAD_BYTES), b"")
        else:
            pieces = map(to_utf8(encoding), blocks_of_lines(stream))
        text = BoundedStream(Rewritten(pieces), name, bounds, None)  # pyright: ignore[reportArgumentType]
        yield TextFile(name, text, notes)


def _encoding(path: Path, bounds: Bounds) -> Encoding:
    with opened(path, bounds) as (_, stream):
        if is_utf8(stream):
            return Encoding(UTF8)
    with opened(path, bounds) as (_, stream):
        return encoding_of(stream)
