"""Workbooks for tests: written by openpyxl, or put together by hand where no program would write such a thing."""

import io
import zipfile
from collections.abc import Iterable, Sequence
from typing import Any
from xml.sax.saxutils import escape

import openpyxl
from openpyxl.utils import get_column_letter

Rows = Sequence[Sequence[Any]]

CONTENT_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)
RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" Target="{target}"/>'
    "</Relationships>"
)
WORKBOOK = (
    '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
)


def workbook(hidden: Iterable[str] = (), **sheets: Rows) -> bytes:
    """A workbook with these sheets, as openpyxl saves it."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
        sheet.sheet_state = "hidden" if name in hidden else "visible"
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    """The bytes of a workbook."""
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def by_hand(rows_xml: str, sheet: str = SHEET, **members: bytes) -> bytes:
    """A workbook whose only sheet has these rows, written as XML."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", CONTENT_TYPES)
        archive.writestr("_rels/.rels", RELATIONS.format(kind="officeDocument", target="xl/workbook.xml"))
        archive.writestr("xl/workbook.xml", WORKBOOK)
        archive.writestr(
            "xl/_rels/workbook.xml.rels", RELATIONS.format(kind="worksheet", target="worksheets/sheet1.xml")
        )
        archive.writestr("xl/worksheets/sheet1.xml", sheet.format(rows_xml))
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def cell(reference: str, text: str) -> str:
    """A cell with a text, as XML."""
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'


SHARED = "\x00"
"""Stands for a cell that refers to the first shared string."""


def as_xml(rows: Rows) -> str:
    """Rows of texts as XML, each in its own cell but where it is `SHARED`."""
    lines: list[str] = []
    for number, row in enumerate(rows, start=1):
        places = [f"{get_column_letter(column)}{number}" for column in range(1, len(row) + 1)]
        cells = (
            f'<c r="{place}" t="s"><v>0</v></c>' if text == SHARED else cell(place, escape(text))
            for place, text in zip(places, row, strict=True)
        )
        lines.append(f'<row r="{number}">{"".join(cells)}</row>')
    return "".join(lines)


def shared_strings(*texts: str) -> bytes:
    """The member `xl/sharedStrings.xml` of a workbook."""
    items = "".join(f"<si><t>{escape(text)}</t></si>" for text in texts)
    return f'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{items}</sst>'.encode()
