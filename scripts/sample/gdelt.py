"""Two invented days of GDELT: small zips of 15 minutes, the list that names them, and what must become of each record.

Most records are of other countries and other kinds of event, as in the real files; a few are spoilt. Places are real,
everything else is invented, and every article lies at `synthetic-sample.example`.
"""

import hashlib
import io
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from schemas.gdelt import GDELT_EVENTS

FEED = "gdelt"
DAYS = (date(2023, 10, 29), date(2023, 10, 30))
FILES_A_DAY = 8
RECORDS_A_FILE = 96
FIRST_ID = 9_000_000_001
ARCHIVED_AT = (2023, 11, 1, 12, 0, 0)
LISTED_AT = "http://data.gdeltproject.org/gdeltv2"

SAHEL = (
    ("Gao, Gao, Mali", "ML", "ML07", 16.27, -0.04),
    ("Mopti, Mopti, Mali", "ML", "ML04", 14.49, -4.19),
    ("Djibo, Sahel, Burkina Faso", "UV", "UV76", 14.1, -1.63),
    ("Tillabéri, Tillabéri, Niger", "NG", "NG06", 14.21, 1.45),
)
ELSEWHERE = (
    ("Abuja, Abuja Federal Capital Territory, Nigeria", "NI", "NI11", 9.06, 7.49),
    ("Dakar, Dakar, Senegal", "SG", "SG01", 14.69, -17.44),
    ("Paris, Ile-De-France, France", "FR", "FRA8", 48.87, 2.33),
)
ARMED = ("SYNTHETIC FRONT", "REB", "REB")
ACTORS = (ARMED, ("MALI", "MLIMIL", "MIL"), ("VILLAGER", "CVL", "CVL"), ("POLICE", "COP", "COP"))
WANTED = ("183", "190", "193", "195", "202", "182")
UNWANTED = ("010", "042", "051", "112")

Json = dict[str, Any]
Record = dict[str, object]


@dataclass
class _Day:
    """The files of one day, and what becomes of their records."""

    day: date
    files: dict[str, bytes] = field(default_factory=dict[str, bytes])
    fate: Counter[str] = field(default_factory=Counter[str])
    spoilt: list[Json] = field(default_factory=list[Json])


def payloads() -> dict[str, bytes]:
    """Every file below data/sample, by its path."""
    found = {f"{FEED}/{day.day}/{name}": payload for day in _days() for name, payload in day.files.items()}
    lines = [_listed(path.rpartition("/")[2], payload) for path, payload in found.items()]
    return found | {f"{FEED}/masterfilelist.txt": "".join(lines).encode()}


def _listed(name: str, payload: bytes) -> str:
    return f"{len(payload)} {hashlib.md5(payload, usedforsecurity=False).hexdigest()} {LISTED_AT}/{name}\n"


def entries(first_order: int) -> list[Json]:
    """What sample.json says: a folder is one batch, whose digest is that of its files' digests."""
    return [
        {
            "order": first_order + number,
            "feed": FEED,
            "file": f"{FEED}/{day.day}",
            "edition": day.day.isoformat(),
            "about": f"{FILES_A_DAY} of the files of one day, other countries and kinds of event among them.",
            "sha256": _digest("".join(_digest(payload) for payload in day.files.values()).encode()),
            "byte_count": sum(map(len, day.files.values())),
        }
        for number, day in enumerate(_days())
    ]


def truth() -> list[Json]:
    """What must become of the records of each day under the default settings."""
    return [
        {
            "file": f"{FEED}/{day.day}",
            "records_read": day.fate.total(),
            **{f"records_{word}": day.fate[word] for word in ("landed", "quarantined", "duplicate", "filtered")},
            "quarantined": day.spoilt,
        }
        for day in _days()
    ]


def _days() -> list[_Day]:
    random = Random("gdelt")  # noqa: S311 - repeatable, not secret
    days = [_Day(day) for day in DAYS]
    number = FIRST_ID
    for day in days:
        midnight = datetime(day.day.year, day.day.month, day.day.day)  # noqa: DTZ001 - a name, not a time
        for file in range(FILES_A_DAY):
            stamp = f"{midnight + timedelta(hours=3 * file, minutes=15):%Y%m%d%H%M%S}"
            records = [_record(number + each, stamp, random) for each in range(RECORDS_A_FILE)]
            number += RECORDS_A_FILE
            lines = [_line(record) for record in records]
            _count(day, records)
            if day.day == DAYS[0]:
                _spoil(day, file, stamp, lines)
            day.files[f"{stamp}.export.CSV.zip"] = _zip(f"{stamp}.export.CSV", b"".join(lines))
    return days


def _record(number: int, stamp: str, random: Random) -> Record:
    place = random.choice(SAHEL if random.random() < 0.3 else ELSEWHERE)
    code = random.choice(WANTED if random.random() < 0.5 else UNWANTED)
    back = random.choice((0, 0, 0, 1, 7, 365))
    return _told(number, stamp, place, code, back, random)


def _told(
    number: int, stamp: str, place: tuple[str, str, str, float, float], code: str, days_back: int, random: Random
) -> Record:
    name, country, division, latitude, longitude = place
    attacker, target = ARMED, random.choice(ACTORS[1:])
    occurred = date(int(stamp[:4]), int(stamp[4:6]), int(stamp[6:8])) - timedelta(days=days_back)
    mentions = random.randint(1, 20)
    return dict.fromkeys(GDELT_EVENTS.names, "") | {
        "GLOBALEVENTID": number,
        "SQLDATE": f"{occurred:%Y%m%d}",
        "MonthYear": f"{occurred:%Y%m}",
        "Year": f"{occurred:%Y}",
        "FractionDate": f"{occurred.year + occurred.timetuple().tm_yday / 365:.4f}",
        **{f"Actor1{part}": value for part, value in zip(("Name", "Code", "Type1Code"), attacker, strict=True)},
        **{f"Actor2{part}": value for part, value in zip(("Name", "Code", "Type1Code"), target, strict=True)},
        "IsRootEvent": random.randint(0, 1),
        "EventCode": code,
        "EventBaseCode": code,
        "EventRootCode": code[:2],
        "QuadClass": 4 if code in WANTED else 1,
        "GoldsteinScale": -10 if code in WANTED else 1.9,
        "NumMentions": mentions,
        "NumSources": max(1, mentions // 4),
        "NumArticles": mentions,
        "AvgTone": f"{random.uniform(-12, 4):.4f}",
        "ActionGeo_Type": 4,
        "ActionGeo_FullName": name,
        "ActionGeo_CountryCode": country,
        "ActionGeo_ADM1Code": division,
        "ActionGeo_Lat": latitude,
        "ActionGeo_Long": longitude,
        "DATEADDED": stamp,
        "SOURCEURL": f"https://synthetic-sample.example/{stamp}/{number}",
    }


def _line(record: Record) -> bytes:
    return "\t".join(map(str, record.values())).encode() + b"\n"


def _count(day: _Day, records: list[Record]) -> None:
    for record in records:
        is_wanted = record["ActionGeo_CountryCode"] in {"ML", "UV", "NG"} and record["EventCode"] in WANTED
        day.fate["landed" if is_wanted else "filtered"] += 1


def _spoil(day: _Day, file: int, stamp: str, lines: list[bytes]) -> None:
    """Add one kind of dirt to each of the first files: what the contract quarantines, and what it counts."""
    wanted = _told(int(stamp[2:12]) * 10 + 9_000_000_000, stamp, SAHEL[0], "193", 0, Random(stamp))  # noqa: S311
    added: list[tuple[bytes, str | None]] = {
        0: [(_line(wanted).replace(b"\t", b"", 1), "has_every_column")],
        1: [(_line(wanted | {"GoldsteinScale": "-19"}), "goldstein_in_bounds")],
        2: [(_line(wanted).replace(b"Gao, Gao", b"Gao \xe9, Gao"), "is_utf8")],
        3: [(_line(wanted | {"AvgTone": "1"}), "id_unique"), (_line(wanted | {"AvgTone": "2"}), "id_unique")],
        4: [(_line(wanted | {"SQLDATE": "20231131"}), "is_date")],
        5: [(_line(wanted), None), (_line(wanted), "copy")],
        6: [(_line(wanted | {"Actor1Name": 'THE "FRONT'}), None)],
        7: [(_line(wanted | {"ActionGeo_Type": 1, "ActionGeo_FullName": "Mali"}), None)],
    }[file]
    for text, rule in added:
        lines.append(text)
        day.fate[{None: "landed", "copy": "duplicate"}.get(rule, "quarantined")] += 1
        if rule not in {None, "copy"}:
            day.spoilt.append({"record_number": day.fate.total(), "rule": rule, "file": f"{stamp}.export.CSV.zip"})


def _zip(name: str, text: bytes) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as bundle:
        info = zipfile.ZipInfo(name, date_time=ARCHIVED_AT)
        info.create_system = 3
        info.external_attr = 0o644 << 16
        info.compress_type = zipfile.ZIP_DEFLATED
        bundle.writestr(info, text, compresslevel=9)
    return archive.getvalue()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
