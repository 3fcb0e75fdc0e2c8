"""What a warehouse must find in the sample, told by those who made it: counts, conservation, changes, dirt.

Nothing here reads the files back: the truth follows from the rows and their events. A test reads the files on its own
and compares.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from scripts.sample import dirt, findings
from scripts.sample.geography import COUNTRIES
from scripts.sample.kinds import BROAD, DEFINITIONS, KINDS, SECURITY_FORCES
from scripts.sample.rows import FeedFile, Row
from scripts.sample.vintages import FIRST_YEAR, YEARLY_LAST_YEAR, Sample
from scripts.sample.world import LAST_DAY, Event

YEARS = range(FIRST_YEAR, LAST_DAY.year + 1)
VIOLENCE_TYPES = {"1": "state_based", "2": "non_state", "3": "one_sided"}
NOT_CONTENT = frozenset({"gwnoa", "gwnob"})
"""Missing from the web export: their appearance is no revision."""

STATEMENT = (
    "All of this is synthetic: places are real, every event, figure and headline is invented. Never cite it, never mix "
    "it with real data."
)
WEAPON_WORDS = {"indirect_fire": ("Mortar fire",), "suicide_or_vehicle_bomb": ("Suicide bomber",)}
"""What headlines of attacks on military positions say of weapons that can be told apart by a word."""

MANY = 25
"""Dirt that occurs more often than this is counted, and only its first records are named."""

Json = dict[str, Any]


@dataclass
class _Lake:
    """What the files, in the order in which they arrive, make current, and how they change it."""

    current: dict[str, tuple[Event, FeedFile]] = field(default_factory=dict[str, tuple[Event, FeedFile]])
    arrived: list[FeedFile] = field(default_factory=list[FeedFile])

    def take(self, file: FeedFile) -> Json:
        """Let a file arrive; what changed, by id."""
        landed = file.landed
        known = {each: event for each, (event, _) in self.current.items() if file.covers(event)}
        both = sorted(known.keys() & landed.keys())
        changes = {
            "new": sorted(landed.keys() - known.keys()),
            "revised": [each for each in both if _content(known[each]) != _content(landed[each])],
            "withdrawn": sorted(known.keys() - landed.keys()),
        }
        unchanged = set(both) - set(changes["revised"])
        confirmed = [each for each in unchanged if self.current[each][1].feed != file.feed]
        found_late = [each for each in changes["new"] if any(earlier.covers(landed[each]) for earlier in self.arrived)]
        self.arrived.append(file)
        for each in changes["withdrawn"]:
            del self.current[each]
        self.current |= {each: (event, file) for each, event in landed.items()}
        return {
            "file": file.path,
            "new_count": len(changes["new"]),
            "revised_count": len(changes["revised"]),
            "confirmed_count": len(confirmed),
            "unchanged_count": len(unchanged) - len(confirmed),
            "withdrawn_count": len(changes["withdrawn"]),
            "new_where_an_earlier_file_spoke": found_late,
            "revised": changes["revised"],
            "withdrawn": changes["withdrawn"],
        }


def current_events(sample: Sample) -> dict[str, tuple[Event, FeedFile]]:
    """What UCDP's files make current in the end, by id, with the file that holds it."""
    lake = _Lake()
    for file in sample.files:
        lake.take(file)
    return lake.current


def tell(sample: Sample, only_others: Sequence[Event] = (), reports: dict[str, dict[str, str]] | None = None) -> Json:
    """The whole truth, as truth.json has it.

    Args:
        sample: the files of UCDP.
        only_others: incidents of which other feeds tell and UCDP does not.
        reports: for each of the other feeds, the event that each of its reports tells of.
    """
    lake = _Lake()
    changes = [lake.take(file) for file in sample.files]
    events = [event for event, _ in lake.current.values()]
    incidents = [*events, *only_others]
    return {
        "is_synthetic": True,
        "statement": STATEMENT,
        "coverage": {"first_event_year": FIRST_YEAR, "until": LAST_DAY.isoformat()},
        "headline_table": _headline_table(incidents),
        "attack_count": _attack_counts(incidents),
        "attack_count_of_ucdp": _attack_counts(events),
        "reading_of_definitions": (
            f"{SECURITY_FORCES} counts police, pro-government militia, foreign or UN forces; the military alone is in "
            f"{BROAD}, and an attack on a site that both share is in both."
        ),
        "fatality_count_of_strict_attacks": _fatalities(events),
        "report_count": _report_counts(events),
        "current_report_count": len(events),
        "conservation": [_conservation(file) for file in sample.files],
        "changes": changes,
        "dirt": _dirt(sample.files),
        "wreck": {"file": "broken/GEDEvent_v22_1_niger_web_export.csv", "ids": sample.wreck_ids},
        "kinds": _kinds(events),
        "strict_attacks": _strict_attacks(incidents),
        "attacks": findings.tell(events, only_others, reports or {}),
        "links": _links(lake.current, only_others, reports or {}),
    }


def _content(event: Event) -> Json:
    return {column: value for column, value in event.record.items() if column not in NOT_CONTENT}


def _kinds(events: list[Event]) -> Json:
    """Every current event by its kind, with the definitions that count the kind."""
    return {
        kind.name: {
            "definitions": sorted(kind.definitions),
            "ids": sorted(event.event_id for event in events if event.kind is kind),
        }
        for kind in KINDS
    }


def _strict_attacks(incidents: Iterable[Event]) -> Json:
    """Who attacked military positions, with which weapons, and how many civilians died, by year."""
    strict = [event for event in incidents if event.kind.is_strict]
    return {
        "by_group": {
            name: _by_year(event for event in strict if event.record["side_b"] == name)
            for name in sorted({event.record["side_b"] for event in strict})
        },
        "by_weapon": {weapon: _by_year(_worded(strict, words)) for weapon, words in WEAPON_WORDS.items()},
        "civilian_deaths": {
            str(year): sum(
                int(event.record["deaths_civilians"]) for event in strict if event.record["year"] == str(year)
            )
            for year in YEARS
        },
    }


def _worded(events: Iterable[Event], words: tuple[str, ...]) -> list[Event]:
    """Events whose headline has one of these words."""
    return [event for event in events if any(word in event.record["source_headline"] for word in words)]


def _by_year(events: Iterable[Event]) -> dict[str, int]:
    counts = Counter(event.record["year"] for event in events)
    return {str(year): counts[str(year)] for year in YEARS}


def _links(
    current: dict[str, tuple[Event, FeedFile]], only_others: Sequence[Event], reports: dict[str, dict[str, str]]
) -> Json:
    """Which report tells of which event, by the feeds' own ids; an event bears UCDP's id, also where UCDP is silent."""
    strict = {event.event_id: event for event in [each for each, _ in current.values()] + [*only_others]}
    strict = {event_id: event for event_id, event in strict.items() if event.kind.is_strict}
    told = {"ucdp": dict.fromkeys(current, "")} | reports
    by_feed = {
        feed: Counter(
            strict[event].record["year"] for event in (known if feed == "ucdp" else known.values()) if event in strict
        )
        for feed, known in told.items()
    }
    return {
        "only_others": {event.event_id: event.kind.name for event in only_others},
        "strict_attacks_told_by_feed": {
            feed: {str(year): counts[str(year)] for year in YEARS} for feed, counts in by_feed.items()
        },
        "reports": reports,
    }


def _by_country_and_year(events: Iterable[Event], counts: Callable[[Event], bool]) -> Json:
    """Counts, with the zeros of covered years."""
    found = Counter((event.country.country_code, int(event.record["year"])) for event in events if counts(event))
    return {
        country.country_code: {str(year): found[country.country_code, year] for year in YEARS} for country in COUNTRIES
    }


def _attack_counts(events: list[Event]) -> Json:
    return {
        definition: _by_country_and_year(events, lambda event, each=definition: each in event.kind.definitions)
        for definition in DEFINITIONS
    }


def _report_counts(events: list[Event]) -> Json:
    return {
        name: _by_country_and_year(events, lambda event, each=code: event.record["type_of_violence"] == each)
        for code, name in VIOLENCE_TYPES.items()
    }


def _headline_table(events: list[Event]) -> list[Json]:
    """Strict attacks by year over all countries, as the published table words them."""
    counts = Counter(int(event.record["year"]) for event in events if event.kind.is_strict)
    same_days = sum(
        event.kind.is_strict and event.day <= LAST_DAY.replace(year=YEARLY_LAST_YEAR)
        for event in events
        if event.day.year == YEARLY_LAST_YEAR
    )
    rows: list[Json] = []
    for year in YEARS:
        before = counts[year - 1]
        row: Json = {
            "year": year,
            "attack_count": counts[year],
            "is_partial_year": year == LAST_DAY.year,
            "yoy_change_pct": round(100 * (counts[year] - before) / before, 1) if before else None,
        }
        if year == LAST_DAY.year:
            row["attack_count_same_days_year_before"] = same_days
            row["like_for_like_change_pct"] = round(100 * (counts[year] - same_days) / same_days, 1)
        rows.append(row)
    return rows


def _fatalities(events: list[Event]) -> Json:
    strict = [event for event in events if event.kind.is_strict]
    return {
        str(year): {
            estimate: sum(int(event.record[estimate]) for event in strict if event.day.year == year)
            for estimate in ("low", "best", "high")
        }
        for year in YEARS
    }


def _conservation(file: FeedFile) -> Json:
    """Records read = landed + quarantined + exact duplicates; the first record of a file is number 1."""
    numbered = list(enumerate(file.rows, start=1))
    warned = Counter(
        rule for row in file.rows if row.lands for rule, is_broken in _warnings(row.record).items() if is_broken
    )
    return {
        "file": file.path,
        "feed": file.feed,
        "edition": file.edition,
        "records_read": len(file.rows),
        "records_landed": sum(row.lands for row in file.rows),
        "records_quarantined": sum(row.fault is not None for row in file.rows),
        "records_duplicate": sum(row.repeats for row in file.rows),
        "quarantined": [
            {
                "record_number": number,
                "source_event_id": row.record["id"] or None,
                "rule": row.fault.rule,
                "columns": row.fault.columns,
                "country_code": row.event.country.country_code,
                "year": int(row.record["year"]),
            }
            for number, row in numbered
            if row.fault
        ],
        "duplicate_record_numbers": [number for number, row in numbered if row.repeats],
        "warned": dict(sorted(warned.items())),
    }


def _warnings(record: dict[str, str]) -> dict[str, bool]:
    return {rule: is_broken(record) for rule, is_broken in dirt.WARNINGS.items()}


def _dirt(files: list[FeedFile]) -> Json:
    """Every kind of dirt, with where it occurs; the dirt of whole files first."""
    places: Json = {
        "trailing_comma": [{"file": file.path, "records": "all"} for file in files if file.country],
        "us_dates": [{"file": file.path, "records": "all"} for file in files if file.country],
        "headerless": [{"file": file.path, "records": "all"} for file in files if "without a header" in file.about],
        "reissued_under_the_same_number": [{"file": file.path} for file in files if "reissued" in file.path],
        "exact_duplicate": _where(files, lambda row: row.repeats),
    }
    for mark, is_marked in dirt.MARKS.items():
        places[mark] = _where(files, lambda row, each=is_marked: each(row.record))
    for rule in sorted({row.fault.rule for file in files for row in file.rows if row.fault}):
        places[f"breaks_{rule}"] = _where(
            files, lambda row, each=rule: row.fault is not None and row.fault.rule == each
        )
    return places


def _where(files: list[FeedFile], is_meant: Callable[[Row], bool]) -> Json | list[Json]:
    found = [
        {
            "file": file.path,
            "record_number": number,
            "source_event_id": row.record["id"] or None,
            "outcome": "quarantined" if row.fault else "duplicate" if row.repeats else "landed",
        }
        for file in files
        for number, row in enumerate(file.rows, start=1)
        if is_meant(row)
    ]
    return found if len(found) <= MANY else {"record_count": len(found), "first": found[:3]}
