"""ACLED's sample is what it claims to be: read with the standard library alone, and landed as its truth says."""

import csv
import io
import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from orchestration.feeds.acled import FEED
from orchestration.io.archive import archive
from orchestration.io.fetched import Fetched
from orchestration.io.lake import Lake, warning_counts
from orchestration.io.landing import land
from orchestration.io.payload import Bounds
from scripts.make_sample import SAMPLE_DIR

OLD, NEW = "acled/ACLED_Mali_until_June_2019_monadic.csv", "acled/ACLED_central_Sahel_2018_2023.csv"


@cache
def truth() -> dict[str, Any]:
    return json.loads((SAMPLE_DIR / "truth.json").read_text())["acled"]


@cache
def records(file: str) -> tuple[dict[str, str], ...]:
    """The rows below the header and the tags, by lower-case names."""
    rows = list(csv.reader(io.StringIO((SAMPLE_DIR / file).read_bytes().decode("utf-8-sig"), newline="")))
    names = [name.lower() for name in rows.pop(0)]
    body = rows[1:] if any(value.startswith("#event") for value in rows[0]) else rows
    return tuple(dict(zip(names, row, strict=False)) for row in body)


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[dict, pl.DataFrame, pl.DataFrame]]:
    """For each file its batch record, its rows and its quarantine."""
    lake = Lake(tmp_path_factory.mktemp("sample") / "lake")
    lake.prepare(FEED.name, FEED.contract)
    found = {}
    for file in (OLD, NEW):
        batch = archive(Fetched((SAMPLE_DIR / file,), "file", Path(file).name), FEED, lake).batch
        result = land(batch, FEED, lake, Bounds(10**9, 200))
        folders = (lake.landing(FEED.name, batch.batch_id), lake.quarantine(FEED.name, batch.batch_id))
        found[file] = (result, *(pl.read_parquet(folder / "*.parquet").sort("_record_number") for folder in folders))
    return found


@pytest.mark.parametrize("entry", truth()["conservation"], ids=lambda entry: entry["file"])
def test_file_lands_as_its_truth_says(landed, entry: dict[str, Any]) -> None:
    result, rows, set_aside = landed[entry["file"]]
    assert result["status"] == "landed", result["refusal"]
    for name in ("read", "landed", "quarantined", "duplicate", "folded"):
        assert result[f"records_{name}"] == entry[f"records_{name}"], name
    assert len(rows) == entry["records_landed"]
    found = [
        {"record_number": number, "rule": "; ".join(sorted(rules.split("; ")))}
        for number, rules in set_aside.select("_record_number", "failed_rules").rows()
    ]
    assert found == entry["quarantined"]
    assert warning_counts(result) == entry["warned"]


@pytest.mark.parametrize("file", [OLD, NEW])
def test_records_say_that_they_are_synthetic_and_are_numbered_above_real_ones(file: str) -> None:
    whole = [record for record in records(file) if len(record) == len(records(file)[0])]
    assert len(whole) >= len(records(file)) - 1
    assert all("synthetic sample" in record["notes"] for record in whole)
    assert all(int(record["event_id_cnty"][3:] or 900_000) >= 900_000 for record in whole)


def test_read_counts_are_what_an_independent_reader_finds() -> None:
    assert [len(records(file)) for file in (OLD, NEW)] == [entry["records_read"] for entry in truth()["conservation"]]


def test_monadic_rows_of_an_event_stand_far_from_each_other() -> None:
    places: dict[str, list[int]] = {}
    for number, record in enumerate(records(OLD)):
        places.setdefault(record["event_id_cnty"], []).append(number)
    distances = [pair[1] - pair[0] for pair in places.values() if len(pair) == 2]
    assert len(distances) > 30
    assert max(distances) > 40


def test_every_kind_of_dirt_occurs() -> None:
    old, new = ((SAMPLE_DIR / file).read_bytes() for file in (OLD, NEW))
    assert old.startswith(b"\xef\xbb\xbf,DATA_ID,")
    assert b"\r\n,,,#event+code," in old
    assert b"[size=about " in old
    assert b",Riots/Protests," in old
    assert {len(record["event_date"].split()) for record in records(OLD)} == {1, 3}
    assert b"\n" in new and b"\r" not in new
    assert not new.endswith(b"\n")
    assert new.count(b'"') % 2 == 1
    assert Counter(record["event_id_cnty"] for record in records(NEW)).most_common(1)[0][1] == 2


def test_second_vintage_revises_and_takes_nothing_back(landed) -> None:
    old, new = (landed[file][1] for file in (OLD, NEW))
    both = old.join(new, on="event_id_cnty", suffix="_now")
    expected = truth()["second_vintage"]
    assert len(both) == expected["revised_count"]
    assert both.filter(pl.col("_record_hash") == pl.col("_record_hash_now")).is_empty()
    differing = both.filter(pl.col("fatalities").ne_missing(pl.col("fatalities_now"))).get_column("event_id_cnty")
    assert sorted(differing) == expected["other_fatalities"]
    assert len(new) - len(both) == expected["new_count"]
    assert sorted(set(old["event_id_cnty"]) - set(new["event_id_cnty"])) == expected["only_in_the_first"]
    assert {landed[file][0]["scope_kind"] for file in (OLD, NEW)} == {"delta"}


def test_both_vintages_agree_on_days_and_kinds_of_actors(landed) -> None:
    both = landed[OLD][1].join(landed[NEW][1], on="event_id_cnty", suffix="_now")
    assert both.filter(pl.col("event_date") != pl.col("event_date_now")).is_empty()
    kinds = both.select(
        pl.concat_list("inter1", "inter2").list.drop_nulls().list.sort().alias("then"),
        pl.concat_list("inter1_now", "inter2_now").list.drop_nulls().list.sort().alias("now"),
    )
    lonely = kinds.filter(pl.col("then") != pl.col("now"))
    assert len(lonely) == 1
    assert lonely.item(0, "then").len() == 1


def test_page_of_a_lapsed_login_is_refused(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    lake.prepare(FEED.name, FEED.contract)
    path = SAMPLE_DIR / truth()["page"]
    result = land(archive(Fetched((path,), "file", path.name), FEED, lake).batch, FEED, lake, Bounds(10**9, 200))
    assert result["status"] == "refused"
    assert "web page" in result["refusal"]
