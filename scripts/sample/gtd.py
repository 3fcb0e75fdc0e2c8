"""Invented GTD records: a release as a workbook, and an older extract as text in MacRoman.

A third of the records tell of events that UCDP's files tell of, the others of things of GTD's own, far from all of
those. Places are real, everything else is invented; `dbsource` says so in every record, and the ids have serial numbers
that GTD never reaches on one day.
"""

import csv
import io
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from hashlib import sha256
from random import Random
from typing import Any

from schemas.gtd import GTD_EVENTS
from scripts.sample import kinds, overlap
from scripts.sample.geography import COUNTRIES, MALI, Country
from scripts.sample.tally import truth_of
from scripts.sample.workbooks import Cell, workbook
from scripts.sample.world import Event

FEED = "gtd"
RELEASE = f"{FEED}/globalterrorismdb_0522dist.xlsx"
EXTRACT = f"{FEED}/mali_extract.csv"
ORIGIN = "synthetic sample"
FIRST_DAY = date(2017, 1, 1)
LAST_DAY = date(2020, 12, 31)
EVENTS = 450
RETOLD = 150
FIRST_SERIAL = 9001
CODES = {"MLI": 123, "BFA": 33, "NER": 146}

ATTACKS = {2: "Armed Assault", 3: "Bombing/Explosion", 6: "Hostage Taking (Kidnapping)", 9: "Unknown"}
TARGETS = {3: "Police", 4: "Military", 14: "Private Citizens & Property", 2: "Government (General)"}
BODIES = {3: "National Police of {}", 4: "Armed Forces of {}", 14: "Not Applicable", 2: "Government of {}"}
WEAPONS = {2: (5, "Firearms"), 3: (6, "Explosives"), 6: (5, "Firearms"), 9: (13, "Unknown")}
UNKNOWN = "Unknown"
GROUPS = {
    "JNIM": "Jama'at Nusrat al-Islam wal Muslimin (JNIM)",
    "IS": "Islamic State in the Greater Sahara (ISGS)",
}
RETOLD_KINDS = {  # attack, target, what was hit
    kinds.AMBUSH: (2, 4, (29, "Military Unit/Patrol/Convoy"), "Patrol"),
    kinds.GUNMEN_AT_SITE: (2, 4, (27, "Military Barracks/Base/Headquarters/Checkpost"), "Camp"),
    kinds.POLICE: (2, 3, (22, "Police Building (headquarters, station, school)"), "Post"),
    kinds.ATTACK_ON_CIVILIANS: (2, 14, (67, "Village/City/Town/Suburb"), "Village"),
}
"""What GTD says of these kinds. Attacks on positions come after its last year."""
OWN_TARGETS = (2, 3, 14)
"""Of things of its own it knows no attacker, and nothing about the military: no definition counts them."""
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
    records = [record for record, _ in _records()]
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


def tells() -> dict[str, str]:
    """Which of the world's events its records tell of, by the ids of both."""
    return {record["eventid"]: event.event_id for record, event in _records() if event}


@cache
def _records() -> list[tuple[Record, Event | None]]:
    """Every record, in order, with the event of the world that it tells of."""
    random = Random(FEED)  # noqa: S311 - repeatable, not secret
    able = [event for event in overlap.known_events() if event.kind in RETOLD_KINDS and event.day <= LAST_DAY]
    found = [(_retold(event, number, random), event) for number, event in enumerate(random.sample(able, RETOLD))]
    found += [(_own(number, random), None) for number in range(RETOLD, EVENTS)]
    return sorted(found, key=lambda pair: pair[0]["eventid"])


def _retold(event: Event, number: int, random: Random) -> Record:
    got = overlap.telling(event, random)
    attack, target, (subtype, subtype_text), what = RETOLD_KINDS[event.kind]
    headline = event.record["source_headline"].split(";")[0].replace("\n", " ")
    group = UNKNOWN if event.kind is kinds.GUNMEN_AT_SITE else _group(event)
    return _record(event.country, got.day, "day", number, random, attack, target) | {
        "provstate": event.place.admin1.removesuffix(" region"),
        "city": event.place.name,
        "latitude": f"{got.latitude:.6f}",
        "longitude": f"{got.longitude:.6f}",
        "specificity": "1",
        "vicinity": "0" if got.is_exact else "1",
        "location": "",
        "summary": f"{got.day:%m/%d/%Y}: {headline}.",
        "targsubtype1": str(subtype),
        "targsubtype1_txt": subtype_text,
        "target1": what,
        "gname": group,
        "doubtterr": "0",
        "nkill": str(got.fatalities),
    }


def _group(event: Event) -> str:
    """The group of an event, on whichever side UCDP has it."""
    return next(GROUPS[event.record[side]] for side in ("side_b", "side_a") if event.record[side] in GROUPS)


def _own(number: int, random: Random) -> Record:
    place, day = overlap.quiet_place(random, COUNTRIES, FIRST_DAY, (LAST_DAY - FIRST_DAY).days)
    country = next(country for country in COUNTRIES if place in country.places)
    attack, target = random.choice(list(ATTACKS)), random.choice(OWN_TARGETS)
    known = random.choices(("day", "month", "year"), (90, 8, 2))[0]
    return _record(country, day, known, number, random, attack, target) | {
        "provstate": place.admin1.removesuffix(" region"),
        **_where(random, place.name, place.latitude, place.longitude),
        "summary": _summary(random, country, place.name, day, attack, target),
        "gname": UNKNOWN,
    }


def _record(country: Country, day: date, known: str, number: int, random: Random, attack: int, target: int) -> Record:
    weapon, weapon_text = WEAPONS[attack]
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
        "target1": "Post",
        "gname": UNKNOWN,
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
