"""Why the figure of a year differs between two moments or two releases; what `incidents changes` prints.

Between moments, the parts that `agg_year_changes` holds for each batch are summed: the past is counted by the
definitions of today, and by the reports of one id space, each for itself. Between releases, what was counted then is
set against what is counted now, report by report: there a new definition or rule shows as well.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
from rich.console import Console
from rich.table import Table

from orchestration.errors import RefusedError
from orchestration.release import Release, current_release, list_releases
from orchestration.resources.past import parsed_moment
from orchestration.settings import Settings

MART = "agg_year_changes"

RELEASE_ID = re.compile(r"\d{8}T\d+Z-")

PARTS = ("new", "revised", "reclassified", "withdrawn")
"""A report that was not held before; one that its source moved from or to another country or year; one that stays where
it is and counts otherwise; one that is held no more."""

BETWEEN_MOMENTS = """
with

changes as (

    select * from agg_year_changes
    where definition_id = $definition and ($country is null or country_code = $country)

)

select
    year,
    coalesce(sum(attack_count - attack_count_before) filter (where changed_at <= $since), 0) as attack_count_before,
    coalesce(sum(new_count) filter (where changed_at > $since), 0) as new,
    coalesce(sum(revised_count) filter (where changed_at > $since), 0) as revised,
    coalesce(sum(reclassified_count) filter (where changed_at > $since), 0) as reclassified,
    coalesce(sum(withdrawn_count) filter (where changed_at > $since), 0) as withdrawn,
    sum(attack_count - attack_count_before) as attack_count
from changes
where $until is null or changed_at <= $until
group by year
order by year
"""

BETWEEN_RELEASES = """
with

-- A report lies in a cell, a country and a year, in each release that holds it.
held_before as (

    select report_id, (coalesce(country_code, 'unresolved'), year(occurred_date)) as cell
    from earlier.fct_reports

),

held_after as (

    select report_id, (coalesce(country_code, 'unresolved'), year(occurred_date)) as cell
    from later.fct_reports

),

counted_before as (

    select report_id, (coalesce(country_code, 'unresolved'), year(occurred_date)) as cell
    from earlier.fct_attacks
    where definition_id = $definition

),

counted_after as (

    select report_id, (coalesce(country_code, 'unresolved'), year(occurred_date)) as cell
    from later.fct_attacks
    where definition_id = $definition

),

effects as (

    select
        counted.cell,
        case
            when held.report_id is null then 'new'
            when held.cell <> counted.cell then 'revised'
            else 'reclassified'
        end as effect,
        1 as change
    from counted_after as counted
    left join held_before as held on counted.report_id = held.report_id
    where not exists (
        select 1 from counted_before as before
        where before.report_id = counted.report_id and before.cell = counted.cell
    )

    union all

    select
        counted.cell,
        case
            when held.report_id is null then 'withdrawn'
            when held.cell <> counted.cell then 'revised'
            else 'reclassified'
        end as effect,
        -1 as change
    from counted_before as counted
    left join held_after as held on counted.report_id = held.report_id
    where not exists (
        select 1 from counted_after as after
        where after.report_id = counted.report_id and after.cell = counted.cell
    )

),

facts as (

    select cell, 'before' as effect, count(*) as change from counted_before group by cell
    union all
    select cell, 'after' as effect, count(*) as change from counted_after group by cell
    union all
    select cell, effect, sum(change) as change from effects group by cell, effect

)

select
    cell[2] as year,
    coalesce(sum(change) filter (where effect = 'before'), 0) as attack_count_before,
    coalesce(sum(change) filter (where effect = 'new'), 0) as new,
    coalesce(sum(change) filter (where effect = 'revised'), 0) as revised,
    coalesce(sum(change) filter (where effect = 'reclassified'), 0) as reclassified,
    coalesce(sum(change) filter (where effect = 'withdrawn'), 0) as withdrawn,
    coalesce(sum(change) filter (where effect = 'after'), 0) as attack_count
from facts
where $country is null or cell[1] = $country
group by cell[2]
order by year
"""


@dataclass(frozen=True)
class Changes:
    """A row a year; its parts sum to `attack_count - attack_count_before`."""

    since: str
    until: str
    between: str
    rows: list[dict[str, Any]]


def changes(settings: Settings, since: str, until: str | None, definition: str, country: str | None) -> Changes:
    """Set two moments or two releases against each other.

    Args:
        settings: where everything lies.
        since: a day, a moment (UTC), or the id of a release.
        until: the same kind of thing; now, or the current release, if left out.
        definition: by which attacks are counted.
        country: ISO 3166 alpha-3, or all.

    Raises:
        RefusedError: there is no release yet, none of that name, or a moment cannot be read.
    """
    current = current_release(settings.published_dir)
    if current is None:
        raise RefusedError(
            source=str(settings.published_dir),
            problem="there is no release yet",
            rule="a release that the changes can be read from",
            way_out="run `incidents run`",
        )
    asked = {"definition": definition, "country": country}
    releases = {release.release_id: release for release in list_releases(settings.published_dir)}
    if since in releases:
        later = releases.get(until) if until else current
        if later is None:
            raise _unknown(until or "", releases)
        return _between_releases(releases[since], later, asked)
    if RELEASE_ID.match(since):
        raise _unknown(since, releases)
    if MART not in current.manifest.row_counts:
        raise RefusedError(
            source=current.release_id,
            problem=f"the release was made before there was {MART}",
            rule="a release that tells what each batch changed",
            way_out="run `incidents run`, or compare two releases",
        )
    return _between_moments(current, parsed_moment(since), parsed_moment(until) if until else None, asked)


def print_changes(console: Console, found: Changes, definition: str, country: str | None) -> None:
    """Print a line a year that has changed."""
    title = f"{definition}, {country or 'all countries'}: {found.since} → {found.until}"
    table = Table(title=title, title_justify="left", min_width=len(title))
    for column in ("Year", "Before", *(part.capitalize() for part in PARTS), "After"):
        table.add_column(column, justify="left" if column == "Year" else "right")
    changed = [row for row in found.rows if any(row[part] for part in PARTS)]
    for row in changed:
        parts = (f"{row[part]:+}" if row[part] else "–" for part in PARTS)
        table.add_row(str(row["year"]), str(row["attack_count_before"]), *parts, str(row["attack_count"]))
    console.print(table)
    if not changed:
        console.print("No figure has changed.", style="dim")
    if found.between == "moments":
        console.print(
            "These are the reports of one id space, UCDP's unless the settings say otherwise, each counted by itself: "
            "what other feeds add to the figures, and what links take from them, is not among it. "
            "The past is counted by the definitions of today; compare releases to see theirs.",
            style="dim",
        )


def _between_moments(current: Release, since: datetime, until: datetime | None, asked: dict[str, Any]) -> Changes:
    bounds = {"since": since, "until": until}
    with duckdb.connect(str(current.database), read_only=True) as connection:
        rows = _rows(connection, BETWEEN_MOMENTS, asked | bounds)
    return Changes(f"{since:%Y-%m-%d %H:%M}", f"{until:%Y-%m-%d %H:%M}" if until else "now", "moments", rows)


def _between_releases(earlier: Release, later: Release, asked: dict[str, Any]) -> Changes:
    with duckdb.connect() as connection:
        for name, release in (("earlier", earlier), ("later", later)):
            connection.execute(f"attach '{_quoted(release.database)}' as {name} (read_only)")
        rows = _rows(connection, BETWEEN_RELEASES, asked)
    return Changes(earlier.release_id, later.release_id, "releases", rows)


def _rows(connection: duckdb.DuckDBPyConnection, query: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
    found = connection.execute(query, parameters)
    names = [column[0] for column in found.description or []]
    return [dict(zip(names, map(int, row), strict=True)) for row in found.fetchall()]


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _unknown(release_id: str, releases: dict[str, Release]) -> RefusedError:
    return RefusedError(
        source=release_id,
        problem="there is no release of that name",
        rule=f"one of {', '.join(releases)}",
        way_out="see `incidents releases`, or give two days",
    )
