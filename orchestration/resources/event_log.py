"""Dagster's SQLite storage with the connections kept open; `dagster.yaml` names it.

Dagster opens up to three databases for every event, and makes an engine for each: at 500 events a run that is six
seconds, more than the steps of a quiet night take. Here lives how connections are kept, and nothing else: tables,
migrations and queries are Dagster's own, and its plain storage reads the same files.
"""

from collections import OrderedDict
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from sqlalchemy import Connection, Engine, create_engine, event

BUSY_TIMEOUT_S = 15
MAX_OPEN = 8
"""Databases kept open: the index, and one a run. The UI looks into many runs, one after the other."""


class PooledEventLog(SqliteEventLogStorage):
    """The event log, each of whose databases is opened once."""

    def __init__(self, base_dir: str) -> None:
        """Keep the log below `base_dir`, as Dagster does."""
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        super().__init__(base_dir)

    @contextmanager
    def _connect(self, shard: str) -> Generator[Connection]:
        with self._db_lock:
            engine = self._engine(shard)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.connect() as connection, connection.begin():
                yield connection

    def _engine(self, shard: str) -> Engine:
        if shard not in self._engines:
            engine = create_engine(self.conn_string_for_shard(shard), connect_args={"timeout": BUSY_TIMEOUT_S})
            event.listen(engine, "connect", _sync_at_checkpoints)
            self._engines[shard] = engine
        self._engines.move_to_end(shard)
        while len(self._engines) > MAX_OPEN:
            self._engines.popitem(last=False)[1].dispose()
        return self._engines[shard]

    def wipe(self) -> None:
        """Close the databases before their files go."""
        self.dispose()
        super().wipe()

    def dispose(self) -> None:
        """Close every database."""
        while self._engines:
            self._engines.popitem()[1].dispose()
        super().dispose()


class SqliteStorage(DagsterSqliteStorage):
    """Runs and schedules as Dagster keeps them, and the event log with its connections kept open."""

    def __init__(self, base_dir: str, inst_data: Any = None) -> None:  # noqa: ANN401 - Dagster's private type
        """Keep everything below `base_dir`, in the files in which Dagster would."""
        super().__init__(base_dir, inst_data)
        self._event_log_storage = PooledEventLog(str(Path(base_dir, "history", "runs")))

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> "SqliteStorage":  # noqa: ANN401
        """Make it from what `dagster.yaml` says."""
        return cls.from_local(inst_data=inst_data, **config_value)


def _sync_at_checkpoints(connection: Any, _record: Any) -> None:  # noqa: ANN401 - of the driver
    """With a write-ahead log this loses at most the last events when the power fails, and never breaks the file."""
    connection.execute("pragma synchronous = normal")
