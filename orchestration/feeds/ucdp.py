"""What UCDP GED and UCDP Candidate have in common: naming of editions, scopes, layouts. Not a feed itself.

A yearly release N.1 covers 1989 to the end of year N-1 and has the last word on it. A candidate edition YY.0.M is that
month, not cumulative; YY.A.YY.B is the months A to B of one year.
"""

import re
from calendar import monthrange
from datetime import date

from orchestration.errors import RefusedError
from orchestration.feeds.spec import Content, Layout, Scope
from orchestration.io.payload import printable
from schemas.ucdp import FIRST_DAY, UCDP_EVENTS

RELEASE = Layout("release (49 columns)", UCDP_EVENTS.names)
WEB_EXPORT = Layout(
    "web export (47 columns)",
    (
        *(name for name in UCDP_EVENTS.names if name not in ("best", "high", "low", "gwnoa", "gwnob")),
        *("best", "high", "low"),
    ),
)

CITATION_GED = (
    "Sundberg, R. and Melander, E. (2013) Introducing the UCDP Georeferenced Event Dataset. Journal of Peace Research "
    "50(4); Davies, S. et al., the release paper of the year, Journal of Peace Research"
)
CITATION_CANDIDATE = "Hegre, H. et al. (2020) Introducing the UCDP Candidate Events Dataset. Research & Politics 7(3)"
PUBLISHER = "Uppsala Conflict Data Program, Uppsala University"

COUNTRIES_OF_THE_WORLD = 60
"""A release has more than a hundred."""

_YEARLY = re.compile(r"(?:^|[^a-z])ged_?(?:event)?_?v?_?(?P<year>\d\d)[._]?(?P<minor>\d)(?!\d|[._]\d)", re.IGNORECASE)
_MONTH = re.compile(r"v(?P<year>\d\d)[._]0[._](?P<month>\d{1,2})(?!\d|[._]\d)", re.IGNORECASE)
_MONTHS = re.compile(r"v(?P<year>\d\d)[._](?P<first>\d\d)[._](?P=year)[._](?P<last>\d\d)(?!\d)", re.IGNORECASE)


def candidate_edition(file_name: str) -> str | None:
    """The edition in a candidate's file name: `GEDEvent_v23_0_4.csv` is 23.0.4, `…v21_01_21_12…` is 21.01.21.12."""
    if found := _MONTHS.search(file_name):
        return f"{found['year']}.{found['first']}.{found['year']}.{found['last']}"
    if found := _MONTH.search(file_name):
        return f"{found['year']}.0.{int(found['month'])}"
    return None


def yearly_edition(file_name: str) -> str | None:
    """The edition in a yearly release's file name: `ged241-csv.zip` and `GEDEvent_v24_1.csv` are 24.1.

    Raises:
        RefusedError: the name is one of a candidate edition, which would speak for its months, not for years.
    """
    if candidate := candidate_edition(file_name):
        raise RefusedError(
            source=printable(file_name),
            problem=f"its name says that it is edition {candidate} of UCDP Candidate",
            rule="a yearly release or a web export of UCDP GED",
            way_out="add it as ucdp_candidate",
            place="its name",
        )
    found = _YEARLY.search(file_name)
    return f"{found['year']}.{found['minor']}" if found else None


def candidate_scope(edition: str | None, content: Content) -> Scope:
    """A candidate edition speaks for its months, all countries, below any yearly release.

    Raises:
        ValueError: the edition is not one of a candidate.
    """
    del content
    parts = [int(part) for part in (edition or "").split(".") if part.isdigit()]
    if len(parts) == 3 and parts[1] == 0:
        year, first, last = 2000 + parts[0], parts[2], parts[2]
    elif len(parts) == 4 and parts[0] == parts[2]:
        year, first, last = 2000 + parts[0], parts[1], parts[3]
    else:
        raise ValueError(f"{edition!r} is not a candidate edition such as 23.0.4 (April 2023) or 21.01.21.12")
    if not 1 <= first <= last <= 12:
        raise ValueError(f"{edition!r} names no months of a year")
    return Scope(
        key=f"ucdp_candidate:{edition}",
        covers_from=date(year, first, 1),
        covers_until=date(year, last, monthrange(year, last)[1]),
        countries=None,
        authority=0,
    )


def yearly_scope(edition: str | None, content: Content) -> Scope:
    """A yearly release is full up to the end of the year before its number; any other layout only for its countries.

    Where nothing names the edition (web exports), the newest year in the file is its last year.

    Raises:
        ValueError: the edition is not one of a yearly release, or the file has no valid row to tell it from.
    """
    if edition is None:
        if content.newest_year is None:
            raise ValueError("no valid record tells which years are covered")
        last_year, minor = content.newest_year, 1
    elif found := re.fullmatch(r"(\d\d)\.(\d)", edition):
        last_year, minor = 2000 + int(found[1]) - 1, int(found[2])
    else:
        raise ValueError(f"{edition!r} is not a yearly edition such as 24.1")
    # A file with fewer countries was filtered before it was saved; one that nothing names speaks for its own years.
    is_world = edition is not None and len(content.countries) >= COUNTRIES_OF_THE_WORLD
    countries = None if is_world and content.layout == RELEASE.name else content.countries
    first_day = date(content.oldest_year or last_year, 1, 1) if edition is None else FIRST_DAY
    return Scope(
        key=f"ucdp_ged:{last_year}.{minor}:{'+'.join(countries) if countries else 'world'}",
        covers_from=first_day,
        covers_until=date(last_year, 12, 31),
        countries=countries,
        authority=(last_year + 1 - 2000) * 100 + minor,
    )
