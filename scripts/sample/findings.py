"""What the attacks of the sample were like, told by those who made them: month, target, weapons, victims, partners.

As everywhere in the truth, nothing is read back from files. Where sources tell one attack in two ways (a post and a
checkpoint), nobody can say which of them a warehouse must believe: such a count has a lowest and a highest figure.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from datetime import date
from typing import Any

from scripts.sample import actors, kinds
from scripts.sample.kinds import DEFINITIONS, Kind
from scripts.sample.world import Event

Json = dict[str, Any]

TARGETS: dict[Kind, tuple[str, ...]] = {
    kinds.CLASH: ("military_site_unstated",),
    kinds.AMBUSH: ("military_patrol_or_convoy",),
    kinds.ARMY_OPERATION: ("armed_group",),
    kinds.UN_SITE: ("un_or_foreign_base",),
    kinds.POLICE: ("police",),
    kinds.MILITIA: ("armed_group",),
    kinds.ATTACK_ON_CIVILIANS: ("civilians",),
}
"""What was hit, where the kind alone says it."""

AT_SITES = (kinds.ATTACK_ON_SITE, kinds.ATTACK_ON_SHARED_SITE, kinds.GUNMEN_AT_SITE, kinds.UNCODED_GUNMEN_AT_SITE)
SITE_WORDS = {
    "camp|base|post|garrison|garnison|barracks|caserne|position": ("military_base_or_post",),
    "check-?point": ("military_checkpoint",),
}

TARGET_WORDS: dict[Kind, dict[str, tuple[str, ...]]] = {
    **dict.fromkeys(AT_SITES, SITE_WORDS),
    kinds.NEAR_SITE: {
        "vehicle": ("military_patrol_or_convoy",),
        "kills": ("military_patrol_or_convoy", "unknown"),
        "[Mm]ine ": ("unknown",),
    },
    kinds.CLASH: {"around .* military camp": ("military_site_unstated", "military_base_or_post")},
}
"""What was hit, where it hangs on the words of the headline."""

GTD_TARGETS = {kinds.GUNMEN_AT_SITE: {"military_base_or_post"}}
"""GTD has one code for bases and checkposts; of the other kinds that it tells of it says what the kind says."""

WEAPONS = {
    "indirect_fire": "Mortar fire|fire rockets|tirs de roquettes",
    "ied_or_mine": "[Rr]oadside bomb|explosive device|[Mm]ine ",
    "drone": "drone",
    "air_strike": "air strike|Frappe aérienne",
}
"""What headlines say of weapons that can be told apart by a word. No attacker has drones: those are the army's."""

NGO_TELLS_OF_BOMBS = kinds.AMBUSH
"""Of these, the NGO's list gives the type EEI, an improvised explosive device, whatever the others say."""

BEGUN_BY_JIHADISTS = frozenset(
    {
        kinds.ATTACK_ON_SITE,
        kinds.ATTACK_ON_SHARED_SITE,
        kinds.AMBUSH,
        kinds.NEAR_SITE,
        kinds.UN_SITE,
        kinds.POLICE,
        kinds.MILITIA,
        kinds.ATTACK_ON_CIVILIANS,
    }
)
NEAREST_KM, FARTHEST_KM = 10, 300
"""So far from each other attacks of one group on one day are one coordinated set."""

RIM_KM = 10
"""Feeds place one attack up to so many kilometres apart: so near the limits, either answer is right."""

FAMILIES = {
    "al_qaeda_affiliated": ("JNIM", "JNIM: Group for Support of Islam and Muslims"),
    "islamic_state_affiliated": ("IS", "EIGS", "Islamic State Sahel Province (ISSP)"),
    "communal_militia": ("Dan na Ambassagou", "Dan Na Ambassagou", "Dogon", "Fulani"),
    "civilians": ("Civilians", "Civilians (Mali)", "Civilians (Niger)"),
    "state_forces": (
        *(side.name for side in actors.GOVERNMENTS.values()),
        *("Military Forces of Mali (2013-2020)", "Military Forces of Mali (2021-)", "Armed Forces of Niger"),
    ),
    "unidentified": ("XXX432", "Unidentified Armed Group (Mali)", "Inconnu"),
}
"""Names under which feeds of the sample tell of somebody, by family."""

ONE_GROUP = (
    ("JNIM", "JNIM: Group for Support of Islam and Muslims", "Jama'at Nusrat al-Islam wal Muslimin (JNIM)"),
    ("Military Forces of Mali (2013-2020)", "Military Forces of Mali (2021-)", "Armed Forces of Mali"),
    ("Dan na Ambassagou", "Dan Na Ambassagou"),
    ("Fulani", "Fulani Ethnic Militia (Mali)"),
)
"""Names of one group each, over feeds and governments."""


def tell(events: Collection[Event], only_others: Collection[Event], reports: dict[str, dict[str, str]]) -> Json:
    """What is true of the attacks.

    Args:
        events: those of UCDP's files.
        only_others: incidents of which other feeds tell and UCDP does not.
        reports: for each of the other feeds, the event that each of its reports tells of.
    """
    incidents = [*events, *only_others]
    bombed = {
        event for report, event in reports.get("incident_file", {}).items() if report.startswith("synthetic_ngo:")
    }
    return {
        "by_month": _by_definition(incidents, _months),
        "targets": _by_definition(incidents, lambda counted: _targets(counted, set(reports.get("gtd", {}).values()))),
        "weapons": _by_definition(incidents, lambda counted: _weapons(counted, bombed)),
        "civilian_deaths_told_by_side": _by_definition(events, _civilian_deaths),
        "coordination": _coordination(incidents, {event for told in reports.values() for event in told.values()}),
        "groups_that_cooperate": [],
        "attacks_with_drones_of_attackers": 0,
        "crossings_told": 0,
        "families": {family: list(names) for family, names in FAMILIES.items()},
        "one_group": [list(names) for names in ONE_GROUP],
    }


def _by_definition(incidents: Collection[Event], told: Callable[[list[Event]], Json]) -> Json:
    return {
        definition: told([event for event in incidents if definition in event.kind.definitions])
        for definition in DEFINITIONS
    }


def _months(counted: Iterable[Event]) -> Json:
    """Attacks by country and month; months without any are left out."""
    found = Counter((event.country.country_code, f"{event.day:%Y-%m}") for event in counted)
    countries = sorted({country for country, _ in found})
    return {
        country: {month: count for (of, month), count in sorted(found.items()) if of == country}
        for country in countries
    }


def _targets(counted: Iterable[Event], told_by_gtd: Collection[str]) -> Json:
    """By target: in how many attacks it is what was hit for sure, and in how many it can be."""
    told = [
        _targets_of(event) | (GTD_TARGETS.get(event.kind, set()) if event.event_id in told_by_gtd else set())
        for event in counted
    ]
    return {
        target: [sum(each == {target} for each in told), sum(target in each for each in told)]
        for target in sorted(set().union(*told))
    }


def _targets_of(event: Event) -> set[str]:
    headline = event.record["source_headline"]
    words = TARGET_WORDS.get(event.kind, {})
    found = {target for word, targets in words.items() if re.search(word, headline) for target in targets}
    return found or set(TARGETS[event.kind])


def _weapons(counted: Iterable[Event], bombed: Collection[str]) -> Json:
    """By weapon and year; an attack with two weapons stands with both."""
    found = Counter(
        (weapon, event.record["year"])
        for event in counted
        for weapon, words in WEAPONS.items()
        if re.search(words, event.record["source_headline"])
        or (weapon == "ied_or_mine" and event.kind is NGO_TELLS_OF_BOMBS and event.event_id in bombed)
    )
    weapons = sorted({weapon for weapon, _ in found})
    return {weapon: {year: count for (of, year), count in sorted(found.items()) if of == weapon} for weapon in weapons}


def _civilian_deaths(counted: Iterable[Event]) -> Json:
    found: Counter[str] = Counter()
    for event in counted:
        found[event.record["year"]] += int(event.record["deaths_civilians"])
    return dict(sorted(found.items()))


def _coordination(incidents: Iterable[Event], told_by_others: Collection[str]) -> Json:
    """Events with a fellow: another attack of the same group, on the same day, at a distance that the rule allows.

    No such raid was planned; what the rule finds lies in what happened by chance. All other feeds tell the day of an
    event of which UCDP knows only some days.
    """
    able: dict[tuple[date, str], list[Event]] = {}
    for event in incidents:
        group = next(
            (event.record[side] for side in ("side_b", "side_a") if event.record[side] in ("JNIM", "IS")), None
        )
        has_day = event.record["date_prec"] == "1" or event.event_id in told_by_others
        if group and has_day and event.record["where_prec"] in "12" and event.kind in BEGUN_BY_JIHADISTS:
            able.setdefault((event.day, group), []).append(event)
    pairs = {
        (one.event_id, other.event_id): _distance_km(one, other)
        for of_day in able.values()
        for one in of_day
        for other in of_day
        if one is not other
    }
    possible = {pair for pair, km in pairs.items() if NEAREST_KM - RIM_KM <= km <= FARTHEST_KM + RIM_KM}
    sure = {pair for pair in possible if NEAREST_KM + RIM_KM <= pairs[pair] <= FARTHEST_KM - RIM_KM}
    return {
        "in_a_set": sorted({one for one, _ in sure}),
        "perhaps_in_a_set": sorted({one for one, _ in possible} - {one for one, _ in sure}),
        "pairs": sorted(f"{one} {other}" for one, other in possible if one < other),
    }


def _distance_km(one: Event, other: Event) -> float:
    """On a sphere, by the haversine formula."""
    (lat, lon), (other_lat, other_lon) = (
        [math.radians(float(event.record[name])) for name in ("latitude", "longitude")] for event in (one, other)
    )
    half = (
        math.sin((lat - other_lat) / 2) ** 2
        + math.cos(lat) * math.cos(other_lat) * math.sin((lon - other_lon) / 2) ** 2
    )
    return 2 * 6371 * math.asin(math.sqrt(half))
