"""GDELT's files to landing: every line accounted for, in bounded memory; what cannot be read is refused, no more."""

import io
import json
import zipfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.assets.landing import land_what_is_new
from orchestration.errors import RefusedError
from orchestration.feeds import all_feeds
from orchestration.io import gdelt_files
from orchestration.io.archive import archive
from orchestration.io.fetched import Fetched
from orchestration.io.gdelt_files import GdeltReader, Selection
from orchestration.io.lake import Lake, counts, is_conserved
from orchestration.io.landing import land
from orchestration.io.payload import Bounds
from orchestration.settings import get_settings
from schemas.gdelt import GDELT_EVENTS
from tests.gdelt_rows import line, packed, table

FEED = all_feeds()["gdelt"]
BOUNDS = Bounds(10**9, 200)
ALL = Selection(None, None)
SAHEL = Selection(("ML", "NG", "UV"), ("18", "19", "20"))


def saved(folder: Path, *payloads: bytes) -> tuple[Path, ...]:
    """Payloads as the files of one morning."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"20240101{number:04}00.export.CSV.zip" for number in range(len(payloads))]
    for path, payload in zip(paths, payloads, strict=True):
        path.write_bytes(payload)
    return tuple(paths)


def read(folder: Path, *texts: bytes, selection: Selection = ALL) -> GdeltReader:
    return GdeltReader(saved(folder, *map(packed, texts)), "a day", selection, BOUNDS)


def records(reader: GdeltReader) -> pl.DataFrame:
    return pl.concat([chunk.records for chunk in reader.chunks()])


def landed(folder: Path, *texts: bytes) -> tuple[Lake, dict]:
    """Texts as one day, landed under the settings of the test."""
    lake = Lake(folder / "lake")
    lake.prepare(FEED.name, FEED.contract)
    day = Fetched(saved(folder / "incoming", *map(packed, texts)), "download", "a day", edition="2024-01-01")
    return lake, land(archive(day, FEED, lake).batch, FEED, lake, BOUNDS)


def set_aside(lake: Lake) -> list[dict]:
    paths = sorted((lake.root / "quarantine" / "gdelt").glob("*/part-0*.parquet"))
    return pl.concat(map(pl.read_parquet, paths)).sort("_record_number").to_dicts() if paths else []


def rows(lake: Lake) -> pl.DataFrame:
    return pl.concat(map(pl.read_parquet, (lake.root / "landing" / "gdelt").glob("*/*.parquet")))


# -- reading --


def test_record_lands_column_by_column(tmp_path: Path):
    (record,) = records(read(tmp_path, table([line(17)]))).to_dicts()
    expected = dict(zip(GDELT_EVENTS.names, line(17).decode().split("\t"), strict=True))
    assert {name: record[name] or "" for name in GDELT_EVENTS.names} == expected
    assert (record["_record_number"], record["_file"]) == (1, "20240101000000.export.CSV.zip")


def test_records_are_numbered_through_all_files(tmp_path: Path):
    found = records(read(tmp_path, table([line(1), line(2)]), table([]), table([line(3)])))
    assert found.select("_record_number", "GLOBALEVENTID").rows() == [(1, "1"), (2, "2"), (3, "3")]
    assert found["_file"].to_list() == [f"20240101000{number}00.export.CSV.zip" for number in (0, 0, 2)]


def test_many_small_files_are_one_chunk_and_a_large_file_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    small = read(tmp_path / "small", *(table([line(number)]) for number in range(96)))
    assert len(list(small.chunks())) == 1
    monkeypatch.setattr(gdelt_files, "BLOCK_BYTES", 4096)
    large = list(read(tmp_path / "large", table(map(line, range(200)))).chunks())
    assert len(large) > 5
    assert max(len(chunk.records) for chunk in large) < 40
    assert [number for chunk in large for number in chunk.records["_record_number"]] == list(range(1, 201))


@pytest.mark.parametrize("value", ['"', '"unclosed', 'a "b" c', "O'Brien", "a\\tb", "caf\u00e9 \u6f22", "\u2028"])
def test_quotes_and_signs_are_plain_characters(value: str, tmp_path: Path):
    found = records(read(tmp_path, table([line(1, Actor1Name=value), line(2)])))
    assert found["Actor1Name"].to_list() == [value, "SYNTHETIC FRONT"]


def test_carriage_return_inside_a_field_ends_no_record(tmp_path: Path):
    found = records(read(tmp_path, line(1, Actor1Name="a\rb") + b"\r\n" + line(2) + b"\r\n"))
    assert found.select("Actor1Name", "SOURCEURL").rows() == [
        ("a\rb", "https://news.example/1"),
        ("SYNTHETIC FRONT", "https://news.example/2"),
    ]


def test_last_line_needs_no_newline_and_blank_lines_are_no_records(tmp_path: Path):
    found = records(read(tmp_path, b"\n" + line(1) + b"\n\r\n\n" + line(2), line(3)))
    assert found.select("_record_number", "GLOBALEVENTID").rows() == [(1, "1"), (2, "2"), (3, "3")]


# -- selecting --


def test_what_is_left_in_raw_is_counted(tmp_path: Path):
    kinds = [("ML", "19"), ("ML", "04"), ("US", "19"), ("", "18"), ("NG", "20"), ("ML", "1"), ("UV", "18")]
    text = table(
        line(number, ActionGeo_CountryCode=country, EventRootCode=root) for number, (country, root) in enumerate(kinds)
    )
    (chunk,) = read(tmp_path, text, selection=SAHEL).chunks()
    assert chunk.records["GLOBALEVENTID"].to_list() == ["0", "4", "6"]
    assert (chunk.filtered, chunk.record_count) == (4, 7)
    assert chunk.records["_record_number"].to_list() == [1, 5, 7]


def test_country_of_the_actor_is_not_the_country_of_the_event(tmp_path: Path):
    text = table([line(1, Actor1Geo_CountryCode="ML", ActionGeo_CountryCode="FR"), line(2)])
    (chunk,) = read(tmp_path, text, selection=SAHEL).chunks()
    assert chunk.records["GLOBALEVENTID"].to_list() == ["2"]


def test_day_without_a_wanted_record_is_a_sound_day(tmp_path: Path):
    _, record = landed(tmp_path, table([line(1, ActionGeo_CountryCode="US")]))
    assert (record["status"], record["records_read"], record["records_filtered"]) == ("landed", 1, 1)
    assert record["selection"] == "countries ML, NG, UV; CAMEO roots 18, 19, 20"


def test_other_settings_land_the_same_days_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("INCIDENTS_DATA_DIR", str(tmp_path))
    lake, _ = landed(tmp_path, table([line(1), line(2, ActionGeo_CountryCode="US")]))
    assert land_what_is_new(FEED, get_settings(), print) == []
    monkeypatch.setenv("INCIDENTS_GDELT_COUNTRIES", "us")
    get_settings.cache_clear()
    (again,) = land_what_is_new(FEED, get_settings(), print)
    assert (again["records_landed"], again["records_filtered"]) == (1, 1)
    assert rows(lake)["ActionGeo_CountryCode"].to_list() == ["US"]


@pytest.mark.parametrize("value", ["Mali", "ML;UV", "", "18"])
def test_countries_that_are_none_are_refused(value: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("INCIDENTS_GDELT_COUNTRIES", value)
    with pytest.raises(ValueError, match="ML,UV,NG"):
        get_settings()


# -- what is wrong with single records --


@pytest.mark.parametrize("wrong", [b"", b"\tmore", b"\t\t\t"])
def test_record_with_other_than_61_fields_is_quarantined_with_its_file_and_line(wrong: bytes, tmp_path: Path):
    ragged = line(2) + wrong if wrong else line(2).replace(b"\t", b" ", 3)
    lake, record = landed(tmp_path, table([line(1)]), b"\n" + table([line(3), ragged, line(4)]))
    (found,) = set_aside(lake)
    assert found["failed_rules"] == "has_every_column"
    assert found["failed_values"] == f"{ragged.count(9) + 1} fields, not 61"
    assert (found["source_file"], found["_record_number"]) == ("20240101000100.export.CSV.zip", 3)
    told = json.loads(found["record"])
    assert (told["_line"], told["_text"]) == (3, ragged.decode())
    assert counts(record) == {
        "read": 4,
        "landed": 3,
        "quarantined": 1,
        "duplicate": 0,
        "filtered": 0,
        "folded": 0,
    }


def test_record_that_is_not_utf8_costs_only_itself(tmp_path: Path):
    broken = line(2, ActionGeo_FullName="S\u00e9gou").replace("\u00e9".encode(), b"\xe9")
    foreign = line(3, ActionGeo_CountryCode="FR", Actor1Name="\u00e9").replace("\u00e9".encode(), b"\xe9")
    lake, record = landed(tmp_path, table([line(1), broken, foreign]))
    (found,) = set_aside(lake)
    assert (found["failed_rules"], found["failed_values"]) == ("is_utf8", "S\\xe9gou")
    assert (record["records_landed"], record["records_quarantined"], record["records_filtered"]) == (1, 1, 1)


def test_record_with_a_nul_costs_only_itself(tmp_path: Path):
    sound = list(map(line, range(50)))
    lake, record = landed(tmp_path, table([*sound, line(99, Actor1Name="a\x00b")]))
    (found,) = set_aside(lake)
    assert "Actor1Name" in found["failed_columns"]
    assert record["records_landed"] == 50


RULES = {
    "is_required": {"GLOBALEVENTID": ""},
    "is_big_integer": {"GLOBALEVENTID": "1e9"},
    "is_date": {"SQLDATE": "20240230"},
    "is_integer": {"NumSources": "many"},
    "is_number": {"AvgTone": "nan"},
    "added_is_a_time": {"DATEADDED": "20241301001500"},
    "happens_before_it_is_told": {"SQLDATE": "20240103"},
    "dated_in_period": {"SQLDATE": "19991231"},
    "code_belongs_to_root": {"EventCode": "043"},
    "quad_class_in_codebook": {"QuadClass": "5"},
    "goldstein_in_bounds": {"GoldsteinScale": "-11"},
    "tone_in_bounds": {"AvgTone": "-101"},
    "NumMentions_plausible": {"NumMentions": "-1"},
    "NumSources_plausible": {"NumSources": "1999999999"},
    "ActionGeo_type_in_codebook": {"ActionGeo_Type": "6"},
    "ActionGeo_latitude_on_earth": {"ActionGeo_Lat": "91"},
    "Actor1Geo_longitude_on_earth": {"Actor1Geo_Long": "181"},
    "coordinates_not_zero": {"ActionGeo_Lat": "0", "ActionGeo_Long": "0"},
}


@pytest.mark.parametrize("rule", RULES)
def test_rule_quarantines_its_breach_and_nothing_else(rule: str, tmp_path: Path):
    lake, record = landed(tmp_path, table([line(1), line(2, **RULES[rule])]))
    (found,) = set_aside(lake)
    assert found["failed_rules"] == rule
    assert found["source_file"] == "20240101000000.export.CSV.zip"
    assert record["records_landed"] == 1


@pytest.mark.parametrize("value", ["2024011", "20241", "2024-1-1x", "202401011", "2024 1 1", "+2024010", "0"])
def test_date_is_eight_digits_or_none(value: str, tmp_path: Path):
    lake, _ = landed(tmp_path, table([line(1), line(2, SQLDATE=value)]))
    (found,) = set_aside(lake)
    assert found["failed_rules"] == "is_date"


def test_country_code_and_root_are_looked_at_where_everything_lands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("INCIDENTS_GDELT_COUNTRIES", "all")
    monkeypatch.setenv("INCIDENTS_GDELT_ROOTS", "all")
    wrong = [line(1, ActionGeo_CountryCode="Mali"), line(2, EventRootCode="21", EventCode="210"), line(3)]
    lake, _ = landed(tmp_path, table(wrong))
    assert [found["failed_rules"] for found in set_aside(lake)] == ["country_is_fips", "root_in_codebook"]


WARNINGS = {
    "year_matches_date": {"Year": "2023"},
    "dated_close_to_added": {"SQLDATE": "20230101", "Year": "2023", "MonthYear": "202301"},
    "has_actor": {"Actor1Code": "", "Actor2Code": ""},
    "place_finer_than_country": {"ActionGeo_Type": "1"},
    "coordinates_known": {"ActionGeo_Lat": "", "ActionGeo_Long": ""},
    "article_known": {"SOURCEURL": ""},
}


@pytest.mark.parametrize("rule", WARNINGS)
def test_odd_record_is_kept_with_its_warning(rule: str, tmp_path: Path):
    lake, record = landed(tmp_path, table([line(1), line(2, **WARNINGS[rule])]))
    assert record["records_landed"] == 2
    assert json.loads(record["warning_counts"]) == {rule: 1}
    assert rows(lake).sort("GLOBALEVENTID")["_warnings"].to_list() == ["", rule]


# -- a day as a whole --


def test_copies_are_counted_and_contradictions_quarantined_across_files(tmp_path: Path):
    lake, record = landed(tmp_path, table([line(1), line(2)]), table([line(1), line(2, AvgTone="1"), line(3)]))
    assert counts(record) == {"read": 5, "landed": 2, "quarantined": 2, "duplicate": 1, "filtered": 0, "folded": 0}
    assert {(found["failed_rules"], found["source_event_id"]) for found in set_aside(lake)} == {("id_unique", "2")}


def test_day_speaks_only_for_the_records_it_names(tmp_path: Path):
    _, record = landed(tmp_path, table([line(1)]))
    assert (record["scope_kind"], record["scope_key"]) == ("delta", "gdelt:2024-01-01")
    assert f"{record['covers_from']} {record['covers_until']}" == "2024-01-01 2024-01-01"


def _zip(name: str, text: bytes, members: int = 1) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as bundle:
        for number in range(members):
            bundle.writestr(f"{number}{name}", text)
    return archive.getvalue()


GOOD = packed(table([line(1)]))
WRONG_FILES = {
    "no zip": (b"PK\x03\x04" + b"nonsense" * 9, "zip"),
    "half a zip": (GOOD[: len(GOOD) // 2], "zip"),
    "web page": (b"<!DOCTYPE html><html></html>", "web page"),
    "empty": (b"", "empty"),
    "two tables": (_zip(".CSV", b"x", 2), "holds 2 tables"),
    "way out": (_zip("/../../x.CSV", b"x"), "outside"),
    "zip in zip": (_zip(".zip", GOOD), "archive itself"),
    "bytes changed": (GOOD[:80] + bytes([GOOD[80] ^ 0xFF]) + GOOD[81:], "unpack|broken"),
}


@pytest.mark.parametrize("kind", WRONG_FILES)
def test_file_that_cannot_be_read_is_named(kind: str, tmp_path: Path):
    payload, problem = WRONG_FILES[kind]
    paths = saved(tmp_path, GOOD, payload, GOOD)
    with pytest.raises(RefusedError, match=problem) as caught:
        list(GdeltReader(paths, "a day", ALL, BOUNDS).chunks())
    assert caught.value.source.startswith(paths[1].name)


def test_file_that_unpacks_to_more_than_its_bounds_is_refused(tmp_path: Path):
    bomb = packed(b"0" * 30_000_000)
    with pytest.raises(RefusedError, match="unpacks to more than") as caught:
        list(GdeltReader(saved(tmp_path, GOOD, bomb), "a day", ALL, BOUNDS).chunks())
    assert "20240101000100" in str(caught.value)


def test_bounds_hold_for_all_files_of_a_day_together(tmp_path: Path):
    payload = packed(table(map(line, range(50))))
    with pytest.raises(RefusedError, match="unpacks to more than"):
        list(GdeltReader(saved(tmp_path, payload, payload, payload), "a day", ALL, Bounds(30_000, 200)).chunks())


def test_record_longer_than_a_block_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(gdelt_files, "BLOCK_BYTES", 1000)
    reader = read(tmp_path, table([line(1)]), table([line(2), line(3, Actor1Name="x" * 5000)]))
    with pytest.raises(RefusedError, match="longer than") as caught:
        list(reader.chunks())
    assert caught.value.source == "20240101000100.export.CSV.zip"
    assert caught.value.place == "line 2"


@pytest.mark.parametrize("text", [b"", b"\n\n", b"id,date\n1,2\n", b"\t".join([b"x"] * 58) + b"\n"])
def test_text_that_is_not_gdelt_at_all_is_refused(text: bytes, tmp_path: Path):
    with pytest.raises(RefusedError, match="61 fields|no record|is empty"):
        list(read(tmp_path, text).chunks())


@pytest.mark.parametrize(
    ("name", "edition"),
    [
        ("20240101001500.export.CSV.zip", "2024-01-01T00:15"),
        ("20240101001500.export.CSV", "2024-01-01T00:15"),
        ("20240101.export.CSV.zip", None),
        ("masterfilelist.txt", None),
    ],
)
def test_file_by_hand_is_known_by_its_quarter_of_an_hour(name: str, edition: str | None):
    assert FEED.edition_of(name) == edition


# -- whatever comes --


def pieces() -> st.SearchStrategy[bytes]:
    """Lines that are sound, foreign, ragged, not text, or nothing at all."""
    values = st.text(st.characters(codec="utf-8", exclude_characters="\t\n"), max_size=8)
    sound = st.builds(
        lambda number, country, name: line(number, ActionGeo_CountryCode=country, Actor1Name=name),
        st.integers(-5, 5),
        st.sampled_from(["ML", "US", ""]) | values,
        values,
    )
    return sound | st.binary(max_size=40) | sound.map(lambda text: text[: len(text) // 2]) | st.just(b"")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=st.lists(st.lists(pieces(), max_size=6).map(b"\n".join), min_size=1, max_size=4))
def test_every_line_is_accounted_for(files: list[bytes], tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("fuzz")
    lake, record = landed(folder, *files)
    total = sum(part not in {b"", b"\r"} for text in files for part in text.split(b"\n"))
    if record["status"] == "refused":
        is_data = any(part.count(b"\t") == 60 for text in files for part in text.split(b"\n"))
        assert "binary" in record["refusal"] or "archive" in record["refusal"] or not is_data
        return
    assert record["records_read"] == total
    assert is_conserved(record)
    assert len(rows(lake)) + len(set_aside(lake)) == record["records_landed"] + record["records_quarantined"]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_broken_zip_is_read_or_refused_and_nothing_else(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory):
    payload = bytearray(GOOD)
    for place in data.draw(st.lists(st.integers(0, len(payload) - 1), max_size=4)):
        payload[place] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(payload)))
    folder = tmp_path_factory.mktemp("zips")
    for wrecked in (bytes(payload), bytes(payload[:cut])):
        reader = GdeltReader(saved(folder, wrecked), "a day", ALL, BOUNDS)
        try:
            list(reader.chunks())
        except RefusedError as error:
            assert error.way_out
