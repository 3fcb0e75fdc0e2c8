"""A figure as people write it in a table: `1,250`, `300+`, `>140%`, `at least 300`, `2023*`, `sixfold`.

What cannot be held as a value with a lower bound is not turned into one: ranges, `about 300` and `up to 300` are named
as what they are. What lives elsewhere: which column a cell belongs to (`article`), and what follows (`arithmetic`).
"""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Bound = Literal["exact", "at_least", "more_than"]
Unit = Literal["count", "increase_pct", "ratio"]

LONGEST_CELL = 120
"""A longer cell is prose."""
LARGEST = Decimal(1_000_000)
MOST_DECIMALS = 4

PARTIAL = re.compile(
    r"\b(to date|so far|ytd|year[- ]to[- ]date|partial|incomplete|until|through|as of|à ce jour|provisoire)\b"
    r"|\b(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*\.?\s*[-–—]",
    re.IGNORECASE,
)
_FOOTNOTES = re.compile(r"[*†‡§¶⁰¹²³⁴⁵⁶⁷⁸⁹ᵃᵇᶜᵈ]+|\[[0-9a-z]{1,3}\]|\([a-z]\)", re.IGNORECASE)
_EMPTY = frozenset({"", "-", "–", "—", "−", "n/a", "na", "n.a.", "none", ".", "…", "...", "/", "nil", "unknown", "?"})
_YEAR = re.compile(r"(?<![0-9])((?:19|20)[0-9]{2})(?![0-9])")
_MORE_THAN = re.compile(r"^(?:>(?!=)|more than|over|above|upwards of|plus de|au-delà de)\s*", re.IGNORECASE)
_AT_LEAST = re.compile(
    r"^(?:≥|>=|⩾|at least|no fewer than|no less than|not less than|a minimum of|min\.?|au moins)\s*", re.IGNORECASE
)
_OR_MORE = re.compile(r"\s*(?:\+|or more|and more|and counting|ou plus|et plus)$", re.IGNORECASE)
_ABOUT = re.compile(
    r"^(?:~|≈|∼|ca?\.|circa|about|around|roughly|approximately|approx\.?|some|nearly|almost|close to|environ|près de)",
    re.IGNORECASE,
)
_AT_MOST = re.compile(
    r"^(?:<|≤|⩽|fewer than|less than|under|below|up to|at most|no more than|moins de|jusqu)", re.IGNORECASE
)
_RANGE = re.compile(r"[0-9]\s*(?:[-–—]|to|à)\s*[0-9]", re.IGNORECASE)
_PERCENT = re.compile(r"\s*(?:%|٪|％|per ?cent|pct\.?|pour cent)", re.IGNORECASE)
_WITH_GROUPS = re.compile(r"[0-9]{1,3}(?:([,.'’ ])[0-9]{3})(?:\1[0-9]{3})*")
_DECIMAL = re.compile(r"[0-9]+(?:[.,][0-9]+)?")

_FOLD_WORDS = {
    "twofold": 2, "doubled": 2, "threefold": 3, "tripled": 3, "trebled": 3, "fourfold": 4, "quadrupled": 4,
    "fivefold": 5, "quintupled": 5, "sixfold": 6, "sevenfold": 7, "eightfold": 8, "ninefold": 9, "tenfold": 10,
}  # fmt: skip
_NUMBER_WORDS = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
}  # fmt: skip
_TIMES = f"{'|'.join(_NUMBER_WORDS)}|[0-9]{{1,4}}(?:\\.[0-9]{{1,2}})?"
FOLD = re.compile(
    rf"\b(?:(?P<word>{'|'.join(_FOLD_WORDS)})\b"
    rf"|(?P<times>{_TIMES})(?:[- ]?fold\b| times (?:as many|higher|larger|what)\b)"
    rf"|by a factor of (?P<factor>{_TIMES}))",
    re.IGNORECASE,
)
"""A multiple in words. `Six times more` is not among them: some mean seven times as many by it."""


@dataclass(frozen=True)
class Figure:
    """A value with its bound.

    Attributes:
        value: in its unit; 150 for 150 %.
        bound: exact, at_least or more_than.
        unit: count, increase_pct or ratio.
        text: as it stands in the article.
    """

    value: Decimal
    bound: Bound
    unit: Unit
    text: str

    @property
    def decimals(self) -> int:
        """Digits after the point, as written."""
        exponent = self.value.as_tuple().exponent
        return max(0, -exponent) if isinstance(exponent, int) else 0

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Unreadable:
    """A cell that holds something which is no value with a lower bound.

    Attributes:
        text: as it stands in the article.
        why: what it is instead.
    """

    text: str
    why: str


@dataclass(frozen=True)
class YearLabel:
    """The year of a row.

    Attributes:
        year: of the calendar.
        is_partial: marked as a year that was not over.
        text: as it stands in the article.
    """

    year: int
    is_partial: bool
    text: str


def cleaned(text: str) -> str:
    """A text on one line: control and direction signs gone, spaces of every kind made one."""
    kept = (" " if sign.isspace() else sign for sign in text if sign.isspace() or unicodedata.category(sign)[0] != "C")
    return " ".join("".join(kept).split())


def year_label(cell: str) -> YearLabel | None:
    """The year that a cell names, if it names exactly one; `*` and words such as `to date` mark it as not over."""
    text = cleaned(cell)
    years = _YEAR.findall(text)
    if len(text) > LONGEST_CELL or len(years) != 1:
        return None
    rest = text.replace(years[0], "", 1)
    is_told_partial = PARTIAL.search(rest) is not None
    # Words that are not about the year being over make it another thing: `Attacks since 2019`, `2024 (forecast)`.
    if re.search(r"[^\W_]|/", _FOOTNOTES.sub("", rest)) and not is_told_partial:
        return None
    is_partial = is_told_partial or "*" in rest
    return YearLabel(int(years[0]), is_partial, text)


def figure(cell: str, unit: Unit) -> Figure | Unreadable | None:
    """The figure of a cell.

    Args:
        cell: as it stands in the table.
        unit: what the column holds; a cell with a fold word is a ratio in any column of increases.

    Returns:
        None where the cell is empty or says that there is none.
    """
    text = cleaned(cell)
    bare = _FOOTNOTES.sub("", text).strip()
    if bare.lower() in _EMPTY:
        return None
    if len(text) > LONGEST_CELL:
        return Unreadable(f"{text[:LONGEST_CELL]}…", "it is a text")
    if unit == "increase_pct" and (times := fold(bare)):
        return Figure(times, "exact", "ratio", text)
    if why := _not_one_value(bare):
        return Unreadable(text, why)
    number, bound = _bounded(bare)
    number, is_percent = _without_percent(number)
    # The sign of a bound can stand before or after that of the per cent.
    number, suffixed = _bounded(number) if bound == "exact" else (number, bound)
    bound = suffixed if bound == "exact" else bound
    if is_percent and unit == "count":
        return Unreadable(text, "it is a share")
    value = _value(number, unit)
    if value is None:
        return Unreadable(text, "it is no number")
    if abs(value) > LARGEST:
        return Unreadable(text, f"it is above {LARGEST:,}")
    return Figure(value, bound, unit, text)


def fold(text: str) -> Decimal | None:
    """How many times, where a text says `sixfold`, `6-fold`, `tripled` or `by a factor of six`."""
    found = FOLD.search(text)
    return times_of(found) if found else None


def times_of(found: re.Match[str]) -> Decimal:
    """The number of a match of `FOLD`."""
    if word := found["word"]:
        return Decimal(_FOLD_WORDS[word.lower()])
    number = (found["times"] or found["factor"]).lower()
    return Decimal(_NUMBER_WORDS[number]) if number in _NUMBER_WORDS else Decimal(number)


def _not_one_value(text: str) -> str | None:
    if _ABOUT.match(text):
        return "it is an approximate figure"
    if _AT_MOST.match(text):
        return "it is an upper bound"
    if _RANGE.search(_YEAR.sub("", text) if _PERCENT.search(text) else text):
        return "it is a range"
    return None


def _bounded(text: str) -> tuple[str, Bound]:
    if _MORE_THAN.match(text):
        return _MORE_THAN.sub("", text, count=1).strip(), "more_than"
    if _AT_LEAST.match(text):
        return _AT_LEAST.sub("", text, count=1).strip(), "at_least"
    if _OR_MORE.search(text):
        return _OR_MORE.sub("", text, count=1).strip(), "at_least"
    return text.strip(), "exact"


def _without_percent(text: str) -> tuple[str, bool]:
    bare = _PERCENT.sub("", text, count=1)
    return bare.strip(), bare != text


def _value(text: str, unit: Unit) -> Decimal | None:
    """A number with its separators: groups of three digits are thousands, any other comma or point is a decimal one."""
    is_negative = text[:1] in "-–—−" and bool(text[1:])
    digits = text.lstrip("-–—−+").strip() if is_negative or text[:1] == "+" else text
    groups = _WITH_GROUPS.fullmatch(digits)
    # A point before three digits is a decimal one in a per cent, and cannot be one in a count.
    if groups and not (groups[1] == "." and unit != "count"):
        number = Decimal(re.sub(r"[^0-9]", "", digits))
    elif _DECIMAL.fullmatch(digits):
        number = Decimal(digits.replace(",", "."))
    else:
        return None
    if -int(number.as_tuple().exponent) > MOST_DECIMALS:
        return None
    if unit == "count" and (is_negative or number != number.to_integral_value()):
        return None
    return -number if is_negative else number
