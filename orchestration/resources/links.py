"""The scored pairs of reports, which dbt reads between its two halves: where they lie, and how they are made.

    data/build/links/report_links.parquet   one row a scored pair; empty while there is nothing to link

How a pair is scored and decided is `orchestration.links`; what incidents are made of the links is dbt's.
"""

from pathlib import Path

import duckdb
import polars as pl

from orchestration.io.atomic import replaced_file
from orchestration.settings import Settings

REPORTS = "intermediate.int_reports__linkable"

SCHEMA: dict[str, pl.DataType] = {
    "report_id_left": pl.String(),
    "report_id_right": pl.String(),
    "id_space_left": pl.String(),
    "id_space_right": pl.String(),
    "match_probability": pl.Float64(),
    "match_weight": pl.Float64(),
    "distance_km": pl.Float64(),
    "day_gap": pl.Int32(),
    "decision": pl.String(),
    "relation": pl.String(),
}


def links_file(build_dir: Path) -> Path:
    """The file of pairs beside a build file."""
    return build_dir / "links" / "report_links.parquet"


def prepare_links(build_dir: Path) -> None:
    """A file without pairs where there is none yet, so that dbt's source can always be read."""
    target = links_file(build_dir)
    if not target.exists():
        with replaced_file(target) as building:
            pl.DataFrame(schema=SCHEMA).write_parquet(building)


def link_reports(settings: Settings, build_dir: Path) -> Path:
    """Score the pairs of the reports in a build file, whose first half is built; the file of pairs.

    The build file is open only while the reports are copied out of it.
    """
    target = links_file(build_dir)
    reports = target.with_name("reports.parquet")
    if not _copy_reports(build_dir / settings.build_file.name, reports):
        target.unlink(missing_ok=True)
        prepare_links(build_dir)
        return target
    with replaced_file(target) as building:
        _link_by_rule(reports, building)
    return target


def _copy_reports(build_file: Path, into: Path) -> int:
    """Copy the reports that take part, and say how many they are."""
    into.parent.mkdir(parents=True, exist_ok=True)
    into.unlink(missing_ok=True)
    with duckdb.connect(str(build_file), read_only=True) as connection:
        count = connection.execute(f"select count(*) from {REPORTS}").fetchall()[0][0]
        if count:
            connection.execute(f"copy (from {REPORTS}) to '{str(into).replace(chr(39), chr(39) * 2)}'")
    return count


def _link_by_rule(reports: Path, into: Path) -> None:
    """Nearest pairs within 25 km and two days, each report with the best of each id space: until there is a model."""
    with duckdb.connect() as connection:
        connection.execute(
            f"""
            copy (
                with reports as (from '{reports}'),

                candidates as (
                    select
                        a.report_id as report_id_left,
                        b.report_id as report_id_right,
                        a.id_space as id_space_left,
                        b.id_space as id_space_right,
                        111.2 * sqrt(
                            power(a.latitude - b.latitude, 2)
                            + power((a.longitude - b.longitude) * cos(radians(a.latitude)), 2)
                        ) as distance_km,
                        abs(a.occurred_date - b.occurred_date)::integer as day_gap,
                        abs(coalesce(a.fatality_count_best, 0) - coalesce(b.fatality_count_best, 0)) as toll_gap,
                    from reports as a
                    join reports as b on a.id_space < b.id_space and abs(a.occurred_date - b.occurred_date) <= 2
                ),

                scored as (
                    select *, 1.0 / (1 + distance_km / 25 + day_gap / 2.0 + toll_gap / 5.0) as match_probability
                    from candidates
                    where distance_km <= 25
                ),

                ranked as (
                    select
                        *,
                        row_number() over (
                            partition by report_id_left, id_space_right order by match_probability desc, report_id_right
                        ) as left_rank,
                        row_number() over (
                            partition by report_id_right, id_space_left order by match_probability desc, report_id_left
                        ) as right_rank,
                    from scored
                )

                select
                    report_id_left,
                    report_id_right,
                    id_space_left,
                    id_space_right,
                    match_probability,
                    log2(match_probability / (1.0001 - match_probability)) as match_weight,
                    distance_km,
                    day_gap,
                    case
                        when match_probability < 0.4 then 'below_threshold'
                        when left_rank = 1 and right_rank = 1 then 'linked'
                        else 'outcompeted'
                    end as decision,
                    case when decision = 'linked' then 'same' end as relation,
                from ranked
            ) to '{into}' (format parquet)
            """
        )
