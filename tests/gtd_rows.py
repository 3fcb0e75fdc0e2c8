"""Hand-made GTD records, for tests. All of it is invented."""

import csv
import io

from schemas.gtd import GTD_EVENTS

NAMES = GTD_EVENTS.names

PLAIN: dict[str, str] = {
    **dict.fromkeys(NAMES, ""),
    "eventid": "201903010001",
    "iyear": "2019",
    "imonth": "3",
    "iday": "1",
    "extended": "0",
    "country": "123",
    "country_txt": "Mali",
    "region": "11",
    "region_txt": "Sub-Saharan Africa",
    "provstate": "Mopti",
    "city": "Invented town",
    "latitude": "14.5",
    "longitude": "-9",
    "specificity": "1",
    "vicinity": "0",
    "summary": "03/01/2019: Assailants attacked a military camp, it is said, in this invented record.",
    "crit1": "1",
    "crit2": "1",
    "crit3": "1",
    "doubtterr": "0",
    "multiple": "0",
    "success": "1",
    "suicide": "0",
    "attacktype1": "2",
    "attacktype1_txt": "Armed Assault",
    "targtype1": "4",
    "targtype1_txt": "Military",
    "targsubtype1": "27",
    "targsubtype1_txt": "Military Barracks/Base/Headquarters/Checkpost",
    "corp1": "Armed Forces of Mali",
    "target1": "Camp",
    "natlty1": "123",
    "natlty1_txt": "Mali",
    "gname": "Jama'at Nusrat al-Islam wal Muslimin (JNIM)",
    "nperps": "-99",
    "claimed": "0",
    "weaptype1": "5",
    "weaptype1_txt": "Firearms",
    "nkill": "3",
    "nkillter": "1",
    "nwound": "-99",
    "property": "-9",
    "dbsource": "START Primary Collection",
    "INT_LOG": "-9",
    "related": "",
}


def record(number: int = 1, **changes: str) -> dict[str, str]:
    """A clean record with its own id, changed as told."""
    return {**PLAIN, "eventid": f"20190301{number:04}", **changes}


def table(records: list[dict[str, str]]) -> str:
    """Records as comma-separated text with a header."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(NAMES)
    writer.writerows([each[name] for name in NAMES] for each in records)
    return buffer.getvalue()


def wrapped(text: str) -> str:
    """What a spreadsheet makes of a table that it took for one column: every line in quotes, empty cells behind it."""
    return "".join(f'"{line.replace(chr(34), chr(34) * 2)}";;;\n' for line in text.removesuffix("\n").split("\n"))
