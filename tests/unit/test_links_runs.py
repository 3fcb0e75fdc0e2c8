"""Whole runs of linking on invented feeds: how good it is, that order means nothing, that a night gives what a run from
scratch gives. The seeds here are none of those that the model was trained on.
"""

import sys
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.errors import RefusedError
from orchestration.links import linking, stored
from orchestration.links.linking import Linked, link
from orchestration.links.stored import PAIRS
from orchestration.links.synthetic import Overlap, overlap
from orchestration.links.training import TRAINING_SEEDS
from tests.link_rows import acled, frame, ucdp

SEED = 20240229
IDS = ["report_id_left", "report_id_right"]


@pytest.fixture(scope="module")
def feeds() -> Overlap:
    """Two feeds of two years in one country; a third one beside them."""
    return overlap(SEED, number=1500, years=2, with_gtd=True)


def run(reports: pl.DataFrame, folder: Path, **options: object) -> tuple[Linked, bytes]:
    """Link reports in a folder; what was done, and the pairs byte for byte."""
    folder.mkdir(exist_ok=True)
    reports.write_parquet(folder / "reports.parquet")
    done = link(folder / "reports.parquet", folder / "links", **options)
    return done, (folder / "links" / PAIRS).read_bytes()


def test_seed_was_never_used_in_training():
    assert SEED not in TRAINING_SEEDS


def test_links_of_invented_feeds_are_the_true_ones(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    right = found = true = 0
    for seed, number in ((SEED, 4000), (SEED + 1, 2000)):
        invented = overlap(seed, number=number, years=4)
        run(invented.reports, tmp_path / str(seed))
        pairs = pl.read_parquet(tmp_path / str(seed) / "links" / PAIRS).filter(pl.col("relation").is_not_null())
        right += len(pairs.join(invented.truth, on=IDS, how="semi"))
        found += len(pairs)
        true += len(invented.truth)
    precision, recall = right / found, right / true
    with capsys.disabled():
        told = f"precision {precision:.3f}, recall {recall:.3f}, {true:,} true pairs"
        sys.stdout.write(f"\nlinks of invented feeds: {told}\n")
    assert precision >= 0.95
    assert recall >= 0.90


@settings(max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.integers(0, 2**32), threads=st.sampled_from([1, 2, 3]))
def test_order_of_rows_and_threads_change_nothing(
    feeds: Overlap, tmp_path_factory: pytest.TempPathFactory, order: int, threads: int
):
    folder = tmp_path_factory.mktemp("order")
    _, told = run(feeds.reports, folder / "as told")
    shuffled = feeds.reports.sample(fraction=1, shuffle=True, seed=order)
    assert run(shuffled, folder / "shuffled", threads=threads)[1] == told


def test_no_two_reports_of_one_feed_are_the_same_incident(feeds: Overlap, tmp_path: Path):
    run(feeds.reports, tmp_path)
    same = pl.read_parquet(tmp_path / "links" / PAIRS).filter(pl.col("relation") == "same")
    incident: dict[str, set[str]] = {}
    for left, right in same.select(IDS).iter_rows():
        merged = incident.get(left, {left}) | incident.get(right, {right})
        incident.update(dict.fromkeys(merged, merged))
    space = dict(feeds.reports.select("report_id", "id_space").iter_rows())
    for reports in incident.values():
        assert len({space[report] for report in reports}) == len(reports)
        # Each two of them are a pair themselves: nobody is in it by way of another.
        pairs = same.filter(pl.col("report_id_left").is_in(reports) & pl.col("report_id_right").is_in(reports))
        assert len(pairs) == len(reports) * (len(reports) - 1) // 2


def test_night_scores_only_what_changed_and_gives_what_a_whole_run_gives(feeds: Overlap, tmp_path: Path):
    reports = feeds.reports.sort("occurred_date", "report_id")
    evening, night = tmp_path / "night", tmp_path / "scratch"
    # One in a hundred is told otherwise, some are withdrawn, the last hundred are new.
    revised = pl.when(pl.int_range(pl.len()) % 100 == 7).then(pl.col("fatality_count_best") + 3)
    before = reports.with_columns(
        revised.otherwise(pl.col("fatality_count_best")).cast(pl.Int32).alias("fatality_count_best")
    )
    whole, _ = run(before[:-100], evening)
    after = reports[25:]
    delta, told = run(after, evening)
    scratch, expected = run(after, night)
    assert told == expected
    assert 0 < delta.candidates < scratch.candidates / 4
    assert delta.linked == scratch.linked != whole.linked
    assert run(after, evening) == (Linked(**{**vars(scratch), "candidates": 0}), expected)


def test_other_code_scores_everything_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    reports = frame([ucdp(), acled("MLI1")])
    assert run(reports, tmp_path)[0].candidates == 1
    assert run(reports, tmp_path)[0].candidates == 0
    made_by = stored.made_by()
    for module in (stored, linking):
        monkeypatch.setattr(module, "made_by", lambda: made_by | {"code": "another"})
    assert run(reports, tmp_path)[0].candidates == 1


def test_night_obeys_a_new_decision(feeds: Overlap, tmp_path: Path):
    run(feeds.reports, tmp_path / "night")
    pairs = pl.read_parquet(tmp_path / "night" / "links" / PAIRS).filter(pl.col("decision") == "linked")
    ids = dict(feeds.reports.select("report_id", "source_event_id").iter_rows())
    told = [
        {
            "left_id_space": row["id_space_left"],
            "left_source_event_id": ids[row["report_id_left"]],
            "right_id_space": row["id_space_right"],
            "right_source_event_id": ids[row["report_id_right"]],
            "decision": "must_not_link",
        }
        for row in pairs.sample(20, seed=1).to_dicts()
    ]
    decisions = tmp_path / "decisions.csv"
    pl.DataFrame(told).write_csv(decisions)
    _, night = run(feeds.reports, tmp_path / "night", overrules=decisions)
    _, scratch = run(feeds.reports, tmp_path / "scratch", overrules=decisions)
    assert night == scratch
    # Taken back, the links are what they were.
    _, again = run(feeds.reports, tmp_path / "night")
    assert again == run(feeds.reports, tmp_path / "other", from_scratch=True)[1]


def test_broken_night_is_made_good_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    rows = frame([ucdp(), acled()])
    run(rows, tmp_path)
    before = (tmp_path / "links" / PAIRS).read_bytes()
    monkeypatch.setattr(linking, "resolve", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        run(frame([ucdp(), acled(fatality_count_best=9)]), tmp_path)
    assert (tmp_path / "links" / PAIRS).read_bytes() == before
    assert not [path for path in (tmp_path / "links").iterdir() if path.name.startswith(".")]


def test_one_feed_has_nothing_to_be_linked_with(tmp_path: Path):
    run(frame([ucdp(str(number)) for number in range(5)]), tmp_path)
    assert pl.read_parquet(tmp_path / "links" / PAIRS).is_empty()


def test_report_told_twice_is_refused(tmp_path: Path):
    with pytest.raises(RefusedError, match="3 rows, but 2 ids"):
        run(frame([ucdp(), acled(), acled()]), tmp_path)


def test_report_that_says_next_to_nothing_is_linked_with_nobody(tmp_path: Path):
    bare = dict.fromkeys(ucdp(), None) | {"report_id": "g1", "id_space": "gtd", "source_event_id": "1"}
    run(frame([ucdp(), bare]), tmp_path)
    assert pl.read_parquet(tmp_path / "links" / PAIRS).is_empty()
