"""How the two UCDP feeds are fetched, by the settings: from the API with a token, or from the download address."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from orchestration.feeds.spec import Skipped
from orchestration.io.fetched import Fetched
from orchestration.resources.http import HttpLimits, RequestBudget
from orchestration.resources.ucdp import NotFetched, UcdpConnector, UcdpSource, candidate_editions
from orchestration.settings import Settings


def fetch_yearly(settings: Settings, into: Path, now: datetime) -> Iterator[Fetched | Skipped]:
    """The yearly release that the settings name."""
    return _fetch([settings.ucdp_ged_version], settings, into, now)


def fetch_candidates(settings: Settings, into: Path, now: datetime) -> Iterator[Fetched | Skipped]:
    """Every candidate month that the yearly release does not cover; an unchanged one makes no new batch."""
    return _fetch(candidate_editions(settings.ucdp_ged_version, now.date()), settings, into, now)


def unfetched(settings: Settings) -> str | None:
    """Why nothing is fetched, if nothing is."""
    if settings.ucdp_source == "off":
        return "switched off by INCIDENTS_UCDP_SOURCE=off"
    token = settings.ucdp_access_token
    if settings.ucdp_source == "api" and not (token and token.get_secret_value().strip()):
        return "skipped because UCDP_ACCESS_TOKEN is not set; INCIDENTS_UCDP_SOURCE=download needs no token"
    return None


def _fetch(editions: Sequence[str], settings: Settings, into: Path, now: datetime) -> Iterator[Fetched | Skipped]:
    if reason := unfetched(settings):
        yield Skipped(reason)
        return
    connector = UcdpConnector(
        source=UcdpSource(
            api_base=settings.ucdp_api_url,
            download_base=settings.ucdp_download_url,
            page_size=settings.ucdp_page_size,
        ),
        limits=HttpLimits(),
        budget=RequestBudget(settings.state_dir / "ucdp_requests.json", settings.ucdp_daily_requests),
        token=settings.ucdp_access_token,
        keep_in=settings.state_dir / "pages" / "ucdp",
    )
    fetch = connector.from_api if settings.ucdp_source == "api" else connector.from_downloads
    for answer in fetch(editions, into, today=now.date()):
        yield Skipped(f"{answer.edition}: {answer.reason}") if isinstance(answer, NotFetched) else answer
