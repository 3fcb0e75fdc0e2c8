"""An article's tables of years and its words about them, as figures with their bounds, checked against each other.

What a table's columns are is told by their names, and where they have none by what stands in them. A cell that cannot
be held as a figure is named with the reason, never dropped in silence.
"""

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations, islice
from typing import Literal

from orchestration.claims.arithmetic import Check, check_fold, check_increase
from orchestration.claims.figures import (
    FOLD,
    Bound,
    Figure,
    Unit,
    Unreadable,
    YearLabel,
    cleaned,
    figure,
    times_of,
    year_label,
)
from orchestration.claims.tables import TextTable, taken_apart
from orchestration.errors import RefusedError
from orchestration.io.encodings import encoding_of, is_utf8, to_utf8
from orchestration.io.payload import printable

MAX_BYTES = 2 * 1024 * 1024
"""An article is not longer; a book or a data set is no article."""
MAX_FOLDS = 50
MAX_YEARS = 60
LONGEST_SENTENCE = 1000

SENTENCE_ENDS = (". ", "! ", "? ", "; ")
CLAUSE_ENDS = (*SENTENCE_ENDS, ", ")
PARAGRAPH_ENDS = re.compile(r"\n[ \t]*\n|\n(?=#)|(?<=[^\n])\n(?=[-*•])")
YEAR = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])")

Pair = tuple[int, int, Figure, Figure]
"""Two years and their counts."""
Role = Literal["year", "count", "increase", "other"]
_YEAR_NAME = re.compile(r"\b(year|années?|period|date)\b|^ann?[ée]e?s?$", re.IGNORECASE)
_CHANGE_NAME = re.compile(
    r"%|\b(increase|change|growth|rise|y[/-]?o[/-]?y|per ?cent|percent|evolution|évolution|hausse|variation|"
    r"augmentation)\b",
    re.IGNORECASE,
)
_PERSONS_NAME = re.compile(
    r"\b(deaths?|dead|killed|fatalit\w+|wounded|injured|casualt\w+|displaced|refugees?|victims?|civilians killed|"
    r"morts?|blessés|tués|déplacés|victimes)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Told:
    """One figure of an article and what it is about.

    Attributes:
        figure: the value with its bound.
        year: of the row.
        counted: the column's name, as far as the article names it.
        place: where it stands.
        is_events: False for a column of persons or of money, which no definition of ours counts.
        base_year: for a ratio, the year that it compares with; the year before where none is told.
    """

    figure: Figure
    year: YearLabel
    counted: str
    place: str
    is_events: bool = True
    base_year: int | None = None


@dataclass
class Reading:
    """What was read out of one article.

    Attributes:
        told: the figures, in their order.
        checks: what became of checking them against each other.
        left_out: cells that hold no figure with a lower bound, with the reason.
    """

    told: list[Told] = field(default_factory=list[Told])
    checks: list[Check] = field(default_factory=list[Check])
    left_out: list[str] = field(default_factory=list[str])


@dataclass(frozen=True)
class _Row:
    year: YearLabel
    place: str
    counts: dict[int, Figure]
    increases: dict[int, Figure]


def text_of(content: bytes, source: str) -> str:
    """The text of an article's bytes, whatever encoding it is in.

    Raises:
        RefusedError: it is longer than an article, or no text.
    """
    if len(content) > MAX_BYTES:
        raise RefusedError(
            source=printable(source),
            problem=f"it has more than {MAX_BYTES:,} bytes",
            rule="the text of one article",
            way_out="cut out the part with the table",
            place="the file as a whole",
        )
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    if b"\0" in content:
        raise RefusedError(
            source=printable(source),
            problem="it is binary",
            rule="the text of an article: plain, Markdown or HTML",
            way_out="save the article as text",
            place="the file as a whole",
        )
    if not is_utf8(io.BytesIO(content)):
        content = to_utf8(encoding_of(io.BytesIO(content)))(content)
    return content.decode("utf-8-sig", errors="replace")


def read_article(text: str) -> Reading:
    """Read the tables of years of an article, and check its arithmetic."""
    article, reading = taken_apart(text), Reading()
    series: list[Pair] = []
    for table in article.tables:
        series += _read_table(table, reading)
    _read_words(article.prose, series, reading)
    return reading


def _read_table(table: TextTable, reading: Reading) -> list[Pair]:
    """Add what a table tells, and return every two of its counts that something in the prose may compare."""
    header, body = _header_and_body(table.rows)
    roles = _roles(header, body)
    if "year" not in roles or not {"count", "increase"} & set(roles):
        return []
    roles = _without_differences(table, header, body, roles, reading)
    rows = [
        _read_row(table, header, roles, cells, year, reading)
        for cells, year in _rows_of_years(table, body, roles.index("year"), reading)
    ]
    rows.sort(key=lambda row: row.year.year)
    _check_increases(rows, roles, reading)
    first_count = next((column for column, role in enumerate(roles) if role == "count"), None)
    counted = [(row.year, row.counts[first_count]) for row in rows if first_count in row.counts]
    return [(one.year, two.year, before, now) for (one, before), (two, now) in combinations(counted[:MAX_YEARS], 2)]


def _rows_of_years(
    table: TextTable, body: list[tuple[str, ...]], at: int, reading: Reading
) -> Iterator[tuple[tuple[str, ...], YearLabel]]:
    """The rows that tell of one year each, once each; a row that names years in another way is said to be left out."""
    seen: set[int] = set()
    for cells in body:
        year, text = year_label(cells[at]), printable(cleaned(cells[at])[:100])
        if year is None:
            if YEAR.search(text):
                reading.left_out.append(f"{table.place}, row {text}: it is not one year")
        elif year.year in seen:
            reading.left_out.append(f"{table.place}, row {text}: the year stands twice")
        else:
            seen.add(year.year)
            yield cells, year


def _without_differences(
    table: TextTable, header: tuple[str, ...], body: list[tuple[str, ...]], roles: list[Role], reading: Reading
) -> list[Role]:
    """The roles, once columns that tell how many more there were, and not how many per cent, are left aside."""
    counts = [number for number, role in enumerate(roles) if role == "count"]
    values = {
        year.year: (cells, found.value)
        for cells in body
        if counts
        and (year := year_label(cells[roles.index("year")]))
        and isinstance(found := figure(cells[counts[0]], "count"), Figure)
    }
    kept = list(roles)
    for column, role in enumerate(roles):
        told = [
            (figure(cells[column], "increase_pct"), values.get(year - 1), now) for year, (cells, now) in values.items()
        ]
        rises = [(found.value, now - before[1]) for found, before, now in told if isinstance(found, Figure) and before]
        has_sign = "%" in header[column] or any("%" in cells[column] for cells in body)
        if role == "increase" and not has_sign and rises and all(stated == rise for stated, rise in rises):
            kept[column] = "other"
            reading.left_out.append(f"{table.place}, column {printable(header[column][:100])}: it is a difference")
    return kept


def _header_and_body(rows: Sequence[tuple[str, ...]]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """The names of the columns, empty where the table has none. A table whose years stand across is turned."""
    for number, row in enumerate(rows[:5]):
        years = sum(year_label(cell) is not None for cell in row)
        if years >= 2 and not any(year_label(later[0]) for later in rows[number + 1 :]):
            turned = [tuple(cells) for cells in zip(*rows[number:], strict=True)]
            return turned[0], turned[1:]
        if years:
            header = rows[number - 1] if number else ("",) * len(row)
            return header, list(rows[number:])
    return (rows[0] if rows else ()), []


def _roles(header: tuple[str, ...], body: list[tuple[str, ...]]) -> list[Role]:
    """What each column holds, by its name, and where that says nothing by its cells."""
    columns = list(zip(*body, strict=True)) if body else []
    roles: list[Role] = []
    for name, cells in zip(header, columns, strict=False):
        if "year" not in roles and _is_of_years(name, cells):
            roles.append("year")
        elif _CHANGE_NAME.search(name) or (not name and any("%" in cell for cell in cells)):
            roles.append("increase")
        else:
            is_figure = any(isinstance(figure(cell, "count"), Figure) for cell in cells)
            roles.append("count" if is_figure else "other")
    return roles


def _is_of_years(name: str, cells: Sequence[str]) -> bool:
    labels = sum(year_label(cell) is not None for cell in cells)
    return labels * 2 > len(cells) or (labels > 0 and _YEAR_NAME.search(name) is not None)


def _read_row(
    table: TextTable,
    header: tuple[str, ...],
    roles: list[Role],
    cells: tuple[str, ...],
    year: YearLabel,
    reading: Reading,
) -> _Row:
    row = _Row(year, f"{table.place}, row {year.text}", {}, {})
    for column, (role, cell) in enumerate(zip(roles, cells, strict=False)):
        if role not in ("count", "increase"):
            continue
        unit: Unit = "count" if role == "count" else "increase_pct"
        found = figure(cell, unit)
        if isinstance(found, Unreadable):
            reading.left_out.append(f"{row.place}: {printable(found.text)}: {found.why}")
        if not isinstance(found, Figure):
            continue
        (row.counts if role == "count" else row.increases)[column] = found
        name = cleaned(header[column])[:100]
        is_events = not _PERSONS_NAME.search(_counted(header, roles, column))
        counted = name if role == "count" else _counted(header, roles, column)
        reading.told.append(Told(found, year, counted, row.place, is_events))
    return row


def _counted(header: tuple[str, ...], roles: list[Role], column: int) -> str:
    """The name of the counts that a column is about: its own, or of an increase those of the last column of counts."""
    own = [number for number, role in enumerate(roles[: column + 1]) if role == "count"]
    first = [number for number, role in enumerate(roles) if role == "count"]
    number = (own or first or [column])[-1 if own else 0]
    return cleaned(header[number])[:100]


def _check_increases(rows: list[_Row], roles: list[Role], reading: Reading) -> None:
    by_year = {row.year.year: row for row in rows}
    counts = [number for number, role in enumerate(roles) if role == "count"]
    for row in rows:
        before = by_year.get(row.year.year - 1)
        for column, stated in row.increases.items():
            of = next((number for number in reversed(counts) if number < column), counts[0] if counts else -1)
            was, now = (each.counts.get(of) if each else None for each in (before, row))
            reading.checks.append(check_increase(row.place, stated, was, now))


def _read_words(prose: str, series: list[Pair], reading: Reading) -> None:
    """Check words such as `sixfold` against the years that are named with them, else against any two.

    Where both years are named, the word is a figure of its own.
    """
    counted = reading.told[0].counted if reading.told else ""
    partial = {told.year.year for told in reading.told if told.year.is_partial}
    for paragraph, found in islice(_folds(prose), MAX_FOLDS):
        sentence = _around(paragraph, found, SENTENCE_ENDS)
        clause = _around(paragraph, found, CLAUSE_ENDS)
        bound = _bound_before(paragraph[max(0, found.start() - 20) : found.start()])
        place = f"“{sentence[:80]}{'…' if len(sentence) > 80 else ''}”"
        if bound is None:
            reading.left_out.append(f"{place}: {found[0]}: it is an approximate figure")
            continue
        stated = Figure(times_of(found), bound, "ratio", found[0])
        first, last = _years_of(clause) or _years_of(sentence) or (None, None)
        if first and last:
            label = YearLabel(last, last in partial, str(last))
            reading.told.append(Told(stated, label, counted, "in the text", base_year=first))
        pairs = [pair for pair in series if first in (None, pair[0]) and last in (None, pair[1])]
        named = [(f"{one} to {two}", before, now) for one, two, before, now in pairs]
        reading.checks.append(check_fold(place, stated, named))


def _folds(prose: str) -> Iterator[tuple[str, re.Match[str]]]:
    for paragraph in map(cleaned, PARAGRAPH_ENDS.split(prose)):
        for found in FOLD.finditer(paragraph):
            yield paragraph, found


def _years_of(words: str) -> tuple[int | None, int | None] | None:
    """The years that a change goes from and to, as far as the words name them."""
    years = [int(year) for year in dict.fromkeys(YEAR.findall(words))]
    if len(years) == 2:
        return min(years), max(years)
    if len(years) != 1:
        return None
    before = re.search(r"(\w+)\s+(?:19|20)[0-9]{2}", words)
    match before[1].lower() if before else "":
        case "since" | "from":
            return years[0], None
        case "by" | "to" | "until":
            return None, years[0]
        case _:
            return years[0] - 1, years[0]


def _bound_before(words: str) -> Bound | None:
    """The bound that the words before a figure give it; None for an approximate one."""
    if re.search(r"\b(nearly|almost|about|around|roughly|some|approximately)\s*$", words, re.IGNORECASE):
        return None
    if re.search(r"\b(more than|over)\s*$", words, re.IGNORECASE):
        return "more_than"
    return "at_least" if re.search(r"\bat least\s*$", words, re.IGNORECASE) else "exact"


def _around(text: str, found: re.Match[str], ends: tuple[str, ...]) -> str:
    """The part of a text that a match stands in, between two of the given ends."""
    first = max(0, found.start() - LONGEST_SENTENCE)
    last = min(len(text), found.end() + LONGEST_SENTENCE)
    begins = [place + len(end) for end in ends if (place := text.rfind(end, first, found.start())) >= 0]
    stops = [place for end in ends if (place := text.find(end, found.end(), last)) >= 0]
    return text[max(begins, default=first) : min(stops, default=last)].strip()
