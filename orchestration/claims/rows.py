"""What an article tells, as rows of the feed `claims`: ready to be looked over and added."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from orchestration.claims.article import Told
from schemas.claims import CLAIMS, LONGEST_TEXT


@dataclass(frozen=True)
class Stated:
    """What whoever adds the claims says of all of them.

    Attributes:
        source: who says so, and in which publication.
        countries: ISO 3166 codes of three letters, with ; between them.
        region: a part of these countries, or a region without a list of countries.
        definition_id: the definition of ours that fits best.
        definition_fit: same or nearest.
        counted: what is counted, where the article's columns do not say it well.
        url: address of the publication.
        citation: how it wants to be cited.
        licence: its licence.
    """

    source: str
    countries: str | None = None
    region: str | None = None
    definition_id: str | None = None
    definition_fit: str | None = None
    counted: str | None = None
    url: str | None = None
    citation: str | None = None
    licence: str | None = None


def claim_rows(told: Iterable[Told], stated: Stated) -> list[dict[str, str]]:
    """One row a figure, under the names of the contract; what is not known is empty."""
    rows: list[dict[str, str]] = []
    used: set[str] = set()
    seen: set[tuple[object, ...]] = set()
    for each in told:
        same = (each.figure.value, each.figure.bound, each.figure.unit, each.year.year, each.counted, each.base_year)
        if same in seen or (not each.is_events and each.figure.unit != "count"):
            continue  # told again; or how many more were killed, which is no number of events
        seen.add(same)
        row = dict.fromkeys(CLAIMS.names, "") | _row(each, stated)
        row["claim_id"] = _unused(row["claim_id"], used)
        rows.append(row)
    return rows


def _row(told: Told, stated: Stated) -> dict[str, str]:
    figure, is_counted = told.figure, told.is_events
    unit = figure.unit if is_counted else "other"
    words = [_slug(stated.source), (stated.countries or stated.region or "").lower(), str(told.year.year)]
    row = {
        "claim_id": "_".join(filter(None, [*map(_slug, words), {"increase_pct": "increase"}.get(unit, unit)])),
        "source": stated.source[:LONGEST_TEXT],
        "counted": (stated.counted if stated.counted and is_counted else told.counted or "not stated")[:LONGEST_TEXT],
        "is_partial_period": "true" if told.year.is_partial else "",
        "countries": stated.countries or "",
        "region": stated.region or "",
        "figure": f"{figure.value:f}",
        "bound": figure.bound,
        "unit": unit,
        "definition_id": (stated.definition_id or "") if is_counted else "",
        "definition_fit": (stated.definition_fit or "nearest") if stated.definition_id and is_counted else "",
        "locator": told.place[:LONGEST_TEXT],
        "url": stated.url or "",
        "citation": stated.citation or "",
        "licence": stated.licence or "",
        "year": str(told.year.year),
    }
    if told.base_year is not None:
        row |= {"base_from": f"{told.base_year}-01-01", "base_until": f"{told.base_year}-12-31"}
    return row


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:60]
    # A name in another script has no letters left; a digest tells it from others.
    return slug or (hashlib.sha256(text.encode()).hexdigest()[:8] if text else "")


def _unused(claim_id: str, used: set[str]) -> str:
    number, free = 1, claim_id
    while free in used:
        number += 1
        free = f"{claim_id}_{number}"
    used.add(free)
    return free
