"""Old encodings: the right one is told from what comes out, line by line where they are mixed, and no byte is lost."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

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

LINES = (
    "In Ségou, Málaga and São Tomé, señor Núñez said: état d’urgence.",
    "Göteborg; Zürich; Bogotá; Besançon; Šibenik",
    "Ansar al-Din, Tombouctou",
    "“Über” – the ‘façade’ of Kidal",
)


@pytest.mark.parametrize(("codec", "name"), [("cp1252", "Western"), ("latin-1", "Western"), ("mac_roman", "MacRoman")])
def test_encoding_is_told_by_what_comes_out(codec: str, name: str):
    lines = [line for line in LINES if codec == "cp1252" or ("“" not in line and "’" not in line and "Š" not in line)]
    lines = [line.replace("Š", "S") for line in lines] or ["Ségou"]
    text = "\n".join([*lines, "Ségou, Málaga, Tomé"])
    data = text.encode(codec)
    assert not is_utf8(io.BytesIO(data))
    encoding = encoding_of(io.BytesIO(data))
    assert (encoding.name, len(encoding.found)) == (name, 1)
    assert to_utf8(encoding)(data).decode() == text


def test_mixed_lines_are_read_each_by_itself_and_said():
    rows = [("Ségou, état", "cp1252"), ("Málaga, São Tomé", "mac_roman"), ("Núñez", "cp1252"), ("Bogotá", "utf-8")]
    data = b"".join(text.encode(codec) + b"\r\n" for text, codec in rows)
    encoding = encoding_of(io.BytesIO(data))
    assert encoding.in_words == "mixed encodings, by line: Western 2, MacRoman 1, UTF-8 1"
    assert to_utf8(encoding)(data).decode().split() == " ".join(text for text, _ in rows).split()


def test_a_line_that_does_not_tell_is_read_as_most_lines_are():
    unsure = b"\xe9" * 2 + b" "
    assert encoding_of(io.BytesIO("Ségou, état\n".encode("cp1252") + unsure)).name == "Western"
    encoding = Encoding("MacRoman", (("MacRoman", 2), ("Western", 1)))
    assert to_utf8(encoding)(b"\x8e\n") == "é\n".encode()


@pytest.mark.parametrize("name", ["Western", "MacRoman"])
def test_every_byte_becomes_a_character(name: str):
    every_byte = bytes(range(256))
    assert len(to_utf8(Encoding(name))(every_byte).decode()) == 256


@given(data=st.binary(max_size=300), sizes=st.lists(st.integers(1, 40), min_size=1, max_size=5))
def test_any_bytes_become_utf8_of_the_same_lines(data: bytes, sizes: list[int]):
    if is_utf8(io.BytesIO(data)):
        return
    encoding = encoding_of(io.BytesIO(data))
    pieces = map(to_utf8(encoding), blocks_of_lines(io.BytesIO(data)))
    stream = Rewritten(pieces)
    read = b""
    while part := stream.read(sizes[len(read) % len(sizes)]):
        read += part
    assert encoding.name != UTF8
    assert read.decode().count("\n") == data.count(b"\n")
    ascii_only = bytes(byte for byte in data if byte < 128)
    assert bytes(byte for byte in read if byte < 128) == ascii_only


@given(text=st.text(st.characters(exclude_categories=("Cs",)), max_size=200), block=st.integers(1, 30))
def test_lines_survive_blocks_of_any_size(text: str, block: int):
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(block, size or block) if size and size > 0 else block)

    lines = list(lines_of(blocks_of_lines(Slow(text.encode()))))
    assert "".join(lines) == text.removeprefix("\ufeff")
    assert all(line.endswith(("\n", "\r")) for line in lines[:-1])
