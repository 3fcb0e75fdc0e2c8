"""ACLED's API: events of a country, changes, ids, and what was deleted.

Lives here: asking one question and getting its answer whole, or an error that says why not. Does not: how to ask
politely (`http.py`), how to log in (`login.py`), which questions a night asks (`orchestration.feeds.acled_fetch`), or
what a record means (the feed's contract).

The API's `count` is what the page holds, and it states no total. So the end is where a page is empty; every page before
the last must be full, no id may come twice, and the source must not have been updated in between.
"""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import httpx
import polars as pl
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from orchestration.resources.http import (
    SPEAKS_OF_RATE_LIMIT,
    AccessDeniedError,
    FetchError,
    HttpClient,
    TransientError,
)
from orchestration.resources.paging import InconsistentPagesError, begun_anew, own_directory

logger = logging.getLogger(__name__)

CREDENTIALS = "ACLED_USERNAME and ACLED_PASSWORD"
ID_FIELDS = ("event_id_cnty", "event_date", "country", "timestamp")
"""All that a sweep asks for."""
ERRORS_SHOWN = 3
FOREIGN_SHOWN = 3


@dataclass(frozen=True)
class AcledSource:
    """Where ACLED is and how to ask it.

    Attributes:
        api_base: the API's address.
        page_size: records to ask for in one page.
        max_page_bytes: the largest page that is taken; a page is read into memory.
        pause_between_pages_s: seconds to wait before the next page.
    """

    api_base: str = "https://acleddata.com/api"
    page_size: int = 5000
    max_page_bytes: int = 256 * 1024**2
    pause_between_pages_s: float = 0.5


@dataclass(frozen=True)
class Question:
    """What is asked of the API.

    Attributes:
        endpoint: events, or ids of deleted events.
        country: ACLED's name of the country; None for all.
        first: first event day.
        last: last event day.
        changed_since: seconds since 1970: only what was uploaded, or deleted, from then on.
        visible_until: the last event day that the account must be allowed to see for the answer to be whole.
        fields: the columns wanted; none for all.
    """

    endpoint: Literal["acled", "deleted"]
    country: str | None = None
    first: date | None = None
    last: date | None = None
    changed_since: int | None = None
    visible_until: date | None = None
    fields: tuple[str, ...] = ()

    @property
    def parameters(self) -> dict[str, str | int]:
        """The question as the API wants it put, but for limit and page."""
        asked: dict[str, str | int] = {"_format": "json"}
        if self.country:
            asked["country"] = self.country
        if self.first and self.last:
            asked |= {"event_date": f"{self.first}|{self.last}", "event_date_where": "BETWEEN"}
        if self.changed_since is not None:
            stamp = "timestamp" if self.endpoint == "acled" else "deleted_timestamp"
            asked |= {stamp: self.changed_since, f"{stamp}_where": ">="}
        if self.fields:
            asked["fields"] = "|".join(self.fields)
        return asked

    @property
    def key(self) -> tuple[str, ...]:
        """What no two records of an answer share."""
        return ("event_id_cnty",) if self.endpoint == "acled" else ("event_id_cnty", "deleted_timestamp")

    def __str__(self) -> str:
        """Name the question in messages."""
        days = f" {self.first}..{self.last}" if self.first else ""
        since = f" since {self.changed_since}" if self.changed_since is not None else ""
        return f"ACLED {self.country or self.endpoint}{days}{since}{' (ids)' if self.fields else ''}"


@dataclass(frozen=True)
class Answer:
    """All pages of an answer.

    Attributes:
        url: the address, without paging.
        files: the pages in order as received; the empty page that ends them is left out, unless it is the only one.
        request: what was asked, without secrets.
        records: `event_id_cnty`, `event_date`, `country`, `timestamp`, `deleted_timestamp`, as text.
    """

    url: str
    files: tuple[Path, ...]
    request: dict[str, str | int]
    records: pl.DataFrame


@dataclass(frozen=True)
class AcledApi:
    """Asks questions.

    Attributes:
        client: logs in, waits, tries again.
        source: where ACLED is.
        sleep: does the waiting between pages.
    """

    client: HttpClient
    source: AcledSource = field(default_factory=AcledSource)
    sleep: Callable[[float], None] = time.sleep

    def ask(self, question: Question, into: Path) -> Answer:
        """Get an answer whole, in a directory of its own below `into`.

        Raises:
            FetchError: it is not to be had, not whole, or not what was asked for.
        """
        return begun_anew(lambda page_size: self._pages(question, into, page_size or self.source.page_size))

    def has_any(self, country: str, into: Path) -> bool:
        """Does the account see a single event of a country, of whatever day?"""
        into.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=into) as directory:
            page = self._page(Question("acled", country, fields=ID_FIELDS), 1, 1, Path(directory) / "page.json")
        return bool(page.data)

    def _pages(self, question: Question, into: Path, page_size: int) -> Answer:
        collection = _Collection(question, page_size)
        files: list[Path] = []
        with own_directory("acled", into) as directory:
            for number in range(1, 1_000_000):
                file = directory / f"page-{number:05}.json"
                page = self._page(question, number, page_size, file)
                if not page.data and collection.ends_with_a_full_page:
                    # Nothing says that this is the end, but for this one answer: it is asked to say so once more.
                    page = self._page(question, number, page_size, file)
                if not page.data and files:
                    file.unlink()
                else:
                    files.append(file)
                collection.add(page, self._where(question, number, page_size))
                if not page.data:
                    break
                self.sleep(self.source.pause_between_pages_s)
            collection.finish()
        request = {**question.parameters, "limit": page_size}
        return Answer(self._url(question), tuple(files), request, collection.records)

    def _page(self, question: Question, number: int, page_size: int, file: Path) -> "_Page":
        pages: list[_Page] = []
        where = self._where(question, number, page_size)

        def check(content: bytes) -> None:
            pages.append(self._read(content, question, where))

        parameters = {**question.parameters, "limit": page_size, "page": number}
        self.client.fetch(self._address(question), file, parameters, check)
        return pages[-1]

    def _read(self, content: bytes, question: Question, where: str) -> "_Page":
        try:
            page = _Page.model_validate_json(content)
        except ValidationError as invalid:
            problem = invalid
        else:
            self._refuse(page, question, content, where)
            return page
        # Raised outside of the block above: the cause would show what the answer says, secrets included.
        errors = problem.errors(include_url=False, include_input=False)
        complaint = "; ".join(
            f"{'.'.join(map(str, error['loc'])) or 'answer'}: {error['msg']}" for error in errors[:ERRORS_SHOWN]
        )
        # A body that breaks off without a word of how long it should be is no whole JSON either.
        kind = TransientError if errors[0]["type"] == "json_invalid" else FetchError
        raise kind(f"{where}: not an answer of ACLED's API: {complaint}: {self.client.readable(content)}")

    def _refuse(self, page: "_Page", question: Question, content: bytes, where: str) -> None:
        """Raise what a page says, or is, that makes it no answer, although it came with HTTP 200."""
        if page.is_error:
            raise self._error_inside(page, where, self.client.readable(content))
        if page.count is not None and page.count != len(page.data or []):
            raise TransientError(
                f"{where}: the page says that it holds {page.count:,} records, but holds {len(page.data or []):,}: "
                f"{self.client.readable(content)}"
            )
        if embargo := page.embargo:
            until = question.visible_until
            if until and embargo.day < until:
                raise FetchError(
                    f"{where}: the account sees events up to {embargo.day} only ({embargo.words}), so the answer is "
                    f"not whole up to {until}; use an account with more rights, or set INCIDENTS_ACLED_EMBARGO_DAYS "
                    f"to {(until - embargo.day).days} or more"
                )

    def _error_inside(self, page: "_Page", where: str, words: str) -> FetchError:
        status = page.status or 0
        message = f"{where}: an error inside HTTP 200: {words}"
        if status == 429 or status >= 500 or SPEAKS_OF_RATE_LIMIT.search(words):
            problem: FetchError = TransientError(message)
        elif status in {401, 403}:
            problem = AccessDeniedError(message + self.client.way_out)
        else:
            problem = FetchError(message)
        problem.status = page.status
        return problem

    def _url(self, question: Question) -> str:
        return str(httpx.URL(self._address(question), params=question.parameters))

    def _where(self, question: Question, number: int, page_size: int) -> str:
        url = httpx.URL(self._address(question), params={**question.parameters, "limit": page_size, "page": number})
        return f"{question}, page {number} (GET {url})"

    def _address(self, question: Question) -> str:
        return f"{self.source.api_base.rstrip('/')}/{question.endpoint}/read"


Text = str | int | float | None


class _Record(BaseModel):
    """The few values of a record that its fetching turns on."""

    model_config = ConfigDict(hide_input_in_errors=True)

    event_id_cnty: str = Field(min_length=1)
    event_date: Text = None
    country: Text = None
    timestamp: Text = None
    deleted_timestamp: Text = None


@dataclass(frozen=True)
class Embargo:
    """How far an account sees: events up to this day, and the API's own words for it."""

    day: date
    words: str


class _Page(BaseModel):
    """The envelope of a page."""

    model_config = ConfigDict(hide_input_in_errors=True)

    status: int | None = None
    success: bool | None = None
    error: Any = None
    last_update: Any = None
    count: int | None = None
    total_count: int | None = None
    data: list[_Record] | None = None
    data_query_restrictions: Any = None

    @property
    def is_error(self) -> bool:
        """Does it say that something went wrong, or say nothing at all?"""
        failed = self.success is False or bool(self.error) or (self.status or 200) >= 400
        return failed or self.data is None

    @property
    def embargo(self) -> Embargo | None:
        """The day up to which the account sees events, where the API states one."""
        restrictions = self.data_query_restrictions
        recency = restrictions.get("date_recency") if isinstance(restrictions, dict) else None
        stated = recency.get("date") if isinstance(recency, dict) else None
        if not isinstance(recency, dict) or not stated:
            return None
        try:
            day = date.fromisoformat(str(stated)[:10])
        except ValueError:
            return None
        return Embargo(day, f"an embargo of {recency.get('quantity', '?')} {str(recency.get('unit', '?')).lower()}")


@dataclass
class _Collection:
    """The pages of one answer so far, and the proof that they belong together."""

    question: Question
    page_size: int
    pages: list[pl.DataFrame] = field(default_factory=list[pl.DataFrame])
    keys: set[tuple[Text, ...]] = field(default_factory=set[tuple[Text, ...]])
    received: int = 0
    last_update: Any = None
    total: int | None = None

    def add(self, page: _Page, where: str) -> None:
        """Take one page in, or raise an error that says why it does not fit the others or the question."""
        records = _frame(page.data or [])
        self._is_of_one_state(page, where)
        self._follows_a_full_page(len(records), where)
        self._is_asked_for(records, where)
        self._is_new(records, where)
        self.pages.append(records)
        self.received += len(records)
        logger.info("%s: page %d, %s records so far", self.question, len(self.pages), f"{self.received:,}")

    def finish(self) -> None:
        """Compare with the total, where the source states one."""
        if self.total is not None and self.total != self.received:
            raise InconsistentPagesError(
                f"{self.question}: the API states {self.total:,} records in all, but sent {self.received:,}"
            )

    @property
    def ends_with_a_full_page(self) -> bool:
        """Could there be another page, as far as the last one tells?"""
        return bool(self.pages) and len(self.pages[-1]) == self.page_size

    @property
    def records(self) -> pl.DataFrame:
        """The records of all pages."""
        return pl.concat(self.pages)

    def _is_of_one_state(self, page: _Page, where: str) -> None:
        if not self.pages:
            self.last_update, self.total = page.last_update, page.total_count
        for name, before, now in (
            ("last_update", self.last_update, page.last_update),
            ("total_count", self.total, page.total_count),
        ):
            if before != now:
                raise InconsistentPagesError(f"{where}: {name} changed from {before} to {now} between pages")

    def _follows_a_full_page(self, count: int, where: str) -> None:
        before = len(self.pages[-1]) if self.pages else self.page_size
        if count and before < self.page_size:
            raise InconsistentPagesError(
                f"{where}: records follow a page of {before:,}, although it had room for {self.page_size:,}: it was "
                "short, or the server gives no more at a time",
                # A server that gives fewer than asked counts pages in its own size or in ours; asked for what it
                # gives, both are the same.
                page_size=before if len(self.pages) == 1 else None,
            )

    def _is_asked_for(self, records: pl.DataFrame, where: str) -> None:
        if self.question.endpoint != "acled":
            return
        foreign = records.filter(~_asked_for(self.question))
        if len(foreign):
            named = ", ".join(" ".join(str(value) for value in row[:3]) for row in foreign.head(FOREIGN_SHOWN).rows())
            raise FetchError(f"{where}: {len(foreign):,} records are not what was asked for, such as {named}")

    def _is_new(self, records: pl.DataFrame, where: str) -> None:
        keys = set(records.select(self.question.key).rows())
        repeated = keys & self.keys
        if repeated or len(keys) < len(records):
            such = f", such as {min(repeated, key=str)[0]}" if repeated else ""
            count = len(repeated) or len(records) - len(keys)
            raise InconsistentPagesError(f"{where}: {count:,} ids were there already{such}, so others are missing")
        self.keys |= keys


def _frame(records: list[_Record]) -> pl.DataFrame:
    def column(name: str) -> Iterator[str | None]:
        values = (getattr(record, name) for record in records)
        return (None if value is None else str(value) for value in values)

    names = (*ID_FIELDS, "deleted_timestamp")
    return pl.DataFrame({name: list(column(name)) for name in names}, schema=dict.fromkeys(names, pl.String))


def _asked_for(question: Question) -> pl.Expr:
    """True for what the question asks for; a date or country that cannot be read is for the contract to judge."""
    holds = [pl.lit(value=True)]
    if question.country:
        holds.append(pl.col("country").str.strip_chars().str.to_lowercase() == question.country.lower())
    if question.first and question.last:
        day = pl.col("event_date").str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
        holds.append(day.is_between(question.first, question.last))
    return pl.all_horizontal(holds).fill_null(value=True)
