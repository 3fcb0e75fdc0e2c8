"""Incident files: every format through one mapping, providers kept apart, the mapping kept with the file."""

import csv
import io
import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from orchestration.assets.raw import RawConfig, take_in
from orchestration.cli import app
from orchestration.errors import RefusedError
from orchestration.feeds import all_feeds
from orchestration.io.archive import archive
from orchestration.io.fetched import Fetched
from orchestration.io.inbox import REFUSED
from orchestration.io.lake import Lake, RawBatch, is_conserved
from orchestration.io.landing import land
from orchestration.io.payload import Bounds
from orchestration.settings import PROJECT_ROOT, Settings
from tests.staging import staged_rows
from tests.ucdp_rows import record, release_csv, saved
from tests.workbooks import workbook

FEED = all_feeds()["incident_file"]
BOUNDS = Bounds(10**9, 200)
NAMES = ("Ref", "Date", "Type", "Lat", "Lon", "Killed", "Note")
ROWS = (
    ("r1", "03/04/2022", "IED", "14.5", "-3", "2", "first"),
    ("r2", "2022", "Raid", "", "", "n/a", ""),
    ("r3", "31/12/2021", "Raid", "14", "-3.25", "0", "Ségou; “x”"),
)
MAPPING = """
provider: ngo_forum
title: Incident log of a forum
licence: CC BY 4.0
id: Ref
columns:
  date: {column: Date, formats: ["%d/%m/%Y", "%Y"]}
  event_type: {column: Type, values: {IED: explosion_or_remote_violence, Raid: battle}}
  source_event_type: Type
  latitude: Lat
  longitude: Lon
  fatalities: {column: Killed, unknown: n/a}
  headline: Note
  country: {constant: MLI}
"""


class Landed:
    """What became of one file."""

    def __init__(self, folder: Path, content: bytes, name: str, mapping: str | None = MAPPING) -> None:
        self.lake = Lake(folder / "lake")
        self.lake.prepare(FEED.name, FEED.contract)
        files = [saved(folder / "incoming", name, content)]
        if mapping:
            files.append(saved(folder / "incoming", "m.yaml", mapping.encode()))
        assert FEED.prepare
        self.batch = archive(FEED.prepare(Fetched(tuple(files), "file", name)), FEED, self.lake).batch
        self.record = land(self.batch, FEED, self.lake, BOUNDS)

    def rows(self) -> pl.DataFrame:
        assert self.record["status"] == "landed", self.record["refusal"]
        return pl.read_parquet(self.lake.landing(FEED.name, self.batch.batch_id) / "*.parquet").sort("_record_number")

    def quarantined(self) -> pl.DataFrame:
        path = self.lake.quarantine(FEED.name, self.batch.batch_id) / "*.parquet"
        return pl.read_parquet(path).sort("_record_number")


def text(rows=ROWS, delimiter: str = ",", names=NAMES) -> str:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=delimiter, lineterminator="\n").writerows([names, *rows])
    return buffer.getvalue()


def as_geojson() -> bytes:
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [float(row[4]), float(row[3])]} if row[3] else None,
            "properties": dict(zip(NAMES, row, strict=True)),
        }
        for row in ROWS
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def as_parquet() -> bytes:
    buffer = io.BytesIO()
    frame = pl.DataFrame(ROWS, schema=NAMES, orient="row")
    numbers = pl.col("Lat", "Lon").cast(pl.Float64, strict=False)
    frame.with_columns(numbers, pl.lit(b"wkb").alias("geometry")).write_parquet(buffer)
    return buffer.getvalue()


def as_workbook() -> bytes:
    cells = []
    for ref, day, kind, latitude, longitude, *rest in ROWS:
        numbers = [float(each) if each else None for each in (latitude, longitude)]
        cells.append([ref, date(2022, 4, 3) if ref == "r1" else day, kind, *numbers, *rest])
    return workbook(Notes=[["about"]], Data=[["Forum"], [], NAMES, *cells])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", text().encode()),
        ("a.tsv", text(delimiter="\t").encode()),
        ("a.txt", text(delimiter=";").encode("cp1252")),
        ("a.xlsx", as_workbook()),
        ("a.geojson", as_geojson()),
        ("a.parquet", as_parquet()),
    ],
)
def test_every_format_gives_the_same_rows(tmp_path: Path, name: str, content: bytes):
    found = Landed(tmp_path, content, name)
    columns = ("event_id", "date", "date_precision", "event_type", "latitude", "longitude", "fatalities", "headline")
    assert found.rows().select(columns).rows() == [
        ("ngo_forum:r1", date(2022, 4, 3), "day", "explosion_or_remote_violence", 14.5, -3.0, 2, "first"),
        ("ngo_forum:r2", date(2022, 1, 1), "year", "battle", None, None, None, None),
        ("ngo_forum:r3", date(2021, 12, 31), "day", "battle", 14.0, -3.25, 0, "Ségou; “x”"),
    ]
    assert is_conserved(found.record)
    assert found.record["layout"].endswith("mapping of ngo_forum")
    assert found.record["scope_kind"] == "issue"


def test_the_mapping_is_archived_with_the_file_and_its_licence_is_the_batchs(tmp_path: Path):
    found = Landed(tmp_path, text().encode(), "a.csv")
    again = RawBatch(found.batch.folder)
    assert [path.name for path in again.paths] == ["a.csv", "m.yaml"]
    assert again.paths[1].read_text() == MAPPING
    assert (again.manifest.licence, again.manifest.citation) == ("CC BY 4.0", "Incident log of a forum")
    assert land(again, FEED, found.lake, BOUNDS) == found.record


def test_a_file_and_a_mapping_of_one_name_are_both_kept(tmp_path: Path):
    for name in ("a.csv", "A.CSV"):
        files = (saved(tmp_path / "x", "a.csv", text().encode()), saved(tmp_path / "y", name, MAPPING.encode()))
        assert FEED.prepare
        batch = archive(FEED.prepare(Fetched(files, "file", "a.csv")), FEED, Lake(tmp_path / f"lake of {name}")).batch
        assert [path.read_bytes() for path in batch.paths] == [path.read_bytes() for path in files]
        assert [path.name for path in batch.paths] == ["a.csv", f"payload-001{name[1:]}"]


def test_a_corrected_mapping_makes_a_new_batch_of_the_same_file(tmp_path: Path):
    first = Landed(tmp_path, text().encode(), "a.csv")
    second = Landed(tmp_path, text().encode(), "a.csv", MAPPING.replace("MLI", "BFA"))
    assert first.batch.batch_id != second.batch.batch_id
    assert second.rows().get_column("country").unique().to_list() == ["BFA"]


def test_two_providers_never_share_an_id(tmp_path: Path):
    one = Landed(tmp_path, text().encode(), "a.csv").rows()
    other = Landed(tmp_path, text().encode(), "a.csv", MAPPING.replace("ngo_forum", "ministry")).rows()
    assert not set(one.get_column("event_id")) & set(other.get_column("event_id"))


def test_quarantine_names_what_the_mapping_forgot_and_keeps_the_record_as_received(tmp_path: Path):
    rows = [*ROWS, ("r4", "4 avril", "Drone", "14", "200", "-1", "")]
    found = Landed(tmp_path, text(rows).encode(), "a.csv")
    (record,) = found.quarantined().to_dicts()
    assert set(record["failed_rules"].split("; ")) == {
        "is_date",
        "event_type_in_vocabulary",
        "longitude_on_earth",
        "fatalities_plausible",
    }
    received = json.loads(json.loads(record["record"])["_received"])
    assert (received["Date"], received["Type"], record["source_event_id"]) == ("4 avril", "Drone", "ngo_forum:r4")


def test_a_day_that_has_not_come_is_set_aside(tmp_path: Path):
    found = Landed(tmp_path, text([*ROWS, ("r4", "31/12/2099", "Raid", "14", "3", "1", "")]).encode(), "a.csv")
    assert found.quarantined().get_column("failed_rules").to_list() == ["happens_before_it_is_told"]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_hxl_tags_speak_where_there_is_no_mapping(tmp_path: Path, kind: str):
    rows = [
        ["Incidents", "", "", "", "", "", ""],
        ["Jour", "Région", "Code", "Lat.", "Long.", "Tués", "Blessés"],
        ["#date+occurred", "#adm1+name", "#adm1+code", "#geo+lat", "#geo+lon", "#affected+killed", "#affected+injured"],
        ["2022-03-01", "Ségou", "ML04", "13.4", "-6.2", "3", ""],
        ["2022-03-02", "Mopti", "ML05", "14.5", "-4.2", "", "2"],
    ]
    content = workbook(Data=rows) if kind == "xlsx" else "\n".join(",".join(row) for row in rows).encode()
    found = Landed(tmp_path, content, f"mali_forum_2022-03.{kind}", None)
    columns = ("date", "admin1", "admin1_code", "latitude", "longitude", "fatalities", "wounded", "provider")
    assert found.rows().select(columns).rows() == [
        (date(2022, 3, 1), "Ségou", "ML04", 13.4, -6.2, 3, None, "mali_forum"),
        (date(2022, 3, 2), "Mopti", "ML05", 14.5, -4.2, None, 2, "mali_forum"),
    ]
    assert found.record["layout"].endswith("HXL tags of mali_forum")
    assert found.record["licence"] == "not stated: no redistribution"


def test_without_ids_a_corrected_count_is_the_same_event_and_two_contents_of_one_are_set_aside(tmp_path: Path):
    head = "#date+occurred,#loc+name,#affected+killed\n"
    first = Landed(tmp_path, f"{head}2022-03-01,Sévaré,3\n".encode(), "forum.csv", None).rows()
    revised = Landed(tmp_path, f"{head}2022-03-01,Sévaré,4\n".encode(), "forum.csv", None).rows()
    assert first.item(0, "event_id") == revised.item(0, "event_id")
    assert first.item(0, "_record_hash") != revised.item(0, "_record_hash")
    both = Landed(tmp_path, f"{head}2022-03-01,Sévaré,3\n2022-03-01,Sévaré,9\n".encode(), "forum.csv", None)
    assert both.quarantined().get_column("failed_rules").to_list() == ["id_unique"] * 2


@pytest.mark.parametrize(
    ("name", "content", "mapping", "problem"),
    [
        ("a.csv", text().encode(), None, "neither a mapping nor the file's name"),
        ("forum.csv", text().encode(), None, "no mapping, and no row of HXL tags"),
        ("forum.geojson", as_geojson(), None, "no mapping, and no row of HXL tags"),
        ("forum.parquet", as_parquet(), None, "no mapping, and no row of HXL tags"),
        ("a.csv", text(names=("Ref", "Datum", *NAMES[2:])).encode(), MAPPING, "columns are missing: Date"),
        ("a.parquet", as_parquet(), MAPPING.replace("Type", "Kind"), "columns are missing: Kind"),
        ("a.parquet", as_parquet()[:-9], MAPPING, "cannot be read"),
        ("a.parquet", b"PAR1" + bytes(40), MAPPING, "cannot be read"),
        ("forum.csv", b"#date+reported,#geo+lat\n2022-01-01,1\n", None, r"no column is tagged as the date"),
        ("forum.csv", b"#date,#date+occurred\n2022-01-01,1\n", None, "two columns fill `date`"),
    ],
)
def test_what_nothing_describes_is_refused(
    tmp_path: Path, name: str, content: bytes, mapping: str | None, problem: str
):
    try:
        found = Landed(tmp_path, content, name, mapping)
    except RefusedError as refused:
        said = str(refused)
    else:
        said = found.record["refusal"]
    assert problem in said
    assert "Way out" in said


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("INCIDENTS_DATA_DIR", str(tmp_path / "data"))
    return Settings()


def test_the_inbox_takes_a_file_with_the_mapping_beside_it(here: Settings):
    inbox = here.inbox_dir / "incident_file"
    saved(inbox, "a.csv", text().encode())
    saved(inbox, "a.csv.mapping.yaml", MAPPING.encode())
    intake = take_in(FEED, RawConfig(fetch=False), here)
    assert not intake.problems
    assert [path.name for path in intake.new[0].batch.paths] == ["a.csv", "a.csv.mapping.yaml"]
    assert not [path for path in inbox.iterdir() if path.is_file()]


def test_a_wrong_mapping_puts_both_aside_with_the_reason(here: Settings):
    inbox = here.inbox_dir / "incident_file"
    saved(inbox, "a.csv", text().encode())
    saved(inbox, "a.csv.mapping.yaml", b"provider: NGO\n")
    intake = take_in(FEED, RawConfig(fetch=False), here)
    assert "key provider" in intake.problems[0]
    assert {path.name for path in (inbox / REFUSED).iterdir()} == {
        "a.csv",
        "a.csv.mapping.yaml",
        "a.csv.why.txt",
        "a.csv.mapping.yaml.why.txt",
    }
    assert not Lake(here.lake_dir).raw_batches("incident_file")


def test_a_preview_shows_every_column_and_stores_nothing(here: Settings, tmp_path: Path):
    rows = [*ROWS, ("r4", "4 avril", "Drone", "14", "3", "1", "")]
    file = saved(tmp_path, "a.csv", text(rows, names=(*NAMES[:-1], "Remark")).encode())
    mapping = saved(tmp_path, "m.yaml", MAPPING.replace("headline: Note", "").encode())
    command = ["add", "incident_file", str(file), "--mapping", str(mapping), "--preview"]
    shown = CliRunner().invoke(app, command)
    assert shown.exit_code == 0, shown.output
    for line in (
        "Date → date (date), 0% empty",
        "03/04/2022 → 2022-04-03",
        "1 records break is_date",
        "= MLI → country",
        "not read: Remark",
        "3 would land and 1 would be set aside. Nothing was stored.",
    ):
        assert line in shown.output
    assert not here.lake_dir.exists()
    facts = json.loads(CliRunner().invoke(app, [*command, "--json"]).output)[0]
    assert (facts["would_land"], facts["provider"], facts["unused"]) == (3, "ngo_forum", ["Remark"])


def test_withdraw_takes_back_every_reading_of_a_file_and_no_release(here: Settings, tmp_path: Path):
    table, mapping = saved(tmp_path, "a.csv", text().encode()), saved(tmp_path, "m.yaml", MAPPING.encode())
    call = CliRunner().invoke
    call(app, ["add", FEED.name, str(table), "--mapping", str(mapping)])
    mapping.write_text(MAPPING.replace("MLI", "BFA"))
    call(app, ["add", FEED.name, str(table), "--mapping", str(mapping)])
    records = Lake(here.lake_dir).batches(FEED.name)
    assert records.get_column("scope_key").n_unique() == 1
    done = call(app, ["withdraw", FEED.name, records.item(0, "batch_id"), "--why", "an exercise"])
    assert done.exit_code == 0, done.output
    assert done.output.count("taken back: an exercise") == 2
    assert Lake(here.lake_dir).batches(FEED.name).get_column("status").to_list() == ["held", "held"]

    release = saved(tmp_path, "GEDEvent_v23_1.csv", release_csv([record()]))
    assert call(app, ["add", "ucdp_ged", str(release)]).exit_code == 0
    (ged,) = Lake(here.lake_dir).batches("ucdp_ged").to_dicts()
    refused = call(app, ["withdraw", "ucdp_ged", ged["batch_id"], "--why", "no"])
    assert "a file that speaks for its own records only" in str(refused.exception)


def test_only_incident_files_take_a_mapping(here: Settings, tmp_path: Path):
    file = saved(tmp_path, "a.csv", text().encode())
    shown = CliRunner().invoke(app, ["add", "ucdp_ged", str(file), "--preview"])
    assert shown.exit_code == 2


def test_staging_speaks_the_warehouses_vocabulary(tmp_path: Path):
    rows = staged_rows("stg_incident_file__events", Landed(tmp_path, text().encode(), "a.csv").lake)
    days = [(row["date_precision"], row["occurred_date"], row["occurred_until_date"]) for row in rows]
    assert days[1] == ("year", date(2022, 1, 1), date(2022, 12, 31))
    assert days[0] == ("day", date(2022, 4, 3), date(2022, 4, 3))
    assert (rows[0]["source_event_id"], rows[0]["event_type"]) == ("ngo_forum:r1", "explosion_or_remote_violence")
    assert (rows[0]["source_country_code"], rows[1]["fatality_count_best"]) == ("MLI", None)


SAMPLE = PROJECT_ROOT / "data/sample"
TRUTH = json.loads((SAMPLE / "truth.json").read_text())["incident_file"]


@pytest.mark.parametrize("told", TRUTH, ids=lambda told: told["file"])
def test_the_sample_lands_as_its_truth_says(tmp_path: Path, told: dict):
    path = SAMPLE / told["file"]
    beside = path.with_name(f"{path.name}.mapping.yaml")
    found = Landed(tmp_path, path.read_bytes(), path.name, beside.read_text() if beside.exists() else None)
    names = ("records_read", "records_landed", "records_quarantined", "records_duplicate")
    assert {name: found.record[name] for name in names} == {name: told[name] for name in names}
    rules = dict(found.quarantined().select("_record_number", "failed_rules").rows()) if told["quarantined"] else {}
    assert rules == {each["record_number"]: each["rule"] for each in told["quarantined"]}


values = st.sampled_from(
    ["", "x", "2022", "03/04/2022", "Raid", "1e400", "nan", "-1", '"', "=cmd()", "é", "#date", "0"]
)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(*[values] * 7), min_size=1, max_size=6))
def test_every_record_is_landed_quarantined_or_a_duplicate(tmp_path_factory, rows):
    found = Landed(tmp_path_factory.mktemp("incidents"), text([ROWS[0], *rows]).encode(), "a.csv")
    assert found.record["status"] in {"landed", "held"}, found.record["refusal"]
    assert found.record["records_read"] == len(rows) + 1
    assert is_conserved(found.record)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kind=st.sampled_from(["csv", "geojson", "parquet"]), place=st.integers(0, 500), junk=st.binary(max_size=20))
def test_any_damage_is_landed_or_refused(tmp_path_factory, kind: str, place: int, junk: bytes):
    good = {"csv": text().encode(), "geojson": as_geojson(), "parquet": as_parquet()}[kind]
    found = Landed(tmp_path_factory.mktemp("damaged"), good[:place] + junk + good[place + len(junk) :], f"a.{kind}")
    assert found.record["status"] in {"landed", "held", "refused"}
    assert is_conserved(found.record)
