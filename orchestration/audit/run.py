"""The audit of the finished marts, from profiles to verdict. Which bounds hold is the business of `expectations`."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from math import isnan
from pathlib import Path
from typing import Any

import duckdb

from orchestration.audit import data_docs
from orchestration.audit.checkpoint import Outcome, run_checkpoint
from orchestration.audit.expectations import EXPECTATIONS, Expectation
from orchestration.audit.marts import attach_build, file_list, literal, mart, mart_names, opened, quoted
from orchestration.audit.profiles import CORE_MARTS, PROFILES, REPORT_FIGURES, Profile
from orchestration.audit.report import AuditReport, ExpectationResult

NOTHING_TO_COMPARE = "There is no release before this one: changes were not judged."
NOT_COMPARABLE = (
    "The release before holds synthetic data and this one does not, or the other way round: changes were not judged."
)


@dataclass(frozen=True)
class _Measured:
    """A profile as made: its file, and the range of each column that an expectation looks at."""

    file: Path
    ranges: dict[str, str]


def run_audit(
    build_file: Path,
    previous_release: Path | None,
    docs_dir: Path,
    *,
    accepted: Collection[str] = (),
    withheld_feeds: Collection[str] = (),
    memory_limit: str = "1500MB",
    threads: int = 2,
) -> AuditReport:
    """Judge the finished marts.

    Args:
        build_file: the DuckDB file that dbt wrote; opened for reading only.
        previous_release: the folder of the release that readers have. Its Parquet is read, never its DuckDB file,
            so that no reader's lock can stop an audit.
        docs_dir: where the Data Docs go. Those of an earlier audit are replaced.
        accepted: names of expectations that may be broken this time, because an operator knows why.
        withheld_feeds: feeds that no release holds; they are left out of every comparison.
        memory_limit: DuckDB's.
        threads: DuckDB's.

    Raises:
        FileNotFoundError: if there is no build file.
        ValueError: if a name in `accepted` is not an expectation's.
    """
    _require_known(accepted)
    docs_dir = docs_dir.resolve()
    data_docs.clear(docs_dir)
    profiles_dir = docs_dir / "profiles"
    profiles_dir.mkdir(parents=True)
    with opened(":memory:", memory_limit, threads, profiles_dir / "spill") as connection:
        attach_build(connection, build_file)
        note = _make_views(connection, previous_release, withheld_feeds)
        measured = {each.name: _measured(connection, each, profiles_dir) for each in _possible_profiles(connection)}
    checked = [expectation for expectation in EXPECTATIONS if expectation.profile.name in measured]
    outcomes = run_checkpoint({name: made.file for name, made in measured.items()}, checked, docs_dir)
    report = AuditReport(
        results=tuple(
            _result(expectation, outcome, measured[expectation.profile.name], accepted)
            for expectation, outcome in zip(checked, outcomes, strict=True)
        ),
        data_docs=docs_dir / "index.html",
        compared_with=previous_release.name if previous_release and not note else None,
        comparison_note=note,
    )
    data_docs.make_readable_offline(docs_dir)
    data_docs.write_index(report)
    return report


def _require_known(accepted: Collection[str]) -> None:
    known = [expectation.name for expectation in EXPECTATIONS]
    for name in accepted:
        if name not in known:
            raise ValueError(f"{name!r} is not an expectation of the audit. Expected one of: {', '.join(known)}.")


def _make_views(
    connection: duckdb.DuckDBPyConnection, previous_release: Path | None, withheld_feeds: Collection[str]
) -> str:
    """Make the schemas `now` and `before`, and the tables that profiles share; say why `before` is empty, if it is."""
    connection.execute("create schema now")
    connection.execute("create schema before")
    connection.execute("create temp table withheld_feeds (feed varchar)")
    for feed in withheld_feeds:
        connection.execute("insert into withheld_feeds values (?)", [feed])
    names = mart_names(connection)
    for name in names:
        connection.execute(f"create view now.{quoted(name)} as select * from {mart(name)}")
    files = _parquet_files(previous_release)
    note = _comparison_note(connection, files, names)
    compared = {} if note else files
    for name in names:
        known = f"select * from now.{quoted(name)} where false"
        # By name: a column that is new in this release is null in the release before.
        earlier = f" union all by name select * from {_released(compared[name])}" if name in compared else ""
        connection.execute(f"create view before.{quoted(name)} as {known}{earlier}")
    _count_rows(connection, names, compared)
    if "fct_reports" in names:
        connection.execute(REPORT_FIGURES)
    return note


def _parquet_files(previous_release: Path | None) -> dict[str, list[Path]]:
    """The Parquet files of each mart of a release."""
    if previous_release is None:
        return {}
    folders = sorted(path for path in (previous_release / "parquet").iterdir() if path.is_dir())
    return {folder.name: sorted(folder.rglob("*.parquet")) for folder in folders}


def _released(files: list[Path]) -> str:
    return f"read_parquet({file_list(files)}, hive_partitioning = false)"


def _comparison_note(
    connection: duckdb.DuckDBPyConnection, files: dict[str, list[Path]], names: Collection[str]
) -> str:
    """Why nothing can be compared with the release before; empty when it can."""
    if not files:
        return NOTHING_TO_COMPARE
    if "fct_feed_batches" not in names or "fct_feed_batches" not in files:
        return ""
    now = _holds_synthetic(connection, "now.fct_feed_batches")
    before = _holds_synthetic(connection, _released(files["fct_feed_batches"]))
    return "" if now == before else NOT_COMPARABLE


def _holds_synthetic(connection: duckdb.DuckDBPyConnection, batches: str) -> bool:
    ((is_synthetic,),) = connection.execute(
        f"select coalesce(bool_or(is_used and is_synthetic), false) from {batches}"
    ).fetchall()
    return bool(is_synthetic)


def _count_rows(connection: duckdb.DuckDBPyConnection, names: Collection[str], compared: dict[str, list[Path]]) -> None:
    """Fill `mart_counts`: the rows of each mart now and before, 0 for one that is not there."""
    connection.execute("create temp table mart_counts (mart varchar, row_count bigint, row_count_before bigint)")
    for name in sorted({*names, *compared, *CORE_MARTS}):
        now = f"(select count(*) from now.{quoted(name)})" if name in names else "0"
        before = f"(select count(*) from {_released(compared[name])})" if name in compared else "0"
        connection.execute(f"insert into mart_counts select ?, {now}, {before}", [name])


def _possible_profiles(connection: duckdb.DuckDBPyConnection) -> Iterable[Profile]:
    """The profiles whose marts are there; for the others, the rows of `mart_rows` say what is missing."""
    names = set(mart_names(connection))
    return (profile for profile in PROFILES if names.issuperset(profile.marts))


def _measured(connection: duckdb.DuckDBPyConnection, profile: Profile, folder: Path) -> _Measured:
    """Make a profile and write it down, as evidence and for Great Expectations to read."""
    file = folder / f"{profile.name}.parquet"
    table = quoted(profile.name)
    connection.execute(f"create temp table {table} as {profile.sql}")
    connection.execute(f"copy {table} to {literal(file)} (format parquet)")
    columns = {expectation.column for expectation in EXPECTATIONS if expectation.profile == profile}
    return _Measured(file, {column: _range(connection, table, column) for column in columns})


def _range(connection: duckdb.DuckDBPyConnection, table: str, column: str) -> str:
    """What a column holds, in words."""
    ((count, smallest, largest),) = connection.execute(
        f"select count({quoted(column)}), min({quoted(column)}), max({quoted(column)}) from {table}"
    ).fetchall()
    if not count:
        return "nothing to judge"
    return f"{_figure(smallest)} to {_figure(largest)} in {count} {'row' if count == 1 else 'rows'}"


def _result(
    expectation: Expectation, outcome: Outcome, measured: _Measured, accepted: Collection[str]
) -> ExpectationResult:
    if outcome.problem:
        observed = f"could not be evaluated: {outcome.problem}"
    elif outcome.success:
        observed = measured.ranges[expectation.column]
    else:
        observed = "; ".join(_row_in_words(expectation, row) for row in outcome.broken_rows)
        hidden = outcome.broken_count - len(outcome.broken_rows)
        observed += f"; and {hidden} more rows" if hidden else ""
    return ExpectationResult(
        name=expectation.name,
        expectation=expectation.words,
        severity=expectation.severity,
        observed=observed,
        bound=expectation.bound,
        success=outcome.success,
        is_accepted=expectation.name in accepted,
    )


def _row_in_words(expectation: Expectation, row: dict[str, Any]) -> str:
    """`MLI, 2022: remaining_share 0.1 (report_count 41, report_count_before 410)`."""
    place = ", ".join(_figure(row[key]) for key in expectation.profile.keys)
    figures = ", ".join(f"{column} {_figure(row[column])}" for column in expectation.shown)
    return f"{place}: {expectation.column} {_figure(row[expectation.column])} ({figures})"


def _figure(value: object) -> str:
    """A key or a figure for a reader: pandas turns whole numbers beside a null into floats."""
    if isinstance(value, float):
        return "unknown" if isnan(value) else f"{value:.0f}" if value.is_integer() else f"{value:.3g}"
    return "unknown" if value is None else str(value)
