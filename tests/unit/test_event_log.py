"""The event log with its connections kept open: the same files as Dagster's own, and no file kept open for ever."""

from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage

from orchestration.resources import event_log
from orchestration.resources.event_log import PooledEventLog


@dg.asset
def thing() -> None:
    """Nothing."""


def test_instance_of_the_project_keeps_its_connections_open(dagster_home: Path):
    with dg.DagsterInstance.from_config(str(dagster_home)) as instance:
        assert isinstance(instance.event_log_storage, PooledEventLog)


def test_dagsters_own_storage_reads_what_was_written(dagster_home: Path):
    with dg.DagsterInstance.from_config(str(dagster_home)) as instance:
        result = dg.materialize([thing], instance=instance)
        written = [entry.message for entry in instance.all_logs(result.run_id)]
    plain = SqliteEventLogStorage(str(dagster_home / "storage" / "history" / "runs"))
    assert [entry.message for entry in plain.get_logs_for_run(result.run_id)] == written
    assert len(written) > 5


def test_databases_of_old_runs_are_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(event_log, "MAX_OPEN", 2)
    log = PooledEventLog(str(tmp_path))
    for number in range(4):
        with log.run_connection(f"run-{number}"):
            pass
    open_files = {str(fd.readlink()) for fd in Path("/proc/self/fd").iterdir() if fd.exists()}
    mine = {name for name in open_files if name.startswith(str(tmp_path)) and name.endswith(".db")}
    assert len(mine) == 2
    log.dispose()
    assert not log._engines
