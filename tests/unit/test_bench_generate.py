"""The benchmark's input: UCDP's form, as many rows as asked for, the same for one seed, with the dirt it claims."""

import csv
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from bench.generate import candidate_month, generate, release
from scripts.sample.world import COLUMNS

ROOT = Path(__file__).resolve().parents[2]
ROWS = 20_000


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bench") / "GEDEvent_v24_1.csv"
    generate(release(ROWS, seed=1), path)
    return path


@pytest.fixture(scope="module")
def records(made: Path) -> list[dict[str, str]]:
    with made.open(newline="") as stream:
        return list(csv.DictReader(stream))


def share(records: list[dict[str, str]], column: str, value: str) -> float:
    return sum(record[column] == value for record in records) / len(records)


def test_release_has_the_columns_and_rows_of_one(records: list[dict[str, str]]) -> None:
    assert tuple(records[0]) == COLUMNS
    assert len(records) == ROWS
    assert {len(record) for record in records} == {49}
    ids = [record["id"] for record in records if record["id"]]
    assert len(set(ids)) == len(ids)


def test_release_spans_the_world_and_the_period(records: list[dict[str, str]]) -> None:
    years = {int(record["year"]) for record in records}
    assert (min(years), max(years)) == (1989, 2023)
    assert len({record["country_id"] for record in records}) == 75
    assert {"432", "439", "436"} <= {record["country_id"] for record in records}


def test_rows_are_as_long_as_real_ones(made: Path, records: list[dict[str, str]]) -> None:
    assert made.stat().st_size / ROWS == pytest.approx(830, rel=0.05)
    lengths = sorted(len(record["source_headline"]) for record in records)
    assert 50 < lengths[len(lengths) // 2] < 100
    assert lengths[-1] > 1000
    assert any("\n" in record["where_description"] for record in records)
    assert any("\n" in record["source_headline"] for record in records)


def test_dirt_has_the_shares_that_the_benchmark_counts_on(records: list[dict[str, str]]) -> None:
    quarantined = sum(
        not record["id"]
        or record["type_of_violence"] == "9"
        or record["deaths_b"] == "n/a"
        or record["date_end"] < record["date_start"]
        or float(record["latitude"]) == float(record["longitude"]) == 0
        for record in records
    )
    assert quarantined / ROWS == pytest.approx(0.001, abs=0.0007)
    warned = sum(
        record["number_of_sources"] == "-1"
        or record["code_status"] != "Clear"
        or int(record["best"]) == 0
        or int(record["best"]) > int(record["high"])
        for record in records
    )
    assert warned / ROWS == pytest.approx(0.01, abs=0.004)


def test_conflict_rows_give_the_text_rules_work(records: list[dict[str, str]]) -> None:
    headlines = [record["source_headline"] for record in records if record["type_of_violence"] == "1"]
    assert sum("camp" in headline or "post" in headline for headline in headlines) > len(headlines) / 10
    assert not any("{" in headline for headline in headlines)
    assert share(records, "type_of_violence", "1") == pytest.approx(0.62, abs=0.02)


def test_same_seed_gives_the_same_bytes_and_another_does_not(made: Path, tmp_path: Path) -> None:
    generate(release(ROWS, seed=1), tmp_path / "again.csv", threads=1)
    generate(release(ROWS, seed=2), tmp_path / "other.csv")
    assert (tmp_path / "again.csv").read_bytes() == made.read_bytes()
    assert (tmp_path / "other.csv").read_bytes() != made.read_bytes()


def test_candidate_month_is_new_and_of_its_month(records: list[dict[str, str]], tmp_path: Path) -> None:
    path = tmp_path / "GEDEvent_v24_0_1.csv"
    generate(candidate_month(1000, seed=1, after=release(ROWS, seed=1)), path)
    with path.open(newline="") as stream:
        month = list(csv.DictReader(stream))
    assert len(month) == 1000
    assert {record["date_start"][:7] for record in month} == {"2024-01"}
    assert not {record["id"] for record in month if record["id"]} & {record["id"] for record in records}
    assert Counter(record["date_prec"] for record in month)["5"] == 0


def test_command_writes_both_files(tmp_path: Path) -> None:
    out, delta = tmp_path / "new folder" / "GEDEvent_v24_1.csv", tmp_path / "GEDEvent_v24_0_1.csv"
    command = [sys.executable, "-m", "bench.generate", str(out), "--rows", "50", "--delta", str(delta)]
    done = subprocess.run([*command, "--delta-rows", "20"], check=True, capture_output=True, text=True, cwd=ROOT)
    assert "50 rows" in done.stdout
    for path, rows in ((out, 50), (delta, 20)):
        with path.open(newline="") as stream:
            assert sum(1 for _ in csv.DictReader(stream)) == rows
