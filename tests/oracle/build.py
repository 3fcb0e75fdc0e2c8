"""Invented histories in a build file of their own, and dbt run over them night by night.

The batches and withdrawals lie in a lake, as the landing leaves them. The records stand in a table in the place of
`int_reports__unioned`: so a history can have an id space to itself, and hundreds of them share one run of dbt.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from orchestration.feeds import all_feeds
from orchestration.io.lake import BATCH_SCHEMA, WITHDRAWALS, Lake
from orchestration.settings import Settings
from tests.dbt_calls import dbt
from tests.oracle.history import Batch

FEEDS = {"yearly": "ucdp_ged", "monthly": "ucdp_candidate"}
HISTORY = (
    "int_country_codes__resolved",
    "int_batches__used",
    "int_reports__observed",
    "int_reports__versioned",
    "int_reports__current",
    "int_reports__superseded",
    "int_reports__revised",
    "fct_reports",
    "fct_superseded_reports",
    "int_reports__told",
    "fct_report_changes",
    "fct_report_change_fields",
)
PLACES = {"x": "Boni", "y": "Hombori", "z": "Hombori"}
"""What a content says. y and z differ in something that the vocabulary has no column for."""
UNIONED = "intermediate.int_reports__unioned"


@dataclass(frozen=True)
class Build:
    """A lake and a build file below `root`."""

    root: Path
    models: Sequence[str] = HISTORY

    @property
    def settings(self) -> Settings:
        return Settings(data_dir=self.root)

    def prepare(self) -> None:
        """An empty lake, the seeds, names of nobody, and a table for the records with all columns of the vocabulary."""
        lake = Lake(self.settings.lake_dir)
        for feed in all_feeds().values():
            lake.prepare(feed.name, feed.contract)
        self.settings.build_dir.mkdir(parents=True, exist_ok=True)
        chosen = ("+int_actors__identified", "resource_type:seed")
        self._dbt("build", "--select", *chosen, "--exclude-resource-type", "test", "unit_test")
        with duckdb.connect(str(self.settings.build_file)) as connection:
            connection.execute(f"create table records as from {UNIONED}")
            connection.execute(f"drop view {UNIONED}")
            connection.execute(f"create table {UNIONED} as from records")

    def receive(self, batches: Iterable[Batch]) -> None:
        """Let batches arrive: their records, their withdrawals, and what became of them."""
        arrived = list(batches)
        self._insert([_record(batch, sighting) for batch in arrived for sighting in batch.sightings])
        lake = Lake(self.settings.lake_dir)
        for feed in FEEDS.values():
            of_feed = [batch for batch in arrived if FEEDS[batch.feed] == feed]
            if not of_feed:
                continue
            # One file for all of them: dbt reads a glob, and thousands of files would only cost time.
            name = f"{of_feed[0].batch_id} and {len(of_feed) - 1} more"
            records = pl.DataFrame([_batch_record(batch) for batch in of_feed], schema=BATCH_SCHEMA)
            records.write_parquet(lake.batch_record(feed, name))
            taken = [row for batch in of_feed for row in _withdrawals(batch)]
            folder = lake.withdrawals(feed, name)
            folder.mkdir(parents=True)
            pl.DataFrame(taken, schema=WITHDRAWALS).write_parquet(folder / "part-00000.parquet")

    def night(self, *, is_anew: bool = False, **variables: object) -> None:
        """Run the models as the nightly job does, or all of them anew."""
        anew = ["--full-refresh"] if is_anew else []
        self._dbt("run", "--select", *self.models, *anew, "--vars", json.dumps({"synthetic": "include", **variables}))

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What stands in the build file."""
        with duckdb.connect(str(self.settings.build_file), read_only=True) as connection:
            return connection.execute(query).fetchall()

    def tables(self) -> dict[str, list[str]]:
        """Every row of every model that was run, in an order of its own."""
        schemas = {name: "marts" if name.startswith("fct_") else "intermediate" for name in self.models}
        return {name: sorted(map(repr, self.rows(f"from {schema}.{name}"))) for name, schema in schemas.items()}

    def _insert(self, records: list[dict[str, Any]]) -> None:
        with duckdb.connect(str(self.settings.build_file)) as connection:
            frame = pl.DataFrame(records, infer_schema_length=None)
            if len(frame):
                connection.register("arrived", frame.to_arrow())
                connection.execute(f"insert into {UNIONED} by name from arrived")

    def _dbt(self, *arguments: str) -> None:
        done = dbt(self.settings, *arguments)
        assert done.returncode == 0, done.stdout + done.stderr


def _record(batch: Batch, sighting: Any) -> dict[str, Any]:
    return {
        "report_id": f"{batch.id_space}:{sighting.source_event_id}",
        "id_space": batch.id_space,
        "feed": FEEDS[batch.feed],
        "source_event_id": sighting.source_event_id,
        "batch_id": batch.batch_id,
        "record_number": sighting.record_number,
        "record_hash": sighting.content,
        "place_name": PLACES[sighting.content],
        "place_precision": "exact",
        "violence_type": "state_based",
        "date_precision": "day",
        "source_country_code": sighting.country,
        "covered_country_code": sighting.country,
        "covered_date": sighting.occurred,
        "occurred_date": sighting.occurred,
        "occurred_until_date": sighting.occurred,
        "occurred_year": sighting.occurred.year,
    }


def _batch_record(batch: Batch) -> dict[str, Any]:
    known = {
        "feed": FEEDS[batch.feed],
        "batch_id": batch.batch_id,
        "id_space": batch.id_space,
        "status": "landed",
        "purpose": "withdrawals" if batch.takes_back else "records",
        "scope_kind": batch.scope_kind,
        "scope_key": batch.scope_key,
        "covers_from": batch.covers_from,
        "covers_until": batch.covers_until,
        "country_scope": f",{','.join(batch.countries)}," if batch.countries else None,
        "authority": batch.authority,
        "fetched_at": batch.fetched_at,
        "is_synthetic": False,
        "records_landed": len(batch.sightings),
        "withdrawal_count": len(batch.takes_back),
    }
    return dict.fromkeys(BATCH_SCHEMA) | known


def _withdrawals(batch: Batch) -> list[dict[str, Any]]:
    return [
        {
            "_batch_id": batch.batch_id,
            "feed": FEEDS[batch.feed],
            "id_space": batch.id_space,
            "source_event_id": name,
            "withdrawn_at": batch.fetched_at,
            "evidence": evidence,
        }
        for name, evidence in batch.takes_back.items()
    ]
