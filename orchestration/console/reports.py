"""The tables that `incidents` prints, read from the lake and from the published release; nothing is computed twice."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
from rich.console import Console
from rich.table import Table

from orchestration.feeds import all_feeds
from orchestration.io.lake import COUNTED_AS, QUARANTINE_SCHEMA, Lake
from orchestration.settings import Settings


@dataclass(frozen=True)
class Figures:
    """A yearly table, as the release holds it."""

    definition_id: str
    country: str | None
    rows: list[dict[str, Any]]


def yearly_figures(warehouse: Path, definition_id: str, country: str | None, schema: str = "main") -> Figures:
    """Read the yearly table of one definition, of one country (ISO 3166 alpha-3) or of all that are covered.

    Args:
        warehouse: a release's file, or a build file.
        definition_id: by which attacks are counted.
        country: all that are covered, if None.
        schema: where the marts lie; `main` in a release, `marts` in a build file.
    """
    import duckdb

    mart = "agg_attacks_by_year" if country else "agg_attacks_by_year_overall"
    where = "definition_id = ?" + (" and country_code = ?" if country else "")
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        found = connection.execute(
            f"""
            select
                year, year_label, attack_count, count_label, count_bound, yoy_change_pct, change_label,
                like_for_like_change_pct, coverage_until_date, contains_synthetic_data
            from {schema}.{mart} where {where} order by year
            """,
            [definition_id, *([country] if country else [])],
        )
        names = [column[0] for column in found.description or []]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    return Figures(definition_id, country, rows)


def print_yearly(console: Console, figures: Figures, newest: int = 10) -> None:
    """Print the table in the form in which such figures are published."""
    title = f"{figures.definition_id}, {figures.country or 'all covered countries'}"
    table = Table(title=title, title_justify="left", min_width=len(title))
    table.add_column("Year")
    table.add_column("Total attacks", justify="right")
    table.add_column("Increase on the year before", justify="right")
    counted = next((place for place, row in enumerate(figures.rows) if row["attack_count"]), len(figures.rows))
    shown = figures.rows[counted:][-newest:]
    for row in shown:
        table.add_row(row["year_label"], row["count_label"], row["change_label"])
    console.print(table)
    if 0 < counted < len(figures.rows):
        years = f"{figures.rows[0]['year']}–{figures.rows[counted - 1]['year']}"
        console.print(f"{years}  covered, none counted", style="dim")
    for row in shown:
        if row["count_bound"] == "at_least":
            change = row["like_for_like_change_pct"]
            like = f"; the same days a year before: {change:+.1f}%" if change is not None else ""
            console.print(f"{row['year_label']}  covered until {row['coverage_until_date']}{like}", style="dim")
    if not figures.rows:
        console.print("no year is covered", style="dim")


def conservation(settings: Settings, moment: datetime | None = None) -> list[dict[str, Any]]:
    """Per feed: batches (all of them, or those that had arrived by a moment), and what became of their records."""
    lake = Lake(settings.lake_dir)
    rows: list[dict[str, Any]] = []
    for feed in all_feeds():
        batches = lake.batches(feed)
        if moment is not None:
            batches = batches.filter(pl.col("fetched_at") <= moment)
        sums = {name: int(batches.get_column(f"records_{name}").sum()) for name in ("read", *COUNTED_AS)}
        rows.append(
            {
                "feed": feed,
                "batches": len(batches),
                "refused": int((batches.get_column("status") == "refused").sum()),
                **sums,
                "is_conserved": sums["read"] == sum(sums[name] for name in COUNTED_AS),
            }
        )
    return rows


def print_conservation(console: Console, rows: list[dict[str, Any]]) -> None:
    """Print the conservation figures, a line a feed; what only some feeds have is named where it occurs."""
    console.print("[bold]Nothing lost[/]: records read = landed + quarantined + exact duplicates")
    for row in rows:
        refused = f", {row['refused']} refused" if row["refused"] else ""
        sums = f"{row['landed']:,} + {row['quarantined']:,} + {row['duplicate']:,}"
        sums += "".join(f" + {row[word]:,} {word}" for word in ("filtered", "folded") if row[word])
        verdict = "" if row["is_conserved"] else "  [red]NOT CONSERVED[/]"
        console.print(f"{row['feed']}: {row['read']:,} = {sums} ({row['batches']} batches{refused}){verdict}")


def quarantined(settings: Settings, feed: str | None, limit: int) -> list[dict[str, Any]]:
    """Quarantined records of the lake with their reasons, newest batch first."""
    lake = Lake(settings.lake_dir)
    rows: list[dict[str, Any]] = []
    for name in [feed] if feed else list(all_feeds()):
        paths = sorted((lake.root / "quarantine" / name).glob("*/*.parquet"))
        records = pl.concat([pl.DataFrame(schema=QUARANTINE_SCHEMA), *map(pl.read_parquet, paths)])
        rows += [{"feed": name, **row} for row in records.sort("_batch_id", "_record_number").to_dicts()]
    rows.sort(key=lambda row: row["_batch_id"], reverse=True)
    return rows[:limit]
