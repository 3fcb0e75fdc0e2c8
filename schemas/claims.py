"""The contract of published figures: what somebody else says about the number of attacks, and where.

A claim is a figure with its source, period, scope and bound, written down in own words. What lives elsewhere: how a
table is read out of an article's text (`orchestration.claims`), and how a claim is set beside our own figures (dbt).
"""

import polars as pl

from schemas.calendar import not_after_tomorrow, not_before_1900
from schemas.contract import RECEIVED_ON, Column, Contract, Kind, Rule
from schemas.rules import quarantine, warn

UNITS = ("count", "increase_pct", "ratio", "statement", "other")
"""count: events of a period. increase_pct: per cent more than in the base period. ratio: times its count. statement:
that it happened at all, without a figure. other: something that is not a number of events, such as deaths."""
BOUNDS = ("exact", "at_least", "more_than")
FITS = ("same", "nearest")
"""Does our definition mean what the source means, or is it the one that comes closest?"""
MOST = 1_000_000
"""The largest figure: all events of the world in all years are fewer."""
LONGEST_TEXT = 300
"""A locator or a description is a pointer in own words: what is longer is somebody's text."""


def _text(name: str, about: str, *, required: bool = False, optional: bool = True, is_preview: bool = False) -> Column:
    return Column(name, Kind.TEXT, about, required=required, optional=optional, is_preview=is_preview)


COLUMNS = (
    _text("claim_id", "An id of its own, such as `source_mali_2021_count`", required=True, optional=False),
    _text("source", "Who says so, and in which publication", required=True, optional=False, is_preview=True),
    _text("counted", "What is counted, in own words", required=True, optional=False, is_preview=True),
    Column("year", Kind.INTEGER, "The period, where it is one whole year of the calendar", optional=True),
    Column("period_from", Kind.DATE, "First day of the period; empty where `year` tells it", optional=True),
    Column("period_until", Kind.DATE, "Last day of the period; empty where `year` tells it", optional=True),
    Column(
        "is_partial_period",
        Kind.BOOLEAN,
        "The period was not over when the figure was published: for the whole of it the figure is a lower bound",
        optional=True,
    ),
    Column("base_from", Kind.DATE, "For an increase or a ratio, first day of what it is compared with", optional=True),
    Column("base_until", Kind.DATE, "Its last day; both empty for the same days of the year before", optional=True),
    _text("countries", "ISO 3166 codes of three letters, several separated by ;", optional=False),
    _text("region", "A part of these countries, or a region that no list of countries is given for"),
    Column("figure", Kind.NUMBER, "The figure, in its unit; empty for a statement", is_preview=True),
    _text("bound", f"One of {', '.join(BOUNDS)}; empty for a statement", optional=False),
    _text("unit", f"One of {', '.join(UNITS)}", required=True, optional=False),
    _text("definition_id", "The definition of ours that fits best; empty where none does"),
    _text("definition_fit", f"How well it fits: one of {', '.join(FITS)}"),
    _text("locator", "Where it stands, in own words: table, row, paragraph"),
    _text("url", "Address of the publication"),
    _text("citation", "How the publication wants to be cited"),
    _text("licence", "Licence of the publication; a figure with its source is a fact"),
    _text("note", "What else must be known"),
)

_is_statement = pl.col("unit") == "statement"
_year_alone = pl.col("year").is_not_null() & pl.col("period_from").is_null() & pl.col("period_until").is_null()
_days_alone = pl.col("year").is_null() & pl.col("period_from").is_not_null() & pl.col("period_until").is_not_null()


def _in_vocabulary(name: str, words: tuple[str, ...], because: str) -> Rule:
    return quarantine(f"{name}_in_vocabulary", (name,), pl.col(name).is_in(words), because)


def _short(name: str) -> Rule:
    return quarantine(
        f"{name}_is_short",
        (name,),
        pl.col(name).str.len_chars() <= LONGEST_TEXT,
        f"At most {LONGEST_TEXT} characters: a pointer in own words. A longer text is the source's own, which may not "
        "be passed on.",
    )


RULES = (
    _in_vocabulary("unit", UNITS, "Another unit has no comparison; what is not a number of events is `other`."),
    _in_vocabulary("bound", BOUNDS, "Whether 300 means 300 or at least 300 decides the comparison."),
    _in_vocabulary("definition_fit", FITS, "The definition is the source's own, or the nearest of ours."),
    quarantine(
        "figure_has_a_bound",
        ("unit", "figure", "bound"),
        (pl.col("figure").is_not_null() & pl.col("bound").is_not_null()) != _is_statement,
        "A figure needs its value and its bound; a statement has neither.",
    ),
    quarantine(
        "statement_without_figure",
        ("unit", "figure", "bound"),
        ~_is_statement | (pl.col("figure").is_null() & pl.col("bound").is_null()),
        "A statement says that something happened: with a figure it would be a count.",
    ),
    quarantine(
        "figure_plausible",
        ("unit", "figure"),
        pl.col("figure").is_between(pl.when(pl.col("unit") == "increase_pct").then(-100).otherwise(0), MOST),
        "No count is negative, nothing falls by more than 100 per cent, and a number as large as this is another "
        "column's.",
    ),
    quarantine(
        "count_is_whole",
        ("unit", "figure"),
        (pl.col("unit") != "count") | (pl.col("figure") % 1 == 0),
        "Events are counted in whole numbers; a fraction is a rate, a share or a misread separator.",
    ),
    quarantine(
        "period_is_told_once",
        ("year", "period_from", "period_until"),
        _year_alone | _days_alone,
        "Either the year, or the first and the last day: two ways to say it can contradict each other.",
    ),
    quarantine(
        "year_plausible",
        ("year",),
        pl.col("year").is_between(1900, pl.col(RECEIVED_ON).dt.year() + 1),
        "A year before 1900 or one that is yet to come is misread; a figure for it is a forecast.",
    ),
    quarantine(
        "starts_in_1900_or_later",
        ("period_from",),
        not_before_1900("period_from"),
        "An earlier day is a misread one.",
    ),
    quarantine(
        "starts_before_it_is_told",
        ("period_from",),
        not_after_tomorrow("period_from"),
        "A figure for what has not begun is a forecast.",
    ),
    quarantine(
        "period_in_order",
        ("period_from", "period_until"),
        pl.col("period_from") <= pl.col("period_until"),
        "A period that ends before it starts has no days to count.",
    ),
    quarantine(
        "base_period_is_whole",
        ("base_from", "base_until"),
        (pl.col("base_from").is_null() == pl.col("base_until").is_null())
        & (pl.col("base_from") <= pl.col("base_until")).fill_null(value=True),
        "What is compared with has a first and a last day, in that order, or neither.",
    ),
    quarantine(
        "countries_are_iso_codes",
        ("countries",),
        pl.col("countries").str.contains(r"^[A-Z]{3}(;[A-Z]{3})*$"),
        "Codes have three capital letters, such as MLI, or MLI;BFA;NER. A name belongs in `region`.",
    ),
    quarantine(
        "url_is_an_address",
        ("url",),
        pl.col("url").str.contains(r"^https?://[^\s\x00-\x1f\x7f<>\"]+$"),
        "An address that readers can open, and nothing that a page or a spreadsheet would run.",
    ),
    *(_short(name) for name in ("source", "counted", "locator", "note")),
    warn(
        "scope_known",
        ("countries", "region"),
        pl.col("countries").is_not_null() | pl.col("region").is_not_null(),
        "Without a scope the claim is kept and cannot be compared.",
    ),
    warn(
        "definition_known",
        ("definition_id",),
        pl.col("definition_id").is_not_null(),
        "Without a definition the claim is kept and cannot be compared.",
    ),
)

CLAIMS = Contract(name="claims", version=1, key="claim_id", columns=COLUMNS, rules=RULES, year_column="year")
