"""What happens in the invented country: places, and fights and attacks at them in bursts. Nobody tells of it here."""

import math
from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import accumulate
from random import Random

from orchestration.links.synthetic.spelling import invented_name

KM_PER_DEGREE = 111.2


@dataclass(frozen=True)
class Village:
    """A place with its divisions. `town` is the chief place of the district, which gives the district its name."""

    name: str
    district: str
    region: str
    latitude: float
    longitude: float
    number: int
    is_town: bool


@dataclass(frozen=True)
class Country:
    """Places, and how often something happens at each (cumulated)."""

    code: str
    demonym: str
    villages: tuple[Village, ...]
    towns: dict[str, Village]
    capitals: dict[str, Village]
    weights: tuple[float, ...]
    neighbours: dict[tuple[int, float], list[Village]] = field(default_factory=dict[tuple[int, float], "list[Village]"])

    def anywhere(self, random: Random) -> Village:
        """A place, busy ones more often."""
        return self.villages[bisect(self.weights, random.random() * self.weights[-1])]

    def near(self, village: Village, km: float, random: Random) -> Village:
        """Another place within some kilometres, if it has one in its district; itself if not."""
        able = self.neighbours.get((village.number, km))
        if able is None:
            around = self.villages[max(0, village.number - 14) : village.number + 15]
            able = [other for other in around if other is not village and distance_km(other, village) <= km]
            self.neighbours[village.number, km] = able
        return random.choice(able) if able else village


@dataclass(frozen=True)
class Part:
    """What one place saw on one day."""

    village: Village
    day: date
    toll: int


@dataclass(frozen=True)
class Event:
    """One thing that happened; more than one part where it took days or went through villages.

    Attributes:
        kind: attack, mine, strike, raid or abuse (of civilians), feud (of militias), rivalry (of jihadists), movement.
        sides: the family of each side.
        is_vague: nobody learnt more of the place than the district.
    """

    country: Country
    kind: str
    sides: tuple[str, str]
    parts: tuple[Part, ...] = field(default=())
    is_vague: bool = False

    @property
    def toll(self) -> int:
        """All deaths."""
        return sum(part.toll for part in self.parts)


KINDS = {
    "attack": (("jnim", "army"), 0.30),
    "mine": (("jnim", "army"), 0.13),
    "strike": (("army", "jnim"), 0.14),
    "raid": (("jnim", "civilians"), 0.23),
    "abuse": (("army", "civilians"), 0.06),
    "feud": (("dozo", "civilians"), 0.09),
    "rivalry": (("is", "jnim"), 0.05),
    "movement": (("army", "jnim"), 0.08),
}


def distance_km(one: Village, other: Village) -> float:
    """Kilometres between two places, flat: they are near each other."""
    north = one.latitude - other.latitude
    east = (one.longitude - other.longitude) * math.cos(math.radians(one.latitude))
    return KM_PER_DEGREE * math.hypot(north, east)


def moved(latitude: float, longitude: float, km: float, random: Random) -> tuple[float, float]:
    """A point at some distance in any direction."""
    angle = random.uniform(0, 2 * math.pi)
    north, east = km * math.cos(angle), km * math.sin(angle)
    return (
        latitude + north / KM_PER_DEGREE,
        longitude + east / KM_PER_DEGREE / math.cos(math.radians(latitude)),
    )


def country(code: str, demonym: str, random: Random, at: tuple[float, float], regions: int = 8) -> Country:
    """A country of some regions, each with districts of some dozens of villages."""
    villages: list[Village] = []
    towns: dict[str, Village] = {}
    capitals: dict[str, Village] = {}
    for _ in range(regions):
        centre = (at[0] + random.uniform(-2.6, 2.6), at[1] + random.uniform(-4.0, 4.0))
        region = ""
        for _ in range(random.randint(4, 7)):
            town_at = moved(*centre, abs(random.gauss(0, 90)), random)
            district = invented_name(random)
            region = region or district
            town = Village(district, district, region, *town_at, number=len(villages), is_town=True)
            towns[district] = town
            capitals.setdefault(region, town)
            villages.append(town)
            for _ in range(random.randint(15, 40)):
                # A name in twenty is borne by another village, too.
                name = random.choice(villages).name if random.random() < 0.05 else invented_name(random)
                where = moved(*town_at, abs(random.gauss(0, 32)), random)
                villages.append(Village(name, district, region, *where, number=len(villages), is_town=False))
    heat = {district: random.paretovariate(0.9) for district in towns}
    weights = [
        heat[village.district] * random.paretovariate(1.1) * (3 if village.is_town else 1) for village in villages
    ]
    return Country(code, demonym, tuple(villages), towns, capitals, tuple(accumulate(min(w, 40) for w in weights)))


def events(country: Country, first: date, days: int, number: int, random: Random) -> Iterator[Event]:
    """Things that happen, about as many as asked for; about three in ten answer another one within two days nearby."""
    told = 0
    while told < number:
        day = first + timedelta(days=random.randrange(days))
        kind = random.choices(list(KINDS), [share for _, share in KINDS.values()])[0]
        event = _event(country, kind, country.anywhere(random), day, random)
        yield event
        told += 1
        while random.random() < 0.12 and told < number:
            origin = event.parts[0]
            village = origin.village if random.random() < 0.4 else country.near(origin.village, 25, random)
            kind = event.kind if random.random() < 0.6 else random.choice(list(KINDS))
            event = _event(country, kind, village, origin.day + timedelta(days=random.choice((0, 1, 1, 2))), random)
            yield event
            told += 1


def _event(country: Country, kind: str, village: Village, day: date, random: Random) -> Event:
    sides, _ = KINDS[kind]
    if "jnim" in sides and kind != "rivalry" and village.number % 3 == 0:
        sides = (sides[0].replace("jnim", "is"), sides[1].replace("jnim", "is"))
    if kind == "strike" and random.random() < 0.3:
        sides = ("french", sides[1])
    if kind == "movement":  # nobody fights
        return Event(country, kind, sides, (Part(village, day, int(random.random() < 0.03)),))
    parts = [Part(village, day, _toll(random))]
    chance = random.random()
    if chance < 0.075:  # through villages on one day
        for _ in range(random.choice((1, 1, 1, 2))):
            parts.append(Part(country.near(village, 25, random), day, _toll(random, 0.25)))
    elif chance < 0.13:  # on several days
        for after in range(1, random.choice((2, 2, 2, 3))):
            parts.append(Part(village, day + timedelta(days=after), _toll(random, 0.25)))
    return Event(country, kind, sides, tuple(parts), is_vague=random.random() < 0.05)


def _toll(random: Random, none: float = 0.4) -> int:
    """Deaths at one place on one day: none in four of ten, dozens now and then."""
    chance = random.random()
    if chance < none:
        return 0
    if chance < none + 0.15:
        return 1
    return min(1 + int(random.lognormvariate(1.35, 0.95)), 160)
