"""Two or three feeds that tell of the same invented events, with the truth of who tells of what."""

from dataclasses import dataclass
from datetime import date
from hashlib import md5
from itertools import combinations
from random import Random
from typing import Any

import polars as pl

from orchestration.links.prepare import COLUMNS
from orchestration.links.synthetic.tellings import Style, tell_by_day, tell_by_event
from orchestration.links.synthetic.world import country, events

UCDP = Style("ucdp", knows=0.62, knows_bloodless=0.0, splits=False, column=0)
ACLED = Style("acled", knows=0.84, knows_bloodless=0.8, splits=True, column=1)
GTD = Style("gtd", knows=0.4, knows_bloodless=0.3, splits=False, column=1)

_TYPES = {"varchar": pl.String, "date": pl.Date, "double": pl.Float64, "integer": pl.Int32}
_COUNTRIES = (("MLI", "Mali"), ("BFA", "Burkina Faso"), ("NER", "Niger"), ("TCD", "Chad"), ("NGA", "Nigeria"))


@dataclass(frozen=True)
class Overlap:
    """Reports with the columns that linking reads, and the pairs of them that tell of one event.

    Attributes:
        reports: one row a report.
        truth: report_id_left, report_id_right (ordered by id space), relation.
    """

    reports: pl.DataFrame
    truth: pl.DataFrame


def overlap(
    seed: int,
    number: int = 3000,
    countries: int = 1,
    years: int = 2,
    *,
    with_gtd: bool = False,
    styles: tuple[Style, ...] = (UCDP, ACLED),
) -> Overlap:
    """Invent events and tell them.

    Args:
        seed: the same seed gives the same rows.
        number: events in each country, about; UCDP knows a third of them and ACLED five of six.
        countries: countries, side by side.
        years: years from 2019 on.
        with_gtd: a third feed, too.
        styles: the other feeds.
    """
    random = Random(seed)  # noqa: S311 - invented data, no secret
    styles = (*styles, GTD) if with_gtd else styles
    rows: list[dict[str, Any]] = []
    told: dict[tuple[int, int, int], list[tuple[str, str]]] = {}
    for index in range(countries):
        code, demonym = _COUNTRIES[index % len(_COUNTRIES)]
        land = country(code, demonym, random, (14.0 + 6 * (index % 3), -2.0 + 9 * (index // 3)))
        for number_of_event, event in enumerate(events(land, date(2019, 1, 1), 365 * years, number, random)):
            for style in styles:
                knows = style.knows if event.toll else style.knows_bloodless
                if random.random() >= knows:
                    continue
                tell = tell_by_event if style.id_space == "ucdp" else tell_by_day
                for report, parts in tell(event, style, random):
                    source_event_id = f"{style.id_space}{len(rows):07d}"
                    report_id = md5(f"{style.id_space}|{source_event_id}".encode()).hexdigest()  # noqa: S324
                    rows.append({**report, "report_id": report_id, "source_event_id": source_event_id})
                    for part in parts:
                        key = (index, number_of_event, event.parts.index(part))
                        told.setdefault(key, []).append((style.id_space, report_id))
    # Every report must come in an order that says nothing.
    random.shuffle(rows)
    schema = {name: _TYPES[kind] for name, kind in COLUMNS.items()}
    return Overlap(pl.DataFrame(rows, schema=schema), _truth(told))


def _truth(told: dict[tuple[int, int, int], list[tuple[str, str]]]) -> pl.DataFrame:
    """Two reports tell of one event if they share a part of it: a place on a day."""
    pairs = {
        tuple(sorted((one, other)))
        for reports in told.values()
        for one, other in combinations(reports, 2)
        if one[0] != other[0]
    }
    return pl.DataFrame(
        [(left[1], right[1]) for left, right in sorted(pairs)],
        schema=["report_id_left", "report_id_right"],
        orient="row",
    )
