"""Where the scored pairs of reports lie beside the build file, and when they are made: in dbt's model of them.

    data/build/links/pairs.parquet   one row a scored pair that is worth keeping; empty while there is nothing to link

How a pair is scored and decided is `orchestration.links`; what incidents are made of the links is dbt's.
"""

import os
import tempfile
from pathlib import Path

import duckdb

from orchestration.io.atomic import replaced_file
from orchestration.links.stored import PAIRS, SUMMARY

FOLDER = "INCIDENTS_LINKS_DIR"
"""The variable of the environment in which dbt is told where the links lie."""


def links_dir(build_dir: Path) -> Path:
    """The folder of the links beside a build file."""
    return build_dir / "links"


def link_reports(reports: duckdb.DuckDBPyRelation, decisions: duckdb.DuckDBPyRelation) -> Path:
    """Score the pairs of the reports that dbt has built; the file of pairs. Called in dbt's process.

    Args:
        reports: `int_reports__linkable`.
        decisions: the seed `link_decisions`.
    """
    folder = Path(os.environ[FOLDER])
    folder.mkdir(parents=True, exist_ok=True)
    if not reports.limit(1).fetchall():
        (folder / SUMMARY).unlink(missing_ok=True)  # without it, no later run takes up what lies here
        _write_no_pairs(folder / PAIRS)
        return folder / PAIRS
    from orchestration.links.linking import link  # loads Splink, for which there is no need where nothing is linked

    with tempfile.TemporaryDirectory(dir=folder, prefix=".given-") as given:
        # Linking has a database of its own: what it reads must not pass through memory.
        reports.write_parquet(f"{given}/reports.parquet")
        decisions.write_parquet(f"{given}/decisions.parquet")
        link(
            Path(given, "reports.parquet"),
            folder,
            overrules=Path(given, "decisions.parquet"),
            threads=int(os.environ["INCIDENTS_THREADS"]),  # its memory is its own, too: dbt's limit is taken already
        )
    return folder / PAIRS


def _write_no_pairs(target: Path) -> None:
    from orchestration.links.comparisons import COMPARISONS

    words = ("report_id_left", "report_id_right", "id_space_left", "id_space_right", "decision", "relation")
    figures = ("match_probability", "match_weight", "distance_km")
    types = dict.fromkeys(words, "varchar") | dict.fromkeys(figures, "double") | {"day_gap": "integer"}
    types |= {f"{each.name}_level": "varchar" for each in COMPARISONS}
    types |= {f"{each.name}_weight": "double" for each in COMPARISONS}
    columns = ", ".join(f"null::{kind} as {name}" for name, kind in types.items())
    with replaced_file(target) as building, duckdb.connect() as connection:
        connection.sql(f"select {columns} where false").write_parquet(str(building))
