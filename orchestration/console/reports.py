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
from orchestration.io.payload import printable
from orchestration.io.replay import Replayed
from orchestration.settings import Settings


@dataclass(frozen=True)
class Figures:
    """A yearly table, as the release holds it."""

    definition_id: str
    country: str | None
    rows: list[dict[str, Any]]


def yearly_figures(warehouse: Path, definition_id: str, country: str | None, schema: str = "main") -> Figures:
    """Read the yearly table of one definition, of one country (ISO 3166 alpha-3) or of all that are covered.

    Every incident counts once, whichever feeds report it and whoever attacked.

    Args:
        warehouse: a release's file, or a build file.
        definition_id: by which attacks are counted.
        country: all that are covered, if None.
        schema: where the marts lie; `main` in a release, `marts` in a build file.
    """
    import duckdb

    mart = "agg_attacks_by_year" if country else "agg_attacks_by_year_overall"
    where = "definition_id = ? and counting_basis = 'linked' and attacker_family = 'all'"
    where += " and country_code = ?" if country else ""
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
                "held": int((batches.get_column("status") == "held").sum()),
                **sums,
                "is_conserved": sums["read"] == sum(sums[name] for name in COUNTED_AS),
            }
        )
    return rows


def print_conservation(console: Console, rows: list[dict[str, Any]]) -> None:
    """Print the conservation figures, a line a feed; what only some feeds have is named where it occurs."""
    console.print("[bold]Nothing lost[/]: records read = landed + quarantined + exact duplicates")
    for row in rows:
        set_back = "".join(f", {row[word]} {word}" for word in ("refused", "held") if row[word])
        sums = f"{row['landed']:,} + {row['quarantined']:,} + {row['duplicate']:,}"
        sums += "".join(f" + {row[word]:,} {word}" for word in ("filtered", "folded") if row[word])
        verdict = "" if row["is_conserved"] else "  [red]NOT CONSERVED[/]"
        console.print(f"{row['feed']}: {row['read']:,} = {sums} ({row['batches']} batches{set_back}){verdict}")


def print_reference_inputs(console: Console, inputs: dict[str, dict[str, Any]]) -> None:
    """Print what is known of places, a line a table."""
    places, areas = inputs["populated_places"], inputs["boundaries"]
    edition = f" ({', '.join(places['edition'].split(', ')[:2])})" if places["edition"] else ""
    console.print(f"[bold]populated_places[/]: {places['rows']:,} places{edition}", soft_wrap=True)
    levels = ", ".join(f"{count:,} of level {level}" for level, count in areas["rows_by_level"].items())
    words = [f"{areas['rows']:,} areas ({levels})" if levels else "none (optional)"]
    words += [f"{areas['features_set_aside']:,} features set aside"] if areas["features_set_aside"] else []
    words += [f"{areas['waiting_in_inbox']} files wait in the inbox"] if areas["waiting_in_inbox"] else []
    console.print(f"[bold]boundaries[/]: {', '.join(words)}", soft_wrap=True)


def quarantined(settings: Settings, feed: str | None) -> pl.DataFrame:
    """Quarantined records of the lake with their reasons, newest batch first."""
    lake = Lake(settings.lake_dir)
    parts: list[pl.DataFrame] = []
    for name in [feed] if feed else list(all_feeds()):
        batches = lake.batches(name).select("batch_id", "source_name", batch_status="status")
        paths = sorted((lake.root / "quarantine" / name).glob("*/*.parquet"))
        records = pl.concat([pl.DataFrame(schema=QUARANTINE_SCHEMA), *map(pl.read_parquet, paths)])
        parts.append(
            records.join(batches, left_on="_batch_id", right_on="batch_id", how="left").select(
                pl.lit(name).alias("feed"), "_batch_id", "source_name", "batch_status", *QUARANTINE_SCHEMA.names()[1:]
            )
        )
    return pl.concat(parts).sort("_batch_id", "_record_number", descending=[True, False])


def print_quarantined(console: Console, rows: list[dict[str, Any]], total: int) -> None:
    """Print quarantined records: where each stands, what is wrong with it, and the record as received."""
    batch = None
    for row in rows:
        if row["_batch_id"] != batch:
            batch = row["_batch_id"]
            held = "" if row["batch_status"] == "landed" else f", {row['batch_status']}"
            console.print(f"[bold]{row['feed']}[/] ", f"batch {batch}{held}", markup=True, soft_wrap=True)
        console.print(f"  {printable(row['source_file'])}, record {row['_record_number']:,}", end=": ", markup=False)
        console.print(printable(row["reason"]), markup=False, style="yellow", soft_wrap=True)
        console.print(f"    {printable(row['record'][:400])}", markup=False, style="dim", soft_wrap=True)
    shown = f"{len(rows):,} of {total:,} shown" if len(rows) < total else f"{total:,} shown"
    console.print(f"{shown}." if total else "Nothing is in quarantine.")


def print_replayed(console: Console, batches: list[Replayed]) -> None:
    """Print what landing again has changed, a line a batch that changed."""
    for batch in (batch for batch in batches if not batch.is_unchanged):
        words = [
            f"{len(numbers):,} {what} ({_numbers(numbers)})"
            for numbers, what in (
                (batch.left, "left the quarantine"),
                (batch.entered, "new in it"),
                (batch.changed, "in it for another reason"),
            )
            if numbers
        ]
        if batch.status != batch.status_before:
            words.insert(0, f"{batch.status_before or 'new'} → {batch.status}")
        console.print(f"[bold]{batch.feed}[/] ", f"{batch.source_name} (batch {batch.batch_id}): ", end="")
        console.print("; ".join([*words, f"{batch.stayed:,} stay as they are"]), markup=False, soft_wrap=True)
        if batch.refusal:
            console.print(f"  {batch.refusal}", markup=False, style="yellow", soft_wrap=True)
    unchanged = sum(batch.is_unchanged for batch in batches)
    console.print(f"{len(batches):,} batches landed again, {unchanged:,} of them as they were.")


def _numbers(numbers: tuple[int, ...]) -> str:
    shown = ", ".join(f"{number:,}" for number in numbers[:10])
    return f"record {shown}, …" if len(numbers) > 10 else f"record {shown}"
