"""Linking of two feeds: `python -m bench links --rows 1000000`.

It is set beside what Splink alone takes on the same machine: its blocking over the same cells and buckets, and its
prediction on the same candidates, with nothing prepared, resolved or written. Each runs in a process of its own.
"""

import argparse
import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path

import polars as pl

from bench.measure import Measured, measured

MEBIBYTE = 1024**2
SEED = 77
EVENTS_A_COUNTRY = 35_000
YEARS = 15
BOUND = 2.5
STEPS = ("link", "splink")


def bench(rows: int, root: Path) -> None:
    """Generate, link, let Splink do its part alone; print what it took."""
    from orchestration.links.synthetic import overlap
    from orchestration.links.synthetic.overlap import ACLED, UCDP

    root.mkdir(parents=True, exist_ok=True)
    styles = (replace(UCDP, knows=0.8), replace(ACLED, knows_bloodless=0.15))
    # Of an event in two each feed tells something, or a little less.
    countries = max(1, round(rows / EVENTS_A_COUNTRY * 1.05))
    number = EVENTS_A_COUNTRY if countries > 1 else int(rows * 1.1)
    reports = overlap(SEED, number, countries, YEARS, styles=styles).reports
    half = pl.int_range(pl.len()).over("id_space") < rows // 2
    reports.filter(half).write_parquet(root / "reports.parquet")
    counted = reports.filter(half).group_by("id_space").len().sort("id_space").rows()
    say(f"{dict(counted)} reports, {countries} countries, {YEARS} years\n")
    taken = {step: measured([sys.executable, "-m", "bench.links", step, str(root)], dict(os.environ)) for step in STEPS}
    ours, alone = (json.loads(taken[step].output.splitlines()[-1]) for step in STEPS)
    say(f"{'':34}{'seconds':>10}{'of CPU':>10}{'peak MiB':>10}")
    _print("linking, all of it", ours["steps"], taken["link"])
    _print("Splink alone", alone["steps"], taken["splink"])
    say(f"{ours['candidates']:,} candidates, {ours['linked']:,} linked; Splink blocked {alone['blocked']:,} pairs")
    for unit, index in (("seconds", 0), ("seconds of CPU, where others use the machine, too", 1)):
        limit, whole = (sum(each[index] for each in told["steps"].values()) for told in (alone, ours))
        asked = whole - ours["steps"]["prepare"][index]
        say(f"ratio in {unit}: {asked / limit:.2f}, with the preparing of names and texts {whole / limit:.2f}")
    say(f"bound: {BOUND}")


def step(name: str, root: Path) -> None:
    """Do one of `STEPS` in this process, and print what it took as JSON."""
    say(json.dumps(_link(root) if name == "link" else _splink(root)))


def _link(root: Path) -> dict[str, object]:
    from orchestration.links.linking import link

    steps: dict[str, tuple[float, float]] = {}
    clock = Clock()

    def tell(name: str) -> None:
        steps[name] = clock.lap()

    done = link(root / "reports.parquet", root / "links", from_scratch=True, tell=tell)
    return {"steps": steps, "candidates": done.candidates, "linked": done.linked}


def _splink(root: Path) -> dict[str, object]:
    """Splink's blocking by a rule of its own kind, and its prediction on our candidates; preparing is not counted."""
    import duckdb
    from splink import DuckDBAPI, Linker

    from orchestration.links import candidates, prepare
    from orchestration.links.linking import take_in
    from orchestration.links.model import read_model
    from orchestration.links.scoring import score

    (root / "alone").mkdir()
    config = {"threads": 2, "memory_limit": "1200MB", "temp_directory": str(root / "alone" / "spill")}
    with duckdb.connect(str(root / "alone" / "splink.duckdb"), config=config) as connection:
        take_in(connection, root / "reports.parquet", None)
        prepare.prepare(connection, "reports")
        candidates.find_candidates(connection)
        for side, reach in (("acled", "reach_km"), ("ucdp", "0")):
            connection.execute(f"create table {side} as {_keyed(side, reach)}")
        api = DuckDBAPI(connection=connection)
        near = " and ".join(
            (
                "l.keys = r.keys",
                "l.first_day <= r.last_day + 2",
                "r.first_day <= l.last_day + 2",
                "(l.x - r.x) * (l.x - r.x) + (l.y - r.y) * (l.y - r.y) + (l.z - r.z) * (l.z - r.z) "
                "<= greatest(l.reach_km, r.reach_km) * greatest(l.reach_km, r.reach_km)",
            )
        )
        settings = read_model().settings() | {
            "link_type": "link_only",
            "blocking_rules_to_generate_predictions": [{"blocking_rule": near, "arrays_to_explode": ["keys"]}],
        }
        inputs = [api.register(side, dataset_display_name=f"{side}_reports") for side in ("acled", "ucdp")]
        linker = Linker(inputs, settings, log_level=None, validate_settings=False)
        clock = Clock()
        blocked = linker.inference.compute_blocked_pairs_for_predict()
        blocking = clock.lap()
        count = connection.execute(f"select count(*) from {blocked.physical_name}").fetchall()[0][0]
        clock.lap()
        score(connection, read_model())
        steps = {"Splink's blocking": blocking, "Splink's prediction": clock.lap()}
        return {"steps": steps, "blocked": count}


def _keyed(id_space: str, reach: str) -> str:
    """Reports with the cells and buckets that they lie in, as an array for Splink to explode."""
    cells = " ".join(
        f"""cross join lateral (select unnest(range(
            cast(floor({axis} - {reach} / 111.2 / {shrink}) as integer),
            cast(floor({axis} + {reach} / 111.2 / {shrink}) as integer) + 1)) as at_{axis}) as {axis}s"""
        for axis, shrink in (("latitude", "1"), ("longitude", "cos(radians(latitude))"))
    )
    return f"""
        with spread as (
            select uid, at_latitude * 1000 + at_longitude as cell,
                unnest(range((first_day - 1) // 8, (last_day + 1) // 8 + 1)) as bucket
            from prepared {cells}
            where id_space = '{id_space}' and latitude is not null
        ),
        keyed as (select uid, list(cell * 100000 + bucket) as keys from spread group by uid)
        select prepared.*, keyed.keys from prepared inner join keyed using (uid)
    """


class Clock:
    """Laps in seconds, and in seconds of CPU over all threads."""

    def __init__(self) -> None:
        self.last = (time.monotonic(), time.process_time())

    def lap(self) -> tuple[float, float]:
        """What passed since the last lap."""
        before, self.last = self.last, (time.monotonic(), time.process_time())
        return self.last[0] - before[0], self.last[1] - before[1]


def _print(name: str, steps: dict[str, tuple[float, float]], taken: Measured) -> None:
    for step_name, (seconds, of_cpu) in steps.items():
        say(f"{step_name:34}{seconds:10.1f}{of_cpu:10.1f}")
    seconds, of_cpu = (sum(each[index] for each in steps.values()) for index in (0, 1))
    say(f"{name:34}{seconds:10.1f}{of_cpu:10.1f}{taken.peak() / MEBIBYTE:10,.0f}")


def say(line: str) -> None:
    """Print at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=step.__doc__)
    parser.add_argument("step", choices=STEPS)
    parser.add_argument("root", type=Path)
    options = parser.parse_args()
    step(options.step, options.root)
