"""Each level of each comparison, on two reports made by hand for it."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from orchestration.links.comparisons import COMPARISONS
from tests.link_rows import acled, later, linked, ucdp

MOPTI = {"admin1_name": "Mopti region", "admin2_name": "Mopti cercle"}
NOTE = "On 12 March 2022, militants attacked FAMa in {} (Douentza, Mopti)."
AT_CERCLE = {"place_precision": "admin2", "place_name": "Douentza cercle", "place_description": "Douentza cercle"}
TIGUILA = {"place_name": "Tiguila village", "place_description": "Tiguila village"}

PLACES = {
    "same_rare_name": ({}, {}),
    "name_in_text": (TIGUILA, {"headline": NOTE.format("Mondoro, near Tiguila")}),
    "described_place_in_text": (
        AT_CERCLE | {"place_description": "Kobou, in the cercle of Douentza"},
        {"headline": NOTE.format("Kobou")},
    ),
    "town_of_division": (AT_CERCLE, {"place_name": "Douentza", "headline": "Unclear."}),
    "similar_name": ({"place_name": "Boulikessi", "place_description": None}, {"place_name": "Boulkessi"}),
    "division_in_text": ({"place_name": "Douentza town", "place_description": None}, {}),
    "no_name_same_division": (AT_CERCLE, {}),
    "no_name": (AT_CERCLE | {"admin2_name": None}, {"headline": "Unclear."}),
    "no_name_other_division": (AT_CERCLE | {"admin2_name": "Koro cercle"}, {}),
    "other_name_same_division": (TIGUILA, {}),
    "other_name": (TIGUILA | {"admin2_name": "Koro cercle"}, {}),
}
NORTH_KM = 1 / 111.2
DISTANCES = {
    "unknown": ({"latitude": None, "longitude": None}, {}),
    "named_within_5_km": ({}, {"latitude": 14.67 + 4 * NORTH_KM}),
    "named_within_25_km": ({}, {"latitude": 14.67 + 20 * NORTH_KM}),
    "named_within_50_km": ({}, {"latitude": 14.67 + 40 * NORTH_KM}),
    "named_beyond": ({"place_precision": "near"}, {"latitude": 14.67 + 55 * NORTH_KM}),
    "vague_within_10_km": (AT_CERCLE, {"latitude": 14.67 + 8 * NORTH_KM}),
    "vague_within_35_km": (AT_CERCLE, {"latitude": 14.67 + 30 * NORTH_KM}),
    "vague_within_70_km": (AT_CERCLE, {"latitude": 14.67 + 60 * NORTH_KM}),
    "vague_beyond": (AT_CERCLE, {"latitude": 14.67 + 80 * NORTH_KM}),
    "within_1_km": (TIGUILA, {}),
    "within_5_km": (TIGUILA, {"latitude": 14.67 + 4 * NORTH_KM}),
    "within_15_km": (TIGUILA, {"latitude": 14.67 + 14 * NORTH_KM}),
    "within_30_km": (TIGUILA, {"latitude": 14.67 + 29 * NORTH_KM}),
    "beyond_30_km": (TIGUILA, {"latitude": 14.67 + 45 * NORTH_KM}),
}
DATES = {
    "same_day": ({}, {}),
    "within_a_week": ({"occurred_until_date": later(5), "date_precision": "days"}, {"occurred_date": later(3)}),
    "within_a_month": ({"occurred_until_date": later(30), "date_precision": "month"}, {"occurred_date": later(20)}),
    "within_longer": ({"occurred_until_date": later(200), "date_precision": "year"}, {"occurred_date": later(90)}),
    "one_day_apart": ({}, {"occurred_date": later(1)}),
    "further_apart": ({}, {"occurred_date": later(2)}),
}
BOUNDS = ("fatality_count_best", "fatality_count_low", "fatality_count_high")


def toll(best: int | None, low: int | None = None, high: int | None = None) -> dict[str, int | None]:
    return dict(zip(BOUNDS, (best, best if low is None else low, best if high is None else high), strict=True))


TOLLS = {
    "unknown": ({}, toll(None)),
    "equal_10_or_more": (toll(12), toll(12)),
    "equal_4_to_9": (toll(9), toll(9)),
    "equal_2_or_3": (toll(3), toll(3)),
    "equal_0_or_1": (toll(1), toll(1)),
    "in_range": (toll(4, 2, 9), toll(8)),
    "one_apart": (toll(4), toll(5)),
    "near": (toll(10), toll(8)),
    "none_against_some": (toll(6), toll(0)),
    "within_twice": (toll(12), toll(20)),
    "apart": (toll(4), toll(20)),
}
NOBODY = {"side_a_name": None, "side_b_name": None, "side_a_family": None, "side_b_family": None}
ACTORS = {
    "unknown": ({}, NOBODY),
    "same": ({}, {}),
    "same_but_unidentified": ({}, {"side_a_name": "Unidentified Armed Group (Mali)", "side_a_family": "unidentified"}),
    "one_family_shared": ({}, {"side_b_name": "Civilians (Mali)", "side_b_family": "civilians"}),
    "other_jihadists": (
        {"side_a_name": "Civilians", "side_a_family": "civilians"},
        {"side_a_name": "Islamic State", "side_a_family": "islamic_state_affiliated"},
    ),
    "unidentified": (
        {"side_a_name": "XXX432", "side_a_family": "unidentified"},
        {"side_a_name": "Dozos (Mali)", "side_a_family": "communal_militia"},
    ),
    "different": (
        {"side_a_name": "Dozos (Mali)", "side_a_family": "communal_militia"},
        {"side_a_name": "Civilians (Mali)", "side_a_family": "civilians"},
    ),
}
KINDS = {
    "unknown": ({}, {"violence_type": None, "event_type": None}),
    "same": ({}, {}),
    "unarmed": ({}, {"event_type": "strategic_development", "violence_type": None}),
    "explosion": ({}, {"event_type": "explosion_or_remote_violence"}),
    "other": ({}, {"event_type": "violence_against_civilians", "violence_type": "one_sided"}),
}
CASES = {"place_name": PLACES, "distance": DISTANCES, "date": DATES, "toll": TOLLS, "actors": ACTORS, "kind": KINDS}


ALL = [(name, word) for name, words in CASES.items() for word in words]
SPELLINGS = [
    ("Boulikessi village", "Boulikessi"),
    ("In-Kalafane", "Inkalafane"),
    ("I-n-Delimane", "In Delimane"),
    ("Ménaka town", "Menaka"),
    ("Tombouctou town", "Timbuktu"),
    ("Ouatagouna", "Watagouna"),
    ("Djebok", "Djebock"),
    ("N'Daki village", "Ndaki"),
    ("Aguelhok", "Aguelhoc"),
    ("Andéramboukane", "Anderamboucane"),
    ("Kogoni-Peulh village", "Kogoni Peul"),
    ("Dogofri commune", "Dogofry"),
    ("Bankass town", "Bankas"),
    ("Between Hombori and Boulikessi", "Boulikessi"),
]


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """All cases in one run, by the name of the left report: each in a country and a time of its own."""
    silent = {"place_description": None, "headline": None}
    pairs = {f"{name}.{word}": CASES[name][word] for name, word in ALL}
    pairs |= {one: ({"place_name": one} | silent, {"place_name": other} | silent) for one, other in SPELLINGS}
    rows, decisions = [], []
    for index, (name, (left, right)) in enumerate(pairs.items()):
        apart = timedelta(days=500 * index)
        for side in (ucdp(name, **left), acled(name, **right)):
            dates = {column: side[column] + apart for column in ("occurred_date", "occurred_until_date")}
            rows.append(side | dates | {"country_code": f"C{index}"})
        # A reviewer's word keeps the pair, however unlikely it is.
        decisions.append((f"ucdp:{name}", f"acled:{name}", "must_link"))
    found = linked(tmp_path_factory.mktemp("levels"), *rows, decisions=decisions)
    return {row["report_id_right"].removeprefix("u"): row for row in found.to_dicts()}


@pytest.mark.parametrize(("comparison", "word"), ALL)
def test_level_is_told_by_its_word(cases: dict[str, dict[str, Any]], comparison: str, word: str):
    assert cases[f"{comparison}.{word}"][f"{comparison}_level"] == word


@pytest.mark.parametrize(("one", "other"), SPELLINGS)
def test_spellings_of_one_name_are_one(cases: dict[str, dict[str, Any]], one: str, other: str):
    assert cases[one]["place_name_level"] in {"same_rare_name", "similar_name"}, other


def test_every_level_has_a_case():
    compared = {each.name: {level.word for level in each.levels} for each in COMPARISONS}
    compared["place_name"].remove("same_common_name")  # needs a country full of reports: the next test
    assert {name: set(words) for name, words in CASES.items()} == compared


def test_name_that_many_reports_bear_says_less(tmp_path: Path):
    others = [ucdp(str(number), occurred_date=later(100 * number)) for number in range(2, 25)]
    pairs = linked(tmp_path, ucdp(), acled(), *others)
    assert pairs["place_name_level"].to_list() == ["same_common_name"]


def test_name_inside_another_word_is_not_found(tmp_path: Path):
    left = ucdp(place_name="Koro", place_description=None, admin2_name="Koro cercle")
    right = acled(place_name="Dinangourou", headline="On 12 March, militants attacked Korombana.", admin2_name="Mopti")
    pairs = linked(tmp_path, left, right, decisions=[("ucdp:1", "acled:MLI1", "must_link")])
    assert pairs["place_name_level"].to_list() == ["other_name"]


def test_weights_and_prior_add_up_to_the_match_weight(tmp_path: Path):
    pairs = linked(tmp_path, ucdp(), acled())
    parts: float = pairs.select(pl.sum_horizontal(f"{each.name}_weight" for each in COMPARISONS)).item()
    probability = 1 / (1 + 2 ** -pairs["match_weight"].item())
    assert pairs["match_probability"].item() == pytest.approx(probability, abs=1e-5)
    assert parts < pairs["match_weight"].item() + 20  # the prior takes away, it is less than one half
    assert parts > pairs["match_weight"].item()
