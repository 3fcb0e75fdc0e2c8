"""Batches that are set back: held for what is in quarantine or refused whole, decided on, landed again, warned of."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest

from orchestration.checks.landing import set_back
from orchestration.errors import RefusedError
from orchestration.feeds import all_feeds
from orchestration.feeds.spec import Feed
from orchestration.io.archive import archive
from orchestration.io.decisions import decide, undecided
from orchestration.io.fetched import Fetched
from orchestration.io.lake import Lake, is_conserved
from orchestration.io.landing import land
from orchestration.io.payload import Bounds
from orchestration.io.replay import Replayed, replay
from schemas.contract import Rule, Severity
from tests.ucdp_rows import record, release_csv, saved

GED = all_feeds()["ucdp_ged"]
BOUNDS = Bounds(10**9, 200)
FIRST_DAY = datetime(2023, 6, 1, tzinfo=UTC)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(tmp_path / "lake")
    lake.prepare(GED.name, GED.contract)
    return lake


def arrived(
    lake: Lake, content: bytes, *, day: int = 0, name: str = "GEDEvent_v23_1.csv", feed: Feed = GED
) -> dict[str, Any]:
    path = saved(lake.root.parent / "incoming", name, content)
    archived = archive(Fetched((path,), "file", name), feed, lake, now=FIRST_DAY + timedelta(days=day))
    return land(archived.batch, feed, lake, BOUNDS)


def of_which_bad(count: int, bad: int) -> bytes:
    return release_csv(
        [record(number, **({"best": "many"} if number <= bad else {})) for number in range(1, count + 1)]
    )


@pytest.mark.parametrize(
    ("count", "bad", "status"),
    [(100, 2, "landed"), (100, 4, "landed"), (100, 5, "held"), (20, 1, "landed"), (300, 6, "landed"), (300, 7, "held")],
)
def test_share_of_quarantined_records_holds_a_batch_where_it_means_something(
    lake: Lake, count: int, bad: int, status: str
):
    result = arrived(lake, of_which_bad(count, bad))
    assert result["status"] == status
    assert is_conserved(result)
    assert (result["records_read"], result["records_quarantined"]) == (count, bad)


def test_batch_without_one_valid_record_is_held_however_small(lake: Lake):
    result = arrived(lake, of_which_bad(1, 1), name="Mali.csv")
    assert (result["status"], result["records_landed"], is_conserved(result)) == ("held", 0, True)


def test_held_batch_says_why_and_what_to_do(lake: Lake):
    result = arrived(lake, of_which_bad(50, 10))
    assert result["refusal"].startswith(
        "GEDEvent_v23_1.csv, the batch as a whole: 10 of 50 records (20.0%) broke the contract"
    )
    assert f"incidents accept ucdp_ged {result['batch_id']}" in result["refusal"]


def test_accepted_batch_lands_and_its_record_says_by_whom_and_why(lake: Lake):
    result = arrived(lake, of_which_bad(50, 10))
    decide(lake, result, "accepted", "the publisher confirmed it")
    (replayed,) = replay(GED, lake, BOUNDS)
    (now,) = lake.batches(GED.name).to_dicts()
    assert (replayed.status_before, replayed.status) == ("held", "landed")
    assert (now["status"], now["refusal"], now["records_landed"]) == ("landed", None, 40)
    assert now["decision"].startswith("accepted by ")
    assert now["decision"].endswith(": the publisher confirmed it")
    assert undecided(lake, GED.name).is_empty()


def test_acceptance_does_not_cover_more_quarantine_than_was_seen(lake: Lake):
    decide(lake, arrived(lake, of_which_bad(50, 10)), "accepted", "seen")
    (replayed,) = replay(stricter("adm_1"), lake, BOUNDS)
    assert (replayed.status, len(replayed.entered)) == ("held", 40)


def test_only_what_is_set_back_can_be_decided(lake: Lake):
    landed = arrived(lake, of_which_bad(2, 0))
    refused = arrived(lake, b"a,b\n1,2\n", day=1, name="other.csv")
    for result, verdict in ((landed, "accepted"), (landed, "dismissed"), (refused, "accepted")):
        with pytest.raises(RefusedError, match="Way out"):
            decide(lake, result, verdict, "because")


def test_batch_that_is_refused_when_it_lands_again_leaves_no_rows(lake: Lake):
    result = arrived(lake, of_which_bad(3, 1))
    assert lake.landing(GED.name, result["batch_id"]).exists()
    list(replay(GED, lake, Bounds(100, 200)))
    (now,) = lake.batches(GED.name).to_dicts()
    assert now["status"] == "refused"
    assert not lake.landing(GED.name, result["batch_id"]).exists()
    assert not lake.quarantine(GED.name, result["batch_id"]).exists()


def stricter(column: str) -> Feed:
    """GED with a contract that lets no value of a column through."""
    rule = Rule(f"no_{column}", (column,), pl.col(column).is_null(), Severity.QUARANTINE, "for the test")
    contract = replace(GED.contract, version=99, rules=(*GED.contract.rules, rule))
    return replace(GED, contract=contract)


def laxer(*names: str) -> Feed:
    """GED without some rules."""
    rules = tuple(rule for rule in GED.contract.rules if rule.name not in names)
    return replace(GED, contract=replace(GED.contract, version=99, rules=rules))


def test_replay_tells_what_left_the_quarantine_and_a_second_one_nothing(lake: Lake):
    records = [record(1), record(2, where_prec="9"), record(3, where_prec="9", date_prec="8"), record(4)]
    batch_id = arrived(lake, release_csv(records))["batch_id"]
    feed = laxer("where_prec_in_codebook")
    assert list(replay(feed, lake, BOUNDS)) == [
        Replayed(GED.name, batch_id, "GEDEvent_v23_1.csv", "landed", "landed", (2,), (), (3,), 0, None)
    ]
    (again,) = replay(feed, lake, BOUNDS, batch_id)
    assert again.is_unchanged
    assert again.stayed == 1
    (back,) = replay(GED, lake, BOUNDS)
    assert (back.left, back.entered, back.changed) == ((), (2,), (3,))
    assert is_conserved(lake.batches(GED.name).to_dicts()[0])


def test_replay_of_an_unknown_batch_is_refused(lake: Lake):
    with pytest.raises(RefusedError, match="no such batch"):
        list(replay(GED, lake, BOUNDS, "20230101"))


def test_refused_batch_waits_until_it_is_dismissed_or_a_good_issue_comes(lake: Lake):
    first = arrived(lake, b"a,b\n1,2\n")
    other = arrived(lake, b"c,d\n1,2\n", day=1, name="GEDEvent_v22_1.csv")
    assert undecided(lake, GED.name).get_column("batch_id").to_list() == [first["batch_id"], other["batch_id"]]
    arrived(lake, release_csv([record()]), day=2)
    assert undecided(lake, GED.name).get_column("batch_id").to_list() == [other["batch_id"]]
    decide(lake, other, "dismissed", "an old file, not needed")
    assert undecided(lake, GED.name).is_empty()
    list(replay(GED, lake, BOUNDS))
    assert undecided(lake, GED.name).is_empty()


def test_good_issue_before_a_bad_one_does_not_replace_it(lake: Lake):
    arrived(lake, release_csv([record()]))
    bad = arrived(lake, b"a,b\n1,2\n", day=1)
    assert undecided(lake, GED.name).get_column("batch_id").to_list() == [bad["batch_id"]]


def test_check_fails_on_the_night_it_came_and_warns_afterwards(lake: Lake):
    bad = arrived(lake, b"a,b\n1,2\n")
    waiting = undecided(lake, GED.name)
    that_night = set_back("every_batch_landed", waiting, [bad["batch_id"]])
    assert (that_night.passed, that_night.severity) == (False, dg.AssetCheckSeverity.ERROR)
    later = set_back("every_batch_landed", waiting, [])
    assert (later.passed, later.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert "no column name is known" in (later.description or "")
    assert f"incidents dismiss ucdp_ged {bad['batch_id']}" in (later.description or "")
    assert set_back("every_batch_landed", waiting.clear(), []).passed


def test_note_that_was_edited_by_hand_is_refused_by_name(lake: Lake):
    result = arrived(lake, of_which_bad(50, 10))
    decide(lake, result, "accepted", "because")
    path = lake.decision(GED.name, result["batch_id"])
    path.write_text(json.dumps({"verdict": "perhaps"}))
    with pytest.raises(RefusedError, match="the note of a decision cannot be read"):
        list(replay(GED, lake, BOUNDS))
