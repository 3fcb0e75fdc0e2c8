"""The smallest workbook that programs open: sheets of texts and numbers, the same bytes for the same cells."""

import io
import zipfile
from html import escape

ARCHIVED_AT = (2023, 6, 1, 12, 0, 0)
TYPES = "application/vnd.openxmlformats"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"

Cell = str | int | float | None
Rows = list[list[Cell]]


def workbook(sheets: dict[str, Rows]) -> bytes:
    """A workbook with these sheets in this order; empty cells are left out."""
    members = {
        "[Content_Types].xml": _content_types(len(sheets)),
        "_rels/.rels": _relations(["officeDocument"], ["xl/workbook.xml"]),
        "xl/workbook.xml": _book(list(sheets)),
        "xl/_rels/workbook.xml.rels": _relations(
            ["worksheet"] * len(sheets), [f"worksheets/sheet{number}.xml" for number, _ in enumerate(sheets, start=1)]
        ),
    }
    for number, rows in enumerate(sheets.values(), start=1):
        members[f"xl/worksheets/sheet{number}.xml"] = _sheet(rows)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as bundle:
        for name, text in members.items():
            info = zipfile.ZipInfo(name, date_time=ARCHIVED_AT)
            info.create_system = 3
            info.external_attr = 0o644 << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            bundle.writestr(info, HEAD + text, compresslevel=9)
    return archive.getvalue()


def _sheet(rows: Rows) -> str:
    lines = (
        f'<row r="{number}">{"".join(_cell(f"{_letters(at)}{number}", value) for at, value in enumerate(row))}</row>'
        for number, row in enumerate(rows, start=1)
    )
    return f'<worksheet xmlns="{MAIN}"><sheetData>{"".join(lines)}</sheetData></worksheet>'


def _cell(reference: str, value: Cell) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, str):
        text = f'<is><t xml:space="preserve">{escape(value, quote=False)}</t></is>'
        return f'<c r="{reference}" t="inlineStr">{text}</c>'
    return f'<c r="{reference}"><v>{value}</v></c>'


def _letters(position: int) -> str:
    """The name of a column by its position, from 0: A, B, … Z, AA."""
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _book(names: list[str]) -> str:
    sheets = "".join(
        f'<sheet name="{escape(name)}" sheetId="{number}" r:id="rId{number}"/>'
        for number, name in enumerate(names, start=1)
    )
    return f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>{sheets}</sheets></workbook>'


def _relations(kinds: list[str], targets: list[str]) -> str:
    links = "".join(
        f'<Relationship Id="rId{number}" Type="{RELATIONS}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(zip(kinds, targets, strict=True), start=1)
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{links}</Relationships>'


def _content_types(sheet_count: int) -> str:
    parts = {"xl/workbook.xml": "sheet.main"} | {
        f"xl/worksheets/sheet{number}.xml": "worksheet" for number in range(1, sheet_count + 1)
    }
    overrides = "".join(
        f'<Override PartName="/{part}" ContentType="{TYPES}-officedocument.spreadsheetml.{kind}+xml"/>'
        for part, kind in parts.items()
    )
    defaults = (
        f'<Default Extension="rels" ContentType="{TYPES}-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
    )
    return f'<Types xmlns="{PACKAGE}/content-types">{defaults}{overrides}</Types>'
