"""The scored pairs of reports, which dbt reads between its two halves: where they lie, and when they are made.

    data/build/links/pairs.parquet   one row a scored pair that is worth keeping; empty while there is nothing to link

How a pair is scored and decided is `orchestration.links`; what incidents are made of the links is dbt's.
"""

from pathlib import Path

import duckdb
import polars as pl

from orchestration.io.atomic import replaced_file
from orchestration.links.stored import PAIRS, SUMMARY
from orchestration.settings import Settings

REPORTS = "intermediate.int_reports__linkable"
DECISIONS = "seeds.link_decisions"


def links_dir(build_dir: Path) -> Path:
    """The folder of the links beside a build file."""
    return build_dir / "links"


def links_file(build_dir: Path) -> Path:
    """The pairs beside a build file."""
    return links_dir(build_dir) / PAIRS


def prepare_links(build_dir: Path) -> None:
    """A file without pairs where there is none yet, so that dbt's source can always be read."""
    if not links_file(build_dir).exists():
        _write_no_pairs(links_file(build_dir))


def link_reports(settings: Settings, build_dir: Path) -> Path:
    """Score the pairs of the reports in a build file whose first half is built; the file of pairs.

    The build file is open only while what is needed is copied out of it.
    """
    from orchestration.links.linking import link  # loads Splink, which no other command needs

    folder = links_dir(build_dir)
    reports, decisions = folder / "reports.parquet", folder / "decisions.parquet"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        if _copied(build_dir / settings.build_file.name, {REPORTS: reports, DECISIONS: decisions})[REPORTS]:
            link(reports, folder, overrules=decisions, threads=settings.threads, memory_limit=settings.memory_limit)
        else:
            (folder / SUMMARY).unlink(missing_ok=True)  # without it, no later run takes up what lies here
            _write_no_pairs(links_file(build_dir))
    finally:
        reports.unlink(missing_ok=True)
        decisions.unlink(missing_ok=True)
    return links_file(build_dir)


def least_certain(build_file: Path, count: int) -> list[dict[str, object]]:
    """The pairs nearest to one half that nobody has decided, with what a person needs to know of both reports."""
    sides = [
        f"""concat_ws(', ', {side}.id_space || ' ' || {side}.source_event_id, {side}.occurred_date, {side}.place_name,
        {side}.fatality_count_best || ' dead', left({side}.headline, 120))"""
        for side in ("one", "other")
    ]
    with duckdb.connect(str(build_file), read_only=True) as connection:
        found = connection.sql(
            f"""
            select match_probability, decision, distance_km, day_gap,
            {sides[0]} as one_report, {sides[1]} as other_report
            from read_parquet({_quoted(links_file(build_file.parent))}) as pairs
            inner join {REPORTS} as one on pairs.report_id_left = one.report_id
            inner join {REPORTS} as other on pairs.report_id_right = other.report_id
            where decision in ('linked', 'below_threshold')
            order by abs(match_probability - 0.5), report_id_left, report_id_right
            limit {count}
            """
        ).to_arrow_table()
    return found.to_pylist()


def _copied(build_file: Path, tables: dict[str, Path]) -> dict[str, int]:
    """Copy tables out of the build file; how many rows each has."""
    with duckdb.connect(str(build_file), read_only=True) as connection:
        return {
            table: connection.execute(f"copy (from {table}) to {_quoted(into)} (format parquet)").fetchall()[0][0]
            for table, into in tables.items()
        }


def _write_no_pairs(target: Path) -> None:
    from orchestration.links.comparisons import COMPARISONS

    compared = {f"{each.name}_level": pl.String() for each in COMPARISONS}
    compared |= {f"{each.name}_weight": pl.Float64() for each in COMPARISONS}
    words = ("report_id_left", "report_id_right", "id_space_left", "id_space_right", "decision", "relation")
    figures = ("match_probability", "match_weight", "distance_km")
    schema = (
        dict.fromkeys(words, pl.String()) | dict.fromkeys(figures, pl.Float64()) | {"day_gap": pl.Int32()} | compared
    )
    with replaced_file(target) as building:
        pl.DataFrame(schema=schema | {"day_gap": pl.Int32()}).write_parquet(building)


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
