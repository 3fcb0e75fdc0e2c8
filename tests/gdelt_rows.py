"""Files of GDELT made by hand: a sound record with the 61 columns, and how GDELT writes and packs them."""

import hashlib
import io
import zipfile
from collections.abc import Iterable

from schemas.gdelt import GDELT_EVENTS

ARCHIVED_AT = (2024, 1, 1, 0, 0, 0)
STAMP = "20240101001500"


def line(number: int = 900_000_001, **changes: object) -> bytes:
    """One record, as it stands in the file."""
    values = dict.fromkeys(GDELT_EVENTS.names, "") | {
        "GLOBALEVENTID": number,
        "SQLDATE": "20240101",
        "MonthYear": "202401",
        "Year": "2024",
        "FractionDate": "2024.0027",
        "Actor1Code": "REB",
        "Actor1Name": "SYNTHETIC FRONT",
        "Actor1Type1Code": "REB",
        "Actor2Code": "MLIMIL",
        "Actor2Name": "MALI",
        "Actor2CountryCode": "MLI",
        "Actor2Type1Code": "MIL",
        "IsRootEvent": "1",
        "EventCode": "193",
        "EventBaseCode": "193",
        "EventRootCode": "19",
        "QuadClass": "4",
        "GoldsteinScale": "-10",
        "NumMentions": "4",
        "NumSources": "2",
        "NumArticles": "4",
        "AvgTone": "-7.25",
        "ActionGeo_Type": "4",
        "ActionGeo_FullName": "Synthetic village, Mopti, Mali",
        "ActionGeo_CountryCode": "ML",
        "ActionGeo_ADM1Code": "ML04",
        "ActionGeo_Lat": "14.49",
        "ActionGeo_Long": "-4.19",
        "ActionGeo_FeatureID": "-999999",
        "DATEADDED": STAMP,
        "SOURCEURL": f"https://news.example/{number}",
        **changes,
    }
    return "\t".join(str(values[name]) for name in GDELT_EVENTS.names).encode()


def table(lines: Iterable[bytes]) -> bytes:
    """A file's text."""
    return b"".join(each + b"\n" for each in lines)


def packed(text: bytes, stamp: str = STAMP) -> bytes:
    """A zip as GDELT makes them: one member, named like the zip."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as bundle:
        info = zipfile.ZipInfo(f"{stamp}.export.CSV", date_time=ARCHIVED_AT)
        info.compress_type = zipfile.ZIP_DEFLATED
        bundle.writestr(info, text)
    return archive.getvalue()


def list_line(payload: bytes, url: str) -> str:
    """A line of a list of files."""
    return f"{len(payload)} {hashlib.md5(payload, usedforsecurity=False).hexdigest()} {url}"
