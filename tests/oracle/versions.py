"""The versions that follow from a history, report by report and batch by batch, as the documentation words it."""

from dataclasses import dataclass, field

from tests.oracle.history import Batch, History, Sighting


@dataclass
class Version:
    """What a report said from one batch to another.

    Attributes:
        opening: the batch and record that opened it.
        change: new, revised, confirmed or reinstated.
        ending: why it ended (revised, confirmed, withdrawn), by which batch, and for a withdrawal on what evidence.
    """

    opening: tuple[str, int]
    change: str
    content: str
    ending: tuple[str, str, str | None] | None = field(default=None)


@dataclass(frozen=True)
class Word:
    """What a later batch says of a sighting by not holding it, or by naming it as taken back."""

    place: int
    batch: Batch
    evidence: str


def versions(history: History) -> dict[str, list[Version]]:
    """The versions of every report of one id space, in order, by the source's own id."""
    names = sorted({sighting.source_event_id for batch in history for sighting in batch.sightings})
    return {name: found for name in names if (found := _versions_of(name, history))}


def _versions_of(name: str, history: History) -> list[Version]:
    told: list[Version] = []
    before: tuple[Sighting, Batch] | None = None
    sightings = [(place, batch, sighting) for place, batch, sighting in _heard(name, history)]
    for number, (place, batch, sighting) in enumerate(sightings):
        if change := _change(told, before, batch, sighting):
            if told and told[-1].ending is None:
                told[-1].ending = (change, batch.batch_id, None)
            told.append(Version((batch.batch_id, sighting.record_number), change, sighting.content))
        until = sightings[number + 1][0] if number + 1 < len(sightings) else len(history)
        if word := _first_word_against(sighting, place, until, history):
            told[-1].ending = ("withdrawn", word.batch.batch_id, word.evidence)
        before = (sighting, batch)
    return told


def _change(told: list[Version], before: tuple[Sighting, Batch] | None, batch: Batch, now: Sighting) -> str | None:
    if before is None:
        return "new"
    if told[-1].ending is not None:
        return "reinstated"
    if before[0].content != now.content:
        return "revised"
    return "confirmed" if before[1].feed != batch.feed else None


def _heard(name: str, history: History) -> list[tuple[int, Batch, Sighting]]:
    """The sightings that count: nobody listens to a batch where one of more authority spoke before it."""
    return [
        (place, batch, sighting)
        for place, batch in enumerate(history)
        for sighting in batch.sightings
        if sighting.source_event_id == name and not _is_outranked(place, batch, sighting, batch, history)
    ]


def _is_outranked(place: int, batch: Batch, sighting: Sighting, holder: Batch, history: History) -> bool:
    return any(earlier.authority > batch.authority and earlier.covers(sighting, holder) for earlier in history[:place])


def _first_word_against(sighting: Sighting, place: int, until: int, history: History) -> Word | None:
    """The first batch between a sighting and the next one that ends it."""
    holder = history[place]
    for later in range(place + 1, until):
        batch = history[later]
        if evidence := batch.takes_back.get(sighting.source_event_id):
            return Word(later, batch, evidence)
        answers = batch.authority >= holder.authority and batch.covers(sighting, holder)
        if answers and not _is_outranked(later, batch, sighting, holder, history):
            return Word(later, batch, "absent")
    return None
