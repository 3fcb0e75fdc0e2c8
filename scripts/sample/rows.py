"""What a file of the sample is: its rows, what must become of each, and what the file speaks for."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from random import Random

from scripts.sample.dirt import Fault
from scripts.sample.geography import Country
from scripts.sample.world import Event, Record


@dataclass(frozen=True, slots=True)
class Row:
    """One record of a file and what must become of it.

    Attributes:
        record: the record as it stands in the file, but for the form of dates and booleans.
        event: the event that it tells of.
        fault: why it must be quarantined, if it must.
        repeats: it is an exact copy of an earlier row.
    """

    record: Record
    event: Event
    fault: Fault | None = None
    repeats: bool = False

    @property
    def lands(self) -> bool:
        """Is it to be found in landing?"""
        return self.fault is None and not self.repeats


@dataclass(frozen=True)
class FeedFile:
    """One file of the sample: what it is called, what it speaks for, how it is written, and its rows."""

    feed: str
    path: str
    edition: str
    about: str
    covers_from: date
    covers_until: date
    authority: int
    content: Callable[[list[Record]], bytes]
    rows: list[Row]
    country: Country | None = None

    @property
    def landed(self) -> dict[str, Event]:
        """The events that land, by id."""
        return {row.event.event_id: row.event for row in self.rows if row.lands}

    @property
    def payload(self) -> bytes:
        """The file."""
        return self.content([row.record for row in self.rows])

    def covers(self, event: Event) -> bool:
        """Does the file speak for the place and the time of an event?"""
        is_country = self.country in (None, event.country)
        return is_country and self.covers_from <= event.day <= self.covers_until


@dataclass
class Draft:
    """A file in the making.

    Attributes:
        events: told as they are.
        spoilt: rows that must be quarantined.
        repeated: events whose row stands twice.
    """

    events: list[Event]
    spoilt: list[Row] = field(default_factory=list[Row])
    repeated: list[Event] = field(default_factory=list[Event])

    def rows(self, random: Random) -> list[Row]:
        """The rows in the file's order; a copy stands somewhere behind its original."""
        rows = [Row(event.record, event) for event in self.events] + self.spoilt
        random.shuffle(rows)
        for event in self.repeated:
            first = next(index for index, row in enumerate(rows) if row.event is event)
            rows.insert(random.randint(first + 1, len(rows)), Row(event.record, event, repeats=True))
        return rows
