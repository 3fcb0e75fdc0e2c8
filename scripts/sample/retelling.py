"""How one event is told at different times: before a revision, as a candidate, and with the dirt that stays."""

from collections.abc import Callable, Iterable
from random import Random

from scripts.sample import dirt, kinds
from scripts.sample.world import DEATHS, Event, Record


def as_told_before(event: Event, random: Random) -> Event:
    """An earlier state of an event: fewer deaths or another description of the place."""
    column = next((column for column in DEATHS if int(event.record[column]) > 1), None)
    if column is None or event.record["best"] != _sum_of_deaths(event.record) or random.random() < 0.3:
        return event.changed(where_description=f"{event.record['where_coordinates']}, to be confirmed")
    fewer = str(int(event.record[column]) - 1)
    best = int(event.record["best"]) - 1
    low = min(int(event.record["low"]), best)
    return event.changed(**{column: fewer, "best": str(best), "low": str(low)})


def as_candidate(event: Event, random: Random) -> Event:
    """A candidate that UCDP had still to check; some with other figures too."""
    told = event.changed(code_status=random.choice(dirt.CODE_STATUSES))
    return as_told_before(told, random) if random.random() < 0.5 else told


def _sum_of_deaths(record: Record) -> str:
    return str(sum(int(record[column]) for column in DEATHS))


def _spoil(events: Iterable[Event], spoilers: Iterable[Callable[[Event], Event]], random: Random) -> list[Event]:
    """Give each spoiler an event of its own; attacks on sites are left alone."""
    events = list(events)
    candidates = [index for index, event in enumerate(events) if not event.kind.is_strict]
    spoilers = list(spoilers)
    for index, spoiler in zip(random.sample(candidates, len(spoilers)), spoilers, strict=True):
        events[index] = spoiler(events[index])
    return events


def with_yearly_dirt(events: list[Event], random: Random) -> list[Event]:
    """Dirt that stays in a final release: kept by the warehouse, with a warning."""
    first_year = min(event.day.year for event in events)
    oldest = [event for event in events if event.day.year == first_year and event.kind is kinds.ATTACK_ON_CIVILIANS]
    others = [event for event in events if event not in oldest]
    return _spoil(oldest, [dirt.sources_not_counted] * 5, random) + _spoil(
        others,
        [
            *[dirt.best_below_low] * 3,
            *[dirt.best_above_high] * 3,
            *[dirt.low_above_high] * 2,
            *[dirt.no_deaths] * 8,
            *[dirt.deaths_do_not_add_up] * 3,
            *[dirt.in_another_cell] * 2,
            dirt.latitude_typed_twice,
            dirt.coordinates_exchanged,
            dirt.in_another_country,
        ],
        random,
    )


def with_candidate_dirt(events: list[Event], random: Random) -> list[Event]:
    """A month of candidates: one in eight is still to be checked, and a few figures do not fit together."""
    spoilt = _spoil(events, [dirt.best_below_low, dirt.no_deaths, dirt.best_above_high], random)
    return [
        event.changed(code_status=random.choice(dirt.CODE_STATUSES)) if random.random() < 0.125 else event
        for event in spoilt
    ]
