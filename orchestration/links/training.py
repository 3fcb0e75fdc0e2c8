"""A new model: m from invented pairs with known truth, u from pairs that are none; and what it would change.

The invented feeds follow figures that were measured on real ones (`synthetic`). Where real reports are given, u and the
prior are fitted to their candidates by expectation maximisation: most candidates are no pairs, so what chance alone
brings together is seen there without any label. m is never fitted to unlabelled reports: what agrees by chance in a
crowded week would be learnt as the mark of a true pair.
"""

import tempfile
from math import log2
from pathlib import Path
from typing import cast

import duckdb
import polars as pl

from orchestration.links.candidates import find_candidates
from orchestration.links.comparisons import COMPARISONS, Comparison
from orchestration.links.linking import Source, take_in
from orchestration.links.model import Model
from orchestration.links.prepare import prepare
from orchestration.links.scoring import level_sql, score
from orchestration.links.synthetic import overlap

TRAINING_SEEDS = tuple(range(101, 109))
"""Seeds of the invented feeds that models are trained on. Tests and benchmarks use others."""

SMOOTHING = 2.0
"""Pairs that are added to every level: a level that was never seen in training must not decide alone."""

ROUNDS = 30

PAIRS_OF_OLD = 500
"""As how many candidates of real reports the u of the invented ones counts in each case of a comparison."""

LEAST_PRIOR = 0.001

THRESHOLD = 0.3

Chances = dict[str, dict[str, tuple[float, float]]]


def train(version: int, reports: Source | None = None, seeds: tuple[int, ...] = TRAINING_SEEDS) -> Model:
    """Train a model.

    Args:
        version: its number.
        reports: real reports to fit u and the prior to; without them both come from the invented feeds.
        seeds: of the invented feeds.
    """
    blank = Model(0, 0.5, 0.5, _blank(), {})
    patterns = pl.concat([_patterns_of_invented(seed, blank) for seed in seeds])
    m = _shares(patterns.filter("is_pair"))
    u = _shares(patterns.filter(~pl.col("is_pair")))
    candidates, pairs = _total(patterns), _total(patterns.filter("is_pair"))
    prior = pairs / candidates
    trained: dict[str, object] = {
        "m": f"shares of levels among {pairs:,} true pairs of invented feeds, seeds {seeds[0]}–{seeds[-1]}",
        "u": f"shares of levels among {candidates - pairs:,} candidates of those feeds that are no pairs",
        "figures": "docs/linking.md",
    }
    if reports is not None:
        seen = _patterns_of(reports, blank)
        u, prior = _fitted(seen, m, u, prior)
        trained["u"] = f"expectation maximisation over {_total(seen):,} candidates of real reports, m held fast"
    chances = {each.name: _apart(each, m[each.name], u[each.name]) for each in COMPARISONS}
    return Model(version, round(prior, 6), THRESHOLD, chances, trained)


def _blank() -> Chances:
    """Chances that say nothing but which level it was."""
    return {
        each.name: {
            level.word: (0.9 - 0.01 * index, 0.4)
            for index, level in enumerate(level for level in each.levels if not level.is_null)
        }
        for each in COMPARISONS
    }


def _patterns_of_invented(seed: int, blank: Model) -> pl.DataFrame:
    with tempfile.TemporaryDirectory() as folder:
        invented = overlap(seed, number=5000 if seed % 2 else 2500, years=4)
        path = Path(folder) / "reports.parquet"
        invented.reports.write_parquet(path)
        return _patterns_of(path, blank, invented.truth)


def _patterns_of(reports: Source, blank: Model, truth: pl.DataFrame | None = None) -> pl.DataFrame:
    """Levels of all candidates, with how many have the same: one column a comparison, `is_pair`, `pairs`."""
    words = ", ".join(f"{level_sql(each, blank)} as {each.name}" for each in COMPARISONS)
    with duckdb.connect() as connection:
        take_in(connection, reports, None)
        prepare(connection, "reports")
        find_candidates(connection)
        scored = score(connection, blank)
        nothing = pl.DataFrame(schema={"report_id_left": pl.String, "report_id_right": pl.String})
        connection.register("truth", (nothing if truth is None else truth).to_arrow())
        found = connection.sql(f"""
            select {words}, truth.report_id_left is not null as is_pair, count(*) as pairs
            from {scored} as scored
            inner join prepared as a on scored.uid_l = a.uid
            inner join prepared as b on scored.uid_r = b.uid
            left join truth on a.report_id = truth.report_id_left and b.report_id = truth.report_id_right
            group by all
            order by all
        """).to_arrow_table()
        return cast("pl.DataFrame", pl.from_arrow(found))


def _total(patterns: pl.DataFrame) -> int:
    return int(patterns["pairs"].sum())


def _shares(
    patterns: pl.DataFrame, weight: str = "pairs", before: dict[str, dict[str, float]] | None = None
) -> dict[str, dict[str, float]]:
    """Share of each level, within its case where it belongs to one; never quite 0."""
    return {
        each.name: _shares_of(each, patterns, weight, before[each.name] if before else None) for each in COMPARISONS
    }


def _shares_of(
    comparison: Comparison, patterns: pl.DataFrame, weight: str, before: dict[str, float] | None
) -> dict[str, float]:
    counted = dict(patterns.group_by(comparison.name).agg(pl.col(weight).sum()).iter_rows())
    levels = [level for level in comparison.levels if not level.is_null]
    counts = {
        level.word: counted.get(level.word, 0) + (PAIRS_OF_OLD * before[level.word] if before else SMOOTHING)
        for level in levels
    }
    wholes = {
        case: sum(counts[level.word] for level in levels if level.given == case)
        for case in {level.given for level in levels}
    }
    return {level.word: counts[level.word] / wholes[level.given] for level in levels}


def _fitted(
    patterns: pl.DataFrame, m: dict[str, dict[str, float]], u: dict[str, dict[str, float]], prior: float
) -> tuple[dict[str, dict[str, float]], float]:
    """U and the prior that make the candidates most likely, m being as it is.

    The first u stays in it as so many pairs of old, so that a handful of reports cannot teach a level that they lack.
    """
    first = u
    for _ in range(ROUNDS):
        bits = pl.lit(log2(prior / (1 - prior)))
        for each in COMPARISONS:
            told = {word: log2(m[each.name][word] / u[each.name][word]) for word in m[each.name]}
            bits += pl.col(each.name).replace_strict(told, default=0.0, return_dtype=pl.Float64)
        chance = 1 / (1 + (-bits * pl.lit(2.0).log()).exp())
        patterns = patterns.with_columns(chance=chance).with_columns(others=pl.col("pairs") * (1 - pl.col("chance")))
        u = _shares(patterns, "others", first)
        prior = min(max(1 - float(patterns["others"].sum()) / _total(patterns), LEAST_PRIOR), 1 - LEAST_PRIOR)
    return u, prior


def _apart(comparison: Comparison, m: dict[str, float], u: dict[str, float]) -> dict[str, tuple[float, float]]:
    """Rounded chances, no two levels of the same weight: levels are told apart by it."""
    taken, chances = {0.0}, dict[str, tuple[float, float]]()
    for level in comparison.levels:
        if level.is_null:
            continue
        with_pair, without = round(m[level.word], 6), round(u[level.word], 6)
        while round(log2(with_pair / without), 6) in taken:
            without = round(without * 1.0001 + 0.000001, 6)
        taken.add(round(log2(with_pair / without), 6))
        chances[level.word] = (with_pair, without)
    return chances
