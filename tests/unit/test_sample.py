"""The sample feeds are what they claim to be: made again they are the same bytes, and the truth beside them is true.

The files are read here with nothing but the standard library, so that an error of the generator cannot hide in a
reader that shares its ideas.
"""

import csv
import gzip
import io
import json
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from scripts.make_sample import SAMPLE_DIR, make

MOST_BYTES = 2_500_000
HAND_WRITTEN = {"README.md"}
COMPRESSED = {".zip", ".gz"}
STRICT = "attack_on_military_position.strict"

INTEGERS = ("type_of_violence", "where_prec", "date_prec", "deaths_a", "deaths_b", "deaths_civilians", "best", "low")

Record = dict[str, str]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    make(folder)
    return folder


@cache
def truth() -> dict[str, Any]:
    return json.loads((SAMPLE_DIR / "truth.json").read_text())


@cache
def index() -> list[dict[str, Any]]:
    """The files of UCDP's feeds; other feeds have tests of their own."""
    entries = json.loads((SAMPLE_DIR / "sample.json").read_text())["files"]
    return [entry for entry in entries if entry["feed"].startswith("ucdp")]


def content(path: Path) -> bytes:
    """The bytes of a file, unpacked: how well they pack depends on the zlib at hand."""
    payload = path.read_bytes()
    if path.suffix == ".gz":
        return gzip.decompress(payload)
    if path.suffix == ".zip":
        with zipfile.ZipFile(io.BytesIO(payload)) as bundle:
            return b"".join(bundle.read(name) for name in bundle.namelist() if not name.startswith("__MACOSX"))
    return payload


@cache
def records(file: str) -> tuple[Record, ...]:
    """Every record of a feed file, by column; the web export's names as the release has them."""
    rows = list(csv.reader(io.StringIO(content(SAMPLE_DIR / file).decode(), newline="")))
    header = rows.pop(0) if rows[0][0] == "id" else release_header()
    names = [name.removesuffix("_est") for name in header]
    return tuple(dict(zip(names, row, strict=False)) for row in rows)


@cache
def release_header() -> list[str]:
    text = content(SAMPLE_DIR / "ucdp_candidate/GEDEvent_v23_0_1.csv").decode()
    return next(csv.reader(io.StringIO(text)))


def day(value: str) -> str | None:
    for form in ("%Y-%m-%d %H:%M:%S.%f", "%m/%d/%Y %H:%M:%S"):
        try:
            return datetime.strptime(value, form).date().isoformat()  # noqa: DTZ007 - a day, no time
        except ValueError:
            continue
    return None


def is_valid(record: Record) -> bool:
    """The rules that quarantine, in the plainest words."""
    if not record["id"] or not all(re.fullmatch(r"\d+", record[name]) for name in INTEGERS):
        return False
    try:
        latitude, longitude = float(record["latitude"]), float(record["longitude"])
    except ValueError:
        return False
    start, end = day(record["date_start"]), day(record["date_end"])
    return (
        record["type_of_violence"] in "123"
        and record["where_prec"] in "1234567"
        and record["date_prec"] in "12345"
        and abs(latitude) <= 90
        and (latitude, longitude) != (0, 0)
        and start is not None
        and end is not None
        and start <= end
    )


@cache
def landed(file: str) -> dict[str, Record]:
    """What must land: distinct records that break no rule and share their id with no other content."""
    distinct = {json.dumps(record): record for record in records(file)}.values()
    contents = Counter(record["id"] for record in distinct)
    return {record["id"]: record for record in distinct if contents[record["id"]] == 1 and is_valid(record)}


def is_repeated(record: Record, seen: set[str]) -> bool:
    """Has the same record been seen? It has now."""
    text = json.dumps(record)
    was_seen = text in seen
    seen.add(text)
    return was_seen


def test_sample_made_again_has_the_same_content(made: Path) -> None:
    shipped = {path.relative_to(SAMPLE_DIR) for path in SAMPLE_DIR.rglob("*") if path.is_file()}
    again = {path.relative_to(made) for path in made.rglob("*") if path.is_file()}
    assert {path.as_posix() for path in shipped - again} == HAND_WRITTEN
    assert not again - shipped
    differing = [path for path in again - {Path("sample.json")} if content(made / path) != content(SAMPLE_DIR / path)]
    assert not differing, "run `python -m scripts.make_sample` and commit what it wrote"


@pytest.mark.skipif("ng" in zlib.ZLIB_RUNTIME_VERSION, reason="zlib-ng packs the same content into other bytes")
def test_sample_made_again_is_the_same_bytes(made: Path) -> None:
    files = [path for path in made.rglob("*") if path.is_file()]
    assert [path for path in files if path.read_bytes() != (SAMPLE_DIR / path.relative_to(made)).read_bytes()] == []


def test_sample_is_small() -> None:
    assert sum(path.stat().st_size for path in SAMPLE_DIR.rglob("*") if path.is_file()) < MOST_BYTES


def test_index_names_every_file_with_its_digest() -> None:
    for entry in index():
        payload = (SAMPLE_DIR / entry["file"]).read_bytes()
        assert (sha256(payload).hexdigest(), len(payload)) == (entry["sha256"], entry["byte_count"])
    assert not [entry for entry in index() if entry["file"].startswith("broken/")]


def test_index_orders_the_files_as_they_arrived() -> None:
    editions = [entry["edition"] for entry in index()]
    assert editions[:3] == ["22.1", "22.01.22.12", "23.1"]
    assert editions.count("23.0.4") == 2
    assert editions.index("23.0.6") < len(editions) - 1 - editions[::-1].index("23.0.4") < editions.index("23.0.7")


@pytest.mark.parametrize("file", [entry["file"] for entry in index()])
def test_records_say_that_they_are_synthetic(file: str) -> None:
    assert {record["source_original"] for record in records(file)} == {"synthetic sample"}
    assert all(int(record["id"] or 9_000_000) >= 9_000_000 for record in records(file))


@pytest.mark.parametrize("entry", truth()["conservation"], ids=lambda entry: entry["file"])
def test_conservation_is_what_an_independent_reader_finds(entry: dict[str, Any]) -> None:
    found = records(entry["file"])
    assert len(found) == entry["records_read"]
    assert len(landed(entry["file"])) == entry["records_landed"]
    seen: set[str] = set()
    repeated = [number for number, record in enumerate(found, start=1) if is_repeated(record, seen)]
    assert repeated == entry["duplicate_record_numbers"]
    assert len(repeated) == entry["records_duplicate"]
    lost = {number for number, record in enumerate(found, start=1) if record["id"] not in landed(entry["file"])}
    assert lost == {record["record_number"] for record in entry["quarantined"]}
    assert len(lost) == entry["records_quarantined"]


def test_layouts_are_those_of_ucdp() -> None:
    export = content(SAMPLE_DIR / "ucdp_ged/GEDEvent_v22_1_burkina_faso_web_export.csv").decode()
    header, *rows = csv.reader(io.StringIO(export, newline=""))
    assert len(header) == 47
    assert {len(row) for row in rows} == {48}
    assert {row[-1] for row in rows} == {""}
    assert re.search(r",\d\d/\d\d/20\d\d 00:00:00,", export)
    assert len(release_header()) == 49
    headerless = content(SAMPLE_DIR / "ucdp_candidate/GEDEvent_v23_0_7.csv")
    assert headerless.startswith(b'"90')


def test_archive_has_the_leftovers_of_a_mac_and_fixed_times() -> None:
    with zipfile.ZipFile(SAMPLE_DIR / "ucdp_ged/ged231-csv.zip") as bundle:
        assert bundle.namelist() == ["GEDEvent_v23_1.csv", "__MACOSX/._GEDEvent_v23_1.csv"]
        assert {member.date_time for member in bundle.infolist()} == {(2023, 6, 1, 12, 0, 0)}


def test_candidate_months_hold_their_month_only() -> None:
    for entry in index():
        if found := re.fullmatch(r"23\.0\.(\d+)", entry["edition"]):
            days = [day(record["date_start"]) or "" for record in landed(entry["file"]).values()]
            assert {value[:7] for value in days} == {f"2023-{int(found[1]):02}"}
            assert max(days) <= truth()["coverage"]["until"]


def test_strict_attacks_are_those_of_the_published_table() -> None:
    counts = truth()["attack_count"][STRICT]
    assert (counts["MLI"]["2021"], counts["MLI"]["2022"], counts["MLI"]["2023"]) == (50, 125, 300)
    assert not any(counts[country][year] for country in ("BFA", "NER") for year in counts[country])


def test_strict_attacks_are_current_in_the_files_that_answer_for_their_year() -> None:
    """The yearly release answers to 2022, the last issue of each month after it."""
    answering = {entry["edition"]: entry["file"] for entry in index()}  # a second issue replaces the first
    yearly = landed(answering.pop("23.1"))
    months = [landed(file) for edition, file in answering.items() if edition.startswith("23.0.")]
    current = yearly | {event_id: record for month in months for event_id, record in month.items()}
    assert len(current) == truth()["current_report_count"]
    strict = [
        current[event_id]
        for kind in truth()["kinds"].values()
        if STRICT in kind["definitions"]
        for event_id in kind["ids"]
    ]
    by_year = Counter(record["year"] for record in strict)
    only_others = Counter({"2021": 6, "2022": 13, "2023": 32})  # nobody died
    assert by_year + only_others == Counter({"2021": 50, "2022": 125, "2023": 300})
    told = truth()["links"]["strict_attacks_told_by_feed"]
    assert by_year == Counter({year: count for year, count in told["ucdp"].items() if count})
    assert {record["country"] for record in strict} == {"Mali"}
    for name, code in (("state_based", "1"), ("non_state", "2"), ("one_sided", "3")):
        for country, label in (("MLI", "Mali"), ("BFA", "Burkina Faso"), ("NER", "Niger")):
            found = Counter(
                record["year"]
                for record in current.values()
                if (record["country"], record["type_of_violence"]) == (label, code)
            )
            assert truth()["report_count"][name][country] == {str(year): found[str(year)] for year in range(2018, 2024)}


def test_feeds_together_tell_more_attacks_than_there_were() -> None:
    told = truth()["links"]["strict_attacks_told_by_feed"]
    for year, attacks in (("2021", 50), ("2022", 125), ("2023", 300)):
        counts = [feed[year] for feed in told.values()]
        assert max(counts) < attacks < sum(counts)


def test_every_report_that_is_told_of_tells_of_one_event() -> None:
    """An event is UCDP's, or one of those that UCDP does not have."""
    links = truth()["links"]
    of_ucdp = {event_id for kind in truth()["kinds"].values() for event_id in kind["ids"]}
    assert not of_ucdp & links["only_others"].keys()
    told = {event for reports in links["reports"].values() for event in reports.values()}
    assert told <= of_ucdp | links["only_others"].keys()
    assert links["only_others"].keys() <= told


def test_table_has_the_bound_of_the_partial_year() -> None:
    last = truth()["headline_table"][-1]
    assert (last["year"], last["attack_count"], last["yoy_change_pct"]) == (2023, 300, 140.0)
    assert last["is_partial_year"]


def test_vintages_confirm_revise_withdraw_and_add() -> None:
    changes = {entry["file"]: entry for entry in truth()["changes"]}
    yearly = changes["ucdp_ged/ged231-csv.zip"]
    candidates = landed("ucdp_candidate/GEDEvent_v22_01_22_12.csv")
    final = landed("ucdp_ged/ged231-csv.zip")
    export = landed("ucdp_ged/GEDEvent_v22_1_burkina_faso_web_export.csv")
    assert set(yearly["withdrawn"]) == (candidates.keys() | export.keys()) - final.keys()
    assert set(yearly["new_where_an_earlier_file_spoke"]) == {
        event_id
        for event_id, record in final.items()
        if event_id not in candidates.keys() | export.keys()
        and (record["year"] == "2022" or record["country"] == "Burkina Faso")
    }
    assert yearly["confirmed_count"] + yearly["revised_count"] + yearly["unchanged_count"] == len(
        (candidates.keys() | export.keys()) & final.keys()
    )
    assert min(yearly["confirmed_count"], yearly["revised_count"], yearly["unchanged_count"]) > 0
    april = changes["ucdp_candidate/reissued/GEDEvent_v23_0_4.csv"]
    assert (april["new_count"], april["revised_count"], april["withdrawn_count"]) == (1, 6, 1)


def test_every_kind_of_dirt_occurs() -> None:
    missing = [kind for kind, places in truth()["dirt"].items() if not places]
    assert not missing


DIRTY: dict[str, Callable[[Record], bool]] = {
    "best_zero": lambda record: record["best"] == "0",
    "latitude_equals_longitude": lambda record: record["latitude"] == record["longitude"],
    "number_of_sources_minus_one": lambda record: record["number_of_sources"] == "-1",
    "placeholder_id_or_name": lambda record: "XXX" in record["dyad_name"],
}


@pytest.mark.parametrize("kind", DIRTY)
def test_dirt_stands_where_the_truth_says(kind: str) -> None:
    places = truth()["dirt"][kind]
    named = places if isinstance(places, list) else places["first"]
    assert all(DIRTY[kind](records(place["file"])[place["record_number"] - 1]) for place in named)


def test_wreck_repeats_every_record_and_tears_them_at_newlines() -> None:
    wreck = truth()["wreck"]
    lines = (SAMPLE_DIR / wreck["file"]).read_text().splitlines()
    whole = [line for line in lines if re.match(r'"?9\d{6},', line)]
    assert sorted(line.lstrip('"')[:7] for line in whole) == wreck["ids"]
    assert any(line.startswith(";;;") for line in lines)
    assert any(line.startswith("///;///") for line in lines)
    with pytest.raises(ValueError, match="invalid literal"):
        int(next(csv.reader(whole[:1]))[0])
