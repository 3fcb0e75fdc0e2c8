"""What is compared in a pair, and which words are given to the outcome: Splink comparisons over `prepared` reports.

The place comes first: names against names and texts, then the distance, which is judged by how well both places are
known and by what the names said already (the model holds its chances *given* the outcome for the names, so that one
fact is not counted twice). No probabilities here: they are the model's.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import log2
from typing import Any

from orchestration.links.prepare import DESCRIBED_PLACES, PARTIES


@dataclass(frozen=True)
class Level:
    """One outcome of a comparison.

    Attributes:
        word: its name, as `int_report_links` shows it.
        condition: SQL over columns with the suffixes `_l` and `_r`; the first level that holds is the outcome.
        given: levels with the same word here are the outcomes of one case; their chances add up to one.
        is_null: nothing can be said, weight 0.
    """

    word: str
    condition: str
    given: str = ""
    is_null: bool = False


@dataclass(frozen=True)
class Comparison:
    """Outcomes in the order in which they are tried."""

    name: str
    levels: tuple[Level, ...]


def _either(condition: str) -> str:
    """The condition, or the same with the reports exchanged."""
    exchanged = condition.replace("_l", "_#").replace("_r", "_l").replace("_#", "_r")
    return f"(coalesce({condition}, false) or coalesce({exchanged}, false))"


def _any(conditions: Iterable[str]) -> str:
    return f"({' or '.join(conditions)})"


_NAMES = ("name1", "name2")
_DESCRIBED = tuple(f"described{number}" for number in range(1, DESCRIBED_PLACES + 1))
_SAME_NAME = _any(f"coalesce({one}_l = {other}_r, false)" for one in _NAMES for other in _NAMES)
# Notes put the divisions behind the place: that a town is named there says little where the division is named after it.
_IS_DIVISION = "({0}_l is not distinct from admin1_r or {0}_l is not distinct from admin2_r)"
_IN_TEXT = _any(_either(f"(contains(mentions_r, {name}_l) and not {_IS_DIVISION.format(name)})") for name in _NAMES)
_DIVISION_IN_TEXT = _either("contains(mentions_r, name1_l)")
_DESCRIBED_IN_TEXT = _any(
    _either(
        f"(contains(mentions_r, {place}_l) and not {_IS_DIVISION.format(place)} "
        f"and {place}_l is distinct from admin1_l and {place}_l is distinct from admin2_l)"
    )
    for place in _DESCRIBED
)
# Whoever knows no more than the division puts the event into its chief town, which has its name.
_TOWN_OF_DIVISION = _either("(name1_l is null and (name1_r = admin2_l or (admin2_l is null and name1_r = admin1_l)))")
_LONG = 7
# Slips of spelling, and one name that is the beginning of the other. Keys stand between bars.
_SIMILAR = (
    "(length({0}_l) >= {2} and length({1}_r) >= {2} and ("
    "jaro_winkler_similarity({0}_l, {1}_r) >= 0.93 "
    "or starts_with({0}_l, substr({1}_r, 1, length({1}_r) - 1)) "
    "or starts_with({1}_r, substr({0}_l, 1, length({0}_l) - 1))))"
)
_SIMILAR_NAME = _any(
    (
        _either(_SIMILAR.format("name1", "name1", _LONG)),
        *(
            _either(
                f"({_SIMILAR.format('name1', place, _LONG)} "
                f"and {place}_r is distinct from admin1_r and {place}_r is distinct from admin2_r)"
            )
            for place in _DESCRIBED[:2]
        ),
    )
)
_NAMELESS = "(name1_l is null or name1_r is null)"

_NAMED = _any((_SAME_NAME, _IN_TEXT, _DESCRIBED_IN_TEXT))
_KM2 = "((x_l - x_r) * (x_l - x_r) + (y_l - y_r) * (y_l - y_r) + (z_l - z_r) * (z_l - z_r))"
_WITHIN = _KM2 + " <= {0} * {0}"
_VAGUE = "('linear_or_fuzzy', 'admin2', 'admin1', 'sea_or_air')"
_IS_VAGUE = f"(coalesce(place_precision_l in {_VAGUE}, false) or coalesce(place_precision_r in {_VAGUE}, false))"

PLACE_NAME = Comparison(
    "place_name",
    (
        Level("same_rare_name", f"{_SAME_NAME} and not is_common_name_l and not is_common_name_r"),
        Level("same_common_name", _SAME_NAME),
        Level("name_in_text", _IN_TEXT),
        Level("described_place_in_text", _DESCRIBED_IN_TEXT),
        Level("town_of_division", _TOWN_OF_DIVISION),
        Level("similar_name", _SIMILAR_NAME),
        Level("division_in_text", _DIVISION_IN_TEXT),
        Level("no_name_same_division", f"{_NAMELESS} and admin2_l = admin2_r"),
        Level("no_name", f"{_NAMELESS} and (admin2_l is null or admin2_r is null)"),
        Level("no_name_other_division", _NAMELESS),
        Level("other_name_same_division", "admin2_l = admin2_r"),
        Level("other_name", "else"),
    ),
)

DISTANCE = Comparison(
    "distance",
    (
        Level("unknown", "x_l is null or x_r is null", is_null=True),
        Level("named_within_5_km", f"{_NAMED} and {_WITHIN.format(5)}", "named"),
        Level("named_within_25_km", f"{_NAMED} and {_WITHIN.format(25)}", "named"),
        Level("named_within_50_km", f"{_NAMED} and {_WITHIN.format(50)}", "named"),
        Level("named_beyond", _NAMED, "named"),
        Level("vague_within_10_km", f"{_IS_VAGUE} and {_WITHIN.format(10)}", "vague"),
        Level("vague_within_35_km", f"{_IS_VAGUE} and {_WITHIN.format(35)}", "vague"),
        Level("vague_within_70_km", f"{_IS_VAGUE} and {_WITHIN.format(70)}", "vague"),
        Level("vague_beyond", _IS_VAGUE, "vague"),
        Level("within_1_km", _WITHIN.format(1), "precise"),
        Level("within_5_km", _WITHIN.format(5), "precise"),
        Level("within_15_km", _WITHIN.format(15), "precise"),
        Level("within_30_km", _WITHIN.format(30), "precise"),
        Level("beyond_30_km", "else", "precise"),
    ),
)

_GAP = "greatest(first_day_l - last_day_r, first_day_r - last_day_l, 0)"
_OPEN = "greatest(last_day_l - first_day_l, last_day_r - first_day_r)"
DATE = Comparison(
    "date",
    (
        Level("same_day", f"{_GAP} = 0 and {_OPEN} = 0"),
        Level("within_a_week", f"{_GAP} = 0 and {_OPEN} <= 7"),
        Level("within_a_month", f"{_GAP} = 0 and {_OPEN} <= 31"),
        Level("within_longer", f"{_GAP} = 0"),
        Level("one_day_apart", f"{_GAP} = 1"),
        Level("further_apart", "else"),
    ),
)

_IN_RANGE = "(toll_l between toll_low_r and toll_high_r or toll_r between toll_low_l and toll_high_l)"
TOLL = Comparison(
    "toll",
    (
        Level("unknown", "toll_l is null or toll_r is null", is_null=True),
        Level("equal_10_or_more", "toll_l = toll_r and toll_l >= 10"),
        Level("equal_4_to_9", "toll_l = toll_r and toll_l >= 4"),
        Level("equal_2_or_3", "toll_l = toll_r and toll_l >= 2"),
        Level("equal_0_or_1", "toll_l = toll_r"),
        Level("in_range", _IN_RANGE),
        Level("one_apart", "abs(toll_l - toll_r) = 1"),
        Level("near", "abs(toll_l - toll_r) <= greatest(2, 0.34 * greatest(toll_l, toll_r))"),
        Level("none_against_some", "least(toll_l, toll_r) = 0"),
        Level("within_twice", "greatest(toll_l, toll_r) <= 2 * least(toll_l, toll_r)"),
        Level("apart", "else"),
    ),
)

_ARMED = sum({bit for family, bit in PARTIES.items() if family not in ("civilians", "unidentified", "other")})
_JIHADIST = PARTIES["al_qaeda_affiliated"] | PARTIES["islamic_state_affiliated"]
_UNSURE = PARTIES["unidentified"] | PARTIES["other"]
_KNOWN = f"(parties_{{0}} & {sum(set(PARTIES.values())) - _UNSURE})"
_SAME_AS_FAR_AS_KNOWN = (
    f"((parties_l | parties_r) & {_UNSURE}) <> 0 and ({_KNOWN.format('l')} & {_KNOWN.format('r')}) <> 0 and ("
    f"({_KNOWN.format('l')} & parties_r) = {_KNOWN.format('l')} "
    f"or ({_KNOWN.format('r')} & parties_l) = {_KNOWN.format('r')})"
)
ACTORS = Comparison(
    "actors",
    (
        Level("unknown", "parties_l = 0 or parties_r = 0", is_null=True),
        Level("same", f"parties_l = parties_r and (parties_l & {_UNSURE}) = 0"),
        Level("same_but_unidentified", _SAME_AS_FAR_AS_KNOWN),
        Level("one_family_shared", f"((parties_l & parties_r) & {_ARMED}) <> 0"),
        Level("other_jihadists", f"(parties_l & {_JIHADIST}) <> 0 and (parties_r & {_JIHADIST}) <> 0"),
        Level("unidentified", f"((parties_l | parties_r) & {_UNSURE}) <> 0"),
        Level("different", "else"),
    ),
)

_KIND = (
    "case when violence_type_{0} = 'one_sided' or event_type_{0} = 'violence_against_civilians' then 'civilians' "
    "when event_type_{0} in ('protest', 'riot', 'strategic_development') then 'unarmed' "
    "when event_type_{0} = 'explosion_or_remote_violence' then 'explosion' "
    "when violence_type_{0} is null and event_type_{0} is null then 'unknown' else 'fighting' end"
)
_KINDS = {side: _KIND.format(side) for side in "lr"}
KIND = Comparison(
    "kind",
    (
        Level("unknown", f"({_KINDS['l']}) = 'unknown' or ({_KINDS['r']}) = 'unknown'", is_null=True),
        Level("same", f"({_KINDS['l']}) = ({_KINDS['r']})"),
        Level("unarmed", f"({_KINDS['l']}) = 'unarmed' or ({_KINDS['r']}) = 'unarmed'"),
        Level("explosion", f"({_KINDS['l']}) = 'explosion' or ({_KINDS['r']}) = 'explosion'"),
        Level("other", "else"),
    ),
)

COMPARISONS = (PLACE_NAME, DISTANCE, DATE, TOLL, ACTORS, KIND)
"""All comparisons, in the order in which their columns are written."""


def splink_comparison(comparison: Comparison, chances: dict[str, tuple[float, float]]) -> dict[str, Any]:
    """A comparison as Splink wants it.

    Args:
        comparison: what to compare.
        chances: m and u of each level that is not null, by its word.
    """
    return {
        "output_column_name": comparison.name,
        "comparison_levels": [
            {
                "sql_condition": "ELSE" if level.condition == "else" else level.condition,
                "label_for_charts": level.word,
                **(
                    {"is_null_level": True}
                    if level.is_null
                    else {"m_probability": chances[level.word][0], "u_probability": chances[level.word][1]}
                ),
            }
            for level in comparison.levels
        ],
    }


def weights(comparison: Comparison, chances: dict[str, tuple[float, float]]) -> dict[str, float]:
    """The weight of each level in bits, rounded to six digits: Splink's predictions carry weights, not levels."""
    return {
        level.word: 0.0 if level.is_null else round(log2(chances[level.word][0] / chances[level.word][1]), 6)
        for level in comparison.levels
    }
