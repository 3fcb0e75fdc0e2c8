"""Does an article add up? Its increases against its own counts, and its words (`sixfold`) against both.

Every figure is the set of numbers that it leaves possible, as in dbt's comparison of claims: an increase holds where
all that the counts leave possible is what it says, and is wrong where nothing of it is.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from orchestration.claims.figures import Figure

Verdict = Literal["holds", "wrong", "more than is shown", "cannot be checked"]
HUNDRED = Decimal(100)


@dataclass(frozen=True)
class Check:
    """What became of checking one figure of an article.

    Attributes:
        place: where it stands.
        figure: as it stands.
        verdict: holds; wrong; more than the other figures show; or cannot be checked.
        explanation: what follows from the other figures, and what may have gone wrong.
    """

    place: str
    figure: str
    verdict: Verdict
    explanation: str


@dataclass(frozen=True)
class Span:
    """What a change can be, by two counts with bounds; None where nothing bounds it."""

    low: Decimal | None
    high: Decimal | None


def check_increase(place: str, stated: Figure, before: Figure | None, now: Figure | None) -> Check:
    """Check an increase in per cent, or a ratio, against the two counts that it compares."""
    if before is None or now is None:
        return Check(place, stated.text, "cannot be checked", "the article gives no count for both of the years")
    if before.value == 0:
        return Check(place, stated.text, "cannot be checked", "nothing can be an increase of none")
    step = f"{before} → {now}"
    span = _span(before, now, stated)
    shown = _in_words(span, stated)
    if _is_within(span, stated):
        return Check(place, stated.text, "holds", f"{step} is {shown}")
    if _is_outside(span, stated):
        hint = _what_went_wrong(stated, before, now)
        return Check(place, stated.text, "wrong", f"{step} is {shown}, not {stated}{hint}")
    return Check(place, stated.text, "more than is shown", f"{step} shows no more than {shown}")


def check_fold(place: str, stated: Figure, pairs: list[tuple[str, Figure, Figure]]) -> Check:
    """Check a word such as `sixfold` against every two counts that it may compare (years, count before, count now).

    It is said of a count that goes on growing once that has reached so much.
    """
    spans = [(label, f"{before} → {now}", _span(before, now, stated)) for label, before, now in pairs if before.value]
    for label, step, span in spans:
        has_reached = span.high is None and span.low is not None and _is_about(span.low, stated)
        if has_reached or _is_within(span, stated):
            return Check(place, stated.text, "holds", f"{label}: {step} is {_in_words(span, stated)}")
    if not spans:
        return Check(place, stated.text, "cannot be checked", "the article gives no two counts that it could compare")
    if not all(_is_outside(span, stated) for *_, span in spans):
        return Check(place, stated.text, "more than is shown", "no two counts show it, and none rules it out")
    label, step, span = min(spans, key=lambda each: abs((each[2].low or each[2].high or stated.value) - stated.value))
    return Check(place, stated.text, "wrong", f"the nearest is {label}: {step} is {_in_words(span, stated)}")


def _span(before: Figure, now: Figure, stated: Figure) -> Span:
    """The least and the most that the change can be. A base with a lower bound bounds the change from above."""
    low = now.value / before.value if before.bound == "exact" else None
    high = now.value / before.value if now.bound == "exact" else None
    if stated.unit == "increase_pct":
        return Span(*(None if times is None else HUNDRED * (times - 1) for times in (low, high)))
    return Span(low, high)


def _is_within(span: Span, stated: Figure) -> bool:
    low, high = span.low, span.high
    match stated.bound:
        case "exact":
            return low is not None and low == high and _is_about(low, stated)
        case "at_least":
            return low is not None and (low >= stated.value or _is_about(low, stated))
        case "more_than":
            # A count that goes on growing passes what it has reached.
            return low is not None and (low > stated.value or (low == stated.value and high is None))


def _is_outside(span: Span, stated: Figure) -> bool:
    low, high = span.low, span.high
    if high is not None and high <= stated.value:
        return stated.bound == "more_than" or not _is_about(high, stated)
    return stated.bound == "exact" and low is not None and low > stated.value and not _is_about(low, stated)


def _is_about(value: Decimal, stated: Figure) -> bool:
    """Is it the stated figure, as that was rounded? Words for whole multiples are taken for a tenth more or less."""
    if stated.unit == "ratio" and not stated.decimals:
        return abs(value - stated.value) * 10 <= stated.value
    return _rounded(value, stated.decimals) == stated.value


def _rounded(value: Decimal, decimals: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def _what_went_wrong(stated: Figure, before: Figure, now: Figure) -> str:
    """The usual mistakes, where one of them gives the figure that is stated."""
    if stated.unit != "increase_pct" or not now.value:
        return ""
    ratio, rise = HUNDRED * now.value / before.value, now.value - before.value
    for mistaken, words in (
        (ratio, f"; {now} is {_number(ratio)}% of {before}, which is a ratio and no increase"),
        (HUNDRED * rise / now.value, "; the difference was divided by the later figure"),
        (-HUNDRED * rise / before.value, "; the sign is the other one"),
        (HUNDRED * before.value / now.value, "; the two years are the wrong way round"),
    ):
        if _rounded(mistaken, stated.decimals) == stated.value:
            return words
    return ""


def _in_words(span: Span, stated: Figure) -> str:
    value = span.low if span.low is not None else span.high
    if value is None:
        return "bounded by nothing"
    bound = "" if span.low == span.high else "at least " if span.low is not None else "at most "
    if stated.unit == "increase_pct":
        return f"{bound}{'+' if value > 0 else ''}{_number(value)}%"
    return f"{bound}{_number(value)} times"


def _number(value: Decimal) -> str:
    """With one decimal at most; `normalize` alone would write 3E+2."""
    return f"{_rounded(value, 1):f}".removesuffix(".0")
