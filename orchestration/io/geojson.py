"""GeoJSON to chunks of text columns: the properties of each feature, and its point.

Source: RFC 7946. Only points are read: what a line or an area stands for is not said by the file, and a centre of it
would be made up. Coordinates are WGS 84 and nothing else; the older `crs` member is refused if it says otherwise.
JSON is parsed as a whole, with its numbers kept as they are written; a larger file belongs into Parquet or CSV.
"""

import json
import math
import re
from collections.abc import Iterator
from typing import Any

import polars as pl

from orchestration.errors import RefusedError
from orchestration.io.payload import BoundedStream, printable
from orchestration.io.reading import MISFIT_SCHEMA, Chunk
from schemas.contract import Contract

MOST_CONTAINERS = 3_000_000
"""An empty list is two bytes in a file and a hundred in memory: lists and objects are counted before they are made."""
BLOCK_BYTES = 1024**2
RULE = "a FeatureCollection of points in WGS 84 (RFC 7946)"
HALF_A_CHARACTER = re.compile(rb"\\u[dD][89a-fA-F]")
"""May be half of one: an escape of UTF-16, which must come in pairs."""
LATITUDE, LONGITUDE, FEATURE_ID = "geometry.latitude", "geometry.longitude", "feature.id"
"""What a feature has beside its properties, under the names by which a mapping may call it."""
WGS84 = frozenset(
    {
        "urn:ogc:def:crs:ogc:1.3:crs84",
        "urn:ogc:def:crs:ogc::crs84",
        "urn:ogc:def:crs:epsg::4326",
        "epsg:4326",
        "crs84",
        "ogc:crs84",
    }
)


class GeoJsonReader:
    """Reads the features of a collection; each one is a record, those that cannot be read included."""

    def __init__(self, stream: BoundedStream, source: str, contract: Contract) -> None:
        """Read the collection.

        Raises:
            RefusedError: it is no collection of features, too large, or in another system of coordinates.
        """
        self._source = source
        self._contract = contract
        too_large = "save it as Parquet or CSV with two columns for the coordinates"
        self._features = features_in(stream, source, RULE, too_large, most_bytes=stream.bounds.max_document_bytes)
        names = {name for feature in self._features for name in _properties(feature)}
        self._refuse_twins()
        self._refuse_missing(names | {LATITUDE, LONGITUDE, FEATURE_ID})
        self.layout = f"GeoJSON with {len(names)} properties"
        self.unused = tuple(sorted(name for name in names if name.strip().lower() not in contract.spelled))

    def chunks(self) -> Iterator[Chunk]:
        """All features at once."""
        spelled = self._contract.spelled
        rows: list[dict[str, Any]] = []
        misfits: list[tuple[int, str | None, str, str, str]] = []
        for number, feature in enumerate(self._features, start=1):
            if fault := _fault_of(feature):
                misfits.append((number, *fault, json.dumps(feature, ensure_ascii=False)))
                continue
            cells = {**_properties(feature), **_beside(feature)}
            known = {spelled.get(name.strip().lower()): _text(value) for name, value in cells.items()}
            rows.append({name: value for name, value in known.items() if name} | {"_record_number": number})
        schema = {**dict.fromkeys(self._contract.names, pl.String), "_record_number": pl.Int64}
        yield Chunk(
            pl.DataFrame(rows, schema=schema),  # pyright: ignore[reportArgumentType]
            pl.DataFrame(misfits, schema=MISFIT_SCHEMA, orient="row"),
        )

    def _refuse_twins(self) -> None:
        """Two properties of one feature that differ in case or spaces only: which of them is meant is not said."""
        spelled = self._contract.spelled
        for names in dict.fromkeys(tuple(_properties(feature)) for feature in self._features):
            read = [spelled.get(name.strip().lower()) for name in names]
            if twin := next((column for column in read if column and read.count(column) > 1), None):
                shown = " and ".join(repr(name) for name, column in zip(names, read, strict=True) if column == twin)
                problem = f"one feature has the properties {printable(shown[:120])}, and which is meant is not said"
                raise RefusedError(self._source, problem, RULE, way_out="rename or remove one of them")

    def _refuse_missing(self, names: set[str]) -> None:
        found = {self._contract.spelled.get(name.strip().lower()) for name in names}
        if missing := [name for name in self._contract.required_names if name not in found]:
            problem = f"properties are missing: {', '.join(missing)}"
            raise RefusedError(self._source, problem, RULE, way_out="correct the mapping")


def features_in(
    stream: BoundedStream,
    source: str,
    rule: str,
    if_too_large: str,
    *,
    most_bytes: int,
    numbers_as_written: bool = True,
) -> list[Any]:
    """The features of a collection, as JSON has them; nothing is known yet of any of them.

    Args:
        stream: the file's bytes.
        source: how messages call it.
        rule: what messages say was expected.
        if_too_large: the way out of that.
        most_bytes: a larger file is refused.
        numbers_as_written: numbers come as text, with every digit that stands in the file.

    Raises:
        RefusedError: it is no collection of features, too large, or in another system of coordinates.
    """

    def refused(problem: str, way_out: str) -> RefusedError:
        return RefusedError(source, problem, rule, way_out)

    data = bytearray()
    while block := stream.read(BLOCK_BYTES):
        data += block
        if len(data) > most_bytes:
            raise refused(f"it is larger than {most_bytes:,} bytes", if_too_large)
    containers = data.count(b"[") + data.count(b"{")
    if containers > MOST_CONTAINERS:
        raise refused(f"it is made of {containers:,} lists and objects, more than {MOST_CONTAINERS:,}", if_too_large)
    as_written: dict[str, Any] = {"parse_float": str, "parse_int": str} if numbers_as_written else {}
    try:
        content = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_once, **as_written)
    except (ValueError, RecursionError) as error:
        problem = f"it cannot be read as JSON ({str(error)[:120]})"
        raise refused(problem, "fetch the file again: it may have been cut short") from error
    if not isinstance(content, dict) or content.get("type") != "FeatureCollection":
        raise refused("it is JSON, but no FeatureCollection", "export it as GeoJSON")
    if system := _other_system(content.get("crs")):
        raise refused(f"its coordinates are of another system: {system}", "export it in WGS 84 (EPSG:4326)")
    features = content.get("features")
    if not isinstance(features, list) or not features:
        raise refused("it has no features", "fetch the file again")
    if HALF_A_CHARACTER.search(data) and (number := next(_features_of_half_characters(features), None)):
        problem = f"feature {number:,} has half a character (an escape such as \\ud83d without the other half)"
        raise refused(problem, "correct that feature, or export the file anew as UTF-8")
    return features


def _features_of_half_characters(features: list[Any]) -> Iterator[int]:
    """Numbers of the features that hold a text which no file in UTF-8 could hold."""
    for number, feature in enumerate(features, start=1):
        try:
            json.dumps(feature, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            yield number


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON, which may have each name once: of two values nobody knows which one is meant."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the name {printable(twice[:80])!r} stands twice in one object")
    return found


def _other_system(crs: Any) -> str | None:  # noqa: ANN401 - any JSON
    """A system of coordinates that is stated and is not WGS 84."""
    if crs is None:
        return None
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    is_wgs84 = isinstance(name, str) and name.strip().lower() in WGS84
    return None if is_wgs84 else json.dumps(crs)[:120]


def _properties(feature: Any) -> dict[str, Any]:  # noqa: ANN401
    properties = feature.get("properties") if isinstance(feature, dict) else None
    return properties if isinstance(properties, dict) else {}


def _beside(feature: dict[str, Any]) -> dict[str, Any]:
    geometry = feature.get("geometry")
    longitude, latitude, *_ = geometry["coordinates"] if geometry else (None, None)
    return {FEATURE_ID: feature.get("id"), LONGITUDE: longitude, LATITUDE: latitude}


def _fault_of(feature: Any) -> tuple[str | None, str, str] | None:  # noqa: ANN401
    """Column, rule and value of what is wrong with a feature, if anything is. A feature without a place is none."""
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        return None, "is_feature", _shown(feature)
    geometry = feature.get("geometry")
    if geometry is None:
        return None
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind != "Point":
        return "geometry", "geometry_is_point", _shown(kind) + _ring_fault(geometry)
    if not _is_position(geometry.get("coordinates")):
        return "geometry", "geometry_is_valid", _shown(geometry.get("coordinates"))
    return None


def _is_position(position: Any) -> bool:  # noqa: ANN401
    """Two or three finite numbers (which are texts here, as they are written)."""
    return isinstance(position, list) and len(position) in (2, 3) and all(map(_is_number, position))


def _is_number(value: Any) -> bool:  # noqa: ANN401
    try:
        return isinstance(value, str) and math.isfinite(float(value))
    except ValueError:
        return False


def _ring_fault(geometry: Any) -> str:  # noqa: ANN401
    """What is wrong with an area beside not being a point: said, because its maker will want to know."""
    rings = geometry.get("coordinates") if isinstance(geometry, dict) and geometry.get("type") == "Polygon" else None
    if isinstance(rings, list) and any(
        not isinstance(ring, list) or len(ring) < 4 or ring[0] != ring[-1] for ring in rings
    ):
        return ", a ring of it is not closed"
    return ""


def _shown(value: Any) -> str:  # noqa: ANN401
    return json.dumps(value, ensure_ascii=False)[:200]


def _text(value: Any) -> str | None:  # noqa: ANN401
    """A value as text: numbers as written, true and false as such, anything nested as JSON."""
    if value is None or value == "":
        return None
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
