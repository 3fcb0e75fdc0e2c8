"""Every attack on every feed, through the inbox: what becomes of it; nothing lost, written elsewhere or left unsaid."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from orchestration.assets.landing import land_what_is_new
from orchestration.assets.raw import RawConfig, take_in
from orchestration.feeds import all_feeds
from orchestration.io.lake import Lake, is_conserved, warning_counts
from orchestration.settings import Settings
from tests.corpus.archives import ARCHIVE_ATTACKS, BOUND
from tests.corpus.attack import Attack
from tests.corpus.bases import BASES, SOUND_COUNT, Base
from tests.corpus.texts import FORMULA, SQL, SWAPPED, TEXT_ATTACKS
from tests.corpus.workbooks import WORKBOOK_ATTACKS, entities

ATTACKS = [
    pytest.param(base, attack.met_by(base), id=f"{base.feed.name}-{attack}")
    for base in BASES
    for attack in (*TEXT_ATTACKS, *ARCHIVE_ATTACKS, *WORKBOOK_ATTACKS)
    if attack.applies(base) and attack.name not in base.lacks
]


@dataclass
class Outcome:
    """What one night made of one file in the inbox."""

    lake: Lake
    base: Base
    record: dict[str, Any]
    file_name: str

    @property
    def landed(self) -> pl.DataFrame:
        return self._rows(self.lake.landing(self.base.feed.name, self.record["batch_id"]))

    @property
    def set_aside(self) -> list[dict[str, Any]]:
        return self._rows(self.lake.quarantine(self.base.feed.name, self.record["batch_id"])).to_dicts()

    def _rows(self, folder: Path) -> pl.DataFrame:
        parts = sorted(folder.glob("*.parquet"))
        return pl.concat(map(pl.read_parquet, parts)) if parts else pl.DataFrame()


def night(tmp_path: Path, base: Base, content: bytes, file_name: str) -> Outcome:
    """Drop a file into the inbox of an empty warehouse and land it."""
    settings = Settings(data_dir=tmp_path / "data", max_payload_bytes=BOUND)
    inbox = settings.inbox_dir / base.feed.name
    inbox.mkdir(parents=True)
    (inbox / file_name).write_bytes(content)
    intake = take_in(base.feed, RawConfig(fetch=False), settings)
    assert not intake.problems
    (record,) = land_what_is_new(base.feed, settings, lambda _: None)
    return Outcome(Lake(settings.lake_dir), base, record, file_name)


def tree(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


@pytest.mark.parametrize(("base", "attack"), ATTACKS)
def test_attack_ends_as_it_must(tmp_path: Path, base: Base, attack: Attack):
    sandbox = tmp_path / "a" / "b" / "c"
    sandbox.mkdir(parents=True)
    (tmp_path / "secret.txt").write_text("mine")
    content = base.pack(attack.make(base))
    file_name = Path(base.file_name).stem + (attack.suffix or Path(base.file_name).suffix)

    outcome = night(sandbox, base, content, file_name)

    # Nothing is written outside of the data folder, and what came is kept byte for byte.
    assert tree(tmp_path) - {f"a/b/c/{name}" for name in tree(sandbox)} == {"a", "a/b", "a/b/c", "secret.txt"}
    assert {name.split("/")[0] for name in tree(sandbox)} == {"data"}
    (raw,) = outcome.lake.raw_batches(base.feed.name)
    assert raw.paths[0].read_bytes() == content
    assert is_conserved(outcome.record)
    {"landed": _landed, "quarantined": _quarantined, "refused": _refused}[attack.fate](outcome, attack)


def _landed(outcome: Outcome, attack: Attack) -> None:
    record = outcome.record
    assert record["status"] == "landed", record["refusal"]
    assert record["records_quarantined"] == 0, outcome.set_aside
    assert len(outcome.landed) == record["records_landed"] == record["records_read"] - record["records_duplicate"]
    assert record["records_read"] in {1, SOUND_COUNT, SOUND_COUNT + 1}
    warned = outcome.base.swapped if attack.name == SWAPPED.name else attack.warned
    if warned:
        assert warning_counts(record)[warned] == 1


def _quarantined(outcome: Outcome, attack: Attack) -> None:
    record, rows = outcome.record, outcome.set_aside
    assert record["status"] in {"landed", "held"}, record["refusal"]
    is_release_cut_off = attack.cuts and outcome.base.feed.scope_kind in {"full", "window"}
    assert (record["status"] == "held") == (attack.bad > 4 or is_release_cut_off)
    assert record["records_quarantined"] == len(rows) == attack.bad
    assert len(outcome.landed) == record["records_landed"]
    assert record["records_landed"] >= SOUND_COUNT - max(attack.bad, 2)
    for row in rows:
        assert re.search(attack.says, row["reason"]), row["reason"]
        assert Path(outcome.file_name).stem in row["source_file"]
        assert 1 <= row["_record_number"] <= record["records_read"]
        assert row["failed_rules"]
        assert json.loads(row["record"])
    _readable_by_the_warehouse(outcome)


def _refused(outcome: Outcome, attack: Attack) -> None:
    record = outcome.record
    assert record["status"] == "refused"
    why = record["refusal"]
    assert re.search(attack.says, why), why
    # File, place, what is wrong, the rule, the way out; and nothing that moves a terminal.
    said = re.fullmatch(r"(?P<file>[^,]+), (?P<place>.+?): (?P<problem>.+)\. Expected: .+\. Way out: .+\.", why)
    assert said, why
    assert Path(outcome.file_name).stem in said["file"]
    assert why.isprintable()
    assert not outcome.lake.landing(outcome.base.feed.name, record["batch_id"]).exists()
    assert not outcome.lake.quarantine(outcome.base.feed.name, record["batch_id"]).exists()


def _readable_by_the_warehouse(outcome: Outcome) -> None:
    """DuckDB reads the quarantine and looks into the records, as the models do."""
    glob = str(outcome.lake.root / "quarantine" / "*" / "*" / "part-*.parquet")
    with duckdb.connect() as connection:
        found = connection.execute(
            "select count(*), count(record ->> ?) from read_parquet(?)", [outcome.base.id, glob]
        ).fetchall()
    assert found[0][0] == outcome.record["records_quarantined"]


def test_every_feed_is_attacked():
    assert {base.feed.name for base in BASES} == set(all_feeds())


def test_the_corpus_is_as_large_as_it_must_be():
    assert len({attack.name for attack in (*TEXT_ATTACKS, *ARCHIVE_ATTACKS, *WORKBOOK_ATTACKS)}) >= 60


@pytest.mark.parametrize("base", BASES, ids=lambda base: base.feed.name)
@pytest.mark.parametrize("text", [SQL, FORMULA])
def test_text_lands_as_it_came(tmp_path: Path, base: Base, text: str):
    outcome = night(tmp_path, base, base.pack(base.with_last(**dict.fromkeys(base.texts, text))), base.file_name)
    last = outcome.landed.sort("_record_number").row(-1, named=True)
    assert [last[base.lands_as.get(name, name)] for name in base.texts] == [text] * len(base.texts)


def test_entities_that_grow_without_end_come_to_one(tmp_path: Path):
    outcome = night(tmp_path, BASES[0], entities(BASES[0]), f"{Path(BASES[0].file_name).stem}.xlsx")
    assert outcome.record["status"] in {"landed", "refused"}
    assert is_conserved(outcome.record)
    assert sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()) < 1024**2


@pytest.mark.parametrize("base", BASES, ids=lambda base: base.feed.name)
def test_broken_file_does_not_keep_a_sound_one_of_the_same_night_out(tmp_path: Path, base: Base):
    settings = Settings(data_dir=tmp_path / "data")
    inbox = settings.inbox_dir / base.feed.name
    inbox.mkdir(parents=True)
    stem, suffix = Path(base.file_name).stem, Path(base.file_name).suffix
    (inbox / f"{stem}{suffix}").write_bytes(b"\x1f\x8b" + b"\xff" * 64)
    (inbox / f"a {stem}{suffix}").write_bytes(base.pack(base.table()))
    intake = take_in(base.feed, RawConfig(fetch=False), settings)
    assert len(intake.new) == 2
    records = land_what_is_new(base.feed, settings, lambda _: None)
    assert sorted(record["status"] for record in records) == ["landed", "refused"]
