"""Empty tables of reference inputs, so that dbt can name their columns before anything was written there."""

import polars as pl

from orchestration.io.atomic import replaced_file
from orchestration.reference import boundaries, points
from orchestration.settings import Settings


def prepare_tables(settings: Settings) -> None:
    """Write the tables that dbt reads and that do not stand yet, without a row and without an edition."""
    tables = {boundaries.path_of(settings): boundaries.SCHEMA, points.path_of(settings): points.SCHEMA}
    for path, schema in tables.items():
        if not path.exists():
            with replaced_file(path) as building:
                pl.DataFrame(schema=schema).write_parquet(building)
