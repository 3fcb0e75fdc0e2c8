"""Time and memory of the whole job on a UCDP-like file: `python -m bench --rows 300000`; or of a feed: `… acled`.

The job is the real one: a file in the inbox, `incidents run`, stages told apart by Dagster's own event log. It is set
beside the least that anybody could do with the same file: DuckDB's `read_csv` into zstd Parquet, in the same run.
"""

import argparse
import contextlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dagster import DagsterEventType, DagsterInstance

from bench import acled, gdelt, links, quarantine
from bench.generate import candidate_month, generate, release
from bench.measure import Measured, measured
from orchestration.settings import PROJECT_ROOT

INCIDENTS = str(Path(sys.executable).with_name("incidents"))
LIMIT = """
import duckdb, sys
with duckdb.connect(config={"threads": 2}) as connection:
    connection.execute(
        f"copy (from read_csv(?, {sys.argv[3]})) to '{sys.argv[2]}' (format parquet, compression zstd)", [sys.argv[1]]
    )
"""
LIMITS = {"DuckDB, typed": "sample_size = -1", "DuckDB, all text": "all_varchar = true"}
"""The least that anybody could do. Typed is what DuckDB does by itself: it must look at the whole file, because columns
of ids hold a text only here and there. All text is less than that: nothing is parsed."""
STAGES = {
    "raw": "archive",
    "landing": "parse and validate",
    "warehouse": "dbt",
    "audit": "audit",
    "published": "publish",
}
DELTA_ROWS = 10_000
SETTLED = {"INCIDENTS_INBOX_SETTLE_SECONDS": "0"}
"""Nobody else writes to the inbox of a benchmark."""
MEBIBYTE = 1024**2


@dataclass(frozen=True)
class Stage:
    """A stage of a run: seconds, and the peak of its largest process in bytes."""

    name: str
    seconds: float
    peak: int


def main() -> None:
    """Generate, measure, print."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("what", nargs="?", choices=list(BENCHES), default="job", help="the whole job, or one feed")
    parser.add_argument("--rows", type=int, default=300_000, help="rows of the generated input (default 300,000)")
    parser.add_argument("--keep", type=Path, help="work in this folder and leave everything there")
    options = parser.parse_args()
    if options.keep:
        BENCHES[options.what](options.rows, options.keep)
        return
    (PROJECT_ROOT / "data").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=PROJECT_ROOT / "data", prefix="bench-") as folder:
        BENCHES[options.what](options.rows, Path(folder))


def bench(rows: int, root: Path) -> None:
    """Everything that the benchmark measures, in a folder of its own."""
    say(f"Sample run after set-up: {_sample(root):.1f} s (second run, nothing new: {_sample(root):.1f} s)\n")
    table, month = root / "ged241.csv", root / "GEDEvent_v24_0_1.csv"
    say(f"Generating {rows:,} rows …")
    yearly = release(rows, seed=1)
    generate(yearly, table)
    generate(candidate_month(DELTA_ROWS, seed=2, after=yearly), month)
    say(f"{table.stat().st_size / 1e6:,.0f} MB\n")

    limits = {name: _limit(table, root / "limit.parquet", options) for name, options in LIMITS.items()}
    _set_up(root)
    full, full_stages = _job(root, table)
    delta, delta_stages = _job(root, month)

    say(f"{'':22}{'seconds':>10}{'peak MiB':>10}{'rows/s':>12}")
    for name, limit in limits.items():
        _print(name, limit.seconds, limit.peak(), rows)
    for stage in full_stages:
        _print(stage.name, stage.seconds, stage.peak, rows)
    _print("TOTAL", full.seconds, full.peak(), rows)
    for name, limit in limits.items():
        say(f"ratio of the total to {name}: {full.seconds / limit.seconds:.2f}")
    say("")
    say(f"delta of {DELTA_ROWS:,} rows")
    for stage in delta_stages:
        _print(stage.name, stage.seconds, stage.peak, DELTA_ROWS)
    _print("TOTAL", delta.seconds, delta.peak(), DELTA_ROWS)
    say(f"ratio of the delta to the full build: {delta.seconds / full.seconds:.2f}")


def _set_up(root: Path) -> None:
    """What a first run leaves behind whatever its data are, because it follows from the project alone.

    That is the dictionary, and the project as dbt has parsed it.
    """
    shutil.copytree(root / "sample/data/build/dictionary", root / "data/build/dictionary")
    measured([sys.executable, "-c", "from orchestration.definitions import defs"], _environment(root))


def _limit(table: Path, parquet: Path, options: str) -> Measured:
    command = [sys.executable, "-c", LIMIT, str(table), str(parquet), options]
    limit = measured(command, dict(os.environ))
    parquet.unlink()
    return limit


def _job(root: Path, file: Path) -> tuple[Measured, list[Stage]]:
    """One night with one file in the inbox."""
    inbox = root / "data" / "inbox" / ("ucdp_ged" if file.name.startswith("ged") else "ucdp_candidate")
    inbox.mkdir(parents=True, exist_ok=True)
    os.link(file, inbox / file.name)
    run = measured([INCIDENTS, "run", "--no-fetch", "--json"], _environment(root))
    return run, list(_stages(root, json.loads(run.output[run.output.index("\n{\n") :])["run_id"], run))


def _stages(root: Path, run_id: str, run: Measured) -> Iterator[Stage]:
    """The stages of a run, from Dagster's events and the samples of memory."""
    names: dict[str, tuple[float, int]] = {}
    with contextlib.chdir(root / "home"), DagsterInstance.from_config(str(root / "home")) as instance:
        started: dict[str, float] = {}
        for entry in instance.all_logs(run_id):
            event = entry.dagster_event
            if event is None or not event.step_key:
                continue
            if event.event_type is DagsterEventType.STEP_START:
                started[event.step_key] = entry.timestamp
            elif event.event_type is DagsterEventType.STEP_SUCCESS and event.step_key in started:
                start = started[event.step_key]
                stage = STAGES.get(event.step_key.split("__")[0], "checks")
                seconds, peak = names.get(stage, (0.0, 0))
                peak = max(peak, run.peak(start, entry.timestamp))
                names[stage] = (seconds + entry.timestamp - start, peak)
    yield from (Stage(name, seconds, peak) for name, (seconds, peak) in names.items())
    rest = run.seconds - sum(seconds for seconds, _ in names.values())
    yield Stage("start-up, Dagster", rest, 0)


def _sample(root: Path) -> float:
    return measured([INCIDENTS, "run", "--sample"], _environment(root / "sample")).seconds


def _environment(root: Path) -> dict[str, str]:
    home = root / "home"
    home.mkdir(parents=True, exist_ok=True)
    shutil.copy(PROJECT_ROOT / "dagster.yaml", home)
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONDONTWRITEBYTECODE",)}
    return {**kept, "INCIDENTS_DATA_DIR": str(root / "data"), "DAGSTER_HOME": str(home), **SETTLED}


def _print(name: str, seconds: float, peak: int, rows: int) -> None:
    say(f"{name:22}{seconds:10.1f}{peak / MEBIBYTE:10,.0f}{rows / max(seconds, 0.001):12,.0f}")


def say(line: str) -> None:
    """Print at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


PARTS = (acled, gdelt, links, quarantine)
BENCHES = {"job": bench, **{part.__name__.removeprefix("bench."): part.bench for part in PARTS}}

if __name__ == "__main__":
    main()
