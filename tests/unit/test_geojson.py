"""GeoJSON: points in WGS 84 are read, everything else is said."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.errors import RefusedError
from orchestration.io.geojson import GeoJsonReader
from orchestration.io.payload import BoundedStream, Bounds
from schemas.contract import Column, Contract, Kind

CONTRACT = Contract(
    name="raids",
    version=1,
    key="ref",
    columns=tuple(
        Column(name, Kind.TEXT, name, optional=name == "feature.id")
        for name in ("ref", "day", "geometry.latitude", "geometry.longitude", "feature.id")
    ),
)


def feature(geometry: object = "point", **changes: object) -> dict:
    point = {"type": "Point", "coordinates": [-3.5, 14.25]}
    return {
        "type": "Feature",
        "id": 7,
        "geometry": point if geometry == "point" else geometry,
        "properties": {"ref": "a", "day": "2022-01-01", "other": 1, **changes},
    }


def reader(content: object, bounds: Bounds = Bounds(10**9, 200), **members: object) -> GeoJsonReader:  # noqa: B008
    if not isinstance(content, bytes):
        content = json.dumps({"type": "FeatureCollection", "features": content, **members}).encode()
    stream = BoundedStream(io.BytesIO(content), "a.geojson", bounds, None)
    return GeoJsonReader(stream, "a.geojson", CONTRACT)


def test_properties_and_points_are_read_as_written():
    text = json.dumps({"type": "FeatureCollection", "features": [feature()]}).replace("14.25", "14.2500")
    found = reader(text.encode())
    (chunk,) = found.chunks()
    assert chunk.records.row(0) == ("a", "2022-01-01", "14.2500", "-3.5", "7", 1)
    assert found.unused == ("other",)


def test_a_feature_without_a_place_is_a_record():
    (chunk,) = reader([feature(None)]).chunks()
    assert chunk.records.item(0, "geometry.latitude") is None


@pytest.mark.parametrize(
    ("bad", "rule", "value"),
    [
        (feature({"type": "LineString", "coordinates": [[1, 2], [3, 4]]}), "geometry_is_point", '"LineString"'),
        (
            feature({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 2]]]}),
            "geometry_is_point",
            '"Polygon", a ring of it is not closed',
        ),
        (feature({"type": "Polygon", "coordinates": None}), "geometry_is_point", '"Polygon"'),
        (feature({"type": "Point", "coordinates": [1]}), "geometry_is_valid", '["1"]'),
        (feature({"type": "Point", "coordinates": ["x", 2]}), "geometry_is_valid", '["x", "2"]'),
        (feature({"type": "Point", "coordinates": {"lat": 1}}), "geometry_is_valid", '{"lat": "1"}'),
        (feature("here"), "geometry_is_point", "null"),
        ({"type": "Point", "coordinates": [1, 2]}, "is_feature", '{"type": "Point", "coordinates": ["1", "2"]}'),
        (None, "is_feature", "null"),
    ],
)
def test_what_is_no_point_is_set_aside_with_its_number(bad: object, rule: str, value: str):
    (chunk,) = reader([feature(), bad, feature()]).chunks()
    assert chunk.records.get_column("_record_number").to_list() == [1, 3]
    assert chunk.misfits.select("_record_number", "rule", "value").rows() == [(2, rule, value)]
    assert chunk.record_count == 3


@pytest.mark.parametrize("name", ["urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326", "urn:ogc:def:crs:EPSG::4326"])
def test_wgs_84_may_be_said(name: str):
    assert reader([feature()], crs={"type": "name", "properties": {"name": name}}).layout


@pytest.mark.parametrize(
    "crs",
    [{"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32630"}}, {"type": "link"}, "EPSG:3857", 4326, {}],
)
def test_another_system_of_coordinates_is_refused(crs: object):
    with pytest.raises(RefusedError, match="another system.*EPSG:4326"):
        reader([feature()], crs=crs)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"{", "cannot be read as JSON"),
        (b"[" * 200_000, "cannot be read as JSON"),
        (b"[1, 2]", "no FeatureCollection"),
        (json.dumps(feature()).encode(), "no FeatureCollection"),
        ([], "has no features"),
        ([{"type": "Feature", "properties": {"ref": 1}}], "properties are missing: day"),
        (b"\xff{}", "cannot be read as JSON"),
        ([feature(), feature(**{"Ref ": "b"})], "the properties 'ref' and 'Ref ', and which is meant is not said"),
        (json.dumps({"features": [feature()]}).replace('"a"', '"a", "ref": "b"').encode(), "'ref' stands twice"),
        ([feature(), feature(other="\ud83d")], "feature 2 has half a character"),
        ([feature(**{"\udc00": 1})], "feature 1 has half a character"),
    ],
)
def test_what_is_no_collection_is_refused(content: object, problem: str):
    with pytest.raises(RefusedError, match=problem):
        reader(content)


def test_names_that_differ_from_feature_to_feature_are_no_twins_and_whole_characters_no_halves():
    (chunk,) = reader([feature(), {**feature(), "properties": {"REF ": "\U0001f600", "day": ""}}]).chunks()
    assert chunk.records.get_column("ref").to_list() == ["a", "\U0001f600"]


def test_size_has_a_bound():
    with pytest.raises(RefusedError, match="Parquet or CSV"):
        reader([feature()], Bounds(10**9, 200, max_document_bytes=100))


KEYS = ["type", "geometry", "properties", "coordinates", "id", "ref", "day", "crs"]
anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8) | st.sampled_from(["Point", "Feature", 10**30]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)


@given(features=st.lists(anything, max_size=5))
def test_any_features_are_records_or_misfits(features: list):
    (chunk,) = reader([feature(), *features]).chunks()
    numbers = [*chunk.records.get_column("_record_number"), *chunk.misfits.get_column("_record_number")]
    assert sorted(numbers) == list(range(1, len(features) + 2))
