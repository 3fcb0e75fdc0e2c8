"""Attacks that are workbooks, or GeoJSON for the feeds that read it. What a sheet says is tried in `test_workbook`."""

import io
import json
import zipfile
from collections.abc import Callable

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from tests.corpus.attack import Attack
from tests.corpus.bases import Base

MEBIBYTE = 1024**2


def workbook(base: Base, change: Callable[[Worksheet, Base], None] | None = None) -> bytes:
    """The sound table as a workbook, then changed."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in base.rows(base.records()):
        sheet.append(row)
    if change:
        change(sheet, base)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def last_text(sheet: Worksheet, base: Base, content: str) -> None:
    sheet.cell(sheet.max_row, base.columns.index(base.text) + 1).value = content


def formulas(base: Base) -> bytes:
    return workbook(base, lambda sheet, base: last_text(sheet, base, '=HYPERLINK("http://127.0.0.1:9/x","x")'))


def external_links(base: Base) -> bytes:
    return workbook(base, lambda sheet, base: last_text(sheet, base, "='file:///etc/[passwd]Sheet1'!A1"))


def empty_rows(base: Base) -> bytes:
    def change(sheet: Worksheet, base: Base) -> None:
        del base
        for row in range(sheet.max_row + 1, 200_000, 7):
            sheet.row_dimensions[row].height = 20
        sheet.row_dimensions[1_048_576].height = 20

    return workbook(base, change)


def with_member(content: bytes, name: str, added: bytes) -> bytes:
    buffer = io.BytesIO(content)
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, added)
    return buffer.getvalue()


def entities(base: Base) -> bytes:
    """A workbook whose sheet begins with entities that grow without end."""
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9))
    source = io.BytesIO(workbook(base))
    buffer = io.BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.namelist():
            content = old.read(member)
            if member == "xl/worksheets/sheet1.xml":
                content = f'<!DOCTYPE w [<!ENTITY l0 "ha">{laughs}]>'.encode() + content
            new.writestr(member, content)
    return buffer.getvalue()


def geojson(**more: object) -> Callable[[Base], bytes]:
    def make(base: Base) -> bytes:
        del base
        ring = [[-4.2, 14.5], [-4.1, 14.5], [-4.1, 14.6]]
        broken = {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
        return json.dumps({"type": "FeatureCollection", "features": [broken], **more}).encode()

    return make


def is_of_tables(base: Base) -> bool:
    return base.has_header


WORKBOOK_ATTACKS = (
    Attack("workbook", workbook, "landed", suffix=".xlsx", applies=is_of_tables),
    Attack("workbook_named_csv", workbook, "landed", applies=is_of_tables),
    Attack("workbook_with_formulas", formulas, "landed", suffix=".xlsx", applies=is_of_tables),
    Attack("workbook_with_external_links", external_links, "landed", suffix=".xlsx", applies=is_of_tables),
    Attack("workbook_with_a_million_empty_rows", empty_rows, "landed", suffix=".xlsx", applies=is_of_tables),
    Attack("workbook_cut", lambda base: workbook(base)[:-200], "refused", "Way out", suffix=".xlsx"),
    Attack(
        "workbook_with_a_bomb",
        lambda base: with_member(workbook(base), "xl/media/image1.png", bytes(80 * MEBIBYTE)),
        "refused",
        "Way out",
        suffix=".xlsx",
        applies=is_of_tables,
    ),
    Attack("geojson_in_another_crs", geojson(crs={"type": "name", "properties": {"name": "EPSG:3857"}}), "refused", ""),
)
"""Entities are tried apart: whether they are refused or read as nothing is the library's choice, but they must end."""
