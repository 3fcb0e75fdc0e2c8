"""Invented GTD records: a release as a workbook, and an older extract as text in MacRoman.

Places are real, everything else is invented; `dbsource` says so in every record, and the ids have serial numbers that
GTD never reaches on one day.
"""

import csv
import io
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import sha256
from random import Random
from typing import Any

from schemas.gtd import GTD_EVENTS
from scripts.sample.geography import COUNTRIES, MALI, Country
from scripts.sample.tally import truth_of
from scripts.sample.workbooks import Cell, workbook

FEED = "gtd"
RELEASE = f"{FEED}/globalterrorismdb_0522dist.xlsx"
EXTRACT = f"{FEED}/mali_extract.csv"
ORIGIN = "synthetic sample"
FIRST_DAY = date(2017, 1, 1)
LAST_DAY = date(2020, 12, 31)
EVENTS = 450
FIRST_SERIAL = 9001
CODES = {"MLI": 123, "BFA": 33, "NER": 146}

ATTACKS = {2: "Armed Assault", 3: "Bombing/Explosion", 6: "Hostage Taking (Kidnapping)", 9: "Unknown"}
TARGETS = {3: "Police", 4: "Military", 14: "Private Citizens & Property", 2: "Government (General)"}
BODIES = {3: "National Police of {}", 4: "Armed Forces of {}", 14: "Not Applicable", 2: "Government of {}"}
WEAPONS = {2: (5, "Firearms"), 3: (6, "Explosives"), 6: (5, "Firearms"), 9: (13, "Unknown")}
GROUPS = ("Jama'at Nusrat al-Islam wal Muslimin (JNIM)", "Islamic State in the Greater Sahara (ISGS)", "Unknown")
Json = dict[str, Any]
Record = dict[str, str]


@dataclass
class _File:
    """One file: its records in order, and what must become of them."""

    path: str
    edition: str | None
    about: str
    payload: bytes
    record_count: int
    rules: dict[int, str] = field(default_factory=dict[int, str])
    copies: int = 0


def payloads() -> dict[str, bytes]:
    """The files by their paths."""
    return {file.path: file.payload for file in _files()}


def entries(first_order: int) -> list[Json]:
    """What sample.json says of them."""
    return [
        {
            "order": first_order + number,
            "feed": FEED,
            "file": file.path,
            "edition": file.edition,
            "about": file.about,
            "sha256": sha256(file.payload).hexdigest(),
            "byte_count": len(file.payload),
        }
        for number, file in enumerate(_files())
    ]


def truth() -> list[Json]:
    """What must become of the records of each file."""
    return [truth_of(file) for file in _files()]


def _files() -> list[_File]:
    random = Random(FEED)  # noqa: S311 - repeatable, not secret
    records = sorted((_record(random, number) for number in range(EVENTS)), key=lambda record: record["eventid"])
    return [_extract(records), _release(records)]


def _extract(records: list[Record]) -> _File:
    """Mali alone as it was before a revision, in MacRoman, with the records that a spreadsheet spoilt."""
    mali = [dict(record) for record in records if record["country_txt"] == MALI.name and record["iyear"] < "2020"]
    for record in mali[::9]:
        record["nkill"] = str(int(record["nkill"]) + 1) if record["nkill"].isdigit() else "1"
    lost = mali[4] | {"eventid": "2.02E+11"}
    no_such_day = mali[7] | {"eventid": "201902309001", "imonth": "2", "iday": "30"}
    rows = [*mali, lost, no_such_day, mali[0]]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(GTD_EVENTS.names)
    writer.writerows([record[name] for name in GTD_EVENTS.names] for record in rows)
    return _File(
        path=EXTRACT,
        edition=None,
        about="Mali until 2019 as somebody saved it on a Mac years ago; two ids and days are lost, one record repeats.",
        payload=text.getvalue().encode("mac_roman"),
        record_count=len(rows),
        rules={len(rows) - 2: "eventid_has_12_digits", len(rows) - 1: "day_in_month"},
        copies=1,
    )


def _release(records: list[Record]) -> _File:
    """All of it as a workbook: a sheet with a title first, counts as numbers."""
    off_earth = records[5] | {"eventid": "201802019001", "longitude": "-86185896"}
    rows = [*records, off_earth]
    cells: list[list[Cell]] = [[_typed(name, record[name]) for name in GTD_EVENTS.names] for record in rows]
    return _File(
        path=RELEASE,
        edition="0522",
        about="The release of May 2022 as a workbook, below a cover sheet; a longitude lost its decimal point.",
        payload=workbook({"Cover": [["GTD"], [ORIGIN]], "Data": [list(GTD_EVENTS.names), *cells]}),
        record_count=len(rows),
        rules={len(rows): "longitude_on_earth"},
    )


def _typed(name: str, text: str) -> Cell:
    """Numbers as a workbook holds them."""
    is_number = name not in {"summary", "related"} and text.lstrip("-").replace(".", "", 1).isdigit()
    return text if not is_number else float(text) if "." in text else int(text)


def _record(random: Random, number: int) -> Record:
    country = random.choice(COUNTRIES)
    place = random.choice(country.places)
    attack = random.choice(list(ATTACKS))
    target = random.choice(list(TARGETS))
    weapon, weapon_text = WEAPONS[attack]
    day = FIRST_DAY + timedelta(days=random.randrange((LAST_DAY - FIRST_DAY).days))
    known = random.choices(("day", "month", "year"), (90, 8, 2))[0]
    stamp = f"{day:%Y%m%d}" if known == "day" else f"{day:%Y%m}00" if known == "month" else f"{day:%Y}0000"
    return dict.fromkeys(GTD_EVENTS.names, "") | {
        "eventid": f"{stamp}{FIRST_SERIAL + number:04}",
        "iyear": str(day.year),
        "imonth": str(0 if known == "year" else day.month),
        "iday": str(day.day if known == "day" else 0),
        "approxdate": "" if known == "day" else f"{day:%Y-%m}, day unknown",
        "extended": "0",
        "country": str(CODES[country.country_code]),
        "country_txt": country.name,
        "region": "11",
        "region_txt": "Sub-Saharan Africa",
        "provstate": place.admin1.removesuffix(" region"),
        **_where(random, place.name, place.latitude, place.longitude),
        "summary": _summary(random, country, place.name, day, attack, target),
        "crit1": "1",
        "crit2": "1",
        "crit3": "1",
        "doubtterr": random.choice(("0", "0", "0", "1")),
        "multiple": "0",
        "success": "1",
        "suicide": "1" if attack == 3 and random.random() < 0.2 else "0",
        "attacktype1": str(attack),
        "attacktype1_txt": ATTACKS[attack],
        "targtype1": str(target),
        "targtype1_txt": TARGETS[target],
        "corp1": BODIES[target].format(country.name),
        "target1": "Camp" if target == 4 else "Post",
        "gname": random.choice(GROUPS),
        "guncertain1": "0",
        "individual": "0",
        "nperps": "-99",
        "claimed": "0",
        "weaptype1": str(weapon),
        "weaptype1_txt": weapon_text,
        "nkill": random.choice(("0", "1", "2", "3", "5", "8", "", "2.5")),
        "nkillter": "0",
        "nwound": random.choice(("0", "2", "4", "", "-99")),
        "property": "-9",
        "ishostkid": "1" if attack == 6 else "0",
        "dbsource": ORIGIN,
        **dict.fromkeys(("INT_LOG", "INT_IDEO", "INT_MISC", "INT_ANY"), "-9"),
    }


def _where(random: Random, name: str, latitude: float, longitude: float) -> Record:
    specificity = random.choices((1, 2, 3, 4, 5), (70, 10, 10, 6, 4))[0]
    is_known = specificity < 5
    return {
        "city": name if specificity < 3 else "Unknown",
        "latitude": f"{latitude:.6f}" if is_known else "",
        "longitude": f"{longitude:.6f}" if is_known else "",
        "specificity": str(specificity),
        "vicinity": "1" if specificity == 1 and random.random() < 0.2 else "0",
        "location": f"The event took place near {name}, près de la rivière." if random.random() < 0.3 else "",
    }


def _summary(random: Random, country: Country, place: str, day: date, attack: int, target: int) -> str:
    told = f"{day:%m/%d/%Y}: Assailants ({ATTACKS[attack]}) targeted {TARGETS[target]} in {place}, {country.name}."
    return told + random.choice(("", " The attack was claimed as “a victory”.", ' A source said: "no losses".'))
