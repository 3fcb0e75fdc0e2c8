"""Runs one staging model over a lake, without dbt: its SQL with the two macros that every staging model uses."""

import re

import duckdb
from jinja2 import Environment

from orchestration.io.lake import Lake
from orchestration.settings import PROJECT_ROOT

MODELS = PROJECT_ROOT / "dbt_project" / "models"


def staged_rows(model: str, lake: Lake) -> list[dict]:
    """The rows of a staging model in the order of their records."""
    template = (MODELS / "staging" / f"{model}.sql").read_text(encoding="utf-8")
    environment = Environment(autoescape=False)  # noqa: S701 - SQL, not HTML
    sql = environment.from_string(template).render(
        source=lambda _, feed: f"read_parquet('{lake.root}/landing/{feed}/*/part-*.parquet', hive_partitioning = true)",
        report_id=lambda id_space, source_event_id: f"md5({id_space} || ':' || {source_event_id})",
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
