"""Reference inputs as Dagster runs them and as `incidents status` and dbt see them."""

import json
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from typer.testing import CliRunner

from orchestration.assets.batches import KEY as BATCH_RECORDS
from orchestration.assets.common import PROBLEMS
from orchestration.assets.reference import (
    BOUNDARIES,
    PLACES,
    POINTS,
    boundaries_asset,
    located_points_asset,
    populated_places_asset,
)
from orchestration.automation.jobs import inbox_state
from orchestration.cli import app
from orchestration.feeds import all_feeds
from orchestration.io.lake import Lake
from orchestration.settings import get_settings
from tests.unit.test_boundaries import OPEN, collection, drop, region


@pytest.fixture(autouse=True)
def _data_dir(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("INCIDENTS_DATA_DIR", str(tmp_path / "data"))
    get_settings.cache_clear()


def night(*assets: dg.AssetsDefinition) -> dict[dg.AssetKey, dict]:
    """Materialise assets; their metadata, and under `checks` what each check says."""
    result = dg.materialize([*assets])
    found = {
        event.asset_key: {name: value.value for name, value in event.materialization.metadata.items()}
        for event in result.get_asset_materialization_events()
        if event.asset_key
    }
    for check in result.get_asset_check_evaluations():
        found[check.asset_key].setdefault("checks", {})[check.check_name] = (check.passed, check.severity.value)
    return found


def test_night_without_files_is_quiet_and_leaves_both_tables():
    found = night(populated_places_asset(), boundaries_asset())
    assert found[PLACES]["dagster/row_count"] > 200_000
    assert found[PLACES]["checks"] == {"volume": (True, "WARN")}
    assert found[BOUNDARIES]["dagster/row_count"] == 0
    assert found[BOUNDARIES][PROBLEMS] == []
    assert found[BOUNDARIES]["checks"] == {"every_feature_landed": (True, "WARN")}
    again = night(populated_places_asset())
    assert [each["is_new"] for each in (found[PLACES], again[PLACES])] == [True, False]
    folder = get_settings().lake_dir / "reference"
    for table, rows in (("populated_places", found[PLACES]["dagster/row_count"]), ("boundaries", 0)):
        assert duckdb.sql(f"select count(*) from '{folder}/{table}.parquet'").fetchall() == [(rows,)]


def test_coordinates_are_located_once_all_feeds_have_landed():
    feeds = list(all_feeds().values())
    for feed in feeds:
        Lake(get_settings().lake_dir).prepare(feed.name, feed.contract)
    asset = located_points_asset()
    assert {BATCH_RECORDS, PLACES, BOUNDARIES} <= set(asset.dependency_keys)
    found = night(populated_places_asset(), boundaries_asset(), asset)[POINTS]
    assert (found["dagster/row_count"], found["new"]) == (0, 0)


def test_what_is_set_aside_or_refused_is_told():
    settings = get_settings()
    drop(settings, "mali.geojson", collection(region("ML01", "Kayes"), region("ML02", "Koulikoro", OPEN)))
    drop(settings, "page.geojson", b"<html>")
    assert inbox_state([]).startswith("boundaries/mali.geojson:")
    found = night(boundaries_asset())[BOUNDARIES]
    assert found["new_files"] == ["mali.geojson"]
    assert found["checks"] == {"every_feature_landed": (False, "WARN")}
    (problem,) = found[PROBLEMS]
    assert problem.startswith("page.geojson")
    assert night(boundaries_asset())[BOUNDARIES][PROBLEMS] == []
    assert inbox_state([]) == ""

    status = CliRunner().invoke(app, ["status"]).output
    assert "boundaries: 1 areas (1 of level 1), 1 features set aside\n" in status
    assert "populated_places: 0 places\n" in status
    as_json = json.loads(CliRunner().invoke(app, ["status", "--json"]).output)
    assert as_json["reference_inputs"]["boundaries"]["rows_by_level"] == {"1": 1}
