"""How each feed tells an event: which it knows, where it puts it, how it counts, whom it names, in which words.

The shares are those that were measured by reading between UCDP and ACLED in Mali (docs/linking.md lists them).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from orchestration.links.synthetic.spelling import other_spelling
from orchestration.links.synthetic.world import Event, Part, Village, moved

Report = dict[str, Any]

_DIRECTIONS = ("north", "south", "east", "west", "north-east", "south-west")

CODED_NAMES = {
    "jnim": ("JNIM", "JNIM: Group for Support of Islam and Muslims"),
    "is": ("IS", "Islamic State Sahel Province (ISSP)"),
    "army": ("Government of {country}", "Military Forces of {country} (2021-)"),
    "civilians": ("Civilians", "Civilians ({country})"),
    "dozo": ("Dozos ({country})", "Dozo Communal Militia ({country})"),
    "french": ("Government of France", "Military Forces of France (2017-)"),
    "unidentified": ("XXX432", "Unidentified Armed Group ({country})"),
    "fulani": ("Fulani", "Fulani Ethnic Militia ({country})"),
}
FAMILIES = {
    "jnim": "al_qaeda_affiliated",
    "is": "islamic_state_affiliated",
    "army": "state_forces",
    "french": "foreign_and_un_forces",
    "civilians": "civilians",
    "dozo": "communal_militia",
    "fulani": "communal_militia",
    "unidentified": "unidentified",
}
_IN_WORDS = {
    "jnim": ("suspected JNIM militants", "presumed Katiba Macina (JNIM) militants", "militants", "jihadists"),
    "is": ("ISGS militants", "suspected ISSP militants", "militants", "gunmen"),
    "army": ("FAMa soldiers", "the army", "soldiers", "FAMa and Wagner"),
    "french": ("French forces of Barkhane", "a French air strike"),
    "civilians": ("villagers", "civilians", "Fulani herders", "traders"),
    "dozo": ("Dozo hunters", "Dan Na Ambassagou militiamen", "presumed Dozo militiamen"),
    "fulani": ("Fulani militiamen", "presumed Fulani gunmen"),
    "unidentified": ("unidentified gunmen", "armed men"),
}
_DEEDS = {
    "attack": ("attacked a position of {b}", "ambushed {b}", "clashed with {b}", "attacked the camp of {b}"),
    "mine": ("an IED planted by {a} hit a vehicle of {b}", "a vehicle of {b} struck a mine"),
    "strike": ("carried out an operation against {b}", "launched an air strike on {b}", "neutralised {b}"),
    "raid": ("attacked {b}", "opened fire on {b}", "raided the village and killed {b}", "abducted and killed {b}"),
    "abuse": ("executed {b}", "arrested and killed {b}"),
    "feud": ("attacked {b}", "burnt granaries and killed {b}"),
    "movement": ("took up positions", "left the camp before {b} came"),
    "rivalry": ("clashed with {b}", "attacked a base of {b}"),
}


@dataclass(frozen=True)
class Style:
    """How a feed works.

    Attributes:
        id_space: its ids.
        knows: share of the deadly events that it has.
        knows_bloodless: share of the others.
        splits: does it code a row a day and place?
        column: which of `CODED_NAMES` it uses.
    """

    id_space: str
    knows: float
    knows_bloodless: float
    splits: bool
    column: int


def tell_by_event(event: Event, style: Style, random: Random) -> Iterator[tuple[Report, tuple[Part, ...]]]:
    """As UCDP does it: one row, a range of deaths, the place's description apart from its coded name."""
    groups = [event.parts]
    if len(event.parts) > 1 and random.random() < 0.12:
        groups = [(part,) for part in event.parts]
    for parts in groups:
        toll = sum(part.toll for part in parts)
        best, low, high = _range(toll, random)
        if high == 0:
            continue
        village = parts[0].village
        first, last = parts[0].day, parts[-1].day
        precision = "day"
        chance = random.random()
        if last > first or chance < 0.13:
            first, last = (
                first - timedelta(days=random.choice((0, 0, 1))),
                last + timedelta(days=random.choice((0, 1, 2))),
            )
            precision = "days" if last > first else "day"
        elif chance < 0.14:
            first, last, precision = first - timedelta(days=3), last + timedelta(days=3), "week"
        elif chance < 0.18:
            first, last, precision = _month(first), _month(first) + timedelta(days=29), "month"
        elif chance < 0.185:
            first, last, precision = date(first.year, 1, 1), date(first.year, 12, 31), "year"
        place = _place_by_event(event, [part.village for part in parts], random)
        # UCDP counts allies as the government that they help.
        side_a, side_b = (_coded("army" if side == "french" else side, random, 0.06) for side in event.sides)
        if event.kind in ("raid", "abuse", "feud"):
            kind = "one_sided"
        else:
            kind = "state_based" if {"army", "french"} & set(event.sides) else "non_state"
        if random.random() < 0.08:
            kind = random.choice(("one_sided", "state_based", "non_state"))
        yield (
            {
                **place,
                "id_space": style.id_space,
                "country_code": event.country.code,
                "occurred_date": first,
                "occurred_until_date": last,
                "date_precision": precision,
                "violence_type": kind,
                "event_type": None,
                "side_a_name": CODED_NAMES[side_a][style.column].format(country=event.country.demonym),
                "side_b_name": CODED_NAMES[side_b][style.column].format(country=event.country.demonym),
                "side_a_family": FAMILIES[side_a],
                "side_b_family": FAMILIES[side_b],
                "fatality_count_best": best,
                "fatality_count_low": low,
                "fatality_count_high": high,
                "headline": _headline(event, village, best, random),
            },
            parts,
        )


def tell_by_day(event: Event, style: Style, random: Random) -> Iterator[tuple[Report, tuple[Part, ...]]]:
    """As ACLED does it: a row a day and place, one figure, a note that tells where in words."""
    groups: list[tuple[Part, ...]] = [(part,) for part in event.parts] if style.splits else [event.parts]
    if len(groups) > 1 and random.random() < 0.3:
        groups = [event.parts]
    for parts in groups:
        village = parts[0].village
        toll = _toll(sum(part.toll for part in parts), random)
        chance = random.random()
        day = parts[0].day
        if chance < 0.065:
            day += timedelta(days=random.choice((1, 1, -1)))
        elif chance < 0.077:
            day += timedelta(days=random.choice((2, -2)))
        precision = random.choices(("day", "week", "month"), (0.94, 0.05, 0.01))[0]
        place = _place_by_day(event, village, random)
        side_a, side_b = (_coded(side, random, 0.2) for side in event.sides)
        one_sided = event.kind in ("raid", "abuse", "feud")
        if one_sided:
            kind = "violence_against_civilians" if random.random() < 0.9 else "battle"
        elif event.kind == "movement":
            kind = "strategic_development"
        elif event.kind == "mine" or (event.kind == "strike" and random.random() < 0.5):
            kind = "explosion_or_remote_violence"
        else:
            kind = "battle" if random.random() < 0.95 else "violence_against_civilians"
        violence = "one_sided" if kind == "violence_against_civilians" else "state_based"
        if kind != "violence_against_civilians" and not {"army", "french"} & {side_a, side_b}:
            violence = "non_state"
        yield (
            {
                **place,
                "id_space": style.id_space,
                "country_code": event.country.code,
                "occurred_date": day,
                "occurred_until_date": day,
                "date_precision": precision,
                "violence_type": violence,
                "event_type": kind,
                "side_a_name": CODED_NAMES[side_a][style.column].format(country=event.country.demonym),
                "side_b_name": CODED_NAMES[side_b][style.column].format(country=event.country.demonym),
                "side_a_family": FAMILIES[side_a],
                "side_b_family": FAMILIES[side_b],
                "fatality_count_best": toll,
                "fatality_count_low": None,
                "fatality_count_high": None,
                "headline": _note(event, parts, day, toll, random),
                "place_description": None,
            },
            parts,
        )


def _month(day: date) -> date:
    return day.replace(day=1)


def _coded(side: str, random: Random, unsure: float) -> str:
    """Who it was in the eyes of a coder: groups are taken for another, or for nobody known."""
    if random.random() < 0.04:  # the actor is the weakest of all that two coders say
        return random.choice(tuple(CODED_NAMES))
    chance = random.random()
    if side in ("jnim", "is"):
        if chance < unsure:
            return "unidentified"
        return {"jnim": "is", "is": "jnim"}[side] if chance < unsure + 0.05 else side
    if side == "civilians" and chance < 0.08:
        return random.choice(("fulani", "dozo"))
    if side == "dozo" and chance < 0.12:
        return random.choice(("unidentified", "army"))
    return side


def _range(toll: int, random: Random) -> tuple[int, int, int]:
    """Best, low and high as UCDP gives them: equal in two of three cases."""
    chance = random.random()
    if toll == 0:
        best, spread = 0, random.choice((0, 0, 0, 1, 1, 2))
        return best, best, spread
    best = toll if chance < 0.9 else max(0, round(toll * random.choice((0.7, 0.8, 1.2, 1.5))))
    if chance > 0.93 and toll > 2:  # only one side's word: nothing is sure
        return 0, 0, toll
    if best and random.random() < 0.62:
        return best, best, best
    return best, max(0, best - random.randint(0, 1 + best // 3)), best + random.randint(0, 2 + best // 2)


def _toll(toll: int, random: Random) -> int:
    """One figure: right in about half of the cases, none or a round one where nobody knew."""
    chance = random.random()
    if chance < 0.65 or (toll == 0 and chance < 0.93):
        return toll
    if chance < 0.72:
        return max(0, toll + random.choice((-1, 1)))
    if chance < 0.80:
        return 0
    if chance < 0.84:
        return random.choice((3, 10))
    return max(0, round(toll * random.choice((0.3, 0.4, 0.5, 0.6, 1.6, 2, 2.5, 3))))


def _spelt(name: str, random: Random) -> str:
    return other_spelling(name, random)


def _place_by_event(event: Event, villages: list[Village], random: Random) -> Report:
    """Name, point and precision as UCDP codes them, and the place in words."""
    village, country = villages[0], event.country
    name, chance = _spelt(village.name, random), 0.8 if event.is_vague else random.random()
    by = country.near(village, 30, random)
    point, description = (village.latitude, village.longitude), _described(name, village, random)
    district, region = f"{_spelt(village.district, random)} cercle", f"{_spelt(village.region, random)} region"
    if event.is_vague:
        description = random.choice((village.district, f"{village.district} cercle", f"{village.region} region"))
    if len(villages) > 1 and villages[1] is not village and random.random() < 0.75:
        description += ", " + " and ".join(_spelt(each.name, random) for each in villages[1:])
    if chance < 0.38:
        precision, coded = "exact", f"{name} {random.choice(('village', 'town', 'village'))}"
        if random.random() < 0.12:  # a namesake, or another place of the gazetteer
            point = moved(*point, random.choice((4, 9, 15, 22, 30)) * random.uniform(0.6, 1.3), random)
        else:
            point = moved(*point, random.expovariate(1 / 0.1), random)
    elif chance < 0.785:
        precision, coded = "near", f"{name} village"
        if random.random() < 0.22:
            by = country.near(village, 25, random)
            coded, point = f"{_spelt(by.name, random)} town", (by.latitude, by.longitude)
            description = random.choice((f"{name}, near {by.name}", f"{name}, {by.name} area", name, f"near {by.name}"))
        point = moved(*point, random.expovariate(1 / (0.1 if random.random() < 0.65 else 2.5)), random)
    elif chance < 0.835:
        precision, coded = "admin2", district
        point = moved(*point, random.uniform(10, 45), random)
    elif chance < 0.958:
        precision = "linear_or_fuzzy"
        coded = random.choice(
            (f"Between {name} and {by.name}", f"{name}-{by.name} road", f"{name} commune", f"{by.name} commune")
        )
        point = moved(*point, min(random.expovariate(1 / 26), 45), random)
    elif chance < 0.996:
        precision, coded = "admin1", region
        point = moved(*point, random.uniform(10, 64), random)
    else:
        precision, coded = "country", country.code
        point = (country.villages[0].latitude, country.villages[0].longitude)
    return {
        "place_precision": precision,
        "place_name": coded,
        "place_description": description,
        "admin1_name": region if precision != "country" and random.random() < 0.96 else None,
        "admin2_name": district if precision not in ("country", "admin1") and random.random() < 0.93 else None,
        "latitude": round(point[0], 5),
        "longitude": round(point[1], 5),
    }


def _described(name: str, village: Village, random: Random) -> str:
    chance = random.random()
    if chance < 0.1:
        return f"{village.region} region"
    if chance < 0.45:
        return f"{name} village"
    if chance < 0.6:
        return f"{random.randint(3, 30)} km {random.choice(_DIRECTIONS)} of {name}"
    return random.choice((f"{name}, {village.district}", f"near {name}", f"{name} ({village.district} cercle)"))


def _place_by_day(event: Event, village: Village, random: Random) -> Report:
    """Name, point and precision as ACLED codes them."""
    country, chance = event.country, random.random()
    at, precision = village, "exact"
    if event.is_vague:
        chance = 0.08
    if chance < 0.075:
        at, precision = country.near(village, 25, random), "near"
    elif chance < 0.10:
        at, precision = country.towns[village.district], "near"
    elif chance < 0.103:
        at, precision = country.capitals[village.region], "admin1"
    point = moved(at.latitude, at.longitude, random.expovariate(1 / 0.12), random)
    if random.random() < 0.06:
        point = moved(*point, random.uniform(3, 28), random)
    return {
        "place_precision": precision,
        "place_name": _spelt(at.name, random),
        "admin1_name": _spelt(at.region, random),
        "admin2_name": _spelt(at.district, random),
        "latitude": round(point[0], 4),
        "longitude": round(point[1], 4),
    }


def _headline(event: Event, village: Village, best: int, random: Random) -> str:
    """What the newspapers had: seldom the place."""
    chance = random.random()
    if chance < 0.35:
        return random.choice(("#Sahel", "Crisis Watch", "Update on operations", "Weekly security report"))
    who = random.choice(_IN_WORDS[event.sides[0]])
    if chance < 0.75:
        return f"{event.country.demonym}: {best} killed in attack by {who} in {village.region}"
    return f"{who.capitalize()} kill {best} in {_spelt(village.name, random)}"


def _note(event: Event, parts: tuple[Part, ...], day: date, toll: int, random: Random) -> str:
    """A coder's note: date, who, what, where, with which outcome."""
    village = parts[0].village
    who, whom = (random.choice(_IN_WORDS[side]) for side in event.sides)
    deed = random.choice(_DEEDS[event.kind])
    what = deed.format(a=who, b=whom) if "{a}" in deed else f"{who} {deed.format(b=whom)}"
    is_named = random.random() < 0.93 and not event.is_vague
    where = _spelt(village.name, random) if is_named else f"the area of {village.district}"
    around = random.random()
    if around < 0.6:
        where += f" ({village.district}, {village.region})"
    elif around < 0.75:
        where += f", {random.choice(_DIRECTIONS)} of {_spelt(event.country.near(village, 30, random).name, random)}"
    elif around < 0.85:
        where += f" on the road to {_spelt(event.country.near(village, 60, random).name, random)}"
    for part in parts[1:]:
        if part.village is not village:
            where += f" and {_spelt(part.village.name, random)}"
    lead = "Around" if random.random() < 0.06 else "On"
    end = f"{toll} were killed." if toll else random.choice(("Casualties unknown.", "There were no fatalities."))
    month = day.strftime("%B")
    return f"{lead} {day.day} {month} {day.year}, {what} in {where}. {end}"
