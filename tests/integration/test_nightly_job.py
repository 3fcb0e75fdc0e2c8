"""The whole job on the synthetic sample, through the command, set against the truth that the generator wrote down."""

import json
import shutil
from pathlib import Path

import duckdb
import pytest

from orchestration.feeds import all_feeds
from orchestration.io.lake import COUNTED_AS
from orchestration.settings import PROJECT_ROOT
from tests.ucdp_rows import record, release_csv, saved
from tests.warehouse import Warehouse

TRUTH = json.loads((PROJECT_ROOT / "data/sample/truth.json").read_text(encoding="utf-8"))
STRICT = "attack_on_military_position.strict"

pytestmark = pytest.mark.xdist_group("nightly")


UCDP_REPORTS = "select count(*) from fct_reports where id_space = 'ucdp'"
"""The truth counts the events of UCDP's two feeds; other feeds tell of their own."""


@pytest.fixture(scope="module")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    warehouse = Warehouse(tmp_path_factory.mktemp("sample"))
    warehouse.first_report = warehouse.json("run", "--sample")
    return warehouse


def marts(warehouse: Warehouse) -> list[str]:
    return sorted(name for (name,) in warehouse.query("select table_name from information_schema.tables"))


def test_run_prints_the_table_of_the_founding_text(first_run: Warehouse):
    shown = first_run.command("figures", "--definition", STRICT).stdout
    for cells in (("2021", "50", "–"), ("2022", "125", "150%"), ("2023*", "300+", ">140%")):
        assert any(all(f" {cell} " in line for cell in cells) for line in shown.splitlines()), (cells, shown)


def test_every_yearly_figure_is_the_truth(first_run: Warehouse):
    found = {
        (definition, country, str(year)): count
        for definition, country, year, count in first_run.query(
            "select definition_id, country_code, year, attack_count from agg_attacks_by_year where year >= 2018"
        )
    }
    expected = {
        (definition, country, year): count
        for definition, countries in TRUTH["attack_count"].items()
        for country, years in countries.items()
        for year, count in years.items()
    }
    assert found == expected


def test_reports_by_kind_and_country_are_the_truth(first_run: Warehouse):
    for kind, countries in TRUTH["report_count"].items():
        for country, years in countries.items():
            found = dict(
                first_run.query(
                    """
                    select occurred_year, count(*) from fct_reports
                    where violence_type = ? and country_code = ? group by occurred_year
                    """,
                    kind,
                    country,
                )
            )
            assert {year: found.get(int(year), 0) for year in years} == years


def test_nothing_is_lost_and_it_can_be_asked(first_run: Warehouse):
    assert first_run.query("select distinct is_conserved from fct_feed_batches") == [(True,)]
    report = first_run.first_report["conservation"]
    assert all(row["read"] == sum(row[word] for word in COUNTED_AS) for row in report)
    assert (
        sum(row["quarantined"] for row in report if all_feeds()[row["feed"]].may_redistribute)
        == first_run.query("select count(*) from quarantined_records")[0][0]
    )


def test_founding_claims_agree_with_the_table_that_they_are(first_run: Warehouse):
    rows = first_run.json("claims", "--source", "founding table")
    shown = {
        row["claim_id"]: (row["claim_label"], row["our_label"], row["verdict"]) for row in rows if row["claimed_bound"]
    }
    assert shown == {
        "founding_2021_count": ("50", "50", "agrees"),
        "founding_2022_count": ("125", "125", "agrees"),
        "founding_2022_increase": ("150%", "150%", "agrees"),
        "founding_2023_count": ("300+", "300+", "agrees"),
        "founding_2023_increase": (">140%", ">140%", "agrees"),
    }
    assert {row["counting_basis"] for row in rows if row["claimed_bound"]} == {"linked"}
    assert "SYNTHETIC" in first_run.command("claims").stdout
    # Claims are real, and neither drive the sample out nor make it real.
    assert first_run.query("select is_used, is_synthetic from fct_feed_batches where feed = 'claims'") == [
        (True, False)
    ]


def test_release_says_everywhere_that_it_is_synthetic(first_run: Warehouse):
    assert first_run.query("select contains_synthetic_data from release") == [(True,)]
    assert first_run.query("select distinct contains_synthetic_data from agg_attacks_by_year") == [(True,)]
    folder = Path(first_run.first_report["release"]["folder"])
    assert json.loads((folder / "manifest.json").read_text())["contains_synthetic_data"] is True
    assert "synthetic" in (folder / "README.txt").read_text().lower()
    assert "SYNTHETIC" in first_run.command("status").stdout


def test_release_is_complete(first_run: Warehouse):
    folder = Path(first_run.first_report["release"]["folder"])
    manifest = json.loads((folder / "manifest.json").read_text())
    tables = set(marts(first_run)) - {"release"}
    assert {mart["name"] for mart in manifest["marts"]} == tables
    for name in tables:
        parts = str(folder / "parquet" / name / "**" / "*.parquet")
        with duckdb.connect() as connection:
            rows = connection.execute("select count(*) from read_parquet(?)", [parts]).fetchall()
        assert rows == first_run.query(f'select count(*) from "{name}"')
    assert "agg_attacks_by_year" in (folder / "dictionary.html").read_text(encoding="utf-8")
    assert (folder / "data_docs" / "index.html").exists()
    assert "CC BY 4.0" in manifest["licences"]
    assert any("Sundberg" in citation for citation in manifest["citations"])


def test_every_table_and_column_is_described_in_the_file(first_run: Warehouse):
    undescribed = "select table_name, column_name from duckdb_columns() where comment is null and not internal"
    assert first_run.query(f"{undescribed} and table_name <> 'release'") == []
    assert first_run.query("select table_name from duckdb_tables() where comment is null and not internal") == []


def test_a_night_without_change_builds_nothing_and_says_so(first_run: Warehouse):
    (release,) = first_run.query("select release_id from release")[0]
    before = first_run.written_at()
    done = first_run.command("run", "--sample")
    assert "New batches: 0" in done.stdout
    assert f"Nothing changed since release {release}; nothing was built." in done.stdout
    assert all(cell in done.stdout for cell in ("2023*", "300+", ">140%"))
    for step in ("building the models and testing them", "auditing marts", "publishing release"):
        assert f"{step} skipped" in done.stderr
    assert first_run.written_at() == before
    assert len(first_run.json("releases")) == 1


def test_a_night_that_misses_something_is_red_although_nothing_is_built(first_run: Warehouse):
    before = first_run.written_at()
    saved(first_run.data / "inbox" / "ucdp_candidate", "whatever.csv", release_csv([record()]))
    done = first_run.command("run", "--no-fetch", code=1)
    assert "nothing was built" in done.stdout
    assert "The night went without something" in done.stderr
    assert "nothing says which edition this is" in done.stderr
    assert first_run.written_at() == before


def test_the_past_is_answered_without_touching_the_release(first_run: Warehouse):
    before = first_run.written_at()
    (arrived,) = first_run.query("select max(changed_at) from agg_year_changes")[0]
    assert first_run.json("figures", "--as-of", arrived.isoformat()) == first_run.json("figures")
    done = first_run.command("figures", "--as-of", "2001-01-01", code=1)
    assert "nothing had arrived by then" in done.stderr
    feeds = first_run.json("status", "--as-of", "2001-01-01")["feeds"]
    assert {row["newest_batch_at"] for row in feeds} == {None}
    assert first_run.written_at() == before


def test_changes_since_the_beginning_are_the_figures(first_run: Warehouse):
    found = first_run.json("changes", "--since", "2001-01-01")
    figures = {row["year"]: row["attack_count"] for row in first_run.json("figures") if row["attack_count"]}
    assert {row["year"]: row["attack_count"] for row in found["years"]} == figures
    for row in found["years"]:
        assert row["new"] + row["revised"] + row["reclassified"] + row["withdrawn"] == row["attack_count"]
    assert "2022" in first_run.command("changes", "--since", "2001-01-01").stdout


def test_a_rebuild_gives_the_same_release_in_a_dagster_run_without_secrets(first_run: Warehouse):
    build, published = first_run.written_at()
    first_run.environment["UCDP_ACCESS_TOKEN"] = "hunter2-token"  # noqa: S105
    first_run.environment["INCIDENTS_UCDP_SOURCE"] = "off"
    report = first_run.json("run", "--sample", "--rebuild")
    run_id = report["run_id"]
    assert (report["nothing_changed_since"], report["release"]["is_unchanged"]) == (None, True)
    assert first_run.written_at()[0] > build
    assert first_run.written_at()[1] == published
    del first_run.environment["UCDP_ACCESS_TOKEN"]
    written = [path for path in first_run.root.rglob("*") if path.is_file() and path.stat().st_size < 50_000_000]
    assert any(run_id.encode() in path.read_bytes() for path in written if path.suffix == ".db" or "runs" in path.name)
    assert not [path for path in written if b"hunter2-token" in path.read_bytes()]


def test_a_full_rebuild_from_raw_gives_the_same_marts_row_for_row(first_run: Warehouse, tmp_path: Path):
    other = Warehouse(tmp_path)
    shutil.copytree(first_run.data / "lake" / "raw", other.data / "lake" / "raw")
    other.command("run", "--no-fetch")
    with duckdb.connect() as connection:
        connection.execute(f"attach '{first_run.published}' as one (read_only)")
        connection.execute(f"attach '{other.published}' as two (read_only)")
        for name in set(marts(first_run)) - {"release"}:
            for left, right in (("one", "two"), ("two", "one")):
                differing = connection.execute(
                    f'select count(*) from (from {left}."{name}" except all from {right}."{name}")'
                ).fetchall()
                assert differing == [(0,)], name


def test_a_broken_mart_leaves_the_last_release_in_place(first_run: Warehouse, tmp_path: Path):
    broken = Warehouse(tmp_path)
    shutil.copytree(first_run.data, broken.data, symlinks=True)
    before = broken.query("select release_id from release")
    (broken.data / "published" / "warehouse.duckdb").unlink()
    current = broken.data / "published" / "releases" / before[0][0] / "warehouse.duckdb"
    shutil.copy(current, broken.data / "published" / "warehouse.duckdb")
    # The newest yearly file shrinks to one event: nearly everything would be withdrawn.
    shrunk = saved(tmp_path, "GEDEvent_v24_1.csv", release_csv([record()]))
    broken.environment["INCIDENTS_SYNTHETIC"] = "include"
    broken.command("add", "ucdp_ged", shrunk)
    done = broken.command("run", "--no-fetch", code=1)
    assert "Audit FAILED" in done.stderr
    assert "Data Docs:" in done.stderr
    assert "Expected:" in done.stderr
    assert broken.query("select release_id from release") == before


def test_a_refused_file_costs_nothing_but_itself_and_the_night_is_not_green(first_run: Warehouse, tmp_path: Path):
    warehouse = Warehouse(tmp_path)
    shutil.copytree(first_run.data / "lake", warehouse.data / "lake")
    inbox = warehouse.data / "inbox"
    saved(inbox / "ucdp_candidate", "whatever.csv", release_csv([record()]))
    saved(inbox / "ucdp_ged", "GEDEvent_v24_1.csv", b"<html>log in</html>")
    done = warehouse.command("run", "--no-fetch", code=1)
    assert "nothing says which edition this is" in done.stderr
    assert "web page" in done.stderr
    assert warehouse.query(UCDP_REPORTS)[0][0] == TRUTH["current_report_count"]
    note = inbox / "ucdp_candidate" / ".refused" / "whatever.csv.why.txt"
    assert "--edition" in note.read_text()
    assert warehouse.query("select status, count(*) from fct_feed_batches where status = 'refused' group by 1") == [
        ("refused", 1)
    ]


def test_real_data_drive_synthetic_data_out(first_run: Warehouse, tmp_path: Path):
    warehouse = Warehouse(tmp_path)
    shutil.copytree(first_run.data / "lake", warehouse.data / "lake")
    warehouse.command("add", "ucdp_ged", saved(tmp_path, "GEDEvent_v24_1.csv", release_csv([record(1), record(2)])))
    warehouse.command("run", "--no-fetch")
    assert warehouse.query("select count(*) from fct_reports") == [(2,)]
    assert warehouse.query("select contains_synthetic_data from release") == [(False,)]


def test_a_held_batch_waits_for_a_decision_and_costs_the_night_nothing_else(first_run: Warehouse, tmp_path: Path):
    warehouse = Warehouse(tmp_path, environment={"INCIDENTS_SYNTHETIC": "include"})
    shutil.copytree(first_run.data / "lake", warehouse.data / "lake")
    days = {"date_start": "2023-11-02", "date_end": "2023-11-02", "year": "2023"}
    bad = [record(n, **days, best="many") for n in range(1, 11)]
    sound = [record(n, **days) for n in range(11, 31)]
    saved(warehouse.data / "inbox" / "ucdp_candidate", "GEDEvent_v23_0_11.csv", release_csv([*bad, *sound]))

    done = warehouse.command("run", "--no-fetch", code=1)
    assert "10 of 30 records (33.3%) broke the contract: the batch is held" in done.stderr
    assert warehouse.query(UCDP_REPORTS)[0][0] == TRUTH["current_report_count"]
    ((batch, kept),) = warehouse.query(
        "select batch_id, is_conserved from fct_feed_batches where status = 'held' and not is_used"
    )
    assert kept
    assert warehouse.query("select count(*) from quarantined_records where batch_id = ?", batch) == [(0,)]
    assert len(warehouse.json("quarantine", "ucdp_candidate", "--limit", "10")) == 10

    # The next night warns of it, and is green.
    assert batch in warehouse.command("run", "--no-fetch").stdout

    warehouse.command("accept", "ucdp_candidate", batch[:20], "--why", "typed by hand, the others are sound")
    warehouse.command("run", "--no-fetch")
    assert warehouse.query(UCDP_REPORTS)[0][0] == TRUTH["current_report_count"] + len(sound)
    ((decision,),) = warehouse.query("select decision from fct_feed_batches where batch_id = ?", batch)
    assert decision.startswith("accepted by ")
    assert decision.endswith("typed by hand, the others are sound")
    assert warehouse.query("select count(*) from quarantined_records where batch_id = ?", batch) == [(10,)]
