"""From reports to links on disk: prepares, finds candidates, scores, resolves, writes. What each step does is its own.

Where the folder holds the links of an earlier run by the same model, only pairs of reports that changed are scored
again (`stored`); who goes with whom is resolved anew over all pairs, so that the answer is that of a run from scratch.
"""

import json
import shutil
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from orchestration.errors import RefusedError
from orchestration.links.candidates import find_candidates
from orchestration.links.comparisons import COMPARISONS
from orchestration.links.model import Model, read_model
from orchestration.links.prepare import COLUMNS, WORDS, prepare
from orchestration.links.resolution import resolve
from orchestration.links.scoring import level_sql, score
from orchestration.links.stored import PAIRS, PREPARED, SUMMARY, digest_reports, find_touched, made_by, stored_run

Source = str | Path | duckdb.DuckDBPyRelation
"""A Parquet or csv file, or a relation."""

KEPT_PROBABILITY = 0.01
"""Pairs below this are scored and forgotten, unless a reviewer spoke of them."""


@dataclass(frozen=True)
class Linked:
    """What a run of linking did.

    Attributes:
        reports: reports that took part.
        candidates: pairs that were scored in this run.
        pairs: pairs that are kept.
        linked: pairs of them that are linked.
        covering: linked pairs in which one report covers several.
        overruled: pairs that a reviewer decided.
        model: digest of the model.
    """

    reports: int
    candidates: int
    pairs: int
    linked: int
    covering: int
    overruled: int
    model: str


def link(
    reports: Source,
    into: Path,
    model: Model | None = None,
    overrules: Source | None = None,
    *,
    from_scratch: bool = False,
    threads: int = 2,
    memory_limit: str = "1200MB",
    tell: Callable[[str], None] = lambda _: None,
) -> Linked:
    """Link reports of different id spaces.

    Args:
        reports: a Parquet file or a relation with one row a report, columns as in `prepare.COLUMNS`.
        into: folder of the answer; what stood there is replaced at the end, or stays whole. It gets `pairs.parquet`
            (one row a scored pair that is worth keeping), `prepared.parquet` (what linking knew of each report, for the
            next run) and `links.json` (counts and the model).
        model: the trained model; the repository's if left out.
        overrules: what reviewers decided: left_id_space, left_source_event_id, right_id_space, right_source_event_id,
            decision (must_link or must_not_link); a Parquet or csv file or a relation.
        from_scratch: score all pairs again, whatever the folder holds.
        threads: threads of DuckDB; they change the time and nothing else.
        memory_limit: of DuckDB.
        tell: hears of each step when it is done: prepare, find candidates, score, resolve, write.

    Raises:
        RefusedError: two reports have the same id.
    """
    model = model or read_model()
    into.mkdir(parents=True, exist_ok=True)
    with _workshop(into, threads, memory_limit) as connection:
        take_in(connection, reports, overrules)
        stored = None if from_scratch else stored_run(into, model.digest)
        known = f"read_parquet('{stored / PREPARED}')" if stored else None
        prepare(connection, "reports", known)
        digest_reports(connection)
        translate_overrules(connection)
        if stored:
            find_touched(connection, stored)
        tell("prepare")
        find_candidates(connection, "touched" if stored else None)
        _add_overruled(connection, stored)
        tell("find candidates")
        keep_pairs(connection, score(connection, model), model, stored)
        tell("score")
        resolve(connection, model)
        tell("resolve")
        linked = _write(connection, model, into)
        tell("write")
        return linked


@contextmanager
def _workshop(into: Path, threads: int, memory_limit: str) -> Generator[duckdb.DuckDBPyConnection]:
    """A database of our own on disk, gone in the end: what does not fit into memory lies there."""
    with tempfile.TemporaryDirectory(dir=into, prefix=".working-") as folder:
        config: dict[str, str | bool | int | float | list[str]] = {
            "threads": threads,
            "memory_limit": memory_limit,
            "temp_directory": f"{folder}/spill",
        }
        connection = duckdb.connect(f"{folder}/links.duckdb", config=config)
        try:
            connection.execute("set preserve_insertion_order = false")
            yield connection
        finally:
            connection.close()


def take_in(
    connection: duckdb.DuckDBPyConnection,
    reports: Source,
    overrules: Source | None,
) -> None:
    """Make the views `reports` and `overrules`, with the columns and types that linking reads."""
    _register(connection, "given_reports", reports)
    columns = ", ".join(f"cast({name} as {kind}) as {name}" for name, kind in COLUMNS.items())
    # One id space has nothing to be linked with: its reports need not be read.
    is_linkable = connection.execute("select count(distinct id_space) > 1 from given_reports").fetchall()[0][0]
    some = "" if is_linkable else "where false"
    connection.execute(f"create or replace temp view reports as select {columns} from given_reports {some}")
    ids, distinct = connection.execute("select count(*), count(distinct report_id) from reports").fetchall()[0]
    if distinct < ids:
        raise RefusedError(
            source=str(reports),
            problem=f"{ids:,} rows, but {distinct:,} ids of reports",
            rule="one row a report",
            way_out="give the current version of each report alone",
        )
    if overrules is None:
        connection.execute(
            "create temp view overrules as select '' as left_id_space, '' as left_source_event_id, "
            "'' as right_id_space, '' as right_source_event_id, '' as decision where false"
        )
    else:
        _register(connection, "overrules", overrules)


def _register(connection: duckdb.DuckDBPyConnection, name: str, source: Source) -> None:
    if isinstance(source, duckdb.DuckDBPyRelation):
        connection.register(name, source.to_arrow_table())
        return
    reader = "read_csv" if str(source).endswith(".csv") else "read_parquet"
    options = ", all_varchar = true, header = true" if reader == "read_csv" else ""
    path = str(source).replace("'", "''")
    connection.execute(f"create or replace temp view {name} as select * from {reader}('{path}'{options})")


def translate_overrules(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the table `overruled` (uid_l, uid_r, decision).

    Reviewers name reports as the feeds do; a report that is not there any more overrules nothing.
    """
    connection.execute("""
        create or replace temp table overruled as
        select
            least(a.uid, b.uid) as uid_l,
            greatest(a.uid, b.uid) as uid_r,
            -- Both at once cannot stand in the seed; should they, apart is the safer word.
            max(decision) as decision
        from overrules
        inner join prepared as a on left_id_space = a.id_space and left_source_event_id = a.source_event_id
        inner join prepared as b on right_id_space = b.id_space and right_source_event_id = b.source_event_id
        where a.id_space <> b.id_space
        group by 1, 2
    """)


def _add_overruled(connection: duckdb.DuckDBPyConnection, stored: Path | None) -> None:
    """Pairs that a reviewer spoke of are scored, too, however far apart they are."""
    connection.execute(f"create or replace temp view stored_pairs as {_stored_pairs(stored)}")
    connection.execute("""
        insert into candidates
        select uid_l, uid_r from overruled
        anti join candidates using (uid_l, uid_r)
        anti join stored_pairs using (uid_l, uid_r)
    """)


def _stored_pairs(stored: Path | None) -> str:
    """Pairs of the earlier run of which neither report changed."""
    if stored is None:
        return "select 0 as uid_l, 0 as uid_r where false"
    return f"""
        select a.uid as uid_l, b.uid as uid_r, pairs.* exclude (decision, relation)
        from read_parquet('{stored / PAIRS}') as pairs
        inner join prepared as a on pairs.report_id_left = a.report_id
        inner join prepared as b on pairs.report_id_right = b.report_id
        anti join touched as changed_left on a.uid = changed_left.uid
        anti join touched as changed_right on b.uid = changed_right.uid
    """


def keep_pairs(
    connection: duckdb.DuckDBPyConnection,
    scored: str,
    model: Model,
    stored: Path | None = None,
) -> None:
    """Make the table `pairs`: scores in words, what reviewers said, and what still holds of the earlier run."""
    levels = ",\n".join(
        f"{level_sql(each, model)} as {each.name}_level, round(mw_{each.name}, 6) as {each.name}_weight"
        for each in COMPARISONS
    )
    again = "union all by name select * from stored_pairs" if stored else ""
    connection.execute(f"""
        create or replace table pairs as
        with told as (
            select
                a.uid as uid_l,
                b.uid as uid_r,
                a.report_id as report_id_left,
                b.report_id as report_id_right,
                a.id_space as id_space_left,
                b.id_space as id_space_right,
                round(scored.match_probability, 6) as match_probability,
                round(scored.match_weight, 6) as match_weight,
                {levels},
                round(sqrt(
                    (a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y) + (a.z - b.z) * (a.z - b.z)
                ), 3) as distance_km,
                cast(greatest(a.first_day - b.last_day, b.first_day - a.last_day, 0) as integer) as day_gap
            from {scored} as scored
            inner join prepared as a on scored.uid_l = a.uid
            inner join prepared as b on scored.uid_r = b.uid
            {again}
        )

        select told.*, overruled.decision as overrule
        from told left join overruled using (uid_l, uid_r)
        where match_probability >= {KEPT_PROBABILITY} or overruled.decision is not null
    """)


def _write(connection: duckdb.DuckDBPyConnection, model: Model, into: Path) -> Linked:
    counts = connection.execute("""
        select
            (select count(*) from prepared),
            (select count(*) from candidates),
            count(*),
            count(*) filter (where relation is not null),
            count(*) filter (where relation like '%covers%'),
            count(*) filter (where decision in ('must_link', 'must_not_link'))
        from decided
    """).fetchall()[0]
    linked = Linked(*counts, model=model.digest)
    part = Path(tempfile.mkdtemp(dir=into, prefix=".written-"))
    try:
        connection.execute(f"""
            copy (
                select pairs.* exclude (uid_l, uid_r, overrule), decided.decision, decided.relation
                from pairs inner join decided using (uid_l, uid_r)
                order by uid_l, uid_r
            ) to '{part / PAIRS}' (format parquet, compression zstd)
        """)
        connection.execute(f"""
            copy (
                select prepared.report_id, report_digest, {", ".join(WORDS)}
                from prepared inner join digests using (uid)
                order by uid
            )
            to '{part / PREPARED}' (format parquet, compression zstd)
        """)
        told = asdict(linked) | made_by()
        (part / SUMMARY).write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
        # Without a summary there is no earlier run: what is half written is scored again.
        (into / SUMMARY).unlink(missing_ok=True)
        for name in (PAIRS, PREPARED, SUMMARY):
            (part / name).replace(into / name)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return linked
