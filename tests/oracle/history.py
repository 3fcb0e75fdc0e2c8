"""Invented histories: batches of one id space, what each holds and takes back. What follows is told elsewhere."""

import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

FIRST_DAY = date(2021, 1, 1)
FIRST_ARRIVAL = datetime(2024, 1, 1, 2)  # noqa: DTZ001 - the lake's times are UTC without a zone
DAYS = 6
IDS = "ABCDE"
LONGEST = 7


@dataclass(frozen=True)
class Sighting:
    """A record as a batch holds it. Equal contents mean that nothing was revised; one in quarantine has none."""

    source_event_id: str
    record_number: int
    content: str | None
    country: str | None
    occurred: date

    @property
    def is_read(self) -> bool:
        """Did it land?"""
        return self.content is not None


@dataclass(frozen=True)
class Batch:
    """One arrival. `takes_back` names reports that the source no longer has, with the evidence for it."""

    id_space: str
    batch_id: str
    feed: Literal["yearly", "monthly"]
    scope_kind: Literal["full", "window", "delta"]
    scope_key: str | None
    covers_from: date
    covers_until: date
    countries: tuple[str, ...] | None
    authority: int
    fetched_at: datetime
    sightings: tuple[Sighting, ...]
    takes_back: dict[str, str]

    def covers(self, sighting: Sighting, holder: "Batch") -> bool:
        """Would the report be in here, if the source still had it as `holder` told it?"""
        if self.scope_kind == "delta" or (self.countries is not None and sighting.country not in self.countries):
            return False
        if self.scope_key is not None and self.scope_key == holder.scope_key:
            return True
        # What a month tells out of its days is no matter of the month of those days.
        is_expected = self.scope_kind == "full" or holder.scope_kind == "delta" or holder.speaks_of(sighting.occurred)
        return is_expected and self.speaks_of(sighting.occurred)

    def speaks_of(self, day: date) -> bool:
        """Is it one of the days that the batch is about?"""
        return self.covers_from <= day <= self.covers_until


History = tuple[Batch, ...]


def invented(number: int) -> History:
    """A history of up to seven batches in the order of their arrival; the same number gives the same history."""
    chance = random.Random(number)  # noqa: S311 - the same histories on every run
    return tuple(_batch(chance, number, place) for place in range(chance.randint(1, LONGEST)))


def _batch(chance: random.Random, number: int, place: int) -> Batch:
    kind = chance.choice(("full", "window", "window", "delta", "withdrawals"))
    first, last = sorted((chance.randrange(DAYS), chance.randrange(DAYS)))
    if kind == "full" and chance.random() < 0.6:
        first, last = 0, DAYS - 1
    return Batch(
        id_space=f"history {number}",
        batch_id=f"{place}-of-{number}",
        feed="yearly" if kind == "full" else "monthly",
        scope_kind="delta" if kind == "withdrawals" else kind,
        scope_key=chance.choice((None, "this", "that", "other")),
        covers_from=_day(first),
        covers_until=_day(last),
        countries=chance.choice((None, None, ("1",), ("2",), ("1", "2"))),
        authority=chance.choice((1, 2, 3)) if kind == "full" else chance.choice((0, 1, 2)),
        fetched_at=FIRST_ARRIVAL + timedelta(days=place, seconds=number),
        sightings=() if kind == "withdrawals" else tuple(_sightings(chance, first, last)),
        takes_back=_taken_back(chance) if kind == "withdrawals" else {},
    )


def _sightings(chance: random.Random, first: int, last: int) -> list[Sighting]:
    """Some reports, most of them within the days that the batch covers; now and then one both landed and set aside."""
    names = chance.sample(IDS, chance.randint(0, 4))
    return [
        Sighting(
            source_event_id=name,
            record_number=number,
            content=chance.choice((*"xxyyz", None)) if number <= len(names) else None,
            country=chance.choice(("1", "1", "2", None)),
            occurred=_day(chance.randrange(DAYS) if chance.random() < 0.3 else chance.randint(first, last)),
        )
        for number, name in enumerate(names + names[: chance.choice((0, 0, 0, 1))], start=1)
    ]


def _taken_back(chance: random.Random) -> dict[str, str]:
    evidence = chance.choice(("deleted", "swept"))
    return dict.fromkeys(chance.sample(IDS, chance.randint(0, 3)), evidence)


def _day(place: int) -> date:
    return FIRST_DAY + timedelta(days=place)
