"""What a feed is. Everything that assets, checks, schedules and docs need to know of a feed stands in one `Feed`.

Here lives the description only; how bytes are kept and rows are landed lives in `orchestration.io`.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from orchestration.io.fetched import Fetched, ScopeKind
from orchestration.io.payload import Bounds
from orchestration.io.reading import Reader
from orchestration.settings import Settings
from schemas.contract import Contract

if TYPE_CHECKING:
    from orchestration.io.lake import Lake, RawBatch


@dataclass(frozen=True)
class Scope:
    """What a batch speaks about: within it, a report that is missing was withdrawn.

    Attributes:
        key: batches with the same key are issues of the same thing; the later one replaces the earlier.
        covers_from: first day covered.
        covers_until: last day covered.
        countries: the source's own country codes; None for all countries.
        authority: where two batches cover the same days, the one with more authority answers.
    """

    key: str
    covers_from: date | None
    covers_until: date | None
    countries: tuple[str, ...] | None
    authority: int


@dataclass(frozen=True)
class Content:
    """What was seen while a payload was read, from which a scope can be told.

    Attributes:
        layout: the name of the layout that the parser recognised.
        newest_year: the highest year among valid rows.
        countries: the source's country codes among valid rows, in order.
        oldest_year: the lowest year among valid rows.
    """

    layout: str
    newest_year: int | None
    countries: tuple[str, ...]
    oldest_year: int | None = None


@dataclass(frozen=True)
class Layout:
    """One form in which a feed writes its columns.

    Attributes:
        name: how messages call it.
        columns: its names in order, as they land; used where a file carries no header.
        needs_header: another layout has as many columns: without a header nobody can tell which one it is.
    """

    name: str
    columns: tuple[str, ...]
    needs_header: bool = False


@dataclass(frozen=True)
class Skipped:
    """Something that was not fetched for a reason that is no error; said in the run, in the UI and by `status`."""

    reason: str


Connector = Callable[[Settings, Path, datetime], Iterator[Fetched | Skipped]]
"""Fetches what is new into a folder: settings, an empty folder, the time of the run (UTC)."""

DayConnector = Callable[[Settings, Path, datetime, Sequence[date]], Iterator[Fetched | Skipped]]
"""Fetches chosen days, also those that the lake has already, as far as anything of them is missing."""

Opener = Callable[["RawBatch", "Feed", Bounds], AbstractContextManager[tuple[str, Reader]]]
"""Opens the payload of a batch: what messages call it, and its parser."""

WithdrawalReader = Callable[["RawBatch", "Feed", "Lake"], pl.DataFrame]
"""Reads a payload that brings no records: which reports the source no longer has (`WITHDRAWALS` of the lake)."""


@dataclass(frozen=True)
class Days:
    """A feed whose server keeps a delivery for every day: a range of them can be fetched at any time.

    Attributes:
        first: the first day that the server has.
        connector: fetches days; each answer's edition is its day (2024-01-31).
    """

    first: date
    connector: DayConnector


@dataclass(frozen=True)
class Feed:
    """A source of incident reports.

    Attributes:
        name: the feed's name in keys, folders and commands.
        title: its name for people.
        publisher: who answers for it.
        homepage: where people read about it.
        licence: the licence's name.
        citation: what its users must cite.
        may_redistribute: may its rows leave in a release?
        id_space: feeds that share ids share this name: a report keeps its history across them.
        scope_kind: what a batch of it speaks for.
        scope_kind_of: what a batch speaks for by its edition, where that differs from file to file.
        cadence: how often the publisher issues it, in words.
        freshness: a newest batch older than this is overdue.
        revision_lag: months younger than this are still being revised.
        volume: the fewest and the most records that a batch can hold.
        max_quarantined_share: a batch with a larger share of quarantined records is suspect.
        contract: what a valid row is.
        layouts: known orders of columns, for files without a header.
        year_column: landed column that holds the year.
        country_column: landed column that holds the source's country code.
        coordinates: landed columns that hold latitude and longitude, in degrees.
        edition_of: the edition that a file name tells, or None.
        scope_of: the scope of a batch from its edition and its content.
        needs_edition: a file whose edition is unknown is refused.
        connector: how it is fetched; None for feeds that come as files only.
        unfetched: why its server is not asked, by the settings; None when it is.
        days: how chosen days are fetched, for a feed whose server keeps a delivery for every day.
        opener: how its payloads are parsed, where they are more than one table of delimited text.
        companion: a file of a payload's name and this ending tells how to read it, and is kept with it.
        prepare: looks at a payload before it is archived; raises RefusedError for one that could never be read.
        withdrawals: how payloads are read that bring withdrawals, for a feed whose source tells of them.
        selection: which records land by the settings, in words; batches landed with other words land again.
        caution: what everybody must know who reads its figures; stands in the docs.
    """

    name: str
    title: str
    publisher: str
    homepage: str
    licence: str
    citation: str
    may_redistribute: bool
    id_space: str
    scope_kind: ScopeKind
    cadence: str
    freshness: timedelta
    revision_lag: timedelta
    volume: tuple[int, int]
    max_quarantined_share: float
    contract: Contract
    layouts: tuple[Layout, ...]
    year_column: str
    country_column: str
    edition_of: Callable[[str], str | None]
    scope_of: Callable[[str | None, Content], Scope]
    needs_edition: str | None = field(default=None)
    coordinates: tuple[str, str] = ("latitude", "longitude")
    scope_kind_of: Callable[[str | None], ScopeKind] | None = None
    connector: Connector | None = None
    unfetched: Callable[[Settings], str | None] = field(default=lambda _: "comes as files only")
    days: Days | None = None
    opener: Opener | None = None
    withdrawals: WithdrawalReader | None = None
    companion: str | None = None
    prepare: Callable[[Fetched], Fetched] | None = None
    selection: Callable[[Settings], str | None] = field(default=lambda _: None)
    caution: str | None = None
