"""The versions that follow from a history, report by report and batch by batch, as the documentation words it."""

from dataclasses import dataclass, field, replace

from tests.oracle.history import Batch, History, Sighting


@dataclass
class Version:
    """What a report said from one batch to another.

    Attributes:
        told_by: the batch and record that tell it.
        opened_by: the batch with which it began to hold: its own, or the one that ended what was told after it.
        change: new, revised, confirmed or reinstated.
        ending: why it ended (revised, confirmed, withdrawn), by which batch, and for a withdrawal on what evidence.
    """

    told_by: tuple[str, int]
    opened_by: str
    change: str
    content: str | None
    ending: tuple[str, str, str | None] | None = field(default=None)


@dataclass(frozen=True)
class Word:
    """That a batch holds a report, and as what; of a record in quarantine, only that."""

    batch: Batch
    sighting: Sighting


def versions(history: History) -> dict[str, list[Version]]:
    """The versions of every report of one id space, in order, by the source's own id."""
    names = sorted({sighting.source_event_id for batch in history for sighting in batch.sightings})
    return {name: found for name in names if (found := _versions_of(name, history))}


def _versions_of(name: str, history: History) -> list[Version]:
    told: list[Version] = []
    spoken: Word | None = None
    standing: list[Word] = []
    for place, batch in enumerate(history):
        word = _word(name, place, history)
        had_word = bool(standing)
        standing = [earlier for earlier in standing if not _is_ended(earlier, word, place, history)]
        standing += [word] if word else []
        if had_word and not standing and told and told[-1].ending is None:
            told[-1].ending = ("withdrawn", batch.batch_id, batch.takes_back.get(name, "absent"))
        read = [earlier for earlier in standing if earlier.sighting.is_read]
        if not read:
            continue
        if change := _change(told, spoken, read[-1]):
            if told and told[-1].ending is None:
                told[-1].ending = (change, batch.batch_id, None)
            told.append(_version(read[-1], batch, change))
        spoken = read[-1]
    return told


def _version(word: Word, opened_by: Batch, change: str) -> Version:
    told_by = (word.batch.batch_id, word.sighting.record_number)
    return Version(told_by, opened_by.batch_id, change, word.sighting.content)


def _change(told: list[Version], before: Word | None, now: Word) -> str | None:
    if before is None:
        return "new"
    if told[-1].ending is not None:
        return "reinstated"
    if before.sighting.content != now.sighting.content:
        return "revised"
    return "confirmed" if before.batch.feed != now.batch.feed else None


def _word(name: str, place: int, history: History) -> Word | None:
    """What the batch says of the report, if it counts: nobody listens where one of more authority spoke before."""
    sighting = _sighting(name, place, history)
    if sighting and not sighting.is_read:
        # Where and when is not to be read; what the report told last is taken for it.
        before = (_sighting(name, earlier, history) for earlier in reversed(range(place)))
        last = next((earlier for earlier in before if earlier and earlier.is_read), None)
        sighting = last and replace(sighting, country=last.country, occurred=last.occurred)
    if sighting is None:
        return None
    word = Word(history[place], sighting)
    return None if _is_outranked(place, word, history) else word


def _sighting(name: str, place: int, history: History) -> Sighting | None:
    """What the batch holds of the report; where it is there twice, the one that landed."""
    found = [sighting for sighting in history[place].sightings if sighting.source_event_id == name]
    return max(found, key=lambda sighting: sighting.is_read, default=None)


def _is_outranked(place: int, word: Word, history: History) -> bool:
    """Has one of more authority than the batch at this place spoken before it of what the word is about?"""
    authority = history[place].authority
    return any(
        earlier.authority > authority and earlier.covers(word.sighting, word.batch) for earlier in history[:place]
    )


def _is_ended(word: Word, newer: Word | None, place: int, history: History) -> bool:
    """Does the batch at this place end an earlier word: by taking it back, by its own word, or by having none?"""
    batch = history[place]
    if word.sighting.source_event_id in batch.takes_back:
        return True
    if batch.authority < word.batch.authority:
        return False
    if newer and batch.scope_kind == "delta":
        return True
    return batch.covers(word.sighting, word.batch) and not _is_outranked(place, word, history)
