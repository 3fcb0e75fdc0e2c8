"""Two invented vintages of ACLED: what they tell, what is wrong with them, and what must become of each row.

The first is an export of 2019, once per actor; the second one of 2023, which tells the same events of Mali again among
others. Most events are those of the world that UCDP's files tell of; demonstrations are ACLED's own. How the vintages
are written is `acled_files`.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from hashlib import sha256
from random import Random
from typing import Any

from scripts.sample import acled_files, kinds
from scripts.sample.acled_files import Record
from scripts.sample.geography import BURKINA_FASO, COUNTRIES, MALI, NIGER, Country
from scripts.sample.kinds import Pairing
from scripts.sample.world import SEED, Event, World

FEED = "acled"
YEARS = range(2018, 2024)
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
    lone, disagreeing, misdated = old[12], old[13], old[14]
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
    rows = [Row(dict(record)) for record in told[2:]]
    random.shuffle(rows)
    for number, form in ((3, "%d-%b-%y"), (5, "%d %B %Y"), (8, "%Y-%m-%d 00:00:00.000")):
        rows[number].record["event_date"] = f"{_day(rows[number].record):{form}}"
    rows[12].record["notes"] = rows[12].record["notes"].replace(", ", ',\n"as told",\n', 1)
    rows[15].record["fatalities"] = ""
    rows[17].record["latitude"] = rows[17].record["longitude"] = "14.5000"
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
    same_place_and_day = Row({**rows[30].record, "event_id_cnty": f"MLI{next(numbers)}"})
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
    """What ACLED tells by 2023: some events of every country and year, and demonstrations; those of Mali first."""
    random, world = _random("told"), World(SEED)
    events = [event for year in YEARS for event in world.events(year)]
    old = [event for event in events if event.country is MALI and event.day <= OLD_UNTIL and _is_dated(event)][:80]
    others = [event for event in events if event not in old and event.day > OLD_UNTIL and _is_dated(event)]
    chosen = old + random.sample(others, 255)
    told = [_record(event) for event in chosen] + [_demonstration(number, random) for number in range(20)]
    return list(_numbered(sorted(told, key=lambda record: (record["country"] != MALI.name, record["event_date"]))))


def _numbered(records: Iterable[Record]) -> Iterable[Record]:
    for number, record in enumerate(records, start=FIRST_NUMBER):
        letters = next(letters for country, (letters, _) in LETTERS.items() if country.name == record["country"])
        yield record | {"event_id_cnty": f"{letters}{number}", "timestamp": str(1_698_800_000 + number)}


def _is_dated(event: Event) -> bool:
    return event.record["date_prec"] in "14" and event.record["where_prec"] in "124"


def _record(event: Event) -> Record:
    """An event of the world in ACLED's words."""
    told = event.record
    first, second = (_actor(told[side], event) for side in ("side_b", "side_a"))
    if event.kind.pairing in (Pairing.JIHADISTS_AND_CIVILIANS, Pairing.OTHERS_AND_CIVILIANS):
        first, second = second, first
    event_type, sub_type = _type(event)
    headline = told["source_headline"].split(";")[0].replace("\n", " ")
    return _common(event.country, event.day) | {
        "time_precision": {"1": "1", "4": "3"}[told["date_prec"]],
        "disorder_type": "Political violence",
        "event_type": event_type,
        "sub_event_type": sub_type,
        **_sides(first, second),
        "admin1": told["adm_1"].removesuffix(" region"),
        "admin2": told["adm_2"].rpartition(" ")[0],
        "location": told["where_coordinates"].removesuffix(" town").removesuffix(" village"),
        "latitude": f"{float(told['latitude']):.4f}",
        "longitude": f"{float(told['longitude']):.4f}",
        "geo_precision": {"1": "1", "2": "2", "4": "3"}[told["where_prec"]],
        "source": "; ".join(dict.fromkeys(told["source_office"].split(";"))),
        "notes": f"On {event.day.day} {event.day:%B %Y}, it was reported: {headline} (synthetic sample).",
        "fatalities": told["best"],
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
