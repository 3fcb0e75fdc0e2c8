"""Administrative areas: both kinds of properties, sound rings only, and the same files always make the same table."""

import gzip
import json
from pathlib import Path

import polars as pl
import pytest
import shapely
from hypothesis import HealthCheck, given
from hypothesis import settings as fuzzed
from hypothesis import strategies as st

from orchestration.errors import RefusedError
from orchestration.io import geojson
from orchestration.io.inbox import REFUSED
from orchestration.io.lake import Lake
from orchestration.io.payload import Bounds
from orchestration.reference import boundary_file
from orchestration.reference.boundaries import (
    NAME,
    SCHEMA,
    features_set_aside,
    path_of,
    take_in_boundaries,
    waiting_boundaries,
    write_boundaries,
)
from orchestration.reference.boundary_file import BoundaryFile, read_boundaries
from orchestration.settings import Settings

CODES = {"ML": "MLI", "MLI": "MLI", "NER": "NER"}
BOUNDS = Bounds(10**7, 200)


def square(west: float = -4.0, south: float = 14.0, size: float = 1.0) -> dict:
    east, north = west + size, south + size
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def feature(geometry: object, **properties: object) -> dict:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def region(code: str, name: str, geometry: object = None, **properties: object) -> dict:
    """A region of Mali as COD-AB has it."""
    told = {"ADM0_EN": "Mali", "ADM0_PCODE": "ML", "ADM1_FR": name, "ADM1_PCODE": code, **properties}
    return feature(geometry or square(), **told)


def collection(*features: object, **members: object) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features, **members}).encode()


def read(folder: Path, content: bytes, name: str = "areas.geojson") -> BoundaryFile:
    path = folder / "areas"
    path.write_bytes(content)
    return read_boundaries(path, name, BOUNDS, CODES)


def reasons(found: BoundaryFile) -> list[tuple[int, str]]:
    return list(found.set_aside.iter_rows())


def test_cod_ab_is_read_at_its_deepest_level(tmp_path: Path):
    circle = region("ML01", "Kayes", ADM2_PCODE="ML0101", ADM2_FR="Bafoulabé", ADM3_PCODE=None)
    row = read(tmp_path, collection(circle)).areas.row(0, named=True)
    assert shapely.from_wkb(row.pop("geometry")).bounds == (-4.0, 14.0, -3.0, 15.0)
    assert row == {
        "level": 2,
        "pcode": "ML0101",
        "name": "Bafoulabé",
        "parent_pcode": "ML01",
        "country_code": "MLI",
    }


@pytest.mark.parametrize(
    "properties",
    [
        {"ADM1_PCODE": "ML01", "ADM1_FR": "Kayès", "ADM1_EN": "Kayes", "ADM0_PCODE": "ML"},
        {"adm1_pcode": "ML01", "adm1_name": " Kayes ", "adm0_pcode": "ml"},
        {"admin1Pcode": "ML01", "admin1Name_en": "Kayes", "admin0Pcode": "MLI"},
    ],
)
def test_every_spelling_of_cod_ab_says_the_same(properties: dict, tmp_path: Path):
    areas = read(tmp_path, collection(feature(square(), **properties))).areas
    assert areas.select("level", "pcode", "name", "country_code").row(0) == (1, "ML01", "Kayes", "MLI")


def test_geoboundaries_gives_no_parents_and_not_always_a_code(tmp_path: Path):
    told = {"shapeName": "Tillabéri", "shapeGroup": "NER", "shapeID": "1B"}
    coded = feature(square(), shapeISO="NE-6", shapeType="ADM1", **told)
    bare = feature(square(), shapeISO="", shapeType="ADM1", **told)
    areas = read(tmp_path, collection(coded, bare), "geoBoundaries-NER-ADM1_simplified.geojson").areas
    assert areas.drop("geometry").rows() == [
        (1, "NE-6", "Tillabéri", None, "NER"),
        (1, None, "Tillabéri", None, "NER"),
    ]


def test_name_of_the_file_tells_the_level_where_the_properties_do_not(tmp_path: Path):
    content = collection(feature(square(), shapeName="Mopti", shapeGroup="MLI"))
    assert read(tmp_path, content, "MLI-ADM1.geojson").areas.get_column("level").to_list() == [1]
    with pytest.raises(RefusedError, match="nothing says its administrative level"):
        read(tmp_path, content, "mali.geojson")


def test_name_of_another_level_than_the_content_is_refused(tmp_path: Path):
    with pytest.raises(RefusedError, match="its name says level 2, its properties level 1"):
        read(tmp_path, collection(region("ML01", "Kayes")), "mli_admbnda_adm2.geojson")


def test_country_that_is_not_known_stays_unknown(tmp_path: Path):
    odd = region("QQ01", "Nowhere", ADM0_PCODE="QQ")
    assert read(tmp_path, collection(odd)).areas.item(0, "country_code") is None


BOW_TIE = {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}
OPEN = {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1]]]}
WORDS = {"type": "Polygon", "coordinates": [[["a", 0], [1, 1], [1, 0], ["a", 0]]]}
UNREAD = "its rings are not closed, too short, or not made of numbers"


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (region("ML02", "b", BOW_TIE), r"broken rings: Self-intersection[0.5 0.5]"),
        (region("ML02", "b", OPEN), UNREAD),
        (region("ML02", "b", WORDS), UNREAD),
        (region("ML02", "b", {"type": "MultiPolygon"}), UNREAD),
        (region("ML02", "b", {"type": "Polygon", "coordinates": []}), "broken rings: its area is empty"),
        (region("ML02", "b", {"type": "Point", "coordinates": [1, 2]}), 'it is no area but "Point"'),
        (feature(None, ADM1_PCODE="ML02"), "it has no geometry"),
        (region("", "b"), "it has no P-code of level 1"),
        (5, "it is no feature"),
    ],
)
def test_feature_that_is_no_sound_area_is_set_aside_with_the_reason(bad: object, reason: str, tmp_path: Path):
    found = read(tmp_path, collection(region("ML01", "a"), bad))
    assert found.areas.get_column("pcode").to_list() == ["ML01"]
    assert reasons(found) == [(2, reason)]


def test_code_of_two_features_names_neither(tmp_path: Path):
    found = read(tmp_path, collection(region("ML01", "a"), region("ML01", "b"), region("ML02", "c")))
    assert found.areas.get_column("pcode").to_list() == ["ML02"]
    assert reasons(found) == [(n, "its code ML01 stands in 2 features") for n in (1, 2)]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (collection(region("ML01", "a", square(500_000, 1_500_000))), "not on the globe"),
        (collection(region("ML01", "a", square(14, 91))), "not on the globe"),
        (collection(region("ML01", "a"), crs={"properties": {"name": "urn:ogc:def:crs:EPSG::32630"}}), "32630"),
        (collection(region("ML01", "a", BOW_TIE)), "none of its 1 features is a sound area"),
        (collection(feature(square(), region="a")), "properties are of no known kind: region"),
        (collection(), "no features"),
        (b'{"type": "Topology"}', "no FeatureCollection"),
        (collection(region("ML01", "a"))[:-5], "cannot be read as JSON"),
    ],
)
def test_file_that_is_no_collection_of_areas_is_refused(content: bytes, problem: str, tmp_path: Path):
    with pytest.raises(RefusedError, match="areas.geojson") as refused:
        read(tmp_path, content)
    assert problem in refused.value.problem


def test_what_a_file_is_made_of_has_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    content = collection(region("ML01", "a"), region("ML02", "b"))
    monkeypatch.setattr(boundary_file, "MOST_FEATURES", 1)
    with pytest.raises(RefusedError, match="it has 2 features, more than 1"):
        read(tmp_path, content)
    monkeypatch.setattr(geojson, "MOST_CONTAINERS", 10)
    with pytest.raises(RefusedError, match="22 lists and objects, more than 10"):
        read(tmp_path, content)


def test_stated_wgs84_and_heights_are_read(tmp_path: Path):
    high = {"type": "Polygon", "coordinates": [[[0, 0, 9], [1, 0, 9], [1, 1, 9], [0, 0, 9]]]}
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    areas = read(tmp_path, collection(region("ML01", "a", high), crs=crs)).areas
    assert not shapely.has_z(shapely.from_wkb(areas.item(0, "geometry")))


# -- through the inbox


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data")


def drop(settings: Settings, name: str, content: bytes) -> Path:
    folder = settings.inbox_dir / NAME
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)
    return folder / name


def table(settings: Settings) -> pl.DataFrame:
    return pl.read_parquet(path_of(settings))


def test_without_a_file_there_is_an_empty_table(settings: Settings):
    assert take_in_boundaries(settings).problems == []
    assert write_boundaries(settings)
    assert table(settings).schema == SCHEMA
    assert table(settings).is_empty()
    assert not write_boundaries(settings)


def test_file_is_archived_as_it_came_and_a_second_time_changes_nothing(settings: Settings):
    content = gzip.compress(collection(region("ML01", "Kayes"), region("ML02", "b", OPEN)), mtime=0)
    drop(settings, "mli_adm1.geojson.gz", content)
    assert take_in_boundaries(settings).new == ["mli_adm1.geojson.gz"]
    write_boundaries(settings)
    (batch,) = Lake(settings.lake_dir).raw_batches(NAME)
    assert batch.paths[0].read_bytes() == content
    assert batch.manifest.records_expected == 2
    assert table(settings).select("pcode", "source_file", "sha256").rows() == [
        ("ML01", "mli_adm1.geojson.gz", batch.manifest.sha256)
    ]
    assert features_set_aside(settings).get_column("feature_number").to_list() == [2]
    before = path_of(settings).read_bytes()
    drop(settings, "again.geojson.gz", content)
    assert take_in_boundaries(settings).known == ["again.geojson.gz"]
    assert waiting_boundaries(settings) == []
    assert not write_boundaries(settings)
    assert path_of(settings).read_bytes() == before


def test_newest_file_of_a_country_and_level_takes_the_place_of_older_ones(settings: Settings):
    files = {
        "old.geojson": collection(region("ML01", "Kayes"), region("ML02", "Koulikoro")),
        "level_2.geojson": collection(region("ML01", "Kayes", ADM2_PCODE="ML0101")),
        "niger.geojson": collection(region("NE01", "Agadez", ADM0_PCODE="NER")),
        "new.geojson": collection(region("ML01", "Kayes")),
    }
    for name, content in files.items():
        drop(settings, name, content)
        take_in_boundaries(settings)
    write_boundaries(settings)
    found = table(settings).select("source_file", "pcode").rows()
    assert sorted(found) == [("level_2.geojson", "ML0101"), ("new.geojson", "ML01"), ("niger.geojson", "NE01")]
    path_of(settings).unlink()
    write_boundaries(settings)
    assert table(settings).select("source_file", "pcode").rows() == found


def test_refused_file_is_put_aside_and_stops_no_other(settings: Settings):
    settings = Settings(data_dir=settings.data_dir, max_boundary_bytes=2000)
    drop(settings, "a.geojson", b"<html>")
    drop(settings, "b.geojson", collection(region("ML01", "a")))
    drop(settings, "c.geojson", collection(*(region(f"ML{n}", "a") for n in range(20))))
    drop(settings, "d.geojson.gz", gzip.compress(collection(*(region(f"ML{n}", "a") for n in range(20)))))
    (settings.inbox_dir / NAME / "e.geojson").symlink_to("/etc/hostname")
    intake = take_in_boundaries(settings)
    assert intake.new == ["b.geojson"]
    assert [problem.split(":")[0].split(",")[0] for problem in intake.problems] == [
        "a.geojson",
        "c.geojson",
        "d.geojson.gz",
        "e.geojson",
    ]
    assert all("INCIDENTS_MAX_BOUNDARY_BYTES" in problem for problem in intake.problems[1:3])
    assert len(list((settings.inbox_dir / NAME / REFUSED).glob("*.why.txt"))) == 4


# -- whatever a file holds

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)
POSITIONS = st.lists(st.lists(st.floats(-200, 200) | st.sampled_from([0, 1, 1e400]), max_size=4), max_size=6)
GEOMETRIES = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["Polygon", "MultiPolygon", "Point"]) | JSON,
        "coordinates": JSON | st.lists(POSITIONS, max_size=2) | st.lists(st.lists(POSITIONS, max_size=2), max_size=2),
    }
)
NAMES = st.sampled_from(["ADM0_PCODE", "ADM1_PCODE", "adm1_name", "shapeName", "shapeGroup", "shapeType", "shapeISO"])
FEATURES = st.fixed_dictionaries(
    {
        "type": st.just("Feature"),
        "geometry": GEOMETRIES | st.just(square()) | JSON,
        "properties": st.dictionaries(NAMES, JSON | st.sampled_from(["ML", "ADM1"]), max_size=6) | JSON,
    }
)
CONTENTS = st.binary(max_size=200) | st.one_of(
    JSON.map(lambda value: json.dumps(value).encode()),
    st.lists(FEATURES | JSON, max_size=4).map(lambda features: collection(*features)),
)


@given(CONTENTS)
@fuzzed(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_file_holds_it_is_read_or_refused(tmp_path: Path, content: bytes):
    try:
        found = read(tmp_path, content)
    except RefusedError:
        return
    assert len(found.areas) + len(found.set_aside) == len(json.loads(content.decode("utf-8-sig"))["features"])
    assert shapely.is_valid(shapely.from_wkb(found.areas.get_column("geometry").to_list())).all()
