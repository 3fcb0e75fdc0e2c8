"""The UCDP servers: names of editions, pages of the API, files for download.

Lives here: getting an edition of GED or of the Candidate events, complete or not at all. Does not: how to ask politely
(`http.py`), what a record means (the feed's module and its contract), or where it is kept (the raw layer).
"""

import logging
import re
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from math import ceil
from pathlib import Path
from typing import TypeAlias
from urllib.parse import parse_qs, urlsplit

import httpx
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from orchestration.io.fetched import Fetched
from orchestration.resources.http import (
    SPEAKS_OF_RATE_LIMIT,
    FetchError,
    HeaderToken,
    HttpClient,
    HttpLimits,
    NotFoundError,
    RequestBudget,
    TransientError,
)
from orchestration.resources.paging import InconsistentPagesError, KeptPages, begun_anew, own_directory

logger = logging.getLogger(__name__)

TOKEN_VARIABLE = "UCDP_ACCESS_TOKEN"  # noqa: S105 - the variable's name
TOKEN_HEADER = "x-ucdp-access-token"  # noqa: S105 - the header's name
MONTHS_THAT_MAY_BE_LATE = 2
ERRORS_SHOWN = 3

_YEARLY = re.compile(r"(\d\d)\.[1-9]")
_CANDIDATE_MONTH = re.compile(r"\d\d\.0\.([1-9]|1[0-2])")
_CANDIDATE_PERIOD = re.compile(r"\d\d\.(0[1-9]|1[0-2])\.\d\d\.(0[1-9]|1[0-2])")

Token: TypeAlias = SecretStr | Callable[[], SecretStr | None] | None  # itself, or what brings it when it is needed


@dataclass(frozen=True)
class UcdpSource:
    """Where UCDP is and how to ask it.

    Attributes:
        api_base: the API's address.
        download_base: the address below which the files lie.
        page_size: records to ask for in one page; the server may give fewer.
        max_page_bytes: the largest page that is taken; a page is read into memory.
        first_page: (?) users of the API number the first page 0 or 1. None: leave the number out for the first page,
            and take the second page's number from `NextPageUrl`.
        pause_between_pages_s: (?) users saw a rate limit after some 40 requests within a minute.
        filters: the API's own, such as Country, StartDate, EndDate; none for the whole edition.
    """

    api_base: str = "https://ucdpapi.pcr.uu.se/api"
    download_base: str = "https://ucdp.uu.se/downloads"
    page_size: int = 1000
    max_page_bytes: int = 256 * 1024**2
    first_page: int | None = None
    pause_between_pages_s: float = 1.0
    filters: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class NotFetched:
    """An edition that was not fetched, for a reason that is no error."""

    edition: str
    reason: str


# -- names of editions --


def covered_until_year(yearly_edition: str) -> int:
    """Return the last year that a yearly edition covers: 25.1 came out in 2025 and ends with 2024."""
    match = _YEARLY.fullmatch(yearly_edition)
    if not match:
        raise ValueError(f"'{yearly_edition}' is no yearly UCDP edition; they are named like '25.1'")
    return 2000 + int(match[1]) - 1


def candidate_editions(yearly_edition: str, today: date) -> list[str]:
    """Name the candidate months before `today`'s that the yearly edition does not supersede, oldest first."""
    return _months((covered_until_year(yearly_edition) + 1) * 12, _month_number(today))


def download_path(edition: str) -> str:
    """Return the file of an edition, below the download address."""
    if _YEARLY.fullmatch(edition):
        return f"ged/ged{edition.replace('.', '')}-csv.zip"
    if _CANDIDATE_MONTH.fullmatch(edition) or _CANDIDATE_PERIOD.fullmatch(edition):
        return f"candidateged/GEDEvent_v{edition.replace('.', '_')}.csv"
    raise ValueError(
        f"'{edition}' is no UCDP edition; they are named like '25.1', '26.0.7' (month) or '26.01.26.06' (period)"
    )


def api_path(edition: str) -> str:
    """Return the address of an edition's events, below the API's."""
    download_path(edition)  # raises for what is no edition
    return f"gedevents/{edition}"


def _month_number(day: date) -> int:
    return day.year * 12 + day.month - 1


def _months(first: int, end: int) -> list[str]:
    return [f"{number // 12 % 100:02}.0.{number % 12 + 1}" for number in range(first, end)]


def _may_be_late(edition: str, today: date) -> bool:
    this_month = _month_number(today)
    return edition in _months(this_month - MONTHS_THAT_MAY_BE_LATE, this_month)


# -- getting them --


@dataclass(frozen=True)
class UcdpConnector:
    """Fetches editions; each is yielded complete, is not fetched for a reason, or raises a FetchError.

    Attributes:
        source: where UCDP is.
        limits: patience and sizes.
        budget: requests to the API; the download address has none.
        token: needed for the API only.
        keep_in: where the pages of an edition that was cut off wait for the next attempt; None: nowhere.
        sleep: does the waiting.
    """

    source: UcdpSource = field(default_factory=UcdpSource)
    limits: HttpLimits = field(default_factory=HttpLimits)
    budget: RequestBudget | None = None
    token: Token = None
    keep_in: Path | None = None
    sleep: Callable[[float], None] = time.sleep

    def from_api(self, editions: Iterable[str], into: Path, *, today: date) -> Iterator[Fetched | NotFetched]:
        """Yield each edition as the API's pages, in a directory of its own below `into`."""
        secret = self.token() if callable(self.token) else self.token
        if secret is None or not secret.get_secret_value().strip():
            yield from (NotFetched(edition, f"skipped because {TOKEN_VARIABLE} is not set") for edition in editions)
            return
        token = HeaderToken(TOKEN_HEADER, secret, TOKEN_VARIABLE)
        limits = replace(self.limits, max_bytes=min(self.limits.max_bytes, self.source.max_page_bytes))
        with HttpClient(limits, token=token, budget=self.budget, sleep=self.sleep) as client:
            for edition in editions:
                yield self._unless_late(edition, today, lambda name: self._pages(client, name, into))

    def from_downloads(self, editions: Iterable[str], into: Path, *, today: date) -> Iterator[Fetched | NotFetched]:
        """Yield each edition as its file, in a directory of its own below `into`; needs no token."""
        with HttpClient(self.limits, sleep=self.sleep) as client:
            for edition in editions:
                yield self._unless_late(edition, today, lambda name: self._file(client, name, into))

    def _unless_late(self, edition: str, today: date, fetch: Callable[[str], Fetched]) -> Fetched | NotFetched:
        try:
            return fetch(edition)
        except NotFoundError as problem:
            if not _may_be_late(edition, today):
                raise
            logger.info("UCDP %s is not yet published: %s", edition, problem)
            return NotFetched(edition, "not yet published")

    def _file(self, client: HttpClient, edition: str, into: Path) -> Fetched:
        url = f"{self.source.download_base.rstrip('/')}/{download_path(edition)}"
        with own_directory(edition, into) as directory:
            file = client.fetch(url, directory / url.rpartition("/")[2])
            if file.suffix == ".zip" and not zipfile.is_zipfile(file):
                size = f"{file.stat().st_size:,} bytes"
                raise FetchError(f"GET {url}: the answer of {size} is no zip file, or only part of one")
        logger.info("UCDP %s: downloaded %s, %s bytes", edition, url, f"{file.stat().st_size:,}")
        return Fetched((file,), "download", url, edition=edition)

    def _pages(self, client: HttpClient, edition: str, into: Path) -> Fetched:
        url = f"{self.source.api_base.rstrip('/')}/{api_path(edition)}"
        request: dict[str, str | int] = {**self.source.filters, "pagesize": self.source.page_size}
        files, total = begun_anew(lambda _: self._all_pages(client, edition, url, into))
        return Fetched(files, "api", url, request, edition, total)

    def _all_pages(self, client: HttpClient, edition: str, url: str, into: Path) -> tuple[tuple[Path, ...], int | None]:
        """Go on with the pages that an earlier attempt has left, or begin; what is cut off is left for a later one."""
        request = {"url": url, "source": [self.source.page_size, self.source.first_page, dict(self.source.filters)]}
        with own_directory(edition, into) as directory:
            kept = KeptPages((self.keep_in or directory) / edition, request)
            try:
                total = self._collect(client, edition, url, kept)
            except (InconsistentPagesError, NotFoundError):
                kept.clear()
                raise
            return kept.hand_over(directory), total

    def _collect(self, client: HttpClient, edition: str, url: str, kept: KeptPages) -> int | None:
        collection = _Collection(edition, may_be_empty=bool(self.source.filters))
        page, page_size = self.source.first_page, self.source.page_size
        kept_count, number = kept.resume(), 0
        if kept_count:
            logger.info("UCDP %s: going on after %d pages that are kept", edition, kept_count)
        while not collection.is_complete:
            number += 1
            params: dict[str, str | int] = {**self.source.filters, "pagesize": page_size}
            if page is not None:
                params["page"] = page
            where = f"UCDP {edition}, page {number} (GET {httpx.URL(url, params=params)})"
            if number > max(1, kept_count + 1):
                self.sleep(self.source.pause_between_pages_s)
            is_kept = number <= kept_count
            answer = _kept_answer(kept.path(number), where) if is_kept else None
            answer = answer or _fetched_answer(client, url, kept.path(number), params, where)
            collection.add(answer, where)
            if collection.is_complete:
                break
            # A server that gives fewer than asked counts pages in its own size or in ours; asked for what it
            # gives, both are the same.
            if number == 1:
                page_size = len(answer.events)
            page = answer.next_page_number(where) if page is None else page + 1
        return collection.total


class _Event(BaseModel):
    """The one thing that paging needs of an event."""

    id: int | str | None = None


class _Answer(BaseModel):
    """The envelope of a page."""

    model_config = ConfigDict(strict=True)

    total: int = Field(alias="TotalCount", ge=0)
    next_page_url: str | None = Field(alias="NextPageUrl", default=None)
    events: list[_Event] = Field(alias="Result")

    def next_page_number(self, where: str) -> int:
        """Read the number, and only the number: the rest of the URL could lead anywhere."""
        numbers = parse_qs(urlsplit(self.next_page_url or "").query).get("page", [""])
        if not numbers[0].isdecimal():
            raise FetchError(
                f"{where}: more records are due, but NextPageUrl names no page; set the first page's number"
            )
        return int(numbers[0])


def _fetched_answer(client: HttpClient, url: str, file: Path, params: Mapping[str, str | int], where: str) -> _Answer:
    answers: list[_Answer] = []

    def check(content: bytes) -> None:
        answers.append(_read_answer(content, where, client))

    client.fetch(url, file, params, check)
    return answers[-1]


def _kept_answer(file: Path, where: str) -> _Answer:
    try:
        return _Answer.model_validate_json(file.read_bytes())
    except (OSError, ValidationError):
        pass  # told outside of this block: the cause would show what the page says
    raise InconsistentPagesError(f"{where}: the page that was kept cannot be read any more")


def _read_answer(content: bytes, where: str, client: HttpClient) -> _Answer:
    try:
        return _Answer.model_validate_json(content)
    except ValidationError as problem:
        errors = problem.errors(include_url=False, include_input=False)
        # Raised outside of this block: the cause would show what the answer says, secrets included.
        complaint = "; ".join(
            f"{'.'.join(map(str, error['loc'])) or 'answer'}: {error['msg']}" for error in errors[:ERRORS_SHOWN]
        )
    words = client.readable(content)
    # A body that breaks off without a word of how long it should be, or a rate limit told with HTTP 200, may pass.
    may_pass = errors[0]["type"] == "json_invalid" or SPEAKS_OF_RATE_LIMIT.search(words)
    kind = TransientError if may_pass else FetchError
    raise kind(f"{where}: not an answer of the UCDP API: {complaint}: {words}")


@dataclass
class _Collection:
    """The pages of one edition so far, and the proof that they belong together."""

    edition: str
    may_be_empty: bool
    total: int | None = None
    received: int = 0
    pages: int = 0
    ids: set[int | str] = field(default_factory=set[int | str])

    @property
    def is_complete(self) -> bool:
        """Only the source's own total decides."""
        return self.received == self.total

    def add(self, answer: _Answer, where: str) -> None:
        """Take one page in, or raise a FetchError that says why it does not fit the others."""
        self._take_total(answer, where)
        self._take_ids(answer, where)
        self._take_count(answer, where)
        self.pages += 1
        pages = self.pages + ceil((answer.total - self.received) / max(1, len(answer.events)))
        records = f"{self.received:,} of {self.total:,} records"
        logger.info("UCDP %s: page %d of %d, %s", self.edition, self.pages, pages, records)

    def _take_total(self, answer: _Answer, where: str) -> None:
        if self.total not in {None, answer.total}:
            change = f"from {self.total:,} to {answer.total:,}"
            raise InconsistentPagesError(f"{where}: TotalCount changed {change} between pages")
        if not answer.total and not self.may_be_empty:
            raise NotFoundError(f"{where}: the API has not one event of this edition (TotalCount 0)")
        self.total = answer.total

    def _take_ids(self, answer: _Answer, where: str) -> None:
        ids = {event.id for event in answer.events if event.id is not None}
        if repeated := ids & self.ids:
            raise InconsistentPagesError(
                f"{where}: {len(repeated):,} events were on an earlier page already, such as id "
                f"{min(repeated, key=str)}, so others are missing; check the first page's number, or fetch the edition "
                "by download"
            )
        self.ids |= ids

    def _take_count(self, answer: _Answer, where: str) -> None:
        self.received += len(answer.events)
        if self.received > answer.total or (answer.total and not answer.events):
            raise InconsistentPagesError(
                f"{where}: {len(answer.events):,} records on this page make {self.received:,}, but TotalCount is "
                f"{answer.total:,}; check the first page's number, or fetch the edition by download"
            )
