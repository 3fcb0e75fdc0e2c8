"""The real files of UCDP, through the whole job. What is known to be true of them stands in their README."""

import json
import re
from pathlib import Path

import polars as pl
import pytest

from tests.warehouse import Warehouse

MALI = "ucdp_ged/Mali.csv"
NIGER = "ucdp_ged/Niger.csv"
CANDIDATE = "ucdp_candidate/GEDEvent_v21_01_21_12.csv.zip"
GOVERNMENT_OF_MALI = [95, 103, 116, 128, 131, 232, 185]
STATE_BASED = """
    select occurred_year, count(*)
    from fct_reports
    where violence_type = 'state_based' and side_a_name = 'Government of Mali' and country_code = 'MLI'
        and occurred_year between 2017 and 2023
    group by occurred_year
    order by occurred_year
"""
MALI_2021 = """
    select feed, count(*) from fct_reports where country_code = 'MLI' and occurred_year = 2021 group by feed
"""


@pytest.fixture(scope="module")
def candidate_then_mali(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    warehouse = Warehouse(tmp_path_factory.mktemp("candidate_then_mali"))
    warehouse.command("add", "ucdp_candidate", real_data / CANDIDATE)
    warehouse.command("add", "ucdp_ged", real_data / MALI)
    warehouse.command("run", "--no-fetch")
    return warehouse


@pytest.mark.xdist_group("real_one")
def test_every_record_of_mali_is_accounted_for(candidate_then_mali: Warehouse):
    rows = candidate_then_mali.query(
        """
        select
            read_record_count,
            landed_record_count + quarantined_record_count + duplicate_record_count,
            is_conserved
        from fct_feed_batches where feed = 'ucdp_ged'
        """
    )
    assert rows == [(2120, 2120, True)]


@pytest.mark.xdist_group("real_one")
def test_state_based_reports_with_the_government_of_mali(candidate_then_mali: Warehouse):
    found = dict(candidate_then_mali.query(STATE_BASED))
    quarantined = dict(
        candidate_then_mali.query(
            "select occurred_year, count(*) from quarantined_records where feed = 'ucdp_ged' group by occurred_year"
        )
    )
    assert [found[year] + quarantined.get(year, 0) for year in range(2017, 2024)] == GOVERNMENT_OF_MALI


@pytest.mark.xdist_group("real_one")
def test_published_counts_of_ucdp_agree_with_ours(candidate_then_mali: Warehouse):
    rows = candidate_then_mali.json("claims", "--source", "UCDP GED 24.1")
    assert [(row["claimed_value"], row["verdict"], row["reason"]) for row in rows] == [
        (count, "agrees", "same_figure") for count in GOVERNMENT_OF_MALI
    ]


@pytest.mark.xdist_group("real_one")
def test_the_yearly_file_answers_for_2021_in_mali(candidate_then_mali: Warehouse):
    assert candidate_then_mali.query(MALI_2021) == [("ucdp_ged", 215)]
    changes = dict(
        candidate_then_mali.query(
            """
            select changes.change_type, count(*)
            from fct_report_changes as changes
            inner join fct_feed_batches as batches using (batch_id)
            where batches.feed = 'ucdp_ged' and changes.country_code = 'MLI' and changes.occurred_year = 2021
            group by changes.change_type
            """
        )
    )
    assert changes.get("confirmed", 0) + changes.get("revised", 0) == 207
    assert changes["withdrawn"] == 18
    assert changes["new"] == 8


@pytest.mark.xdist_group("real_one")
def test_other_countries_of_the_candidate_stay(candidate_then_mali: Warehouse):
    found = dict(
        candidate_then_mali.query(
            "select country_code, count(*) from fct_reports where feed = 'ucdp_candidate' group by country_code"
        )
    )
    assert (found["BFA"], found["NER"]) == (203, 89)
    assert "MLI" not in found


@pytest.mark.xdist_group("real_one")
def test_same_file_again_makes_no_new_batch(candidate_then_mali: Warehouse, real_data: Path):
    assert "No new batch" in candidate_then_mali.command("add", "ucdp_ged", real_data / MALI).stdout
    report = candidate_then_mali.json("run", "--no-fetch")
    assert (report["new_batches"], report["release"]["is_unchanged"]) == (0, True)


@pytest.mark.xdist_group("real_one")
def test_nothing_real_is_called_synthetic(candidate_then_mali: Warehouse):
    assert candidate_then_mali.query("select contains_synthetic_data from release") == [(False,)]


@pytest.mark.xdist_group("real_two")
def test_niger_is_refused_whole_with_what_is_wrong_and_where(real_data: Path, tmp_path: Path):
    warehouse = Warehouse(tmp_path)
    done = warehouse.command("add", "ucdp_ged", real_data / NIGER, code=1)
    assert "every record stands inside one pair of quotes" in done.stdout
    assert "record 2 of the file" in done.stdout
    assert "incidents repair Niger.csv --into NEW_FILE" in done.stdout
    (landed,) = [row["landed"] for row in warehouse.json("status")["conservation"] if row["feed"] == "ucdp_ged"]
    assert landed == 0


@pytest.mark.xdist_group("real_two")
def test_repaired_niger_is_read_to_its_last_id_and_no_column_has_moved(real_data: Path, tmp_path: Path):
    warehouse = Warehouse(tmp_path)
    mended = tmp_path / "Niger_repaired.csv"
    facts = warehouse.json("repair", real_data / NIGER, "--into", mended)
    assert (facts["record_count"], facts["width"], facts["misfits"]) == (588, 48, [541])
    (batch,) = warehouse.json("add", "ucdp_ged", mended)["batches"]
    assert (batch["status"], batch["records_read"]) == ("landed", 588)
    assert (batch["records_landed"], batch["records_quarantined"]) == (587, 1)

    folder = warehouse.data / "lake" / "landing" / "ucdp_ged" / f"batch_id={batch['batch_id']}"
    rows = pl.read_parquet(folder / "*.parquet")
    # Every id that stands at the beginning of a line of the wrecked file, however it is quoted, and no other.
    wrecked = (real_data / NIGER).read_text(encoding="utf-8")
    ids = {int(found) for found in re.findall(r'^"?(\d+),[A-Z]{3}-\d{4}-', wrecked, re.MULTILINE)}
    (set_aside,) = warehouse.json("quarantine", "ucdp_ged")
    assert (set_aside["_record_number"], set_aside["failed_rules"]) == (541, "has_every_column")
    assert set(rows.get_column("id")) == ids - {int(json.loads(set_aside["record"])["_text"].split(",")[0])}
    assert len(ids) == 588

    # Columns that tell the same thing apart from each other still do: point and coordinates, sources and their number.
    points = rows.select(pl.col("geom_wkt").str.extract_groups(r"POINT \((?<east>\S+) (?<north>\S+)\)").struct.unnest())
    assert (points.get_column("east").cast(pl.Float64) - rows.get_column("longitude")).abs().max() < 1e-4
    assert (points.get_column("north").cast(pl.Float64) - rows.get_column("latitude")).abs().max() < 1e-4
    counted = rows.filter(pl.col("number_of_sources").is_not_null())
    for name in ("source_office", "source_date"):
        assert counted.filter(pl.col(name).str.split(";").list.len() != pl.col("number_of_sources")).is_empty()
    assert rows.get_column("country_id").unique().to_list() == [436]
    assert set(rows.get_column("_warnings").str.split(";").explode()) <= {
        "",
        "best_within_bounds",
        "has_deaths",
        "low_not_above_high",
        "sources_counted",
    }


@pytest.mark.xdist_group("real_two")
def test_an_old_candidate_does_not_overrule_the_yearly_file(real_data: Path, tmp_path: Path):
    warehouse = Warehouse(tmp_path)
    warehouse.command("add", "ucdp_ged", real_data / MALI)
    warehouse.command("add", "ucdp_candidate", real_data / CANDIDATE)
    warehouse.command("run", "--no-fetch")
    assert warehouse.query(MALI_2021) == [("ucdp_ged", 215)]
    assert [count for _, count in warehouse.query(STATE_BASED)] == GOVERNMENT_OF_MALI
