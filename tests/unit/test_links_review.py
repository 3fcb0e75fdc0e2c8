"""Decisions of reviewers, from the command line into the seed, and models on disk."""

import csv
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest
from rich.console import Console
from typer.testing import CliRunner

from orchestration.cli import app
from orchestration.console.links import (
    COLUMNS,
    changes_by,
    decide,
    print_pair,
    read_decisions,
    refuse_unfit,
    uncertain_pairs,
)
from orchestration.errors import RefusedError
from orchestration.links.comparisons import COMPARISONS
from orchestration.links.linking import link
from orchestration.links.model import read_model
from orchestration.links.training import train
from orchestration.settings import Settings
from tests.link_rows import acled, elsewhere, frame, later, ucdp

DAY = date(2024, 5, 1)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A build with linked reports, and a seed of its own."""
    (tmp_path / "dbt_project" / "seeds").mkdir(parents=True)
    settings = Settings(data_dir=tmp_path / "data", dbt_project_dir=tmp_path / "dbt_project")
    settings.build_dir.mkdir(parents=True)
    rows = frame([ucdp(), acled("MLI1"), acled("MLI2", **elsewhere(occurred_date=later(1)))])
    rows = rows.with_columns(feed=pl.col("id_space"))
    with duckdb.connect(str(settings.build_file)) as connection:
        connection.register("rows", rows.to_arrow())
        connection.execute("create schema intermediate")
        connection.execute("create table intermediate.int_reports__linkable as from rows")
    rows.write_parquet(tmp_path / "reports.parquet")
    link(tmp_path / "reports.parquet", settings.build_dir / "links")
    monkeypatch.setattr("orchestration.commands.links.get_settings", lambda: settings)
    return settings


def seed(settings: Settings) -> Path:
    return settings.dbt_project_dir / "seeds" / "link_decisions.csv"


def test_decision_is_a_row_of_the_seed(tmp_path: Path):
    path = tmp_path / "link_decisions.csv"
    decide(path, "ucdp:1", "acled:MLI1", "must_not_link", "another village, by the note", "A. Reviewer", DAY)
    decide(path, "acled:MLI0", "ucdp:2", "must_link", 'the same "convoy"', "A. Reviewer", DAY)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [
        list(COLUMNS),
        ["acled", "MLI0", "ucdp", "2", "must_link", 'the same "convoy"', "A. Reviewer", "2024-05-01"],
        ["acled", "MLI1", "ucdp", "1", "must_not_link", "another village, by the note", "A. Reviewer", "2024-05-01"],
    ]


@pytest.mark.parametrize(
    ("left", "right", "decision", "why"),
    [
        ("ucdp:1", "ucdp:2", "must_link", "seen"),
        ("ucdp:1", "acled:1", "perhaps", "seen"),
        ("ucdp:1", "acled:1", "must_link", " "),
        ("ucdp", "acled:1", "must_link", "seen"),
    ],
)
def test_decision_that_means_nothing_is_refused(tmp_path: Path, left: str, right: str, decision: str, why: str):
    with pytest.raises(RefusedError, match="Way out"):
        decide(tmp_path / "seed.csv", left, right, decision, why, "A. Reviewer", DAY)
    assert not (tmp_path / "seed.csv").exists()


def test_pair_is_decided_once(tmp_path: Path):
    decide(tmp_path / "seed.csv", "ucdp:1", "acled:1", "must_link", "seen", "A. Reviewer", DAY)
    with pytest.raises(RefusedError, match=r"must_link, by A\. Reviewer"):
        decide(tmp_path / "seed.csv", "acled:1", "ucdp:1", "must_not_link", "seen again", "B. Reviewer", DAY)


def test_review_shows_both_texts_of_the_least_certain_pair(project: Settings):
    pairs = uncertain_pairs(project, 5)
    chances = [abs(pair["match_probability"] - 0.5) for pair in pairs]
    assert chances == sorted(chances)
    console = Console(record=True, width=160)
    print_pair(console, pairs[0])
    told = console.export_text()
    assert "Soldiers killed in central Mali" in told
    assert pairs[0]["lefts_report"]["headline"][:40] in told
    assert "place_name: " in told


def test_decided_pairs_are_not_shown_again(project: Settings):
    runner = CliRunner()
    shown = json.loads(runner.invoke(app, ["links", "review", "--json"]).stdout)
    first = shown[0]
    names = [
        f"{first[side]['id_space']}:{first[side]['source_event_id']}" for side in ("lefts_report", "rights_report")
    ]
    command = ["links", "review", "--decide", *names, "must_not_link", "--why", "another day", "--by", "A. Reviewer"]
    done = runner.invoke(app, command)
    assert done.exit_code == 0, done.output
    assert [row["decision"] for row in read_decisions(seed(project))] == ["must_not_link"]
    again = json.loads(runner.invoke(app, ["links", "review", "--json"]).stdout)
    assert len(again) == len(shown) - 1


def test_review_without_links_says_what_to_do(tmp_path: Path):
    with pytest.raises(RefusedError, match="incidents run"):
        uncertain_pairs(Settings(data_dir=tmp_path), 3)


def test_texts_of_feeds_are_shown_as_they_are(project: Settings):
    pair = uncertain_pairs(project, 1)[0]
    pair["lefts_report"] |= {"headline": "a post :fire: [/b]\nsecond line \x1b[31m", "feed": "[red]"}
    console = Console(record=True, width=160, emoji=False)
    print_pair(console, pair)
    told = console.export_text()
    for words in ("a post :fire: [/b]", "second line \\x1b[31m", "[red]"):
        assert words in told


def test_review_asks_until_it_understands_and_writes_the_seed(project: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("orchestration.commands.links.is_asked", lambda: True)
    done = CliRunner().invoke(app, ["links", "review", "--count", "1"], input="what\nN\nA. Reviewer\nanother village\n")
    assert done.exit_code == 0, done.output
    assert "l, n, s or q" in done.output
    (row,) = read_decisions(seed(project))
    assert (row["decision"], row["why"], row["decided_by"]) == ("must_not_link", "another village", "A. Reviewer")


def test_decision_about_a_report_that_is_not_there_says_so(project: Settings):
    command = ["links", "review", "--decide", "ucdp:1", "acled:X", "must_link", "--why", "seen", "--by", "A. Reviewer"]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    assert "acled:X is no report of the last build" in done.output
    assert "ucdp:1 is no report" not in done.output
    assert len(read_decisions(seed(project))) == 1


def test_model_that_takes_most_links_away_is_not_put_into_use(project: Settings):
    """Trained on reports of few places, a model took agreement for chance and linked nothing at all."""
    change = changes_by(project, replace(read_model(), threshold=0.999999))
    assert change is not None
    assert change.is_unfit
    with pytest.raises(RefusedError, match="part 1 of the 1 pairs"):
        refuse_unfit(change)
    same = changes_by(project, read_model())
    assert same is not None
    assert not same.is_unfit
    refuse_unfit(same)


def test_new_model_says_what_it_would_change(project: Settings):
    current = read_model()
    assert changes_by(project, current).gained == []  # type: ignore[union-attr]
    severe = replace(current, threshold=0.999999)
    change = changes_by(project, severe)
    assert change is not None
    assert (change.before, change.after, change.gained) == (1, 0, [])
    assert [(row["left"], row["right"]) for row in change.lost] == [("acled:MLI1", "ucdp:1")]


def test_training_gives_the_model_of_the_repository():
    trained, kept = train(read_model().version), read_model()
    assert trained.chances == kept.chances
    assert trained.digest == kept.digest


def test_training_fits_what_chance_alone_brings_together(tmp_path: Path):
    days = range(0, 2400, 4)
    rows = [ucdp(str(day), occurred_date=later(day)) for day in days]
    rows += [acled(f"M{day}", occurred_date=later(day + 2), fatality_count_best=30) for day in days]
    frame(rows).write_parquet(tmp_path / "reports.parquet")
    model, kept = train(2, tmp_path / "reports.parquet", seeds=(101,)), read_model()
    assert model.chances["toll"]["apart"][1] > kept.chances["toll"]["apart"][1]
    assert model.prior < kept.prior


def test_model_on_disk_is_read_as_it_was_written(tmp_path: Path):
    kept = read_model()
    kept.write(tmp_path / "model.json")
    assert read_model(tmp_path / "model.json") == kept


@pytest.mark.parametrize("harm", ["missing", "impossible", "equal"])
def test_model_that_cannot_tell_levels_apart_is_refused(tmp_path: Path, harm: str):
    kept = read_model()
    levels = dict(kept.chances["toll"])
    if harm == "missing":
        del levels["apart"]
    else:
        levels["apart"] = (0.0, 0.5) if harm == "impossible" else levels["near"]
    replace(kept, chances={**kept.chances, "toll": levels}).write(tmp_path / "model.json")
    with pytest.raises(RefusedError, match="toll"):
        read_model(tmp_path / "model.json")


def test_chances_of_one_case_add_up_to_one():
    for comparison in COMPARISONS:
        for case in {level.given for level in comparison.levels if not level.is_null}:
            words = [level.word for level in comparison.levels if level.given == case and not level.is_null]
            for index in (0, 1):
                total = sum(read_model().chances[comparison.name][word][index] for word in words)
                assert total == pytest.approx(1, abs=1e-3), (comparison.name, case)
