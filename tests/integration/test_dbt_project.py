"""The dbt project by itself: it builds on an empty lake, and all of its unit tests hold."""

import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
import yaml

from orchestration.feeds import all_feeds
from orchestration.io.lake import Lake
from orchestration.reference.empty import prepare_tables
from orchestration.resources.dbt import dbt_executable, directories, environment, set_environment
from orchestration.settings import PROJECT_ROOT, Settings
from tests.dbt_calls import dbt

pytestmark = pytest.mark.xdist_group("dbt_project")
"""Its dbt project is built once, on one worker."""


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A place of its own."""
    return Settings(data_dir=tmp_path_factory.mktemp("dbt"))


@pytest.fixture(scope="module")
def results(settings: Settings) -> list[dict]:
    """What became of every model, data test and unit test."""
    before = dict(os.environ)
    for feed in all_feeds().values():
        Lake(settings.lake_dir).prepare(feed.name, feed.contract)
    prepare_tables(settings)
    settings.build_dir.mkdir(parents=True)
    set_environment(settings)
    folders = ["--project-dir", "dbt_project", "--profiles-dir", "dbt_project"]
    done = subprocess.run(
        [dbt_executable(), "--quiet", "--no-use-colors", "build", *folders],
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    os.environ.clear()
    os.environ.update(before)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(Path(settings.build_dir, "dbt", "run_results.json").read_text())["results"]


def of_kind(results: list[dict], kind: str) -> list[dict]:
    return [result for result in results if result["unique_id"].startswith(f"{kind}.")]


def test_unit_tests_hold(results: list[dict]):
    found = of_kind(results, "unit_test")
    assert len(found) >= 25
    assert {result["status"] for result in found} == {"pass"}


def test_models_build_on_an_empty_lake(results: list[dict]):
    found = of_kind(results, "model")
    assert len(found) >= 25
    assert {result["status"] for result in found} == {"success"}


def test_data_tests_hold_on_an_empty_lake(results: list[dict]):
    assert {result["status"] for result in of_kind(results, "test")} == {"pass"}


@pytest.mark.usefixtures("results")
@pytest.mark.parametrize(("level", "is_told"), [("debug", True), ("info", False)])
def test_each_statement_is_told_where_somebody_hears_it(settings: Settings, tmp_path: Path, level: str, is_told: bool):
    log = tmp_path / "dbt.log"
    command = [dbt_executable(), "run", "--select", "dim_feeds", "--log-level-file", level, "--log-path", str(tmp_path)]
    subprocess.run(
        [*command, *directories(settings)], env=os.environ | environment(settings), check=True, capture_output=True
    )
    assert "OK created sql table model marts.dim_feeds" in log.read_text()
    assert ("On model.incident_warehouse.dim_feeds: BEGIN" in log.read_text()) is is_told


@pytest.mark.usefixtures("results")
def test_what_is_wrong_with_the_words_of_a_command_is_told(settings: Settings):
    done = dbt(settings, "run", "--log-level-file", "debug")
    assert done.returncode == 2
    assert "log_level_file was provided both before and after the subcommand" in done.stdout


@pytest.mark.usefixtures("results")
def test_dagster_stands_without_dbt_core_and_knows_every_test(settings: Settings):
    """That is half of its start-up, each time; the checks that it knows are dbt's tests all the same."""
    program = """if True:
        import json, sys
        from orchestration.definitions import defs
        print(json.dumps([len(defs.resolve_asset_graph().asset_check_keys), "dbt.adapters" in sys.modules]))
    """
    place = {"INCIDENTS_DATA_DIR": str(settings.data_dir)}
    done = subprocess.run(
        [sys.executable, "-c", program], env=os.environ | place, capture_output=True, text=True, check=True
    )
    check_count, has_loaded_dbt = json.loads(done.stdout.splitlines()[-1])
    assert check_count > 150
    assert not has_loaded_dbt


@pytest.mark.usefixtures("results")
def test_what_a_model_promises_is_missed_when_it_is_not_kept(settings: Settings):
    """A key told twice and one not told, a strange word, a name of what is not there: each by its own test."""
    with duckdb.connect(str(settings.build_file)) as connection:
        connection.execute("insert into marts.dim_actors from marts.dim_actors limit 1")
        connection.execute("insert into marts.dim_feeds (title) values ('A feed without a name')")
        connection.execute("update marts.dim_actors set family = 'strangers'")
        connection.execute("update marts.dim_actor_relations set related_actor_id = 'nobody'")
    done = dbt(settings, "test", "--select", "dim_actors", "dim_feeds", "dim_actor_relations")
    assert done.returncode == 1
    for test in ("key_dim_actors", "key_dim_feeds", "vocabularies_dim_actors", "references_dim_actor_relations"):
        assert f"Failure in test {test}" in done.stdout


@pytest.mark.usefixtures("results")
def test_a_model_that_fails_leaves_its_former_table(settings: Settings):
    """It fails on its rows, when the place of the former table has been made free already."""
    relations = "select count(*) from marts.dim_actor_relations"
    with duckdb.connect(str(settings.build_file)) as connection:
        (before,) = connection.execute(relations).fetchall()
        connection.execute("update seeds.actor_relations set relation = null")
    done = dbt(settings, "run", "--select", "dim_actor_relations")
    assert "NOT NULL constraint failed" in done.stdout
    with duckdb.connect(str(settings.build_file)) as connection:
        assert connection.execute(relations).fetchall() == [before]
        assert before > (0,)


def test_what_reports_said_has_the_columns_of_what_they_say():
    """And may lack what they may lack: a feed that does not know a kind of violence did not know it before."""
    now, before = (columns_of(mart) for mart in ("fct_reports", "fct_superseded_reports"))
    assert dict(list(before.items())[: len(now)]) == now


def columns_of(mart: str) -> dict[str, tuple[str, list[dict]]]:
    (model,) = yaml.safe_load((PROJECT_ROOT / f"dbt_project/models/marts/{mart}.yml").read_text())["models"]
    return {column["name"]: (column["data_type"], column.get("constraints", [])) for column in model["columns"]}
