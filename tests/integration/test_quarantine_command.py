"""A record in quarantine, mended by a row of the seed and landed again, as an analyst does it: through the command."""

import shutil
from pathlib import Path

import pytest

from orchestration.settings import PROJECT_ROOT
from tests.ucdp_rows import record, release_csv, saved
from tests.warehouse import Warehouse

pytestmark = pytest.mark.xdist_group("quarantine_command")


def test_a_record_that_an_override_mends_leaves_the_quarantine(tmp_path: Path):
    project = Path(shutil.copytree(PROJECT_ROOT / "dbt_project", tmp_path / "dbt_project"))
    seed = project / "seeds" / "overrides.csv"
    warehouse = Warehouse(tmp_path / "warehouse", environment={"INCIDENTS_DBT_PROJECT_DIR": str(project)})
    records = [record(1), record(2, best="many")]
    warehouse.command("add", "ucdp_ged", saved(tmp_path, "GEDEvent_v24_1.csv", release_csv(records)))
    assert [each["failed_columns"] for each in warehouse.json("quarantine", "ucdp_ged")] == ["best"]
    head = seed.read_text()

    seed.write_text(f"{head}ucdp_ged,100002,raw.deaths,7,two papers,an analyst,2026-03-01\n")
    done = warehouse.command("quarantine", "replay", "ucdp_ged", code=1)
    assert "overrides.csv, ucdp_ged 100002, column raw.deaths: records of" in done.stderr

    seed.write_text(f"{head}ucdp_ged,100002,raw.best,7,two papers,an analyst,2026-03-01\n")
    (replayed,) = warehouse.json("quarantine", "replay", "ucdp_ged")
    assert (replayed["left"], replayed["status"]) == ([2], "landed")
    assert warehouse.json("quarantine", "ucdp_ged") == []
