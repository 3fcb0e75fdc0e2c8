"""How ACLED is fetched, night by night, and how its answers are read again.

A night asks, in this order and as far as the day's budget of requests goes: for windows that are not there yet; for
what changed; for what was deleted; and for the ids of a few windows, to find what vanished without a word. Everything
that a night must know is read from the lake, so a night that is cut short is gone on with by the next one.
"""

import logging
import shutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
from pathlib import Path

import polars as pl

from orchestration.errors import RefusedError
from orchestration.feeds.acled_known import Known, deletions_of, events_of, typed
from orchestration.feeds.acled_windows import (
    Stretch,
    Window,
    all_windows,
    changes_edition,
    deleted_edition,
    last_visible_day,
    swept_window_of,
)
from orchestration.feeds.spec import Feed, Skipped
from orchestration.io.fetched import Fetched, Purpose, ScopeKind
from orchestration.io.lake import UTC_TIMESTAMP, Lake, RawBatch
from orchestration.io.pages import PagesReader
from orchestration.io.payload import Bounds
from orchestration.io.reading import Reader
from orchestration.resources.acled import CREDENTIALS, ID_FIELDS, AcledApi, AcledSource, Answer, Question
from orchestration.resources.http import (
    BudgetExhaustedError,
    FetchError,
    HttpClient,
    HttpLimits,
    RequestBudget,
    TransientError,
)
from orchestration.resources.login import LoginError, PasswordLogin
from orchestration.settings import Settings

logger = logging.getLogger(__name__)

LIMITS = HttpLimits(max_bytes=256 * 1024**2)
PAUSE_S = 0.5
LEAST_SHARE_KEPT = 0.5
"""An answer with a smaller share of the events that stand in its window is not believed: rather than to delete half of
a year, a source takes away an account's rights. Deletions that it tells of are taken off before."""
LEAST_EVENTS_TO_COMPARE = 20
PUBLISHED_WITHIN = timedelta(days=30)
"""Events appear in the API days after they took place; those of older days are there, as far as anybody knows them."""
FRESH_FOR = timedelta(hours=20)
"""A window that came so recently is not swept."""


def unfetched(settings: Settings) -> str | None:
    """Why nothing is fetched, if nothing is."""
    given = {"ACLED_USERNAME": settings.acled_username, "ACLED_PASSWORD": settings.acled_password}
    missing = [name for name, value in given.items() if not (value and value.get_secret_value().strip())]
    if not missing:
        return None
    return f"skipped because {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not set"


def fetch(settings: Settings, into: Path, now: datetime) -> Iterator[Fetched | Skipped]:
    """Fetch what the night has to: each delivery is complete, or an error says what is missing and why.

    Raises:
        FetchError: something was not to be had, told after everything else has been tried.
    """
    if reason := unfetched(settings):
        yield Skipped(reason)
        return
    assert settings.acled_username  # noqa: S101 - `unfetched` has looked
    assert settings.acled_password  # noqa: S101
    login = PasswordLogin(
        settings.acled_token_url,
        settings.acled_client_id,
        settings.acled_username,
        settings.acled_password,
        CREDENTIALS,
    )
    budget = RequestBudget(settings.state_dir / "acled_requests.json", settings.acled_daily_requests)
    with HttpClient(LIMITS, token=login, budget=budget) as client:
        source = AcledSource(settings.acled_api_url, settings.acled_page_size, pause_between_pages_s=PAUSE_S)
        yield from _Night(AcledApi(client, source), settings, Known(Lake(settings.lake_dir)), into, now).deliveries()


@dataclass
class _Night:
    """One night: what it asks, and what it could not get.

    Attributes:
        failed: countries for which something failed; nothing more is asked for them tonight.
        problems: what failed, in words for people.
        quiet: what was asked and brought nothing new.
    """

    api: AcledApi
    settings: Settings
    known: Known
    into: Path
    now: datetime
    failed: set[str] = field(default_factory=set[str])
    problems: list[str] = field(default_factory=list[str])
    quiet: list[str] = field(default_factory=list[str])
    _visible: dict[str, bool] = field(default_factory=dict[str, bool])

    def deliveries(self) -> Iterator[Fetched | Skipped]:
        """Everything that is new, then what was asked in vain, then the problems as one error."""
        try:
            yield from self._steps()
        except BudgetExhaustedError as problem:
            yield Skipped(f"{problem}; {self._progress()}; the next night goes on")
        except FetchError as problem:
            self.problems.append(str(problem))
        if self.quiet:
            yield Skipped(f"nothing new: {'; '.join(self.quiet)}")
        if self.problems:
            raise FetchError("; ".join(self.problems))

    def _steps(self) -> Iterator[Fetched]:
        for country in self.settings.acled_countries:
            yield from self._unless_failed(country, self._windows(country))
        for country in self.settings.acled_countries:
            yield from self._unless_failed(country, self._changes(country))
        yield from self._deletions()
        for window in self._to_sweep():
            yield from self._unless_failed(window.country, self._sweep(window))

    def _unless_failed(self, country: str, step: Iterator[Fetched]) -> Iterator[Fetched]:
        """Let a country that fails cost only itself; what would fail for every country ends the night."""
        if country in self.failed:
            return
        try:
            yield from step
        except (BudgetExhaustedError, LoginError, TransientError):
            raise
        except FetchError as problem:
            if problem.status == HTTPStatus.UNAUTHORIZED:
                raise
            self.failed.add(country)
            self.problems.append(str(problem))

    # -- whole windows --

    def _due(self) -> list[Window]:
        """Windows that are not there up to their last day; one that still grows is due again after some days."""
        return [window for window in all_windows(self.settings, self.now.date()) if self._is_due(window)]

    def _is_due(self, window: Window) -> bool:
        newest = self.known.newest_window(window)
        if newest is None:
            return True
        batch, issue = newest
        grows = self._is_open(window) or window.last == last_visible_day(self.settings, self.now.date())
        is_fresh = self.now - batch.manifest.fetched_at < timedelta(days=self.settings.acled_refetch_days)
        return issue.last < window.last and not (grows and is_fresh)

    def _is_open(self, window: Window) -> bool:
        """May events of its last days still be unpublished?"""
        return window.last > self.now.date() - PUBLISHED_WITHIN

    def _windows(self, country: str) -> Iterator[Fetched]:
        """A country's windows that are due. A year without any event is no window: it is asked for with the next."""
        first: date | None = None
        for due in self._due():
            if due.country != country:
                continue
            window = replace(due, first=first or due.first)
            with self._answer(_events_of(window)) as answer:
                self._must_be_believable(len(answer.records), window)
                first = window.first if answer.records.is_empty() else None
                if first is None:
                    yield self._whole(answer, window)

    def _whole(self, answer: Answer, window: Window) -> Fetched:
        """A window speaks for no day after its newest event while later ones may still be published."""
        newest = typed(answer.records).get_column("event_date").max() if self._is_open(window) else None
        last = min(newest, window.last) if isinstance(newest, date) else window.last
        return _delivery(answer, replace(window, last=last).edition, "window")

    def _must_be_believable(self, received: int, window: Window) -> None:
        """Tell an account without rights from a year without events.

        Raises:
            FetchError: the answer is empty, or nearly so, although the source has events.
        """
        standing = len(self.known.standing(window))
        few = standing >= LEAST_EVENTS_TO_COMPARE and received < standing * LEAST_SHARE_KEPT
        if few or (standing and not received):
            raise FetchError(
                f"ACLED {window.edition}: success with {received:,} records, although {standing:,} events of it are in "
                f"the lake: the account may have lost its rights to {window.country}, or there is an embargo; nothing "
                "of the answer was kept"
            )
        if not received and not self._is_visible(window.country):
            raise FetchError(
                f"ACLED {window.edition}: success with 0 records, and the account sees not one event of "
                f"{window.country} of whatever day: it has no rights to it, or ACLED spells the country in another way "
                "(INCIDENTS_ACLED_COUNTRIES); nothing was kept"
            )

    def _is_visible(self, country: str) -> bool:
        if country not in self._visible:
            self._visible[country] = self.api.has_any(country, self.into)
        return self._visible[country]

    # -- changes and deletions --

    def _changes(self, country: str) -> Iterator[Fetched]:
        since = self._since(self.known.newest_changes(country), self.known.first_window_at(country))
        if since is None:
            return
        visible_until = last_visible_day(self.settings, self.now.date())
        with self._answer(Question("acled", country, changed_since=since, visible_until=visible_until)) as answer:
            changed, known = typed(answer.records), self.known.versions(country, since)
            if changed.is_empty() and len(known):
                raise FetchError(
                    f"ACLED changes in {country} since {_moment(since)}: success with 0 records, although "
                    f"{len(known):,} that were uploaded since are in the lake: the account may have lost its rights"
                )
            if _without(changed, known, VERSION).is_empty():
                self.quiet.append(f"changes in {country} since {_moment(since)}")
                return
            newest = _newest(changed.get_column("timestamp"), since)
            yield _delivery(answer, changes_edition(country, Stretch(since, newest)), "delta")

    def _deletions(self) -> Iterator[Fetched]:
        since = self._since(self.known.newest_deletion(), self.known.first_window_at())
        if since is None:
            return
        with self._answer(Question("deleted", changed_since=since)) as answer:
            deleted = answer.records.select("event_id_cnty", pl.col("deleted_timestamp").cast(pl.Int64, strict=False))
            known = self.known.deletions(since)
            if deleted.is_empty() and len(known):
                raise FetchError(
                    f"ACLED deletions since {_moment(since)}: success with 0 records, although it told of "
                    f"{len(known):,} before: the account may have lost its rights"
                )
            if _without(deleted, known, deleted.columns).is_empty():
                self.quiet.append(f"deletions since {_moment(since)}")
                return
            newest = _newest(deleted.get_column("deleted_timestamp"), since)
            yield _delivery(answer, deleted_edition(Stretch(since, newest)), "delta", "withdrawals")

    def _since(self, known: Stretch | None, first_window_at: datetime | None) -> int | None:
        """From when on to ask: some days before the newest that is known, or before the first window came."""
        if known is None and first_window_at is None:
            return None
        newest = known.newest if known else int(first_window_at.timestamp()) if first_window_at else 0
        return max(0, newest - self.settings.acled_overlap_days * DAY_S)

    # -- sweeps --

    def _to_sweep(self) -> list[Window]:
        """The windows whose turn it is by the calendar, but for those that came a moment ago or not at all."""
        windows = all_windows(self.settings, self.now.date())
        count = min(self.settings.acled_sweep_windows, len(windows))
        start = self.now.date().toordinal() * count
        turn = [windows[(start + place) % len(windows)] for place in range(count)]
        return [window for window in turn if self._may_be_swept(window)]

    def _may_be_swept(self, window: Window) -> bool:
        newest = self.known.newest_window(window)
        return newest is not None and self.now - newest[0].manifest.fetched_at > FRESH_FOR

    def _sweep(self, window: Window) -> Iterator[Fetched]:
        """Compare all ids of a window; where they differ, fetch it whole, which shows whether the ids told true."""
        standing = self.known.standing(window)
        with self._answer(replace(_events_of(window), fields=ID_FIELDS)) as ids:
            swept = typed(ids.records)
            if _are_same(swept, standing):
                self.quiet.append(f"ids of {window.edition}")
                return
            self._must_be_believable(len(swept), window)
            with self._answer(_events_of(window)) as answer:
                self._must_be_believable(len(answer.records), window)
                whole = typed(answer.records)
                missing = _without(standing, swept, IDENTITY)
                if len(missing) and _without(missing, whole, IDENTITY).equals(missing):
                    yield _delivery(ids, window.sweep_edition, "delta", "sweep")
                elif len(missing):
                    logger.warning("ACLED %s: ids were missing from a sweep but not from the events", window.edition)
                if not _are_same(whole, standing):
                    yield self._whole(answer, window)

    # -- common --

    @contextmanager
    def _answer(self, question: Question) -> Generator[Answer]:
        """An answer, for as long as somebody may want its files."""
        answer = self.api.ask(question, self.into)
        try:
            yield answer
        finally:
            shutil.rmtree(answer.files[0].parent, ignore_errors=True)

    def _progress(self) -> str:
        windows = all_windows(self.settings, self.now.date())
        return f"{len(windows) - len(self._due()):,} of {len(windows):,} windows are there"


IDENTITY = ["event_id_cnty"]
VERSION = ["event_id_cnty", "timestamp"]
DAY_S = 24 * 60 * 60


def _events_of(window: Window) -> Question:
    return Question("acled", window.country, window.first, window.last, visible_until=window.last)


def _delivery(answer: Answer, edition: str, scope_kind: ScopeKind, purpose: Purpose = "records") -> Fetched:
    return Fetched(
        answer.files,
        "api",
        answer.url,
        answer.request,
        edition,
        records_expected=len(answer.records),
        scope_kind=scope_kind,
        purpose=purpose,
    )


def _without(rows: pl.DataFrame, others: pl.DataFrame, on: list[str]) -> pl.DataFrame:
    """The rows that have no equal among the others."""
    return rows.join(others, on=on, how="anti", nulls_equal=True, maintain_order="left")


def _are_same(rows: pl.DataFrame, others: pl.DataFrame) -> bool:
    """Do both hold the same versions of the same events?"""
    return _without(rows, others, VERSION).is_empty() and _without(others, rows, VERSION).is_empty()


def _newest(timestamps: pl.Series, since: int) -> int:
    newest = timestamps.max()
    return newest if isinstance(newest, int) else since


def _moment(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M}"


# -- reading the answers again --


@contextmanager
def open_pages(raw: RawBatch, feed: Feed, bounds: Bounds) -> Generator[tuple[str, Reader]]:
    """Open a batch of events from the API (an `Opener`); files are opened by the feed's module."""
    del bounds  # the pages were bounded when they were fetched
    source = raw.manifest.source_name
    yield source, PagesReader(raw.paths, source, feed.contract, "API", "data")


def read_withdrawals(raw: RawBatch, feed: Feed, lake: Lake) -> pl.DataFrame:
    """Read what the source took back (a `WithdrawalReader`): by its own word, or by absence from all ids of a window.

    Raises:
        RefusedError: the payload cannot be read.
    """
    fetched_at = pl.lit(raw.manifest.fetched_at.astimezone(UTC).replace(tzinfo=None), UTC_TIMESTAMP)
    try:
        if raw.manifest.purpose == "sweep":
            withdrawn = _missing_from(raw, lake).select("event_id_cnty", fetched_at.alias("withdrawn_at"))
        else:
            deleted_at = pl.from_epoch("deleted_timestamp", "s").cast(UTC_TIMESTAMP)
            known = Known(lake, before=raw.batch_id)
            withdrawn = known.not_uploaded_since(deletions_of(raw)).select(
                "event_id_cnty", pl.coalesce(deleted_at, fetched_at).alias("withdrawn_at")
            )
    except (ValueError, pl.exceptions.PolarsError) as error:
        raise RefusedError(
            source=raw.manifest.source_name,
            problem=f"its ids cannot be read ({type(error).__name__}: {error})",
            rule="pages of ACLED's API as they were fetched",
            way_out="restore the batch from a backup, or remove its folder: it is fetched again",
        ) from error
    return (
        withdrawn.group_by("event_id_cnty", maintain_order=True)
        .agg(pl.col("withdrawn_at").max())
        .select(
            pl.lit(feed.name).alias("feed"),
            pl.lit(feed.id_space).alias("id_space"),
            pl.col("event_id_cnty").alias("source_event_id"),
            "withdrawn_at",
            pl.lit("swept" if raw.manifest.purpose == "sweep" else "deleted").alias("evidence"),
        )
    )


def _missing_from(raw: RawBatch, lake: Lake) -> pl.DataFrame:
    window = swept_window_of(raw.manifest.edition)
    if window is None:
        raise ValueError(f"{raw.manifest.edition!r} names no window")
    return _without(Known(lake, before=raw.batch_id).standing(window), events_of(raw), IDENTITY)
