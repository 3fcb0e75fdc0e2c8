"""The invented world: every event that the sample's feeds tell of, as a record of UCDP's 49 columns.

Which file tells of an event, and in what state, is not decided here (see `vintages`), nor is any dirt.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random

from scripts.sample import actors, kinds
from scripts.sample.actors import Dyad
from scripts.sample.geography import COUNTRIES, MALI, Country, Place, priogrid_cell
from scripts.sample.kinds import Kind, Pairing

SEED = 20231031
FIRST_ID = 9_000_001
"""Far above the ids that UCDP gives, so that nobody takes one for the other."""

LAST_DAY = date(2023, 10, 31)
"""The coverage of the sample ends here: 2023 is a year that is not over."""

STRICT_BY_YEAR = {2018: 0, 2019: 0, 2020: 0, 2021: 50, 2022: 125, 2023: 300}
"""Attacks on military positions, all of them in Mali: none before 2021, so that 2021 has no increase to show."""

BLOODLESS_BY_YEAR = {2021: 6, 2022: 13, 2023: 32}
"""Those among them in which nobody died. UCDP lists deadly events only: what is known of these comes from others."""

EVENTS_BY_YEAR = {2018: 240, 2019: 270, 2020: 310, 2021: 360, 2022: 480, 2023: 690}
"""All events."""

STRICT_KINDS = {kinds.ATTACK_ON_SITE: 96, kinds.ATTACK_ON_SHARED_SITE: 4}

OTHER_EVENTS = {  # kind: weight in Mali, Burkina Faso, Niger
    kinds.CLASH: (16, 13, 10),
    kinds.AMBUSH: (16, 14, 10),
    kinds.NEAR_SITE: (4, 3, 2),
    kinds.ARMY_OPERATION: (14, 12, 8),
    kinds.GUNMEN_AT_SITE: (5, 2, 1),
    kinds.UN_SITE: (4, 0, 0),
    kinds.POLICE: (3, 3, 2),
    kinds.MILITIA: (0, 5, 0),
    kinds.LONE_SOLDIER: (2, 1, 1),
    kinds.STATE_OFFICE: (2, 1, 1),
    kinds.ATTACK_ON_CIVILIANS: (16, 14, 10),
    kinds.OTHERS_ON_CIVILIANS: (6, 2, 1),
    kinds.COMMUNAL: (5, 0, 0),
    kinds.RIVALS: (4, 3, 1),
}

COLUMNS = (
    *("id", "relid", "year", "active_year", "code_status", "type_of_violence"),
    *("conflict_dset_id", "conflict_new_id", "conflict_name", "dyad_dset_id", "dyad_new_id", "dyad_name"),
    *("side_a_dset_id", "side_a_new_id", "side_a", "side_b_dset_id", "side_b_new_id", "side_b"),
    *("number_of_sources", "source_article", "source_office", "source_date", "source_headline", "source_original"),
    *("where_prec", "where_coordinates", "where_description", "adm_1", "adm_2", "latitude", "longitude", "geom_wkt"),
    *("priogrid_gid", "country", "country_id", "region", "event_clarity", "date_prec", "date_start", "date_end"),
    *("deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown", "best", "high", "low", "gwnoa", "gwnob"),
)
"""The columns of a UCDP GED release, in order."""

DEATHS = ("deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown")

OFFICES = ("Synthetic Wire", "Synthetic Sahel Monitor", "Agence Synthétique", "Invented Daily")
ORIGIN = "synthetic sample"
"""Stands in `source_original` of every record."""

Record = dict[str, str]
"""One record: every column as text; dates as 2023-04-30, until a file writes them in its own way."""


@dataclass(frozen=True)
class Event:
    """An invented event, where it happened, and the record in which UCDP tells of it, unless nobody died."""

    kind: Kind
    country: Country
    place: Place
    record: Record
    is_bloodless: bool = False

    @property
    def event_id(self) -> str:
        """UCDP's id, as text."""
        return self.record["id"]

    @property
    def day(self) -> date:
        """The first day on which it can have happened."""
        return date.fromisoformat(self.record["date_start"])

    def changed(self, **values: str) -> "Event":
        """The same event with other values in its record."""
        return replace(self, record=self.record | values)


@dataclass
class Numbers:
    """Gives ids and the serial numbers in `relid`."""

    next_id: int = FIRST_ID
    serials: dict[str, int] = field(default_factory=dict[str, int])

    def take_id(self) -> str:
        """An id that was never given before."""
        self.next_id += 1
        return str(self.next_id - 1)

    def relid(self, country: Country, year: int, violence_type: int, dyad: Dyad) -> str:
        """UCDP's id in words: country, year, type, dyad, serial number."""
        stem = f"{country.relid_prefix}-{year}-{violence_type}-{dyad.dset_id}"
        serial = self.serials.get(stem, 0)
        self.serials[stem] = serial + 1
        return f"{stem}-{serial}"


class World:
    """Invents events, the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        """Begin with no event and no id given."""
        self._random = Random(f"{seed}/world")  # noqa: S311 - repeatable, not secret
        self._numbers = Numbers()

    def events(self, year: int) -> list[Event]:
        """All events of a year, in no order that means anything."""
        sites = self._random.choices(tuple(STRICT_KINDS), tuple(STRICT_KINDS.values()), k=STRICT_BY_YEAR[year])
        strict = [self.event(kind, MALI, year) for kind in sites]
        choices = [(kind, country) for kind in OTHER_EVENTS for country in COUNTRIES]
        weights = [weight for by_country in OTHER_EVENTS.values() for weight in by_country]
        picked = self._random.choices(choices, weights, k=EVENTS_BY_YEAR[year] - len(strict))
        events = strict + [self.event(kind, country, year) for kind, country in picked]
        return _with_bloodless(events, BLOODLESS_BY_YEAR.get(year, 0))

    def event(self, kind: Kind, country: Country, year: int, month: int | None = None) -> Event:
        """One new event of a kind, in a country and a year, or in a month of it."""
        place = self._random.choice(country.places)
        dyad = self._dyad(kind, country, place)
        when = self._when(kind, year, month)
        deaths = self._deaths(kind)
        record = {
            "id": self._numbers.take_id(),
            "relid": self._numbers.relid(country, year, kind.violence_type, dyad),
            "year": str(year),
            "active_year": "0" if kind.pairing is Pairing.PLACEHOLDER else "1",
            "code_status": "Clear",
            "type_of_violence": str(kind.violence_type),
            "region": "Africa",
            "event_clarity": "2" if self._random.random() < 0.08 else "1",
            "gwnoa": dyad.gleditsch_ward_a,
            "gwnob": "",
        }
        record |= _sides(dyad) | self._where(kind, country, place) | when | deaths
        record |= self._sources(kind, country, place, dyad, record)
        return Event(kind, country, place, {column: record[column] for column in COLUMNS})

    def _dyad(self, kind: Kind, country: Country, place: Place) -> Dyad:
        has_islamic_state = place.admin1 in actors.ISLAMIC_STATE_REGIONS and self._random.random() < 0.6
        group = actors.ISLAMIC_STATE if has_islamic_state else actors.JNIM
        match kind.pairing:
            case Pairing.GOVERNMENT_AND_JIHADISTS:
                return actors.state_based(country, group)
            case Pairing.JIHADISTS_AND_CIVILIANS:
                return actors.one_sided(group)
            case Pairing.OTHERS_AND_CIVILIANS:
                is_militia = country is MALI and self._random.random() < 0.4
                return actors.one_sided(actors.DAN_NA_AMBASSAGOU if is_militia else actors.GOVERNMENTS[country])
            case Pairing.COMMUNAL:
                return actors.non_state(actors.DOGON, actors.FULANI)
            case Pairing.RIVAL_JIHADISTS:
                return actors.non_state(actors.ISLAMIC_STATE, actors.JNIM)
            case Pairing.PLACEHOLDER:
                return actors.placeholder(country, kind.violence_type)

    def _when(self, kind: Kind, year: int, month: int | None) -> Record:
        """First and last day and their precision. An attack on a site is known to the day or to a few days."""
        first = date(year, month or 1, 1)
        last = min(date(year, month, monthrange(year, month)[1]) if month else date(year, 12, 31), LAST_DAY)
        day = first + timedelta(days=self._random.randrange((last - first).days + 1))
        precision = self._random.choices(range(1, 6), (90, 10, 0, 0, 0) if kind.is_strict else (76, 14, 4, 5, 1))[0]
        if precision == 5 and year == LAST_DAY.year:
            precision = 4  # a month's file cannot know of the whole year
        days_of_month = monthrange(day.year, day.month)[1]
        days_left = (date(year, 12, 31) - day).days
        start, end = {
            1: (day, day),
            2: (day, day + timedelta(days=min(self._random.randrange(1, 6), days_left))),
            3: (day, day + timedelta(days=min(6, days_left))),
            4: (day.replace(day=1), day.replace(day=days_of_month)),
            5: (date(year, 1, 1), date(year, 12, 31)),
        }[precision]
        return {"date_prec": str(precision), "date_start": start.isoformat(), "date_end": end.isoformat()}

    def _deaths(self, kind: Kind) -> Record:
        """Deaths by side, mostly few; best is their sum, low and high lie around it."""
        counted: dict[str, int] = dict.fromkeys(DEATHS, 0)
        for column, (fewest, most) in kind.deaths.items():
            counted[column] = min(self._random.randint(fewest, most), self._random.randint(fewest, most))
        best = sum(counted.values())
        low = best - self._random.randint(0, min(best, 2))
        high = best + self._random.choice((0, 0, 0, 1, 2, 5))
        return {name: str(count) for name, count in counted.items()} | {
            "best": str(best),
            "high": str(high),
            "low": str(low),
        }

    def _where(self, kind: Kind, country: Country, place: Place) -> Record:
        """Place, divisions and coordinates, as precise as `where_prec` says."""
        weights = (80, 20, 0, 0, 0, 0, 0) if kind.is_strict else (45, 25, 12, 8, 6, 3, 1)
        precision = self._random.choices(range(1, 8), weights)[0]
        other = self._random.choice([each for each in country.places if each is not place])
        same_region = [each for each in country.places if each.admin1 == place.admin1]
        name, adm_1, adm_2, latitude, longitude = {
            1: (place.coded_name, place.admin1, place.admin2, place.latitude, place.longitude),
            2: (place.coded_name, place.admin1, place.admin2, *self._nearby(place)),
            3: (place.admin2, place.admin1, place.admin2, round(place.latitude, 1), round(place.longitude, 1)),
            4: (place.admin1, place.admin1, "", *_centre(same_region)),
            5: (f"Between {place.name} and {other.name}", "", "", *_centre([place, other])),
            6: (country.name, "", "", *country.centre),
            7: (f"Airspace of {country.name}", "", "", *country.centre),
        }[precision]
        return {
            "where_prec": str(precision),
            "where_coordinates": name,
            "where_description": self._described(place),
            "adm_1": adm_1,
            "adm_2": adm_2,
            "country": country.name,
            "country_id": str(country.gleditsch_ward_code),
            **position(latitude, longitude),
        }

    def _nearby(self, place: Place) -> tuple[float, float]:
        return (
            place.latitude + self._random.randint(-9, 9) / 100,
            place.longitude + self._random.randint(-9, 9) / 100,
        )

    def _described(self, place: Place) -> str:
        """The place in a source's words; now and then on several lines, as in the real files."""
        return self._random.choice(
            (
                place.name,
                f"{place.name}, {place.admin2}",
                f"{place.name} area, {place.admin1}",
                f"in {place.name}, {place.admin2}, {place.admin1}",
            )
            * 4
            + (f"{place.name} area\n\n{place.admin2}", "")
        )

    def _sources(self, kind: Kind, country: Country, place: Place, dyad: Dyad, record: Record) -> Record:
        """One to three sources: their offices, dates and headlines, each joined with ';'."""
        count = self._random.choices((1, 2, 3), (75, 19, 6))[0]
        others = [each for each in country.places if each is not place]
        words = {
            "place": place.name,
            "other": self._random.choice(others).name,
            "n": int(record[kind.victims]),
            "country": country.name,
            "demonym": country.demonym,
            "french_name": country.french_name,
            "french_demonym": country.french_demonym,
        }
        headlines = [self._headline(kind, dyad, words)]
        started = date.fromisoformat(record["date_start"])
        for _ in range(count - 1):
            is_neutral = self._random.random() < 0.5
            more = self._neutral(country, place, started) if is_neutral else self._headline(kind, dyad, words)
            headlines.append(more)
        offices = [self._random.choice(OFFICES) for _ in headlines]
        dates = [(started + timedelta(days=self._random.randint(0, 4))).isoformat() for _ in headlines]
        if self._random.random() < 0.02:
            headlines[-1] += "\n\nUpdated"
        articles = (f'"{",".join(article)}"' for article in zip(offices, dates, headlines, strict=True))
        return {
            "number_of_sources": str(count),
            "source_article": ";".join(articles),
            "source_office": ";".join(offices),
            "source_date": ";".join(dates),
            "source_headline": ";".join(headlines),
            "source_original": ORIGIN,
        }

    def _headline(self, kind: Kind, dyad: Dyad, words: dict[str, str | int]) -> str:
        templates = [*kind.headlines, *kind.about_group.get(dyad.side_b.name, ())]
        if int(words["n"]) < 2:
            templates = [template for template in templates if "{n}" not in template]
        return self._random.choice(templates).format(**words)

    def _neutral(self, country: Country, place: Place, day: date) -> str:
        """A headline that says nothing of what happened, as many sources have."""
        return self._random.choice(
            (f"#{country.name}", f"{country.name}: {day:%B %Y}", f"Weekly notes, {place.admin1}", "Chronique du Sahel")
        )


def position(latitude: float, longitude: float) -> Record:
    """Coordinates in the forms in which UCDP repeats them."""
    latitude, longitude = round(latitude, 6), round(longitude, 6)
    return {
        "latitude": f"{latitude:.6f}",
        "longitude": f"{longitude:.6f}",
        "geom_wkt": f"POINT ({longitude:g} {latitude:g})",
        "priogrid_gid": str(priogrid_cell(latitude, longitude)),
    }


def _sides(dyad: Dyad) -> Record:
    return {
        "conflict_dset_id": dyad.conflict_dset_id,
        "conflict_new_id": dyad.conflict_new_id,
        "conflict_name": dyad.conflict_name,
        "dyad_dset_id": dyad.dset_id,
        "dyad_new_id": dyad.new_id,
        "dyad_name": dyad.name,
        "side_a_dset_id": dyad.side_a.dset_id,
        "side_a_new_id": dyad.side_a.new_id,
        "side_a": dyad.side_a.name,
        "side_b_dset_id": dyad.side_b.dset_id,
        "side_b_new_id": dyad.side_b.new_id,
        "side_b": dyad.side_b.name,
    }


def _with_bloodless(events: list[Event], count: int) -> list[Event]:
    """Let nobody die in the first attacks on sites that can do without: sources count no dead, nothing else is near."""
    no_deaths = dict.fromkeys((*DEATHS, "best", "low", "high"), "0")
    found: list[Event] = []
    for event in events:
        words = event.record["source_headline"]
        is_precise = event.record["date_prec"] == event.record["where_prec"] == "1"
        if count and event.kind.is_strict and is_precise and not re.search(r"\d", words) and _is_alone(event, events):
            count -= 1
            found.append(replace(event.changed(**no_deaths), is_bloodless=True))
        else:
            found.append(event)
    if count:
        raise ValueError(f"{count} attacks on sites are too few in which nobody can have died")
    return found


def _is_alone(event: Event, events: list[Event]) -> bool:
    """Did nothing else happen there within a week, as far as days and places are known?"""
    days = timedelta(days=7)
    return not any(
        other is not event
        and (other.place is event.place or _is_vaguely_near(other, event))
        and other.day - days < event.day < date.fromisoformat(other.record["date_end"]) + days
        for other in events
    )


def _is_vaguely_near(other: Event, event: Event) -> bool:
    return other.record["where_prec"] not in "12" and other.place.admin1 == event.place.admin1


def _centre(places: list[Place]) -> tuple[float, float]:
    return (
        round(sum(place.latitude for place in places) / len(places), 2),
        round(sum(place.longitude for place in places) / len(places), 2),
    )


def by_month(events: list[Event]) -> Iterator[tuple[int, list[Event]]]:
    """Events of one year by the month in which they begin."""
    for month in range(1, 13):
        if found := [event for event in events if event.day.month == month]:
            yield month, found
