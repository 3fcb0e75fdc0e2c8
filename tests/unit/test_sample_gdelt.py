"""The sample days of GDELT are what truth.json says, by a reader that shares nothing with the project."""

import hashlib
import json
import re
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from orchestration.assets.raw import sample_payloads
from orchestration.feeds import all_feeds
from orchestration.io.archive import archive
from orchestration.io.lake import Lake
from orchestration.io.landing import land
from orchestration.io.payload import Bounds
from orchestration.settings import get_settings
from scripts.make_sample import SAMPLE_DIR

FEED = all_feeds()["gdelt"]
TRUTH: list[dict[str, Any]] = json.loads((SAMPLE_DIR / "truth.json").read_text())["gdelt"]


def lines(day: str) -> list[bytes]:
    found: list[bytes] = []
    for path in sorted((SAMPLE_DIR / day).iterdir()):
        with zipfile.ZipFile(path) as archive:
            (name,) = archive.namelist()
            assert f"{name}.zip" == path.name
            found += archive.read(name).removesuffix(b"\n").split(b"\n")
    return found


@pytest.mark.parametrize("entry", TRUTH, ids=lambda entry: entry["file"])
def test_truth_is_what_an_independent_reader_finds(entry: dict[str, Any]):
    found = lines(entry["file"])
    assert len(found) == entry["records_read"]
    fields = [line.split(b"\t") for line in found]
    filtered = [row for row in fields if len(row) == 61 and not (row[53] in {b"ML", b"UV", b"NG"} and row[28] >= b"18")]
    assert len(filtered) == entry["records_filtered"]
    assert len(found) - len(set(found)) == entry["records_duplicate"]
    numbers = [record["record_number"] for record in entry["quarantined"]]
    assert all(b"synthetic-sample.example" in line for line in found)
    assert [len(fields[number - 1]) == 61 for number in numbers].count(False) == Counter(
        record["rule"] for record in entry["quarantined"]
    )["has_every_column"]


def test_list_names_every_file_with_its_size_and_md5():
    listed = (SAMPLE_DIR / "gdelt/masterfilelist.txt").read_text().splitlines()
    files = sorted((SAMPLE_DIR / "gdelt").glob("*/*.zip"))
    assert len(listed) == len(files) == 16
    for line, path in zip(listed, files, strict=True):
        size, md5, url = line.split(" ")
        payload = path.read_bytes()
        assert (int(size), md5) == (len(payload), hashlib.md5(payload, usedforsecurity=False).hexdigest())
        assert re.fullmatch(r"http://\S+/\d{14}\.export\.CSV\.zip", url)
        assert url.endswith(path.name)


def test_sample_lands_as_the_truth_says(tmp_path: Path):
    lake = Lake(tmp_path)
    lake.prepare(FEED.name, FEED.contract)
    digests = frozenset(entry["sha256"] for entry in json.loads((SAMPLE_DIR / "sample.json").read_text())["files"])
    for fetched, entry in zip(sample_payloads(FEED, get_settings()), TRUTH, strict=True):
        batch = archive(fetched, FEED, lake, sample_digests=digests).batch
        assert batch.manifest.is_synthetic
        record = land(batch, FEED, lake, Bounds(10**9, 200))
        for word in ("read", "landed", "quarantined", "duplicate", "filtered"):
            assert record[f"records_{word}"] == entry[f"records_{word}"], word
