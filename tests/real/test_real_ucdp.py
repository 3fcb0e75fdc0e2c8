"""The real files of UCDP, through the whole job. What is known to be true of them stands in their README."""

from pathlib import Path

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
    assert warehouse.json("status")["conservation"][1]["landed"] == 0


@pytest.mark.xdist_group("real_two")
def test_an_old_candidate_does_not_overrule_the_yearly_file(real_data: Path, tmp_path: Path):
    warehouse = Warehouse(tmp_path)
    warehouse.command("add", "ucdp_ged", real_data / MALI)
    warehouse.command("add", "ucdp_candidate", real_data / CANDIDATE)
    warehouse.command("run", "--no-fetch")
    assert warehouse.query(MALI_2021) == [("ucdp_ged", 215)]
    assert [count for _, count in warehouse.query(STATE_BASED)] == GOVERNMENT_OF_MALI
