"""Runs one staging model over a lake, without dbt: its SQL with the macros that every staging model uses.

No value is overridden here.
"""

import re

import duckdb
from jinja2 import Environment

from orchestration.io.lake import Lake
from orchestration.settings import PROJECT_ROOT

LAST_COLUMNS = "null as overridden_columns, source_country_code as covered_country_code, occurred_date as covered_date"
MACROS = PROJECT_ROOT / "dbt_project" / "macros"
MODELS = PROJECT_ROOT / "dbt_project" / "models"


def staged_rows(model: str, lake: Lake) -> list[dict]:
    """The rows of a staging model in the order of their records."""
    template = (MODELS / "staging" / f"{model}.sql").read_text(encoding="utf-8")
    environment = Environment(autoescape=False)  # noqa: S701 - SQL, not HTML
    priogrid = environment.from_string((MACROS / "reports" / "priogrid.sql").read_text(encoding="utf-8"))
    sql = environment.from_string(template).render(
        source=lambda _, feed: f"read_parquet('{lake.root}/landing/{feed}/*/part-*.parquet', hive_partitioning = true)",
        with_overrides=lambda events, _: f"select *, {LAST_COLUMNS} from {events}",
        report_id=lambda id_space, source_event_id: f"left(md5({id_space} || ':' || {source_event_id}), 16)",
        priogrid_cell=priogrid.module.priogrid_cell,  # pyright: ignore[reportAttributeAccessIssue]
    )
    with duckdb.connect() as connection:
        found = connection.sql(f"select * from ({sql}) order by batch_id, record_number").pl()
    assert found.columns == union_columns()
    return found.to_dicts()


def union_columns() -> list[str]:
    """What the union of all feeds asks of a staging model."""
    union = (MODELS / "intermediate" / "int_reports__unioned.sql").read_text(encoding="utf-8")
    selected = re.search(r"select(.*?)from", union, re.DOTALL)
    assert selected
    return [line.strip().rstrip(",") for line in selected[1].splitlines() if line.strip() and "--" not in line]
