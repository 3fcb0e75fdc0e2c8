"""Invented lists of incidents as an NGO, a district forum and a mapper would send them.

A workbook and a GeoJSON with their mappings, and a CSV with HXL tags. They tell of events that UCDP's files tell of,
and of things of their own, far from all of those, of which no definition counts any. Places are real, everything else
is invented and says so. Every kind of mistake that a mapping must catch occurs once.
"""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from hashlib import md5, sha256
from random import Random
from typing import Any

from scripts.sample import kinds, overlap
from scripts.sample.geography import MALI, Place
from scripts.sample.tally import truth_of
from scripts.sample.workbooks import Cell, workbook
from scripts.sample.world import Event

FEED = "incident_file"
COMPANION = ".mapping.yaml"
FIRST_DAY = date(2023, 1, 1)
DAYS = 300
AREA = 4
"""The feature that is an area and no point."""
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

UNKNOWN = "Inconnu"
RETOLD_KINDS = {  # type, target
    kinds.ATTACK_ON_SITE: ("Attaque complexe", "Camp militaire"),
    kinds.AMBUSH: ("EEI", "Patrouille militaire"),
    kinds.POLICE: ("Attaque complexe", "Poste de police"),
    kinds.ATTACK_ON_CIVILIANS: ("Assassinat", "Civils"),
}
GROUPS = {"JNIM": "JNIM", "IS": "EIGS"}


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
    tells: dict[str, str] = field(default_factory=dict[str, str])

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


def tells() -> dict[str, str]:
    """Which of the world's events its records tell of, by the ids of both."""
    return {key: event for file in _files() for key, event in file.tells.items()}


@cache
def _files() -> list[_File]:
    random = Random(FEED)  # noqa: S311 - repeatable, not secret
    chosen = random.sample([event for event in overlap.known_events() if _can_be_told(event)], 88)
    return [_ngo(random, iter(chosen[:64])), _forum(random, chosen[64:76]), _mapper(random, chosen[76:])]


def _can_be_told(event: Event) -> bool:
    """An event of Mali, of a kind that these lists have, in their months, and known to UCDP."""
    is_in_time = FIRST_DAY <= event.day < FIRST_DAY + timedelta(days=DAYS)
    return event.country is MALI and event.kind in RETOLD_KINDS and is_in_time and not event.is_bloodless


def _own(random: Random) -> tuple[Place, date]:
    return overlap.quiet_place(random, [MALI], FIRST_DAY, DAYS)


def _group(event: Event) -> str:
    """The group of an event, on whichever side UCDP has it."""
    return next(GROUPS[event.record[side]] for side in ("side_b", "side_a") if event.record[side] in GROUPS)


def _ngo(random: Random, events: Iterator[Event]) -> _File:
    """A workbook with a cover sheet, a title above the header, and a total below the table."""
    header: list[Cell] = ["Ref.", "Date", "Type", "Auteur présumé", "Cible", "Région", "Localité", "Lat", "Long"]
    header += ["Tués", "Blessés", "Description"]
    rows: list[list[Cell]] = []
    told: dict[str, str] = {}
    for number in range(80):
        is_month_only = number % 13 == 7
        event = None if is_month_only or number % 10 in (5, 9) else next(events)
        if event:
            got = overlap.telling(event, random)
            place, day, who, dead = event.place, got.day, _group(event), got.fatalities
            kind, target = RETOLD_KINDS[event.kind]
            told[f"synthetic_ngo:N-{number:03}"] = event.event_id
        else:
            (place, day), who, dead, kind, target = _own(random), UNKNOWN, "nd", "Assassinat", "Civils"
        known = f"{day:%m/%Y}" if is_month_only else f"{day:%d/%m/%Y}"
        where: list[Cell] = [place.admin1.removesuffix(" region"), place.name, place.latitude, place.longitude]
        words = f"{kind} à {place.name} ({ORIGIN})"
        rows.append([f"N-{number:03}", known, kind, who, target, *where, dead, random.choice((0, 3, "?")), words])
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
        tells=told,
    )


def _forum(random: Random, events: list[Event]) -> _File:
    """A CSV with HXL tags under its header, without ids; one row stands twice."""
    header = ["Date", "Cercle", "Lieu", "Latitude", "Longitude", "Morts", "Blessés", "Source", "Pays"]
    tags = ["#date+occurred", "#adm2+name", "#loc+name", "#geo+lat", "#geo+lon", "#affected+killed"]
    tags += ["#affected+injured", "#meta+source", "#country+code"]
    seen = [(event.place, event.day, event.record["best"], event.event_id) for event in events]
    seen += [(*_own(random), random.choice("0123"), "") for _ in range(12)]
    rows: list[list[str]] = []
    told: dict[str, str] = {}
    for place, day, dead, event_id in sorted(seen, key=lambda row: (row[1], row[0].name)):
        where = [place.admin2.removesuffix(" cercle"), place.name, f"{place.latitude}", f"{place.longitude}"]
        if event_id:
            told[f"synthetic_forum:{_digest_of(day, ['MLI', *where])}"] = event_id
        rows.append([day.isoformat(), *where, dead, random.choice(("", "1", "4")), ORIGIN, "MLI"])
    rows.append(rows[3])
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, tags, *rows])
    return _File(
        path=f"{FEED}/synthetic_forum_2023.csv",
        about="A CSV with HXL tags and no ids; one row stands twice.",
        payload=text.getvalue().encode(),
        record_count=len(rows),
        copies=1,
        tells=told,
    )


def _mapper(random: Random, events: list[Event]) -> _File:
    """Points on a map, and among them an area, which is no place of an event."""
    seen = [(event.place, event.day, _group(event), int(event.record["best"]), event.event_id) for event in events]
    seen += [(*_own(random), UNKNOWN, 1, "") for _ in range(12)]
    features: list[Json] = []
    told: dict[str, str] = {}
    for place, day, who, dead, event_id in sorted(seen, key=lambda row: (row[1], row[0].name)):
        if event_id and len(features) != AREA:
            told[f"synthetic_mapper:{_digest_of(day, [place.name, who])}"] = event_id
        features.append(
            {
                "type": "Feature",
                "properties": {"when": day.isoformat(), "where": place.name, "who": who, "dead": dead},
                "geometry": {"type": "Point", "coordinates": [place.longitude, place.latitude]},
            }
        )
    features[AREA]["geometry"] = {"type": "Polygon", "coordinates": [[[-3, 14], [-2, 14], [-2, 15], [-3, 14]]]}
    collection = {"type": "FeatureCollection", "name": ORIGIN, "features": features}
    return _File(
        path=f"{FEED}/map_of_raids.geojson",
        about="GeoJSON with its mapping; one feature is an area and no point.",
        payload=(json.dumps(collection, indent=1) + "\n").encode(),
        mapping=MAPPER_MAPPING,
        record_count=len(features),
        rules={AREA + 1: "geometry_is_point"},
        tells=told,
    )


def _digest_of(day: date, values: list[str]) -> str:
    """The id that a record without one gets: a digest of its day and of what else its mapping names."""
    text = "\x1f".join([day.isoformat(), *values]).lower()
    return md5(text.encode(), usedforsecurity=False).hexdigest()[:20]
