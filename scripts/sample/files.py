"""How UCDP writes its files: columns, dates, quoting, archives; and how a spreadsheet wrecks one.

Text goes in as records, bytes come out; which records is decided in `vintages`.
"""

import csv
import gzip
import io
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from scripts.sample.world import COLUMNS, Record

ARCHIVED_AT = (2023, 6, 1, 12, 0, 0)
"""The time that every member of an archive carries, so that the same content is the same bytes."""

WEB_EXPORT_COLUMNS = (*COLUMNS[:44], "best_est", "high_est", "low_est")
"""47 names: the estimates are called otherwise and the last two columns are missing."""

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_APPLE_DOUBLE = b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X        " + bytes(96)


@dataclass(frozen=True, slots=True)
class Style:
    """What differs from one release to the next."""

    quoting: Literal[0, 1] = csv.QUOTE_ALL  # QUOTE_MINIMAL or QUOTE_ALL
    booleans: tuple[str, str] = ("0", "1")
    has_header: bool = True


ALL_QUOTED = Style()
PLAIN = Style(quoting=csv.QUOTE_MINIMAL)
PLAIN_WITH_WORDS = Style(quoting=csv.QUOTE_MINIMAL, booleans=("False", "True"))
HEADERLESS = Style(has_header=False)


def release_csv(records: Iterable[Record], style: Style) -> str:
    """The 49 columns of a release or a candidate file; days as `2023-04-30 00:00:00.000`."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=style.quoting, lineterminator="\n")
    if style.has_header:
        writer.writerow(COLUMNS)
    for record in records:
        dates = {name: _release_date(record[name]) for name in ("date_start", "date_end")}
        written = record | dates | {"active_year": style.booleans[int(record["active_year"])]}
        writer.writerow([written[column] for column in COLUMNS])
    return text.getvalue()


def web_export_csv(records: Iterable[Record]) -> str:
    """The web export of one country: 47 names, 48 fields a row (the last one empty), US dates, True and False."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(WEB_EXPORT_COLUMNS)
    for record in records:
        dates = {name: _us_date(record[name]) for name in ("date_start", "date_end")}
        written = record | dates | {"active_year": ("False", "True")[int(record["active_year"])]}
        writer.writerow([*(written[column] for column in COLUMNS[:47]), ""])
    return text.getvalue()


def wrecked_by_spreadsheet(text: str) -> str:
    """What is left of a CSV that a spreadsheet took for one split by semicolons, and saved.

    Every line became a row: its first cell stands twice, quotes are doubled, records are torn at their newlines.
    """
    wreck = io.StringIO()
    writer = csv.writer(wreck, delimiter=";", lineterminator="\n")
    for line in text.splitlines():
        cells = line.split(";")
        row = [cells[0], *cells]
        writer.writerow(row + [""] * (46 - len(row)))
    return wreck.getvalue()


def zipped(name: str, text: str) -> bytes:
    """A zip of one CSV and the folder of leftovers that a Mac adds to it."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as bundle:
        for member, content in ((name, text.encode()), (f"__MACOSX/._{name}", _APPLE_DOUBLE)):
            info = zipfile.ZipInfo(member, date_time=ARCHIVED_AT)
            info.create_system = 3
            info.external_attr = 0o644 << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            bundle.writestr(info, content, compresslevel=9)
    return archive.getvalue()


def gzipped(text: str) -> bytes:
    """A gzip file without name and time, so that the same content is the same bytes."""
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=packed, mtime=0) as stream:
        stream.write(text.encode())
    return packed.getvalue()


def _release_date(value: str) -> str:
    return f"{value} 00:00:00.000" if _DAY.fullmatch(value) else value


def _us_date(value: str) -> str:
    if not _DAY.fullmatch(value):
        return value
    year, month, day = value.split("-")
    return f"{month}/{day}/{year} 00:00:00"
