"""Nights on the ACLED connector: a lake, a feed with a small contract of its own, and a clock that tests set."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pydantic import SecretStr

from orchestration.assets.landing import land_what_is_new
from orchestration.feeds import acled_fetch
from orchestration.feeds.acled_windows import window_of
from orchestration.feeds.spec import Content, Feed, Scope, Skipped
from orchestration.io.archive import archive
from orchestration.io.lake import Lake, Manifest
from orchestration.resources.http import FetchError, HttpLimits
from orchestration.settings import Settings
from schemas.contract import Column, Contract, Kind, Rule, Severity
from tests.servers.acled import PASSWORD, USERNAME, AcledServer

QUICK = HttpLimits(read_timeout_s=0.5, connect_timeout_s=1, attempts=3, first_wait_s=0, max_wait_s=0)
CONTRACT = Contract(
    name="acled_small",
    version=1,
    key="event_id_cnty",
    columns=(
        Column("event_id_cnty", Kind.TEXT, "id", required=True),
        Column("event_date", Kind.DATE, "day", required=True),
        Column("year", Kind.INTEGER, "year"),
        Column("country", Kind.TEXT, "country"),
        Column("notes", Kind.TEXT, "text"),
        Column("fatalities", Kind.INTEGER, "killed"),
        Column("timestamp", Kind.BIG_INTEGER, "seconds since 1970", is_content=False),
    ),
    rules=(
        Rule("fatalities_not_negative", ("fatalities",), pl.col("fatalities") >= 0, Severity.QUARANTINE, "a count"),
    ),
    year_column="year",
)


def scope_of(edition: str | None, content: Content) -> Scope:
    """The scope of a window; nothing for a batch of changes."""
    window = window_of(edition)
    if window is None:
        return Scope(f"acled:{edition}", None, None, None, 0)
    return Scope(f"acled:{window.country}:{window.first.year}", window.first, window.last, (window.country,), 0)


FEED = Feed(
    name="acled",
    title="ACLED",
    publisher="ACLED",
    homepage="https://acleddata.com",
    licence="attribution",
    citation="Raleigh et al.",
    may_redistribute=False,
    id_space="acled",
    scope_kind="full",
    cadence="weekly",
    freshness=timedelta(days=14),
    revision_lag=timedelta(days=30),
    volume=(0, 1_000_000),
    max_quarantined_share=0.02,
    contract=CONTRACT,
    layouts=(),
    year_column="year",
    country_column="country",
    edition_of=lambda _: None,
    scope_of=scope_of,
    connector=acled_fetch.fetch,
    unfetched=acled_fetch.unfetched,
    opener=acled_fetch.open_pages,
    withdrawals=acled_fetch.read_withdrawals,
)


@dataclass
class Night:
    """What a night brought.

    Attributes:
        new: manifests of the new batches.
        skipped: what was skipped, in words.
        problem: the error at the end, if there was one.
        requests: how many requests it took, logins included.
    """

    new: list[Manifest] = field(default_factory=list[Manifest])
    skipped: list[str] = field(default_factory=list[str])
    problem: FetchError | None = None
    requests: int = 0

    @property
    def editions(self) -> list[str | None]:
        """The editions of the new batches."""
        return [manifest.edition for manifest in self.new]


@dataclass
class Nights:
    """A warehouse's lake and its nights."""

    server: AcledServer
    root: Path
    settings: dict[str, Any] = field(default_factory=dict[str, Any])
    feed: Feed = FEED

    @property
    def lake(self) -> Lake:
        """The lake that the nights fill."""
        return Lake(self.root / "lake")

    def night(self, day: date, *, land: bool = True) -> Night:
        """Fetch as the nightly job does, and land what is new."""
        settings, night = self._settings(), Night()
        moment = datetime(day.year, day.month, day.day, 2, tzinfo=UTC)
        asked_before = len(self.server.requests)
        workspace = self.root / f"fetch-{day}"
        try:
            for place, answer in enumerate(acled_fetch.fetch(settings, workspace, moment)):
                if isinstance(answer, Skipped):
                    night.skipped.append(answer.reason)
                    continue
                archived = archive(answer, self.feed, self.lake, now=moment + timedelta(seconds=place))
                if archived.is_new:
                    night.new.append(archived.batch.manifest)
        except FetchError as problem:
            night.problem = problem
        assert not workspace.exists() or not list(workspace.iterdir()), "the workspace is left clean"
        night.requests = len(self.server.requests) - asked_before
        if land:
            land_what_is_new(self.feed, settings, lambda _: None)
        return night

    def landed(self) -> pl.DataFrame:
        """All landed rows."""
        return pl.read_parquet(self.lake.root / "landing" / "acled" / "*" / "*.parquet")

    def withdrawals(self) -> list[tuple[str, str]]:
        """Ids and evidence of everything that was withdrawn."""
        found = pl.read_parquet(self.lake.root / "withdrawals" / "acled" / "*" / "*.parquet")
        return sorted(found.select("source_event_id", "evidence").rows())

    def _settings(self) -> Settings:
        return Settings(
            **{
                "data_dir": self.root,
                "acled_username": SecretStr(USERNAME),
                "acled_password": SecretStr(PASSWORD),
                "acled_api_url": f"{self.server.url}/api",
                "acled_token_url": f"{self.server.url}/oauth/token",
                "acled_countries": ("Mali", "Niger"),
                "acled_from_date": date(2022, 1, 1),
                "acled_page_size": 50,
                "acled_sweep_windows": 0,
                **self.settings,
            }
        )


@contextmanager
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Take the waiting out of the connector."""
    monkeypatch.setattr(acled_fetch, "LIMITS", QUICK)
    monkeypatch.setattr(acled_fetch, "PAUSE_S", 0)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    yield
