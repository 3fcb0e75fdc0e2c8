"""What dbt takes over from linking: a file of pairs of one form, whether or not there are any."""

from pathlib import Path

import duckdb
import polars as pl
import pytest
import yaml

from orchestration.assets.readable import readable_tables
from orchestration.links.comparisons import COMPARISONS
from orchestration.resources.links import FOLDER, link_reports
from orchestration.settings import PROJECT_ROOT

DESCRIBED = PROJECT_ROOT / "dbt_project/models/intermediate/int_report_links.yml"
COLUMNS = """
    report_id varchar, report_version_id varchar, id_space varchar, feed varchar, source_event_id varchar,
    country_code varchar, latitude double, longitude double, place_precision varchar, place_name varchar,
    admin1_name varchar, admin2_name varchar, place_description varchar, occurred_date date, occurred_until_date date,
    date_precision varchar, violence_type varchar, event_type varchar, side_a_name varchar, side_b_name varchar,
    side_a_family varchar, side_b_family varchar, associated_actor_names varchar, headline varchar,
    fatality_count_best integer, fatality_count_low integer, fatality_count_high integer, first_seen_at timestamp,
    is_synthetic boolean
"""
TOLD = {
    "ucdp": ("u1", "Gao town", "Camp attacked in Gao"),
    "acled": ("a1", "Gao", "On 1 May 2022, militants attacked the camp of Gao. 7 killed."),
}


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A warehouse in which the reports of two feeds stand, and where its links are to lie."""
    monkeypatch.setenv(FOLDER, str(tmp_path / "links"))
    monkeypatch.setenv("INCIDENTS_THREADS", "2")
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute(f"create schema intermediate; create table intermediate.int_reports__linkable ({COLUMNS})")
        for id_space, (name, place, words) in TOLD.items():
            connection.execute(
                """
                insert into intermediate.int_reports__linkable by name
                select
                    $id_space || $name as report_id, $id_space as id_space, $id_space as feed, $name as source_event_id,
                    'MLI' as country_code, 16.27 as latitude, -0.05 as longitude, 'exact' as place_precision,
                    $place as place_name, date '2022-05-01' as occurred_date, date '2022-05-01' as occurred_until_date,
                    'day' as date_precision, 'state_based' as violence_type, $words as headline,
                    7 as fatality_count_best
                """,
                {"id_space": id_space, "name": name, "place": place, "words": words},
            )
        yield connection


def linked(built: duckdb.DuckDBPyConnection, which: str = "true") -> Path:
    """The file of pairs of the reports that fit a condition."""
    decisions = built.sql(
        "select '' as left_id_space, '' as left_source_event_id, '' as right_id_space, '' as right_source_event_id,"
        " '' as decision where false"
    )
    return link_reports(built.table("intermediate.int_reports__linkable").filter(which), decisions)


def test_what_dbt_describes_is_what_linking_writes(built: duckdb.DuckDBPyConnection):
    (model,) = yaml.safe_load(DESCRIBED.read_text(encoding="utf-8"))["models"]
    described = {column["name"] for column in model["columns"]}
    compared = {f"{each.name}_{what}" for each in COMPARISONS for what in ("level", "weight")}
    assert {name for name in described if name.endswith(("_level", "_weight"))} - {"match_weight"} == compared
    assert described - {"is_linked"} == set(pl.read_parquet_schema(linked(built)))


def test_a_file_without_pairs_has_the_columns_of_one_with_pairs(built: duckdb.DuckDBPyConnection):
    empty = pl.read_parquet_schema(linked(built, "false"))
    found = pl.read_parquet(linked(built))
    assert found.select("id_space_left", "id_space_right", "decision").rows() == [("acled", "ucdp", "linked")]
    assert dict(found.schema) == dict(empty)


def test_a_person_can_read_the_least_certain_pairs(built: duckdb.DuckDBPyConnection):
    built.read_parquet(str(linked(built))).select("*, true as is_linked").create("intermediate.int_report_links")
    shown = readable_tables(built, "int_report_links")
    assert "| acled a1, 2022-05-01, Gao, 7 dead, On 1 May 2022" in str(shown["least_certain"].value)
    assert "| acled | ucdp | 1 | 1 |" in str(shown["by_pair_of_feeds"].value)


def test_reports_that_come_back_are_linked_again(built: duckdb.DuckDBPyConnection):
    """In between there was nothing to link: what an earlier run knew of the reports is not taken up."""
    before = pl.read_parquet(linked(built))
    assert pl.read_parquet(linked(built, "false")).is_empty()
    assert pl.read_parquet(linked(built)).equals(before)
    assert {path.name for path in linked(built).parent.iterdir()} == {"links.json", "pairs.parquet", "prepared.parquet"}
