"""dagster-dbt without dbt-core, which this process never calls: dbt runs in one of its own, see `dbt_process`.

dagster-dbt does with or without: it knows executables of dbt that are no Python. Where it finds dbt-core it loads the
half of it for a few names of states, which was two of the four seconds until Dagster stood, and 40 MB.
"""

import sys
from collections.abc import Generator
from contextlib import contextmanager

_ASKED_FOR = "dbt.version"
"""What dagster-dbt looks for, to find out whether there is a dbt-core."""


@contextmanager
def _dbt_core_out_of_sight() -> Generator[None]:
    if _ASKED_FOR in sys.modules:  # somebody has loaded it before: there is nothing left to save
        yield
        return
    sys.modules[_ASKED_FOR] = None  # pyright: ignore[reportArgumentType] - how Python is told that there is no such module
    try:
        yield
    finally:
        del sys.modules[_ASKED_FOR]


with _dbt_core_out_of_sight():
    from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtCliResource, dbt_assets

__all__ = ["DagsterDbtTranslator", "DagsterDbtTranslatorSettings", "DbtCliResource", "dbt_assets"]
