"""ACLED: weekly, edited at any age; from exports of every vintage.

An export speaks only for the events that it holds: nothing in a file says which filters made it, so an event that is
missing from it was not withdrawn. Withdrawals are told by the API's list of deleted events.
"""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta

from orchestration.feeds.acled_fetch import fetch, open_pages, read_withdrawals, unfetched
from orchestration.feeds.acled_windows import changes_of, window_of
from orchestration.feeds.spec import Content, Feed, Layout, Scope
from orchestration.io.acled_files import open_export
from orchestration.io.lake import RawBatch
from orchestration.io.payload import Bounds
from orchestration.io.reading import Reader
from schemas.acled import ACLED_EVENTS

_PLACE = ("country", "admin1", "admin2", "admin3", "location", "latitude", "longitude", "geo_precision")
_SECOND_ACTOR = ("actor2", "assoc_actor_2", "inter2")

CURRENT = Layout(
    "current export (31 columns)",
    (
        *("event_id_cnty", "event_date", "year", "time_precision", "disorder_type", "event_type", "sub_event_type"),
        *("actor1", "assoc_actor_1", "inter1", *_SECOND_ACTOR, "interaction", "civilian_targeting"),
        *("iso", "region", *_PLACE, "source", "source_scale", "notes", "fatalities", "tags", "timestamp"),
    ),
    needs_header=True,
)
BEFORE_2022 = Layout(
    "export of 2019 to 2022 (31 columns)",
    (
        *("data_id", "iso", "event_id_cnty", "event_id_no_cnty", "event_date", "year", "time_precision"),
        *("event_type", "sub_event_type", "actor1", "assoc_actor_1", "inter1", *_SECOND_ACTOR, "interaction"),
        *("region", *_PLACE, "source", "source_scale", "notes", "fatalities", "timestamp", "iso3"),
    ),
    needs_header=True,
)
BEFORE_2019 = Layout(
    "export of before 2019 (30 columns)",
    tuple(name for name in BEFORE_2022.columns if name != "sub_event_type"),
    needs_header=True,
)


def _monadic(layout: Layout) -> Layout:
    columns = tuple(name for name in layout.columns if name not in _SECOND_ACTOR)
    return Layout(f"{layout.name.split(' (')[0]}, monadic ({len(columns)} columns)", columns, needs_header=True)


DYADIC = (CURRENT, BEFORE_2022, BEFORE_2019)


def edition_of(file_name: str) -> None:
    """Exports have no edition: their names tell filters, or nothing."""
    del file_name


def scope_of(edition: str | None, content: Content) -> Scope:
    """A window of the API speaks for its country and days; anything else for what it holds, and for no days.

    The API has the last word: an export that is added later may be years older than what the API told before.
    """
    if window := window_of(edition):
        key = f"acled:{window.country} {window.first}"
        # The rows say how the country is spelled; the settings may spell it in other letters.
        spelled = next((name for name in content.countries if name.lower() == window.country.lower()), window.country)
        return Scope(key, window.first, window.last, (spelled,), authority=1)
    authority = 1 if changes_of(edition) else 0
    return Scope(
        f"acled:{edition or 'export'}", covers_from=None, covers_until=None, countries=None, authority=authority
    )


@contextmanager
def open_payload(raw: RawBatch, feed: Feed, bounds: Bounds) -> Generator[tuple[str, Reader]]:
    """Open pages of the API, or an export."""
    with (open_pages if raw.manifest.origin == "api" else open_export)(raw, feed, bounds) as opened:
        yield opened


FEED = Feed(
    name="acled",
    title="Armed Conflict Location & Event Data (ACLED)",
    publisher="Armed Conflict Location & Event Data (ACLED)",
    homepage="https://acleddata.com/",
    licence="ACLED terms of use: attribution, no redistribution of raw rows",
    citation=(
        "Raleigh, C., Linke, A., Hegre, H. and Karlsen, J. (2010) Introducing ACLED: An Armed Conflict Location and "
        "Event Dataset. Journal of Peace Research 47(5); Raleigh, C., Kishi, R. and Linke, A. (2023) Political "
        "instability patterns are obscured by conflict dataset scope conditions, sources, and coding choices. "
        "Humanities and Social Sciences Communications 10; acleddata.com, with the day of access"
    ),
    may_redistribute=False,
    id_space="acled",
    scope_kind="delta",
    cadence="weekly; events of any age are edited, added and deleted",
    freshness=timedelta(days=14),
    revision_lag=timedelta(days=30),
    volume=(1, 10_000_000),
    max_quarantined_share=0.02,
    contract=ACLED_EVENTS,
    layouts=(*DYADIC, *map(_monadic, DYADIC)),
    year_column="year",
    country_column="country",
    edition_of=edition_of,
    scope_of=scope_of,
    connector=fetch,
    unfetched=unfetched,
    opener=open_payload,
    withdrawals=read_withdrawals,
)
