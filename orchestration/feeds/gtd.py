"""GTD, the Global Terrorism Database: by hand from its publisher, as a workbook or as text in old encodings.

A release, told by the publisher's own file name, is the whole database and a report that is missing from it was taken
back. Anything else is an extract that somebody made: it speaks for the records that it has and for nothing else.
"""

import re
from collections.abc import Generator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import TYPE_CHECKING

from orchestration.feeds.spec import Content, Feed, Layout, Scope
from orchestration.io.delimited import DelimitedReader
from orchestration.io.fetched import ScopeKind
from orchestration.io.payload import Bounds
from orchestration.io.reading import Noted, Reader
from orchestration.io.spreadsheet import workbook_in
from orchestration.io.textfile import opened_text
from orchestration.io.unwrapped import is_surely_wrapped
from orchestration.io.workbook import WorkbookReader
from schemas.gtd import GTD_EVENTS

if TYPE_CHECKING:
    from orchestration.io.lake import RawBatch

RELEASE = Layout("release (135 columns)", GTD_EVENTS.names)
FIRST_DAY_COVERED = date(1994, 1, 1)
"""The database begins with 1970, but the records of 1993 were lost and come in a file of their own: a release is silent
about that year, and its silence takes nothing back. One span without a hole is what a scope can be, so a release is
taken for the last word from 1994 on; what it says of the years before lands all the same."""
COUNTRIES_OF_THE_WORLD = 100
"""A release has about 200 countries; a file with fewer than these was filtered before it was saved under its name."""

_RELEASE = re.compile(r"globalterrorismdb_(\d{2})(\d{2})dist", re.IGNORECASE)


def edition(file_name: str) -> str | None:
    """The month of a release by its file name: `globalterrorismdb_0522dist.xlsx` is 0522, May 2022."""
    found = _RELEASE.search(file_name)
    return f"{found[1]}{found[2]}" if found and 1 <= int(found[1]) <= 12 else None


def scope_kind(edition: str | None) -> ScopeKind:
    """A release is the whole database; a file without an edition speaks for its records only."""
    return "full" if edition else "delta"


def scope(edition: str | None, content: Content) -> Scope:
    """What a file speaks for; of two releases the later one has the last word.

    Raises:
        ValueError: the edition is no month and year, or no valid record tells how far a release reaches.
    """
    if edition is None:
        return Scope("gtd:extract", None, None, None, authority=0)
    if not re.fullmatch(r"(0[1-9]|1[0-2])\d\d", edition):
        raise ValueError(f"{edition!r} is not a month and a year such as 0522 (May 2022)")
    if content.newest_year is None:
        raise ValueError("no valid record tells which years are covered")
    is_world = len(content.countries) >= COUNTRIES_OF_THE_WORLD
    return Scope(
        key=f"gtd:{edition}",
        covers_from=FIRST_DAY_COVERED,
        covers_until=date(content.newest_year, 12, 31),
        countries=None if is_world else content.countries,
        authority=int(edition[2:] + edition[:2]),
    )


@contextmanager
def open_release(raw: "RawBatch", feed: Feed, bounds: Bounds) -> Generator[tuple[str, Reader]]:
    """Open a workbook, or text in any encoding seen, whole-line quoting read through."""
    path = raw.paths[0]
    with workbook_in(path, bounds) as workbook:
        if workbook:
            name, unpacked = workbook
            yield name, WorkbookReader(unpacked, name, feed.contract, feed.layouts, bounds)
            return
    with opened_text(path, bounds, _is_wrapped) as text:
        yield text.name, Noted(DelimitedReader(text.stream, text.name, feed.contract, feed.layouts), text.notes)


def _is_wrapped(head: str) -> bool:
    return is_surely_wrapped(head, len(GTD_EVENTS.required_names))


FEED = Feed(
    name="gtd",
    title="Global Terrorism Database",
    publisher="START, University of Maryland",
    homepage="https://www.start.umd.edu/gtd/",
    licence="GTD terms of use: no redistribution",
    citation=(
        "START (National Consortium for the Study of Terrorism and Responses to Terrorism) (2022) Global Terrorism "
        "Database 1970–2020 [data file]. University of Maryland. https://www.start.umd.edu/gtd"
    ),
    may_redistribute=False,
    id_space="gtd",
    scope_kind="delta",
    cadence="by hand, in releases that have come yearly and late",
    freshness=timedelta(days=1500),
    revision_lag=timedelta(days=0),
    volume=(1, 1_000_000),
    max_quarantined_share=0.02,
    contract=GTD_EVENTS,
    layouts=(RELEASE,),
    year_column="iyear",
    country_column="country",
    edition_of=edition,
    scope_of=scope,
    scope_kind_of=scope_kind,
    opener=open_release,
)
