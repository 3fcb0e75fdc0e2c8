"""Two invented vintages of ACLED: what they tell, what is wrong with them, and what must become of each row.

The first is an export of 2019, once per actor; the second one of 2023, which tells the same events of Mali again among
others. Most events are those of the world that UCDP's files tell of; demonstrations are ACLED's own. How the vintages
are written is `acled_files`.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from hashlib import sha256
from random import Random
from typing import Any

from scripts.sample import acled_files, kinds, overlap
from scripts.sample.acled_files import Record
from scripts.sample.geography import BURKINA_FASO, COUNTRIES, MALI, NIGER, Country
from scripts.sample.kinds import Pairing
from scripts.sample.world import SEED, Event

FEED = "acled"
OLD_UNTIL = date(2019, 6, 30)
FIRST_NUMBER = 900_001
"""Far above the numbers that ACLED gives, so that nobody takes one for the other."""

LETTERS = {MALI: ("MLI", "466"), BURKINA_FASO: ("BFO", "854"), NIGER: ("NIR", "562")}
GROUPS = {
    "JNIM": ("JNIM: Group for Support of Islam and Muslims", "2"),
    "IS": ("Islamic State Sahel Province (ISSP)", "2"),
    "Dan na Ambassagou": ("Dan Na Ambassagou", "4"),
    "Dogon": ("Dogon Ethnic Militia (Mali)", "4"),
    "Fulani": ("Fulani Ethnic Militia (Mali)", "4"),
}
DEMONSTRATIONS = (("Protests", "Peaceful protest", "6"), ("Riots", "Violent demonstration", "5"))

SHARES = {"site": 5 / 6, "MLI": 0.3, "BFA": 0.15, "NER": 0.15, "old": 0.8}
"""How much of what UCDP lists is told here: attacks on positions, the rest by country, and Mali's until June 2019."""

SECOND_ID = "MLI990999"
SECOND = "/2"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file and what must become of it: landed, quarantined (by a rule), duplicate or folded."""

    record: Record
    fate: str = "landed"
    rule: str | None = None


@dataclass
class Export:
    """One file of the sample."""

    path: str
    about: str
    rows: list[Row]
    written: Callable[[list[Record]], bytes]
    warned: Counter[str] = field(default_factory=Counter[str])

    @property
    def payload(self) -> bytes:
        """The file."""
        return self.written([row.record for row in self.rows])


def payloads() -> dict[str, bytes]:
    """Every file below data/sample, by its path; the page in `broken/` is not loaded."""
    return {export.path: export.payload for export in _exports()} | {PAGE: acled_files.LOGIN_PAGE}


def entries(first_order: int) -> list[Json]:
    """What sample.json says."""
    return [
        {
            "order": first_order + number,
            "feed": FEED,
            "file": export.path,
            "edition": None,
            "about": export.about,
            "sha256": sha256(export.payload).hexdigest(),
            "byte_count": len(export.payload),
        }
        for number, export in enumerate(_exports())
    ]


def truth() -> Json:
    """What must become of the rows of each file, and how the second one changes what the first one told."""
    old, new = (
        {row.record["event_id_cnty"]: row.record for row in export.rows if row.fate == "landed"}
        for export in _exports()
    )
    both = sorted(old.keys() & new.keys())
    landed = list((old | new).values())
    return {
        "conservation": [_conservation(export) for export in _exports()],
        "second_vintage": {
            "revised_count": len(both),
            "new_count": len(new.keys() - old.keys()),
            "withdrawn_count": 0,
            "other_fatalities": [each for each in both if old[each]["fatalities"] != new[each]["fatalities"]],
            "only_in_the_first": sorted(old.keys() - new.keys()),
        },
        "event_count": dict(
            sorted(Counter(acled_files.COMMON_TYPES[record["event_type"]] for record in landed).items())
        ),
        "page": PAGE,
    }


PAGE = "broken/ACLED_export_of_a_lapsed_login.csv"


def _conservation(export: Export) -> Json:
    fates = Counter(row.fate for row in export.rows)
    return {
        "file": export.path,
        "records_read": len(export.rows),
        **{f"records_{fate}": fates[fate] for fate in ("landed", "quarantined", "duplicate", "folded")},
        "quarantined": [
            {"record_number": number, "rule": row.rule}
            for number, row in enumerate(export.rows, start=1)
            if row.fate == "quarantined"
        ],
        "warned": dict(sorted(export.warned.items())),
    }


@cache
def _exports() -> tuple[Export, Export]:
    told = _told()
    return _old_vintage(told), _new_vintage(told)


def _old_vintage(told: list[Record]) -> Export:
    """Mali until June 2019, as an export of that time: far from each other, an event's rows stand."""
    random = _random("old")
    known = [record for record in told if record["country"] == MALI.name and _day(record) <= OLD_UNTIL]
    old = [acled_files.as_of_2019(record) for record in known]
    for record in old[4:10]:
        record["fatalities"] = str(int(record["fatalities"]) + 1)
    old[10]["event_date"] = f"00{old[10]['event_date'][2:]}"
    old[11]["event_date"] = f"{_day(old[11]):%d-%b-%y}"
    lone, disagreeing, misdated = [record for record in old[12:] if record["actor2"]][:3]
    misdated["event_date"], misdated["year"] = f"00{misdated['event_date'][2:]}", "2017"
    rows = [row for record in old for row in acled_files.unfolded(record)]
    rows = [row for row in rows if row is lone or row["event_id_cnty"] != lone["event_id_cnty"]]
    second = next(
        row for row in rows if row["event_id_cnty"] == disagreeing["event_id_cnty"] and row is not disagreeing
    )
    second["fatalities"] = "99"
    random.shuffle(rows)
    fates = _monadic_fates(rows, {disagreeing["event_id_cnty"]: "id_unique", misdated["event_id_cnty"]: None})
    return Export(
        path=f"{FEED}/ACLED_Mali_until_June_2019_monadic.csv",
        about="An export of 2019, once per actor: upper-case header, HXL tags, an index without a name, old types.",
        rows=fates,
        written=acled_files.old_export,
        warned=Counter({"century_in_date": 1}),
    )


def _monadic_fates(rows: list[Record], spoilt: dict[str, str | None]) -> list[Row]:
    """The first row of an event lands with what the later ones say; rows that contradict each other do not."""
    seen: set[str] = set()
    fates: list[Row] = []
    for record in rows:
        event_id = record["event_id_cnty"]
        if spoilt.get(event_id):
            fates.append(Row(record, "quarantined", spoilt[event_id]))
        elif event_id in seen:
            fates.append(Row(record, "folded"))
        elif event_id in spoilt:
            fates.append(Row(record, "quarantined", "event_date_not_before_1900; year_is_that_of_event_date"))
        else:
            fates.append(Row(record))
        seen.add(event_id)
    return fates


def _new_vintage(told: list[Record]) -> Export:
    """All countries, as an export of November 2023 that was cut off while it was downloaded."""
    random = _random("new")
    only_before = [record["event_id_cnty"] for record in told if record["disorder_type"] == "Political violence"][:2]
    rows = [Row(dict(record)) for record in told if record["event_id_cnty"] not in only_before]
    random.shuffle(rows)
    for number, form in ((3, "%d-%b-%y"), (5, "%d %B %Y"), (8, "%Y-%m-%d 00:00:00.000")):
        rows[number].record["event_date"] = f"{_day(rows[number].record):{form}}"
    rows[12].record["notes"] = rows[12].record["notes"].replace(", ", ',\n"as told",\n', 1)
    march, other_march, *_ = (row for row in rows[12:] if row.record["disorder_type"] == "Demonstrations")
    march.record["fatalities"] = ""
    other_march.record["latitude"] = other_march.record["longitude"] = "14.5000"
    numbers = iter(range(990_001, 991_000))

    def spoilt(like: int, rule: str, **values: str) -> Row:
        event_id = f"MLI{next(numbers)}"
        return Row({**rows[like].record, "event_id_cnty": event_id, **values}, "quarantined", rule)

    twice = spoilt(20, "id_unique")
    faults = [
        spoilt(21, "is_required", event_id_cnty=""),
        spoilt(22, "event_type_in_codebook", event_type="Battle"),
        spoilt(23, "coordinates_not_zero", latitude="0", longitude="0"),
        spoilt(27, "is_date", event_date="2021-02-30"),
        twice,
        Row({**twice.record, "notes": "Told otherwise (synthetic sample)."}, "quarantined", "id_unique"),
    ]
    same_place_and_day = Row({**_twice_told(), "event_id_cnty": SECOND_ID})
    copy, cut_off = Row(dict(rows[31].record), "duplicate"), spoilt(32, "record_is_whole")
    for row in (*faults, same_place_and_day):
        rows.insert(random.randrange(40, len(rows)), row)
    rows += [copy, cut_off]
    return Export(
        path=f"{FEED}/ACLED_central_Sahel_2018_2023.csv",
        about="The export of 2023: both actors in a row, words for codes, its download cut off in the last record.",
        rows=rows,
        written=acled_files.current_export,
        warned=Counter({"coordinates_differ": 1, "fatalities_known": 1}),
    )


@cache
def _told() -> list[Record]:
    """What ACLED tells by 2023: events of every country and year, and demonstrations; those of Mali first."""
    return [record for record, _ in _numbered_with_events()]


def tells() -> dict[str, str]:
    """Which of the world's events each of its records tells of, by the ids of both; demonstrations are its own."""
    told = {record["event_id_cnty"]: event.event_id for record, event in _numbered_with_events() if event}
    return told | {SECOND_ID: told[_twice_told()["event_id_cnty"]] + SECOND}


def only_told_here() -> list[Event]:
    """Incidents that UCDP has not: without deaths, and the second one of a place and day."""
    told = {record["event_id_cnty"]: event for record, event in _numbered_with_events() if event}
    second = told[_twice_told()["event_id_cnty"]]
    return [event for event in told.values() if event.is_bloodless] + [second.changed(id=second.event_id + SECOND)]


def _twice_told() -> Record:
    """The record whose day, place and actors another id shares: a second event, as far as the feed knows."""
    return next(
        record
        for record, event in _numbered_with_events()
        if event
        and event.kind is kinds.ATTACK_ON_CIVILIANS
        and event.record["date_prec"] == "1"
        and int(record["fatalities"]) > 2
        and event.day > OLD_UNTIL
    )


@cache
def _numbered_with_events() -> list[tuple[Record, Event | None]]:
    random = _random("told")
    told: list[tuple[Record, Event | None]] = [(_record(event, random), event) for event in _chosen(random)]
    told += [(_demonstration(number, random), None) for number in range(20)]
    told.sort(key=lambda pair: (pair[0]["country"] != MALI.name, pair[0]["event_date"]))
    return [(_numbered(record, number), event) for number, (record, event) in enumerate(told, start=FIRST_NUMBER)]


def _chosen(random: Random) -> list[Event]:
    """All that UCDP does not list, five of six attacks on positions, and a part of the rest."""
    chosen: list[Event] = []
    for event in overlap.known_events():
        share = SHARES["site"] if event.kind.is_strict else SHARES[event.country.country_code]
        is_old = event.country is MALI and event.day <= OLD_UNTIL
        if event.is_bloodless or random.random() < (SHARES["old"] if is_old else share):
            chosen.append(event)
    return chosen


def _numbered(record: Record, number: int) -> Record:
    letters = next(letters for country, (letters, _) in LETTERS.items() if country.name == record["country"])
    return record | {"event_id_cnty": f"{letters}{number}", "timestamp": str(1_698_800_000 + number)}


def _record(event: Event, random: Random) -> Record:
    """An event of the world in ACLED's words."""
    told, got = event.record, overlap.telling(event, random)
    first, second = (_actor(told[side], event) for side in ("side_b", "side_a"))
    if event.kind.pairing in (Pairing.JIHADISTS_AND_CIVILIANS, Pairing.OTHERS_AND_CIVILIANS):
        first, second = second, first
    elif event.kind.pairing is Pairing.GOVERNMENT_AND_JIHADISTS and not event.is_bloodless and random.random() < 0.06:
        first = (f"Unidentified Armed Group ({event.country.name})", "3")
    event_type, sub_type = _type(event)
    headline = told["source_headline"].split(";")[0].replace("\n", " ")
    return _common(event.country, got.day) | {
        "time_precision": "1",
        "disorder_type": "Political violence",
        "event_type": event_type,
        "sub_event_type": sub_type,
        **_sides(first, second),
        "admin1": event.place.admin1.removesuffix(" region"),
        "admin2": event.place.admin2.rpartition(" ")[0],
        "location": event.place.name,
        "latitude": f"{got.latitude:.4f}",
        "longitude": f"{got.longitude:.4f}",
        "geo_precision": "1" if got.is_exact else "2",
        "source": "; ".join(dict.fromkeys(told["source_office"].split(";"))),
        "notes": f"On {got.day.day} {got.day:%B %Y}, it was reported: {headline} (synthetic sample).",
        "fatalities": str(got.fatalities),
    }


def _type(event: Event) -> tuple[str, str]:
    if event.kind.pairing in (Pairing.JIHADISTS_AND_CIVILIANS, Pairing.OTHERS_AND_CIVILIANS):
        return "Violence against civilians", "Attack"
    headline = event.record["source_headline"].lower()
    if event.kind is kinds.AMBUSH and (" mine" in headline or "bomb" in headline or "explos" in headline):
        return "Explosions/Remote violence", "Remote explosive/landmine/IED"
    return "Battles", "Armed clash"


def _actor(side: str, event: Event) -> tuple[str, str]:
    """A side of UCDP as ACLED names it, with the code of its kind; armies carry the period of a government."""
    if side.startswith("Government of"):
        return f"Military Forces of {event.country.name} {_period(event)}", "1"
    if side == "Civilians":
        return f"Civilians ({event.country.name})", "7"
    return GROUPS[side]


def _period(event: Event) -> str:
    if event.country is not MALI:
        return {BURKINA_FASO: "(2015-2022)", NIGER: "(2011-2023)"}[event.country]
    return "(2013-2020)" if event.day < date(2020, 8, 18) else "(2021-)"


def _demonstration(number: int, random: Random) -> Record:
    """A march or a riot; every second one in Mali before July 2019."""
    country = MALI if number % 2 else random.choice(COUNTRIES)
    day = date(2018 + number % 2, 1 + number // 2, 1 + number) if country is MALI else date(2022, 3, 1 + number)
    place = random.choice(country.places)
    event_type, sub_type, kind = DEMONSTRATIONS[number % 3 == 0]
    name = {"6": "Protesters", "5": "Rioters"}[kind]
    police = (f"Police Forces of {country.name}", "1") if number % 4 == 3 else ("", "")
    return _common(country, min(day, OLD_UNTIL) if country is MALI else day) | {
        "time_precision": "1",
        "disorder_type": "Demonstrations",
        "event_type": event_type,
        "sub_event_type": sub_type,
        **_sides((f"{name} ({country.name})", kind), police),
        "assoc_actor_1": "Invented Teachers' Union; Students" if number % 3 == 1 else "",
        "admin1": place.admin1.removesuffix(" region"),
        "admin2": place.admin2.rpartition(" ")[0],
        "location": place.name,
        "latitude": f"{place.latitude:.4f}",
        "longitude": f"{place.longitude:.4f}",
        "geo_precision": "1",
        "source": "Synthetic Sahel Monitor",
        "notes": f'In {place.name}, people marched; "enough", they said (synthetic sample).',
        "fatalities": "0",
        "tags": f"crowd size=about {100 + number}",
    }


def _common(country: Country, day: date) -> Record:
    return dict.fromkeys(acled_files.CURRENT, "") | {
        "event_date": day.isoformat(),
        "year": str(day.year),
        "iso": LETTERS[country][1],
        "region": "Western Africa",
        "country": country.name,
        "source_scale": "National",
    }


def _sides(first: tuple[str, str], second: tuple[str, str]) -> Record:
    words = [acled_files.KINDS[code] for _, code in (first, second) if code]
    return {
        "actor1": first[0],
        "inter1": words[0],
        "actor2": second[0],
        "inter2": words[1] if second[1] else "",
        "interaction": "-".join(words) if second[1] else f"{words[0]} only",
        "civilian_targeting": "Civilian targeting" if "7" in (first[1], second[1]) else "",
    }


def _day(record: Record) -> date:
    return date.fromisoformat(record["event_date"])


def _random(purpose: str) -> Random:
    return Random(f"{SEED}/acled {purpose}")  # noqa: S311 - repeatable, not secret
