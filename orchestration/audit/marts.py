"""The finished marts in a build file: how they are opened for reading, named, and quoted.

The audit reads them here, and the release after it. What is asked of them lives in `profiles`; how they leave the
house lives in `orchestration.release`.
"""

import glob
from collections.abc import Collection, Generator
from contextlib import contextmanager
from pathlib import Path

import duckdb

MARTS_SCHEMA = "marts"
"""The schema of the build file that readers get to see; everything in it is published."""


def quoted(identifier: str) -> str:
    """An identifier as SQL, whatever characters it has."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(value: str | Path) -> str:
    """A text or a path as an SQL literal."""
    return "'" + str(value).replace("'", "''") + "'"


def file_list(files: list[Path]) -> str:
    """Files as an SQL list; the characters of a pattern in a folder's name stand for themselves."""
    return "[" + ", ".join(literal(glob.escape(str(file))) for file in files) + "]"


def string_list(values: Collection[str]) -> str:
    """Texts as the right side of `in`; never empty, so that the SQL stays valid."""
    return "(" + ", ".join(literal(value) for value in values or ("",)) + ")"


@contextmanager
def opened(
    database: Path | str, memory_limit: str, threads: int, spill_dir: Path, *, is_read_only: bool = False
) -> Generator[duckdb.DuckDBPyConnection]:
    """A DuckDB of our own, closed when the block ends; what does not fit into memory goes below `spill_dir`."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory_limit,
        "threads": threads,
        "temp_directory": str(spill_dir),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    with duckdb.connect(str(database), read_only=is_read_only, config=config) as connection:
        yield connection


def attach_build(connection: duckdb.DuckDBPyConnection, build_file: Path) -> None:
    """Attach the build file as `build`, for reading only.

    Raises:
        FileNotFoundError: if dbt has not made it yet; DuckDB would name no way out.
    """
    if not build_file.is_file():
        raise FileNotFoundError(f"{build_file}: there is no build file yet. Way out: run the dbt models first.")
    connection.execute(f"attach {literal(build_file)} as build (read_only)")


def mart_names(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The marts of the attached build file, sorted."""
    rows = connection.execute(
        "select table_name from information_schema.tables"
        " where table_catalog = 'build' and table_schema = ? order by table_name",
        [MARTS_SCHEMA],
    ).fetchall()
    return [name for (name,) in rows]


def mart(name: str) -> str:
    """A mart of the attached build file, as SQL."""
    return f"build.{quoted(MARTS_SCHEMA)}.{quoted(name)}"
