"""Archive and landing: every byte kept, every record accounted for, the same payload once."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.errors import RefusedError
from orchestration.feeds import all_feeds
from orchestration.io import archive as archive_module
from orchestration.io import landing as landing_module
from orchestration.io.archive import Archived, archive
from orchestration.io.fetched import Fetched
from orchestration.io.lake import BATCH_SCHEMA, Lake, RawBatch, is_conserved
from orchestration.io.landing import land
from orchestration.io.payload import Bounds
from tests.ucdp_rows import record, release_csv, saved, web_export_csv, zipped

GED = all_feeds()["ucdp_ged"]
CANDIDATE = all_feeds()["ucdp_candidate"]
BOUNDS = Bounds(10**9, 200)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(tmp_path / "lake")
    for feed in (GED, CANDIDATE):
        lake.prepare(feed.name, feed.contract)
    return lake


def arrive(
    lake: Lake, tmp_path: Path, content: bytes, name: str = "GEDEvent_v23_1.csv", feed=GED, **options
) -> Archived:
    path = saved(tmp_path / "incoming", name, content)
    origin = options.pop("origin", "file")
    return archive(Fetched((path,), origin, name, edition=options.pop("edition", None)), feed, lake, **options)


def landed(lake: Lake, archived: Archived, feed=GED) -> dict:
    return land(archived.batch, feed, lake, BOUNDS)


def rows(lake: Lake, batch_id: str, feed=GED) -> pl.DataFrame:
    return pl.read_parquet(lake.landing(feed.name, batch_id) / "*.parquet").sort("_record_number")


def set_aside(lake: Lake, batch_id: str, feed=GED) -> pl.DataFrame:
    return pl.read_parquet(lake.quarantine(feed.name, batch_id) / "*.parquet").sort("_record_number")


def test_payload_is_kept_byte_for_byte_with_its_facts(lake: Lake, tmp_path: Path):
    content = zipped(release_csv([record()]), "GEDEvent_v23_1.csv")
    batch = arrive(lake, tmp_path, content, "ged231-csv.zip").batch
    assert batch.paths[0].read_bytes() == content
    manifest = batch.manifest
    assert (manifest.edition, manifest.source_name, manifest.byte_count) == ("23.1", "ged231-csv.zip", len(content))
    assert (manifest.licence, manifest.scope) == (GED.licence, "full")
    assert not batch.paths[0].stat().st_mode & 0o222


def test_same_payload_again_makes_no_new_batch(lake: Lake, tmp_path: Path):
    content = release_csv([record()])
    first, again = arrive(lake, tmp_path, content), arrive(lake, tmp_path, content)
    assert (first.is_new, again.is_new) == (True, False)
    assert again.batch.batch_id == first.batch.batch_id
    assert len(lake.raw_batches(GED.name)) == 1


def test_source_that_goes_back_to_what_it_said_makes_a_batch_but_an_old_file_does_not(lake: Lake, tmp_path: Path):
    def one(number: int, **options) -> Archived:
        content = release_csv([record(number)])
        return arrive(lake, tmp_path, content, "GEDEvent_v23_0_4.csv", CANDIDATE, **options)

    first, second = one(1), one(2)
    by_hand = one(1)
    assert (by_hand.is_new, by_hand.replaced_by) == (False, second.batch.batch_id)
    assert one(1, again=True).is_new
    assert one(2, origin="download").is_new
    assert not one(2, origin="download").is_new
    assert first.is_new


def test_candidate_without_an_edition_is_refused_with_the_way_out(lake: Lake, tmp_path: Path):
    with pytest.raises(RefusedError, match=r"--edition 23\.0\.4"):
        arrive(lake, tmp_path, release_csv([record()]), "events.csv", CANDIDATE)
    assert arrive(lake, tmp_path, release_csv([record()]), "events.csv", CANDIDATE, edition="22.0.3").is_new


def test_clean_batch_lands_whole(lake: Lake, tmp_path: Path):
    archived = arrive(lake, tmp_path, release_csv([record(number) for number in range(1, 4)]))
    result = landed(lake, archived)
    assert (result["records_read"], result["records_landed"], result["status"]) == (3, 3, "landed")
    frame = rows(lake, archived.batch.batch_id)
    assert frame.get_column("id").to_list() == [100001, 100002, 100003]
    assert frame.get_column("_record_hash").str.len_chars().unique().to_list() == [32]
    assert lake.batches(GED.name).schema == BATCH_SCHEMA


def test_vintages_with_the_same_content_have_the_same_hash(lake: Lake, tmp_path: Path):
    both = [record(1), record(2, best="9")]
    release = landed(lake, arrive(lake, tmp_path, release_csv(both)))
    export = landed(lake, arrive(lake, tmp_path, web_export_csv(both), "Mali.csv"))
    hashes = [rows(lake, result["batch_id"]).get_column("_record_hash").to_list() for result in (release, export)]
    assert hashes[0] == hashes[1]
    assert hashes[0][0] != hashes[0][1]


def test_quarantine_holds_the_record_as_received_and_every_reason(lake: Lake, tmp_path: Path):
    archived = arrive(lake, tmp_path, release_csv([record(1), record(2, best="many", type_of_violence="9")]))
    result = landed(lake, archived)
    assert (result["records_landed"], result["records_quarantined"]) == (1, 1)
    found = set_aside(lake, archived.batch.batch_id).to_dicts()[0]
    assert (found["_record_number"], found["source_event_id"], found["occurred_year"]) == (2, "100002", 2022)
    assert found["failure_count"] == 2
    assert set(found["failed_rules"].split("; ")) == {"is_integer", "type_of_violence_in_codebook"}
    assert "best breaks is_integer (value: many)" in found["reason"]
    assert json.loads(found["record"])["best"] == "many"


@pytest.mark.parametrize("day", ["0000-01-01", "-0001-01-01", "99999-01-01"])
def test_a_day_that_no_calendar_has_is_quarantined(lake: Lake, tmp_path: Path, day: str):
    archived = arrive(lake, tmp_path, release_csv([record(1), record(2, date_start=day)]))
    result = landed(lake, archived)
    assert (result["records_landed"], result["records_quarantined"]) == (1, 1)
    assert set_aside(lake, archived.batch.batch_id).get_column("failed_rules").to_list() == ["is_date"]


def test_exact_duplicates_are_counted_and_dropped(lake: Lake, tmp_path: Path):
    archived = arrive(lake, tmp_path, release_csv([record(1), record(2), record(1), record(1)]))
    result = landed(lake, archived)
    assert (result["records_read"], result["records_landed"], result["records_duplicate"]) == (4, 2, 2)
    assert rows(lake, archived.batch.batch_id).get_column("_record_number").to_list() == [1, 2]


def test_one_id_with_two_contents_is_quarantined_as_a_whole(lake: Lake, tmp_path: Path):
    archived = arrive(lake, tmp_path, release_csv([record(1), record(2), record(1, high="9"), record(1)]))
    result = landed(lake, archived)
    assert (result["records_landed"], result["records_quarantined"], result["records_duplicate"]) == (1, 2, 1)
    assert set_aside(lake, archived.batch.batch_id).get_column("failed_rules").to_list() == ["id_unique"] * 2


def test_refused_payload_is_recorded_and_lands_nothing(lake: Lake, tmp_path: Path):
    archived = arrive(lake, tmp_path, b"a,b\n1,2\n")
    result = landed(lake, archived)
    assert result["status"] == "refused"
    assert "no column name is known" in result["refusal"]
    assert not lake.landing(GED.name, archived.batch.batch_id).exists()
    assert archived.batch.paths[0].exists()


def test_landing_again_gives_the_same_rows(lake: Lake, tmp_path: Path):
    archived = arrive(lake, tmp_path, release_csv([record(1), record(2, best="x")]))
    first = (landed(lake, archived), rows(lake, archived.batch.batch_id))
    second = (landed(lake, archived), rows(lake, archived.batch.batch_id))
    assert first[0] == second[0]
    assert first[1].equals(second[1])


def test_order_of_arrival_is_the_order_of_batches(lake: Lake, tmp_path: Path):
    late = arrive(lake, tmp_path, release_csv([record(1)]), now=datetime(2024, 5, 1, tzinfo=UTC))
    early = arrive(lake, tmp_path, release_csv([record(2)]), now=datetime(2023, 5, 1, tzinfo=UTC))
    assert [batch.batch_id for batch in lake.raw_batches(GED.name)] == [early.batch.batch_id, late.batch.batch_id]


def test_empty_lake_is_readable(lake: Lake):
    with duckdb.connect() as connection:
        for folder in ("landing/ucdp_ged", "quarantine/ucdp_ged"):
            glob = str(lake.root / folder / "*" / "part-*.parquet")
            assert connection.execute("select count(*) from read_parquet(?)", [glob]).fetchall() == [(0,)]


values = st.dictionaries(
    st.sampled_from(["best", "low", "date_end", "latitude", "type_of_violence", "where_description"]),
    st.sampled_from(["", "1", "-1", "x", "2022-03-01", 'say "no"', "two\nlines", "=cmd()", "0"]),
    max_size=3,
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(records=st.lists(st.tuples(st.integers(1, 4), values), min_size=1, max_size=10))
def test_records_read_are_landed_quarantined_or_duplicates(tmp_path_factory, records):
    folder = tmp_path_factory.mktemp("conservation")
    lake = Lake(folder / "lake")
    lake.prepare(GED.name, GED.contract)
    content = release_csv([record(number, **changes) for number, changes in records])
    archived = arrive(lake, folder, content)
    result = landed(lake, archived)
    assert result["status"] in {"landed", "held"}, result["refusal"]
    assert is_conserved(result)
    assert result["records_read"] == len(records)


def test_a_file_from_the_inbox_is_linked_and_left_to_whoever_brought_it(lake: Lake, tmp_path: Path):
    content = release_csv([record()])
    incoming = tmp_path / "incoming" / "GEDEvent_v23_1.csv"
    new = arrive(lake, tmp_path, content, may_link=True)
    assert new.batch.paths[0].samefile(incoming)
    incoming.unlink()
    assert new.batch.paths[0].read_bytes() == content
    assert not arrive(lake, tmp_path, content, may_link=True).is_new


def test_a_file_that_cannot_be_kept_stays_in_the_inbox(lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive_module, "write_text", full_disk)
    with pytest.raises(OSError, match="No space left"):
        arrive(lake, tmp_path, release_csv([record()]), may_link=True)
    assert (tmp_path / "incoming" / "GEDEvent_v23_1.csv").read_bytes() == release_csv([record()])


def test_a_release_that_was_cut_off_is_held(lake: Lake, tmp_path: Path):
    content = release_csv([record(number) for number in range(1, 40)])
    result = landed(lake, arrive(lake, tmp_path, content[: len(content) * 2 // 3]))
    assert (result["status"], result["records_quarantined"]) == ("held", 1)
    assert "its last record is not whole" in result["refusal"]
    assert is_conserved(result)


def test_a_batch_whose_landing_was_cut_off_lands_again(lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    archived = arrive(lake, tmp_path, release_csv([record()]))
    landed(lake, archived)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(landing_module, "_land_rows", killed)
    with pytest.raises(KeyboardInterrupt):
        landed(lake, archived)
    assert lake.batches("ucdp_ged").is_empty()


def test_fewer_records_than_the_source_said_it_has_are_refused(lake: Lake, tmp_path: Path):
    archived = arrive(lake, tmp_path, release_csv([record(1), record(2)]))
    manifest = archived.batch.manifest.model_copy(update={"records_expected": 3})
    (archived.batch.folder / "manifest.json").write_text(manifest.model_dump_json(), encoding="utf-8")
    result = landed(lake, replace(archived, batch=RawBatch(archived.batch.folder)))
    assert (result["status"], result["records_landed"]) == ("refused", 0)
    assert "2 records were read of the 3" in result["refusal"]
