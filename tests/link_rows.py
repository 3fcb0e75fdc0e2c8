"""Reports made by hand for the tests of linking, and what linking makes of them."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from orchestration.links.linking import link
from orchestration.links.prepare import COLUMNS

TYPES = {"varchar": pl.String, "date": pl.Date, "double": pl.Float64, "integer": pl.Int32}
SCHEMA = {name: TYPES[kind] for name, kind in COLUMNS.items()}
DAY = date(2022, 3, 12)


def ucdp(name: str = "1", **changes: Any) -> dict[str, Any]:
    """An attack on soldiers at Mondoro, as UCDP tells it."""
    told = {
        "report_id": f"u{name}",
        "id_space": "ucdp",
        "source_event_id": name,
        "country_code": "MLI",
        "occurred_date": DAY,
        "occurred_until_date": changes.get("occurred_date", DAY),
        "date_precision": "day",
        "latitude": 14.67,
        "longitude": -1.95,
        "place_precision": "exact",
        "place_name": "Mondoro village",
        "admin1_name": "Mopti region",
        "admin2_name": "Douentza cercle",
        "violence_type": "state_based",
        "event_type": None,
        "side_a_name": "Government of Mali",
        "side_b_name": "JNIM",
        "side_a_family": "state_forces",
        "side_b_family": "al_qaeda_affiliated",
        "fatality_count_best": 4,
        "fatality_count_low": 4,
        "fatality_count_high": 4,
        "headline": "Soldiers killed in central Mali",
        "place_description": "Mondoro village",
    }
    return told | changes


def acled(name: str = "MLI1", **changes: Any) -> dict[str, Any]:
    """The same attack, as ACLED tells it."""
    told = ucdp(
        name,
        report_id=f"a{name}",
        id_space="acled",
        latitude=14.671,
        longitude=-1.953,
        place_name="Mondoro",
        admin1_name="Mopti",
        admin2_name="Douentza",
        event_type="battle",
        side_a_name="JNIM: Group for Support of Islam and Muslims",
        side_b_name="Military Forces of Mali (2021-)",
        side_a_family="al_qaeda_affiliated",
        side_b_family="state_forces",
        fatality_count_low=None,
        fatality_count_high=None,
        headline="On 12 March 2022, suspected JNIM militants attacked the FAMa camp in Mondoro (Douentza, Mopti).",
        place_description=None,
        occurred_until_date=changes.get("occurred_date", DAY),
    )
    return told | changes


def elsewhere(**changes: Any) -> dict[str, Any]:
    """What a report of another village, 12 km from Mondoro, has in its columns."""
    return {
        "latitude": 14.77,
        "longitude": -1.9,
        "place_name": "Tiguila",
        "headline": "On 12 March 2022, militants attacked FAMa in Tiguila (Douentza, Mopti).",
    } | changes


def later(days: int) -> date:
    """A day after the attack at Mondoro."""
    return DAY + timedelta(days=days)


def frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Reports as linking wants them."""
    return pl.DataFrame(rows, schema=SCHEMA)


def linked(folder: Path, *rows: dict[str, Any], decisions: list[tuple[str, str, str]] | None = None) -> pl.DataFrame:
    """All kept pairs of the reports. Decisions are (`id_space:id`, `id_space:id`, decision)."""
    folder.mkdir(exist_ok=True)
    frame(list(rows)).write_parquet(folder / "reports.parquet")
    overrules = None
    if decisions is not None:
        overrules = folder / "overrules.parquet"
        names = ["left_id_space", "left_source_event_id", "right_id_space", "right_source_event_id", "decision"]
        told = [(*left.split(":"), *right.split(":"), decision) for left, right, decision in decisions]
        pl.DataFrame(told, schema=dict.fromkeys(names, pl.String), orient="row").write_parquet(overrules)
    link(folder / "reports.parquet", folder / "links", overrules=overrules)
    return pl.read_parquet(folder / "links" / "pairs.parquet")


def relations(pairs: pl.DataFrame) -> dict[tuple[str, str], str]:
    """Linked pairs, left and right, with their relation."""
    some = pairs.filter(pl.col("relation").is_not_null())
    return {
        (left, right): relation
        for left, right, relation in some.select("report_id_left", "report_id_right", "relation").iter_rows()
    }
