"""Invented lists of incidents as an NGO, a district forum and a mapper would send them.

A workbook and a GeoJSON with their mappings, and a CSV with HXL tags. Places are real, everything else is invented and
says so. Every kind of mistake that a mapping must catch occurs once.
"""

import csv
import io
import json
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import sha256
from random import Random
from typing import Any

from scripts.sample.geography import MALI, Place
from scripts.sample.tally import truth_of
from scripts.sample.workbooks import Cell, workbook

FEED = "incident_file"
COMPANION = ".mapping.yaml"
FIRST_DAY = date(2023, 1, 1)
DAYS = 300
ORIGIN = "synthetic sample"

Json = dict[str, Any]

NGO_MAPPING = """\
# Which column of ngo_incidents.xlsx is what. docs/incident_files.md explains every key.
provider: synthetic_ngo
title: Synthetic NGO, incident log 2023
licence: CC0 1.0 (invented data)
citation: Synthetic NGO, incident log 2023 (invented)
id: Ref.
columns:
  date:
    column: Date
    formats: ["%d/%m/%Y", "%m/%Y"]
  event_type:
    column: Type
    values:
      Attaque complexe: battle
      EEI: explosion_or_remote_violence
      Assassinat: violence_against_civilians
  source_event_type: Type
  side_a: Auteur présumé
  target_types: Cible
  admin1: Région
  place: Localité
  latitude: Lat
  longitude: Long
  fatalities: {column: Tués, unknown: [nd, "?"]}
  wounded: {column: Blessés, unknown: [nd, "?"]}
  headline: Description
  source: {constant: synthetic sample}
  country: {constant: MLI}
"""

MAPPER_MAPPING = """\
provider: synthetic_mapper
licence: CC0 1.0 (invented data)
id: {digest_of: [date, place, side_a]}
columns:
  date: when
  place: where
  side_a: who
  fatalities: dead
  source: {constant: synthetic sample}
  country: {constant: MLI}
"""

TYPES = ("Attaque complexe", "EEI", "Assassinat")
GROUPS = ("JNIM", "EIGS", "Inconnu")
TARGETS = ("Camp militaire", "Poste de police", "Civils")


@dataclass
class _File:
    """One file: its bytes, its mapping, and what must become of its records."""

    path: str
    about: str
    payload: bytes
    record_count: int
    mapping: str | None = None
    rules: dict[int, str] = field(default_factory=dict[int, str])
    copies: int = 0

    @property
    def digest(self) -> str:
        """That of the batch: of a file, or of the digests of a file and its mapping."""
        parts = [self.payload, *([self.mapping.encode()] if self.mapping else [])]
        digests = [sha256(part).hexdigest() for part in parts]
        return digests[0] if len(digests) == 1 else sha256("".join(digests).encode()).hexdigest()


def payloads() -> dict[str, bytes]:
    """The files by their paths, mappings among them."""
    found = {file.path: file.payload for file in _files()}
    return found | {f"{file.path}{COMPANION}": file.mapping.encode() for file in _files() if file.mapping}


def entries(first_order: int) -> list[Json]:
    """What sample.json says of them; a mapping belongs to the file beside it."""
    return [
        {
            "order": first_order + number,
            "feed": FEED,
            "file": file.path,
            "edition": None,
            "about": file.about,
            "sha256": file.digest,
            "byte_count": len(file.payload) + len((file.mapping or "").encode()),
        }
        for number, file in enumerate(_files())
    ]


def truth() -> list[Json]:
    """What must become of the records of each file."""
    return [truth_of(file) for file in _files()]


def _files() -> list[_File]:
    random = Random(FEED)  # noqa: S311 - repeatable, not secret
    return [_ngo(random), _forum(random), _mapper(random)]


def _some_place(random: Random) -> tuple[Place, date]:
    return random.choice(MALI.places), FIRST_DAY + timedelta(days=random.randrange(DAYS))


def _ngo(random: Random) -> _File:
    """A workbook with a cover sheet, a title above the header, and a total below the table."""
    header: list[Cell] = ["Ref.", "Date", "Type", "Auteur présumé", "Cible", "Région", "Localité", "Lat", "Long"]
    header += ["Tués", "Blessés", "Description"]
    rows: list[list[Cell]] = []
    for number in range(80):
        place, day = _some_place(random)
        kind, who, target = random.choice(TYPES), random.choice(GROUPS), random.choice(TARGETS)
        known = f"{day:%m/%Y}" if number % 13 == 7 else f"{day:%d/%m/%Y}"
        where: list[Cell] = [place.admin1.removesuffix(" region"), place.name, place.latitude, place.longitude]
        told: list[Cell] = [random.choice((0, 1, 2, 4, "nd")), random.choice((0, 3, "?"))]
        rows.append([f"N-{number:03}", known, kind, who, target, *where, *told, f"{kind} à {place.name} ({ORIGIN})"])
    rows[5][2] = "Drone"
    rows[9][1] = "dans la nuit"
    total: list[Cell] = ["", "", "", "", "", "", "", "", "", 61]
    return _File(
        path=f"{FEED}/ngo_incidents.xlsx",
        about="A workbook with its mapping; a type that the mapping forgot, a date in words, a total below the table.",
        payload=workbook({"Lisez-moi": [["Journal"], [ORIGIN]], "2023": [["Journal 2023"], [], header, *rows, total]}),
        mapping=NGO_MAPPING,
        record_count=len(rows) + 1,
        rules={6: "event_type_in_vocabulary", 10: "is_date", 81: "is_required; is_required"},
    )


def _forum(random: Random) -> _File:
    """A CSV with HXL tags under its header, without ids; one row stands twice."""
    header = ["Date", "Cercle", "Lieu", "Latitude", "Longitude", "Morts", "Blessés", "Source", "Pays"]
    tags = ["#date+occurred", "#adm2+name", "#loc+name", "#geo+lat", "#geo+lon", "#affected+killed"]
    tags += ["#affected+injured", "#meta+source", "#country+code"]
    rows: list[list[str]] = []
    for number in range(24):
        place, _ = _some_place(random)
        day = FIRST_DAY + timedelta(days=7 * number)
        where = [place.admin2.removesuffix(" cercle"), place.name, f"{place.latitude}", f"{place.longitude}"]
        rows.append([day.isoformat(), *where, random.choice("0123"), random.choice(("", "1", "4")), ORIGIN, "MLI"])
    rows.append(rows[3])
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, tags, *rows])
    return _File(
        path=f"{FEED}/synthetic_forum_2023.csv",
        about="A CSV with HXL tags and no ids; one row stands twice.",
        payload=text.getvalue().encode(),
        record_count=len(rows),
        copies=1,
    )


def _mapper(random: Random) -> _File:
    """Points on a map, and among them an area, which is no place of an event."""
    features: list[Json] = []
    for number in range(24):
        place, _ = _some_place(random)
        day = FIRST_DAY + timedelta(days=10 * number)
        features.append(
            {
                "type": "Feature",
                "properties": {"when": day.isoformat(), "where": place.name, "who": random.choice(GROUPS), "dead": 1},
                "geometry": {"type": "Point", "coordinates": [place.longitude, place.latitude]},
            }
        )
    features[4]["geometry"] = {"type": "Polygon", "coordinates": [[[-3, 14], [-2, 14], [-2, 15], [-3, 14]]]}
    collection = {"type": "FeatureCollection", "name": ORIGIN, "features": features}
    return _File(
        path=f"{FEED}/map_of_raids.geojson",
        about="GeoJSON with its mapping; one feature is an area and no point.",
        payload=(json.dumps(collection, indent=1) + "\n").encode(),
        mapping=MAPPER_MAPPING,
        record_count=len(features),
        rules={5: "geometry_is_point"},
    )
