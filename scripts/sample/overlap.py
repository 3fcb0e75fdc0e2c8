"""What other feeds know of the world that UCDP's files tell of, and how they tell it otherwise.

Where two events lie close to each other, they are told as they were: the sample has one truth, which a warehouse can
find. How well linking does with the errors that feeds really make is tried elsewhere (`orchestration.links.synthetic`).
"""

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from random import Random

from scripts.sample import truth, vintages
from scripts.sample.geography import Country, Place
from scripts.sample.world import EVENTS_BY_YEAR, LAST_DAY, SEED, Event, World

ByDay = dict[tuple[Country, date], list[Event]]

NEAR_KM = 35
NEAR_DAYS = 4
"""Closer than this, two events can be taken for one."""

SAME_IN_BOTH = ("date_start", "date_end", "date_prec", "where_prec", "latitude", "longitude", "best", "country")
SETTLED = timedelta(days=7)
"""So close to the end of a year, or of the coverage, no day is told wrongly: figures by year stay what they are."""


@dataclass(frozen=True)
class Telling:
    """What a feed has got of an event: when, where and how many."""

    day: date
    place: Place
    latitude: float
    longitude: float
    is_exact: bool
    fatalities: int


@cache
def known_events() -> tuple[Event, ...]:
    """Events that other feeds can tell of: as UCDP's files have them in the end, or as only others do.

    Not among them are those that nobody could tell from another one: of the same days and place, or of something that
    UCDP tells of vaguely.
    """
    current = {event.event_id: event for event, _ in truth.current_events(vintages.build(SEED)).values()}
    world = World(SEED)
    events = [event for year in EVENTS_BY_YEAR for event in world.events(year)]
    sound = [event for event in events if _is_sound(event, current.get(event.event_id))]
    vague = _by_day([event for key, event in current.items() if key not in {each.event_id for each in sound}])
    days = _by_day(sound)
    clear = {
        event.event_id
        for event in sound
        if not _around(vague, event.country, event.place, event.day)
        and all(other is event or other.place is not event.place for other in days[event.country, event.day])
    }
    return tuple(event for event in events if event.is_bloodless or event.event_id in clear)


def _is_sound(event: Event, told: Event | None) -> bool:
    """Does UCDP tell it as it was, known to the day or some days, and to the place or its neighbourhood?"""
    is_known = event.record["date_prec"] in "12" and event.record["where_prec"] in "12"
    return is_known and told is not None and all(told.record[name] == event.record[name] for name in SAME_IN_BOTH)


def is_crowded(event: Event) -> bool:
    """Is another event so close that they could be taken for one?"""
    return any(
        other.event_id != event.event_id for other in _around(_all_events(), event.country, event.place, event.day)
    )


def is_quiet(country: Country, place: Place, day: date) -> bool:
    """Did nothing happen there then, as far as anybody knows?"""
    return not _around(_all_events(), country, place, day)


def quiet_place(random: Random, countries: Collection[Country], first_day: date, days: int) -> tuple[Place, date]:
    """A place and a day of which no other feed tells anything that lies close."""
    while True:
        country = random.choice(list(countries))
        place, day = random.choice(country.places), first_day + timedelta(days=random.randrange(days))
        if is_quiet(country, place, day):
            return place, day


def telling(event: Event, random: Random) -> Telling:
    """How a feed has got an event.

    What counts under a definition is told within the bounds that UCDP gives, so that the figures have one truth; what
    no definition counts is told with all the errors that feeds make.
    """
    is_plain = bool(event.kind.definitions) or is_crowded(event) or _is_near_an_end(event.day)
    off = 0 if is_plain else random.choices((0, 1, -1, 2), (86, 6, 6, 2))[0]
    km = random.choice((0.0, 0.0, random.uniform(0.1, 1.5))) if is_plain else random.uniform(0, 8)
    bearing = random.uniform(0, 2 * math.pi)
    kilometres_a_degree = 111.2
    return Telling(
        day=event.day + timedelta(days=off),
        place=event.place,
        latitude=event.place.latitude + km * math.cos(bearing) / kilometres_a_degree,
        longitude=event.place.longitude
        + km * math.sin(bearing) / (kilometres_a_degree * math.cos(math.radians(event.place.latitude))),
        is_exact=km < 2,
        fatalities=_toll(event, random, is_plain=is_plain),
    )


def _toll(event: Event, random: Random, *, is_plain: bool) -> int:
    toll, low, high = (int(event.record[name]) for name in ("best", "low", "high"))
    if random.random() < 0.7 or (is_plain and event.record["where_prec"] != "1"):
        return toll
    return random.randint(low, high) if is_plain else max(0, round(toll * random.choice((0.5, 0.7, 1.3, 1.6))))


def _is_near_an_end(day: date) -> bool:
    ends = (date(day.year, 1, 1), date(day.year, 12, 31), LAST_DAY.replace(year=day.year))
    return any(abs(day - end) <= SETTLED for end in ends)


def _around(events: ByDay, country: Country, place: Place, day: date) -> list[Event]:
    return [
        event
        for off in range(-NEAR_DAYS, NEAR_DAYS + 1)
        for event in events.get((country, day + timedelta(days=off)), ())
        if _distance_km(place, event.place) <= NEAR_KM
    ]


@cache
def _all_events() -> ByDay:
    """Every event that any file of UCDP or anybody else tells of, on each of its days."""
    told = {row.event.event_id: row.event for file in vintages.build(SEED).files for row in file.rows}
    return _by_day([*({event.event_id: event for event in known_events()} | told).values()])


def _by_day(events: Iterable[Event]) -> ByDay:
    found: ByDay = {}
    for event in events:
        days = (date.fromisoformat(event.record["date_end"]) - event.day).days
        for off in range(days + 1):
            found.setdefault((event.country, event.day + timedelta(days=off)), []).append(event)
    return found


def _distance_km(one: Place, other: Place) -> float:
    east = (one.longitude - other.longitude) * math.cos(math.radians(one.latitude))
    return 111.2 * math.hypot(one.latitude - other.latitude, east)
