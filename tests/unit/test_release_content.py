"""Digests: what counts as a change of content, and what does not."""

from pathlib import Path

import duckdb
import pytest

from orchestration.audit.marts import attach_build
from orchestration.release import ReleaseError
from orchestration.release.content import Mart, content_digest, documentation_digest, read_content


def contents(folder: Path, *statements: str, withheld: tuple[str, ...] = ()) -> tuple[Mart, ...]:
    """The content of a build file that these statements made."""
    build_file = folder / f"{len(list(folder.iterdir()))}.duckdb"
    with duckdb.connect(str(build_file)) as connection:
        connection.execute("create schema marts")
        for statement in statements:
            connection.execute(statement)
    with duckdb.connect() as connection:
        attach_build(connection, build_file)
        return read_content(connection, withheld)


def digest(folder: Path, *rows: str, columns: str = "occurred_year integer, name varchar") -> str:
    """The digest of one fact with these rows."""
    insert = [f"insert into marts.fct_rows values {', '.join(rows)}"] if rows else []
    return content_digest(contents(folder, f"create table marts.fct_rows ({columns})", *insert))


def test_digest_does_not_depend_on_the_order_of_rows(tmp_path: Path):
    assert digest(tmp_path, "(2021, 'a')", "(2022, 'b')") == digest(tmp_path, "(2022, 'b')", "(2021, 'a')")


def test_digest_tells_a_pair_of_duplicates_from_nothing(tmp_path: Path):
    assert digest(tmp_path, "(2021, 'a')", "(2021, 'a')") != digest(tmp_path)


def test_digest_tells_one_more_duplicate(tmp_path: Path):
    assert digest(tmp_path, "(2021, 'a')", "(2021, 'a')") != digest(tmp_path, "(2021, 'a')")


def test_digest_tells_values_swapped_between_two_rows(tmp_path: Path):
    """An exclusive or over row hashes would not: it cancels what two rows exchange in their last column."""
    columns = "name varchar, deaths integer"
    assert digest(tmp_path, "('a', 1)", "('b', 2)", columns=columns) != digest(
        tmp_path, "('a', 2)", "('b', 1)", columns=columns
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("(2021, '')", "(2021, null)"),
        ("(2021, 'a')", "(2021, 'A')"),
        ("(2021, 'a')", "(2022, 'a')"),
        ("(2021, 'a')", "(null, 'a')"),
    ],
)
def test_digest_tells_a_changed_value(tmp_path: Path, one: str, other: str):
    assert digest(tmp_path, one) != digest(tmp_path, other)


def test_digest_tells_a_renamed_or_retyped_column(tmp_path: Path):
    digests = {
        digest(tmp_path, "(2021, 'a')", columns=columns)
        for columns in (
            "occurred_year integer, name varchar",
            "occurred_year bigint, name varchar",
            "occurred_year integer, title varchar",
        )
    }
    assert len(digests) == 3


def test_comments_change_the_documentation_and_not_the_content(tmp_path: Path):
    table = "create table marts.dim as select 1 as id"
    bare = contents(tmp_path, table)
    told = contents(tmp_path, table, "comment on column marts.dim.id is 'Its number.'")
    assert content_digest(bare) == content_digest(told)
    assert documentation_digest(bare) != documentation_digest(told)


def test_facts_are_digested_year_by_year(tmp_path: Path):
    table = "create table marts.fct_rows as select 2020 + range % 3 as occurred_year, range as id from range(30)"
    (before,) = contents(tmp_path, table)
    (after,) = contents(tmp_path, table, "update marts.fct_rows set id = -1 where id = 4")
    assert [partition.year for partition in before.partitions] == [2020, 2021, 2022]
    assert [partition.year for partition in after.changed_since(before)] == [2021]


def test_a_new_column_changes_every_year(tmp_path: Path):
    table = "create table marts.fct_rows as select 2020 + range % 3 as occurred_year, range as id from range(30)"
    (before,) = contents(tmp_path, table)
    (after,) = contents(tmp_path, table, "alter table marts.fct_rows add column name varchar")
    assert after.changed_since(before) == after.partitions


def test_marts_by_year_are_not_cut_by_a_column_that_happens_to_be_called_year(tmp_path: Path):
    (mart,) = contents(tmp_path, "create table marts.agg as select 2020 + range as year from range(3)")
    assert [(partition.year, partition.row_count) for partition in mart.partitions] == [(None, 3)]


def test_withheld_feeds_are_not_content(tmp_path: Path):
    table = "create table marts.fct_rows as select unnest(['ucdp', 'closed', null]) as feed, 2021 as occurred_year"
    (mart,) = contents(tmp_path, table, withheld=("closed",))
    assert mart.row_count == 2


def test_values_of_withheld_feeds_are_not_content(tmp_path: Path):
    """Neither as the day, place or toll of an incident that an open feed leads, nor of its attacks."""
    incidents = """
    create table marts.fct_incidents as
    select * from (values
        (1, 'ucdp', 'ucdp', 'ucdp', 'ucdp'),
        (2, 'ucdp', 'closed', 'ucdp', 'ucdp'),
        (3, 'ucdp', 'ucdp', 'closed', 'ucdp'),
        (4, 'ucdp', 'ucdp', 'ucdp', 'closed'),
        (5, 'closed', 'closed', 'closed', 'closed')
    ) as told (incident_id, feed, date_feed, place_feed, toll_feed)
    """
    attacks = "create table marts.fct_attacks as select incident_id, feed from marts.fct_incidents"
    told = contents(tmp_path, incidents, attacks, withheld=("closed",))
    assert {mart.name: mart.row_count for mart in told} == {"fct_attacks": 1, "fct_incidents": 1}


def test_names_with_quotes_are_quoted(tmp_path: Path):
    (mart,) = contents(tmp_path, '''create table marts."it's ""odd""" as select 1 as "a ""column""", 'x' as feed''')
    assert mart.row_count == 1
    assert [column.name for column in mart.columns] == ['a "column"', "feed"]


@pytest.mark.parametrize("name", ["release", "../escape", ".hidden"])
def test_a_mart_with_an_impossible_name_is_refused_by_name(tmp_path: Path, name: str):
    with pytest.raises(ReleaseError, match="which a release cannot hold"):
        contents(tmp_path, f'create table marts."{name}" as select 1 as id')


def test_a_build_without_marts_is_refused(tmp_path: Path):
    with pytest.raises(ReleaseError, match="run the dbt models first"):
        contents(tmp_path)


def test_a_missing_build_file_is_named(tmp_path: Path):
    with duckdb.connect() as connection, pytest.raises(FileNotFoundError, match="nowhere.duckdb.*run the dbt models"):
        attach_build(connection, tmp_path / "nowhere.duckdb")
