"""What a sheet of a workbook would cost: how far its cells reach, and how much text they stand for.

A text that stands once among a workbook's shared strings is written out for each cell that refers to it, so a small
file can stand for a great deal. Here it is counted before anything writes it out; what may be spent is decided in
`spreadsheet`.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import IO
from xml.parsers import expat

from orchestration.errors import RefusedError

BLOCK_BYTES = 4 * 1024**2
_ANY_CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")
_PLAIN_CELL = re.compile(
    rb'<c r="([A-Z]{1,3})(\d{1,7})"(?: s="\d+")?'
    rb'(?: t="s"><v>(\d{1,9})</v></c>|(?: t="(?:n|b|e|d|(str|inlineStr))")?/?>)'
)
NO_TEXT = ("", "n", "b")
"""Kinds of a cell that holds a number."""
_REFERENCE = re.compile(r"([A-Za-z]+)(\d+)")
_SEAM = 64
"""Bytes of a block that are looked at again with the next one, so that no tag falls between two."""
_CELL_SEAM = 256
"""The same for a cell with the number of its shared string; a longer one is looked at exactly."""


@dataclass(frozen=True)
class Cost:
    """What a sheet asks for.

    Attributes:
        rows: the last row that is filled.
        columns: the last column that is filled.
        text_bytes: the text of all cells, a shared one as often as it is referred to.
    """

    rows: int
    columns: int
    text_bytes: int

    @property
    def cells(self) -> int:
        """Rows times columns: the reader makes room for all of them."""
        return self.rows * self.columns


def quick_cost(stream: IO[bytes], shared: Sequence[int]) -> Cost | None:
    """The most that a sheet can cost, if its cells are written as nearly every program does; None otherwise.

    Empty cells count too, and the whole sheet counts as text where a cell of it holds its own.

    Args:
        stream: the sheet's XML.
        shared: bytes of each shared string.
    """
    letters: set[bytes] = set()
    references: Counter[bytes] = Counter()
    last_row = any_cells = plain_cells = byte_count = 0
    has_own_text = has_doctype = False
    seam = b""
    while True:
        block = stream.read(BLOCK_BYTES)
        text = seam + (block or b" ")
        cut = _cut(text) if block else len(text)
        text, seam = text[:cut], text[cut:]
        byte_count += len(block)
        has_doctype = has_doctype or b"<!DOCTYPE" in text
        any_cells += len(_ANY_CELL.findall(text))
        cells = _PLAIN_CELL.findall(text)
        plain_cells += len(cells)
        letters.update({cell[0] for cell in cells})
        last_row = max(last_row, *(int(row) for row in {cell[1] for cell in cells}), 0)
        references.update(cell[2] for cell in cells)
        has_own_text = has_own_text or any(cell[3] for cell in cells)
        if not block:
            break
    if any_cells != plain_cells or has_doctype:
        return None
    del references[b""]
    text_bytes = sum(_length(shared, int(number)) * count for number, count in references.items())
    columns = max((_column_number(letter.decode()) for letter in letters), default=0)
    return Cost(last_row, columns, text_bytes + (byte_count if has_own_text else 0))


def _cut(text: bytes) -> int:
    """Where a text ends that holds no half of a cell or a tag."""
    cell, tag = text.rfind(b"<c", max(len(text) - _CELL_SEAM, 0)), text.rfind(b"<", max(len(text) - _SEAM, 0))
    return cell if cell >= 0 else tag if tag >= 0 else len(text)


def _length(shared: Sequence[int], number: int) -> int:
    """Bytes of a shared string; one that is not there is refused by whoever reads the workbook."""
    return shared[number] if number < len(shared) else 0


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters[:8]:
        number = number * 26 + ord(letter.upper()) - ord("A") + 1
    return number


@dataclass
class _Walk:
    """Goes through a sheet's XML and adds up what its cells cost."""

    shared: Sequence[int]
    row: int = 0
    column: int = 0
    last_row: int = 0
    last_column: int = 0
    text_bytes: int = 0
    inside_cell: bool = False
    is_reference: bool = False
    is_text: bool = False
    number: list[str] = field(default_factory=list[str])

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """A tag opens: cells and rows without a reference stand after the one before them."""
        name = tag.rpartition(":")[2]
        if name == "row":
            given = attributes.get("r", "")
            self.row, self.column = int(given) if given.isdigit() else self.row + 1, 0
        elif name == "c":
            kind = attributes.get("t", "")
            self.inside_cell, self.is_reference, self.is_text = True, kind == "s", kind not in NO_TEXT
            found = _REFERENCE.fullmatch(attributes.get("r", ""))
            self.column = _column_number(found[1]) if found else self.column + 1
            self.row = int(found[2]) if found else max(self.row, 1)
        elif self.inside_cell:
            self.last_row = max(self.last_row, self.row)
            self.last_column = max(self.last_column, self.column)
        self.number.clear()

    def text(self, data: str) -> None:
        """Text of a cell: its own, or the number of a shared one."""
        if self.inside_cell and self.is_reference:
            self.number.append(data)
        elif self.inside_cell and self.is_text:
            self.text_bytes += len(data.encode())

    def end(self, tag: str) -> None:
        """A tag closes."""
        if tag.rpartition(":")[2] == "c":
            self.inside_cell = False
        number = "".join(self.number).strip()
        self.number.clear()
        if number:
            is_known = number.isascii() and number.lstrip("+").isdigit() and len(number) < 20
            self.text_bytes += _length(self.shared, int(number)) if is_known else max(self.shared, default=0)


def exact_cost(stream: IO[bytes], shared: Sequence[int], place: str) -> Cost:
    """What the filled cells of a sheet cost, however they are written.

    Raises:
        RefusedError: the XML is broken, or declares entities.
    """
    walk = _Walk(shared)
    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = walk.start, walk.end
    parser.CharacterDataHandler = walk.text
    _parse(parser, stream, place)
    return Cost(walk.last_row, walk.last_column, walk.text_bytes)


def shared_lengths(stream: IO[bytes], place: str, is_too_much: Callable[[int], None]) -> list[int]:
    """Bytes of each of a workbook's shared strings, in their order.

    Args:
        stream: the XML of the shared strings.
        place: how messages call it.
        is_too_much: raises if that many bytes are too many.

    Raises:
        RefusedError: the XML is broken, or declares entities.
    """
    lengths: list[int] = []
    total = 0

    def start(tag: str, _: dict[str, str]) -> None:
        if tag.rpartition(":")[2] == "si":
            lengths.append(0)

    def text(data: str) -> None:
        nonlocal total
        if lengths:
            size = len(data.encode())
            lengths[-1] += size
            total += size

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.CharacterDataHandler = start, text
    _parse(parser, stream, place)
    is_too_much(total)
    return lengths


def _parse(parser: expat.XMLParserType, stream: IO[bytes], place: str) -> None:
    def refuse_doctype(*_: object) -> None:
        """No program writes one; entities that grow need one."""
        raise _refused(place, "its XML declares entities of its own")

    parser.StartDoctypeDeclHandler = refuse_doctype
    try:
        while block := stream.read(BLOCK_BYTES):
            parser.Parse(block, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise _refused(place, f"its XML is broken ({error})") from error


def _refused(place: str, problem: str) -> RefusedError:
    rule = "a workbook (.xlsx) that is not locked"
    return RefusedError(place, problem, rule, "save it anew", "the workbook as a whole")
