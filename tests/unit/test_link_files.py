"""What lies between the two halves of dbt: a file of pairs in the form that dbt reads, whether or not there are any."""

import re
from pathlib import Path

import duckdb
import polars as pl

from orchestration.links.comparisons import COMPARISONS
from orchestration.resources.links import least_certain, link_reports, links_file, prepare_links
from orchestration.settings import PROJECT_ROOT, Settings

MODEL = PROJECT_ROOT / "dbt_project/models/intermediate/int_report_links.sql"
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


def build(folder: Path, *, with_reports: bool) -> Settings:
    """A build file whose first half is built."""
    settings = Settings(data_dir=folder)
    settings.build_dir.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(settings.build_file)) as connection:
        connection.execute("create schema if not exists intermediate; create schema if not exists seeds")
        connection.execute(f"create or replace table intermediate.int_reports__linkable ({COLUMNS})")
        connection.execute(
            "create table if not exists seeds.link_decisions (left_id_space varchar, left_source_event_id varchar,"
            " right_id_space varchar, right_source_event_id varchar, decision varchar)"
        )
        for id_space, (name, place, words) in TOLD.items() if with_reports else ():
            connection.execute(
                """
                insert into intermediate.int_reports__linkable by name
                select
                    $id_space || $name as report_id, $id_space as id_space, $name as source_event_id,
                    'MLI' as country_code, 16.27 as latitude, -0.05 as longitude, 'exact' as place_precision,
                    $place as place_name, date '2022-05-01' as occurred_date, date '2022-05-01' as occurred_until_date,
                    'day' as date_precision, 'state_based' as violence_type, $words as headline,
                    7 as fatality_count_best
                """,
                {"id_space": id_space, "name": name, "place": place, "words": words},
            )
    return settings


def model_columns() -> set[str]:
    """What the model reads of a pair."""
    selected = MODEL.read_text(encoding="utf-8").split("final as (")[1].split("from pairs")[0]
    return set(re.findall(r"^\s+(\w+),$", selected, re.MULTILINE))


def test_the_model_reads_every_comparison_of_the_engine():
    compared = {f"{each.name}_{what}" for each in COMPARISONS for what in ("level", "weight")}
    assert {name for name in model_columns() if name.endswith(("_level", "_weight"))} - {"match_weight"} == compared


def test_a_file_without_pairs_has_the_columns_of_one_with_pairs(tmp_path: Path):
    prepare_links(tmp_path / "nothing")
    empty = pl.read_parquet_schema(links_file(tmp_path / "nothing"))
    settings = build(tmp_path, with_reports=True)
    found = pl.read_parquet(link_reports(settings, settings.build_dir))
    assert found.select("id_space_left", "id_space_right", "decision").rows() == [("acled", "ucdp", "linked")]
    assert dict(found.schema) == dict(empty)
    assert model_columns() == set(empty)
    (pair,) = least_certain(settings.build_file, 5)
    assert str(pair["one_report"]).startswith("acled a1, 2022-05-01, Gao, 7 dead, On 1 May 2022")


def test_reports_that_come_back_are_linked_again(tmp_path: Path):
    """In between there was nothing to link: what an earlier run knew of the reports is not taken up."""
    settings = build(tmp_path, with_reports=True)
    before = pl.read_parquet(link_reports(settings, settings.build_dir))
    build(tmp_path, with_reports=False)
    assert pl.read_parquet(link_reports(settings, settings.build_dir)).is_empty()
    build(tmp_path, with_reports=True)
    assert pl.read_parquet(link_reports(settings, settings.build_dir)).equals(before)
    assert {path.name for path in links_file(settings.build_dir).parent.iterdir()} == {
        "links.json",
        "pairs.parquet",
        "prepared.parquet",
    }
