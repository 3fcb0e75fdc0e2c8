"""In what parts ACLED is fetched: a year of a country, its changes, its ids; and how the editions of batches name them.

An edition is all that is needed to know what a batch speaks for, so that every state can be told from the lake alone.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from orchestration.settings import Settings

_WINDOW = re.compile(r"(?P<country>.+) (?P<first>\d{4}-\d\d-\d\d)\.\.(?P<last>\d{4}-\d\d-\d\d)")
_SWEEP = re.compile(rf"ids of {_WINDOW.pattern}")
_CHANGES = re.compile(r"changes in (?P<country>.+) (?P<since>\d+)\.\.(?P<newest>\d+)")
_DELETED = re.compile(r"deleted (?P<since>\d+)\.\.(?P<newest>\d+)")


@dataclass(frozen=True, order=True)
class Window:
    """The events of a country (ACLED's name of it) from a first to a last day."""

    country: str
    first: date
    last: date

    @property
    def edition(self) -> str:
        """The edition of a batch that holds all events of the window."""
        return f"{self.country} {self.first}..{self.last}"

    @property
    def sweep_edition(self) -> str:
        """The edition of a batch that holds all ids of the window."""
        return f"ids of {self.edition}"


@dataclass(frozen=True)
class Stretch:
    """Changes, or deletions, between two times in seconds since 1970: from when they were asked for, and the newest."""

    since: int
    newest: int


def window_of(edition: str | None) -> Window | None:
    """The window that a batch of events speaks for; None where its edition is not one of a window."""
    if edition is None or _SWEEP.fullmatch(edition) or _CHANGES.fullmatch(edition):
        return None
    return _window(_WINDOW.fullmatch(edition))


def swept_window_of(edition: str | None) -> Window | None:
    """The window whose ids a sweep holds."""
    return _window(_SWEEP.fullmatch(edition or ""))


def changes_edition(country: str, stretch: Stretch) -> str:
    """The edition of a batch of changes."""
    return f"changes in {country} {stretch.since}..{stretch.newest}"


def changes_of(edition: str | None) -> tuple[str, Stretch] | None:
    """Country and stretch of a batch of changes."""
    found = _CHANGES.fullmatch(edition or "")
    return (found["country"], _stretch(found)) if found else None


def deleted_edition(stretch: Stretch) -> str:
    """The edition of a batch of deletions."""
    return f"deleted {stretch.since}..{stretch.newest}"


def deleted_of(edition: str | None) -> Stretch | None:
    """The stretch of a batch of deletions."""
    found = _DELETED.fullmatch(edition or "")
    return _stretch(found) if found else None


def all_windows(settings: Settings, today: date) -> list[Window]:
    """Every year of every country of the settings, oldest first; the last year ends with the last day to be seen."""
    last_day = last_visible_day(settings, today)
    return [
        Window(country, first, min(date(first.year, 12, 31), last_day))
        for country in settings.acled_countries
        for first in _firsts(settings.acled_from_date, last_day)
    ]


def last_visible_day(settings: Settings, today: date) -> date:
    """The newest event day to ask for."""
    return today - timedelta(days=settings.acled_embargo_days)


def _firsts(from_date: date, last_day: date) -> Iterator[date]:
    if from_date <= last_day:
        yield from_date
        yield from (date(year, 1, 1) for year in range(from_date.year + 1, last_day.year + 1))


def _window(found: re.Match[str] | None) -> Window | None:
    if not found:
        return None
    return Window(found["country"], date.fromisoformat(found["first"]), date.fromisoformat(found["last"]))


def _stretch(found: re.Match[str]) -> Stretch:
    return Stretch(int(found["since"]), int(found["newest"]))
