"""What records in quarantine cost: a UCDP-like file landed as it is, and with one record in twenty broken."""

import json
import os
import shutil
import sys
from pathlib import Path

import duckdb

from bench.generate import generate, release
from bench.measure import Measured, measured

BROKEN_SHARE = 0.05
BOUND = 1.25
"""What a share of 5 % may cost, as a multiple of the time without."""
TIMES = 3
"""Each file is landed so often, in turns; the fastest of each counts."""

BREAK = """
    copy (
        select * exclude (n) replace (
            case when n % 40 = 0 then '191' else latitude end as latitude,
            case when n % 40 = 20 then 'many' else best end as best
        )
        from (select row_number() over () as n, * from read_csv(?, all_varchar = true))
        order by n
    ) to '{}' (header, force_quote *)
"""
COPY = "copy (from read_csv(?, all_varchar = true)) to '{}' (header, force_quote *)"
LAND = """
import json, sys, time
from pathlib import Path
from orchestration.feeds import all_feeds
from orchestration.io.archive import archive
from orchestration.io.fetched import Fetched
from orchestration.io.lake import Lake
from orchestration.io.landing import land
from orchestration.settings import get_settings

settings, feed = get_settings(), all_feeds()["ucdp_ged"]
lake = Lake(settings.lake_dir)
lake.prepare(feed.name, feed.contract)
file = Path(sys.argv[1])
arrived = archive(Fetched((file,), "file", file.name), feed, lake)
start = time.perf_counter()
record = land(arrived.batch, feed, lake, settings.bounds)
print(json.dumps({"seconds": time.perf_counter() - start, **{k: record[k] for k in COUNTS}}))
""".replace("COUNTS", repr(("records_read", "records_landed", "records_quarantined", "records_duplicate")))


def bench(rows: int, root: Path) -> None:
    """Land both files in turns and compare their fastest times."""
    table = root / "generated.csv"
    generate(release(rows, seed=1), table)
    files = {"as it is": root / "whole/ged241.csv", "5 % broken": root / "broken/ged241.csv"}
    with duckdb.connect() as connection:
        for file, statement in zip(files.values(), (COPY, BREAK), strict=True):
            file.parent.mkdir()
            connection.execute(statement.format(file), [str(table)])
    fastest: dict[str, tuple[float, Measured, dict[str, float]]] = {}
    for _ in range(TIMES):
        for name, file in files.items():
            taken, told = _landed(file, root / "data")
            if name not in fastest or told["seconds"] < fastest[name][0]:
                fastest[name] = (told["seconds"], taken, told)
    _say(f"{'':22}{'seconds':>10}{'peak MiB':>10}{'quarantined':>14}")
    for name, (seconds, taken, told) in fastest.items():
        _say(f"{name:22}{seconds:10.1f}{taken.peak() / 1024**2:10,.0f}{told['records_quarantined']:14,.0f}")
    whole, broken = (fastest[name][0] for name in files)
    _say(f"ratio: {broken / whole:.2f} (bound: {BOUND})")


def _landed(file: Path, data: Path) -> tuple[Measured, dict[str, float]]:
    shutil.rmtree(data, ignore_errors=True)
    taken = measured([sys.executable, "-c", LAND, str(file)], {**os.environ, "INCIDENTS_DATA_DIR": str(data)})
    told = json.loads(taken.output.splitlines()[-1])
    assert told["records_read"] == sum(told[f"records_{word}"] for word in ("landed", "quarantined", "duplicate"))  # noqa: S101
    return taken, told


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
