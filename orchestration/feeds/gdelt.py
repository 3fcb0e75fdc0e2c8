"""GDELT 2.0 events: what a machine read in the world's news, in files of 15 minutes. A batch is the files of one day.

The day of a batch is the day on which GDELT *added* its records (the names of its files); the events of it are dated
that day, the week before, or up to ten years back. So a batch does not speak for the events of any day: another day's
files may tell of the same date, and nothing follows from a record's absence. Hence the scope `delta`.
"""

import re
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path

from orchestration.feeds.spec import Content, Days, Feed, Layout, Scope, Skipped
from orchestration.io.fetched import Fetched
from orchestration.io.gdelt_files import LAYOUT, GdeltReader, Selection
from orchestration.io.lake import Lake, RawBatch
from orchestration.io.payload import Bounds
from orchestration.io.reading import Reader
from orchestration.resources.gdelt import FIRST_DAY, GdeltConnector, HeldFiles, NotFetched, last_days
from orchestration.resources.http import HttpLimits
from orchestration.settings import Settings, get_settings
from schemas.gdelt import GDELT_EVENTS

NAME = "gdelt"
_STAMP = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)00\.export\b", re.IGNORECASE)


def unfetched(settings: Settings) -> str | None:
    """Why nothing is fetched, if nothing is."""
    if settings.gdelt_source == "off":
        return (
            "off: GDELT is open but big (100 MB a night) and weak evidence; INCIDENTS_GDELT_SOURCE=on asks for it "
            "each night"
        )
    return None


def fetch(settings: Settings, into: Path, now: datetime) -> Iterator[Fetched | Skipped]:
    """The newest days that the lake lacks, as many as a night may fetch."""
    if reason := unfetched(settings):
        yield Skipped(reason)
        return
    today, held = now.date(), held_files(Lake(settings.lake_dir))
    first = max(settings.gdelt_from_date or today, FIRST_DAY)
    yield from _fetch(settings, into, now, last_days(first, today, held), settings.gdelt_days_per_night)


def fetch_days(settings: Settings, into: Path, now: datetime, days: Sequence[date]) -> Iterator[Fetched | Skipped]:
    """Chosen days, as far as the lake lacks files of them."""
    yield from _fetch(settings, into, now, days, at_most=len(days))


def _fetch(
    settings: Settings, into: Path, now: datetime, days: Sequence[date], at_most: int
) -> Iterator[Fetched | Skipped]:
    if reason := unfetched(settings):
        yield Skipped(reason)
        return
    connector = GdeltConnector(settings.gdelt_url, held_files(Lake(settings.lake_dir)), HttpLimits())
    for answer in connector.days(days, into, today=now.date(), at_most=at_most):
        yield Skipped(f"{answer.day}: {answer.reason}") if isinstance(answer, NotFetched) else answer


def held_files(lake: Lake) -> HeldFiles:
    """The files of each day that the lake has, from the newest batch of the day."""
    return {
        date.fromisoformat(batch.manifest.edition): {path.name: path for path in batch.paths}
        for batch in lake.raw_batches(NAME)
        if batch.manifest.origin == "download" and batch.manifest.edition
    }


def edition_of(file_name: str) -> str | None:
    """The edition of a file given by hand: its 15 minutes, such as 2024-01-31T00:15."""
    found = _STAMP.search(file_name)
    return "{}-{}-{}T{}:{}".format(*found.groups()) if found else None


def scope_of(edition: str | None, content: Content) -> Scope:
    """The day on which the records were added. Nothing is withdrawn within it: the scope's kind is delta.

    Raises:
        ValueError: the edition is no day.
    """
    del content
    try:
        day = date.fromisoformat((edition or "")[:10])
    except ValueError as error:
        raise ValueError(f"{edition!r} is no day such as 2024-01-31") from error
    return Scope(key=f"{NAME}:{edition}", covers_from=day, covers_until=day, countries=None, authority=0)


def selection(settings: Settings) -> Selection:
    """Which records land."""
    countries, roots = (
        None if codes == "all" else tuple(codes.split(","))
        for codes in (settings.gdelt_countries, settings.gdelt_roots)
    )
    return Selection(countries, roots)


@contextmanager
def open_day(raw: RawBatch, feed: Feed, bounds: Bounds) -> Generator[tuple[str, Reader]]:
    """Open all files of a batch."""
    del feed
    source = raw.manifest.source_name
    yield source, GdeltReader(raw.paths, source, selection(get_settings()), bounds)


FEED = Feed(
    name=NAME,
    title="GDELT 2.0 Event Database",
    publisher="The GDELT Project",
    homepage="https://www.gdeltproject.org/data.html",
    licence="open, with attribution (GDELT terms of use)",
    citation=(
        "Leetaru, K. and Schrodt, P. (2013) GDELT: Global Data on Events, Location and Tone, 1979-2012. ISA Annual "
        "Convention; https://www.gdeltproject.org"
    ),
    may_redistribute=True,
    id_space=NAME,
    scope_kind="delta",
    cadence="every 15 minutes; a batch is one day's files",
    freshness=timedelta(days=3),
    revision_lag=timedelta(days=365),
    volume=(1, 2_000_000),
    # Torn lines of all countries stand against the few records that are wanted.
    max_quarantined_share=0.1,
    contract=GDELT_EVENTS,
    layouts=(Layout(LAYOUT, GDELT_EVENTS.names),),
    year_column="Year",
    country_column="ActionGeo_CountryCode",
    coordinates=("ActionGeo_Lat", "ActionGeo_Long"),
    edition_of=edition_of,
    scope_of=scope_of,
    needs_edition="the day on which GDELT added the records, such as --edition 2024-01-31",
    connector=fetch,
    unfetched=unfetched,
    days=Days(FIRST_DAY, fetch_days),
    opener=open_day,
    selection=lambda settings: str(selection(settings)),
    caution=(
        "Weak evidence. A machine has read the news: a record is a sentence of an article, not an event that anybody "
        "has checked. One attack makes many records, and many records are about no attack at all; places are the "
        "centres of the places named, and nobody is counted among the dead. It tells that something was reported "
        "somewhere, never how often it happened. A batch is the files of one day by the time at which GDELT added them "
        "(the names of the files); most events are dated that day, others up to ten years back, so a batch speaks only "
        "for the records that it names. Files that GDELT's list lacks, and old files that its server lost, are counted "
        "and said."
    ),
)
