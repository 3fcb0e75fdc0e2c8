"""The contract of ACLED's events, for files of every vintage and for answers of its API.

Source of columns and codes: the ACLED Codebook (Raleigh et al. 2010; each later edition). Columns that came later, and
those that repeat another one, are no content: that they appear between two vintages is no revision of a report. Event
types and words land as the source wrote them, but for the codes of actors, whose number and word mean the same; what
they mean in the common vocabulary is the business of the staging model. Which rule quarantines and which only warns is
argued rule by rule; the table in docs/rules.md is made from this module.
"""

import polars as pl

from schemas.calendar import not_after_tomorrow, not_before_1900
from schemas.contract import Column, Contract, Kind, Rule
from schemas.rules import coordinates_on_earth, quarantine, warn

ACTOR_KINDS = {
    "1": "State forces",
    "2": "Rebel group",
    "3": "Political militia",
    "4": "Identity militia",
    "5": "Rioters",
    "6": "Protesters",
    "7": "Civilians",
    "8": "External/Other forces",
}
"""The codes of `inter1` and `inter2`, and the words that stand for them since the codes were given up."""

_PLURALS = {
    "rebel groups": "Rebel group",
    "rebel forces": "Rebel group",
    "political militias": "Political militia",
    "identity militias": "Identity militia",
    "communal militias": "Identity militia",
    "other forces": "External/Other forces",
}
_KIND_WORDS: tuple[tuple[str, str | None], ...] = (
    ("0", None),  # there is no second actor
    *ACTOR_KINDS.items(),
    *((word.lower(), word) for word in ACTOR_KINDS.values()),
    *_PLURALS.items(),
)

EVENT_TYPES = (
    "battles",
    "explosions/remote violence",
    "violence against civilians",
    "protests",
    "riots",
    "strategic developments",
)
"""The six types since 2019, in lower case."""

EVENT_TYPES_BEFORE_2019 = (
    "battle-no change of territory",
    "battle-government regains territory",
    "battle-non-state actor overtakes territory",
    "remote violence",
    "riots/protests",
    "strategic development",
    "headquarters or base established",
    "non-violent transfer of territory",
    "non-violent activity by a conflict actor",
)
"""The types of older vintages that are not among the six, in lower case."""

MOST_DEATHS = 1_000_000
"""No event comes near it."""


def _text(
    name: str,
    about: str,
    *aliases: str,
    is_content: bool = True,
    optional: bool = True,
    is_preview: bool = False,
    words: tuple[tuple[str, str | None], ...] = (),
) -> Column:
    return Column(
        name,
        Kind.TEXT,
        about,
        is_content=is_content,
        optional=optional,
        is_preview=is_preview,
        aliases=aliases,
        words=words,
    )


# Aliases: ACLED's own names before 2017 (ally_actor_1), and names cut to ten letters on their way through a shapefile.
COLUMNS = (
    Column(
        "event_id_cnty",
        Kind.TEXT,
        "ACLED's id of the event: the letters of its country and a number; kept when the event is edited",
        required=True,
        is_preview=True,
        aliases=("event_id_c",),
    ),
    _text("data_id", "Number of the row in ACLED's own table; changes on every upload", is_content=False),
    _text("event_id_no_cnty", "The number in event_id_cnty alone", "event_id_n", is_content=False),
    Column(
        "event_date", Kind.DATE, "Day of the event, as precise as time_precision says", required=True, is_preview=True
    ),
    Column("year", Kind.INTEGER, "Calendar year of the event", required=True),
    Column("time_precision", Kind.INTEGER, "1 day, 2 week, 3 month", aliases=("time_preci",)),
    _text("disorder_type", "Group of event types, since 2022; follows from the type", "disorder_t", is_content=False),
    Column("event_type", Kind.TEXT, "Type of event, in the words of its vintage", required=True, is_preview=True),
    _text("sub_event_type", "Sub-type of event, since 2019", "sub_event_"),
    _text("actor1", "First actor; first and second are no attacker and victim", optional=False, is_preview=True),
    _text("assoc_actor_1", "Groups with the first actor, separated by ;", "ally_actor_1", "assoc_acto"),
    _text("inter1", "Kind of the first actor; codes 1 to 8 of older vintages land as their words", words=_KIND_WORDS),
    _text("actor2", "Second actor; empty for one-sided demonstrations", is_preview=True),
    _text("assoc_actor_2", "Groups with the second actor, separated by ;", "ally_actor_2", "assoc_ac_1"),
    _text("inter2", "Kind of the second actor, as inter1", words=_KIND_WORDS),
    _text("interaction", "inter1 and inter2 together; follows from them", "interactio", is_content=False),
    _text("civilian_targeting", "Were civilians the target? Since 2021; follows from the actors", is_content=False),
    _text("iso", "ISO 3166 number of the country; repeats country", is_content=False),
    _text("iso3", "ISO 3166 letters of the country, until 2022; repeats country", is_content=False),
    _text("region", "Region of the world; divided otherwise in other vintages", is_content=False),
    Column("country", Kind.TEXT, "Name of the country in English", required=True, is_preview=True),
    _text("admin1", "First-order division"),
    _text("admin2", "Second-order division"),
    _text("admin3", "Third-order division"),
    _text("location", "Name of the place that the coordinates stand for", optional=False),
    Column("latitude", Kind.NUMBER, "Degrees north, WGS 84"),
    Column("longitude", Kind.NUMBER, "Degrees east, WGS 84"),
    Column("geo_precision", Kind.INTEGER, "1 place, 2 near the place, 3 region", aliases=("geo_precis",)),
    _text("source", "Sources, separated by ;"),
    _text("source_scale", "Reach of the sources; follows from them", "source_sca", is_content=False),
    _text("notes", "What happened, in a sentence or two; older ones end with [size=…] for demonstrations"),
    Column("fatalities", Kind.INTEGER, "Persons reported killed", is_preview=True),
    _text("tags", "Further marks, since 2022, separated by ;", is_content=False),
    _text("timestamp", "When the row was last uploaded, seconds since 1970; not when it was edited", is_content=False),
)

BOOKKEEPING = ("timestamp", "data_id")
"""Differ between rows of one event that say the same: both change on every upload. The later upload is kept."""


def _precision(name: str) -> Rule:
    return quarantine(
        f"{name}_in_codebook",
        (name,),
        pl.col(name).is_between(1, 3),
        "The codebook knows 1 to 3; another number says that columns have shifted or the codebook changed.",
    )


def _actor_kind(name: str) -> Rule:
    return warn(
        f"{name}_in_codebook",
        (name,),
        pl.col(name).is_in(list(ACTOR_KINDS.values())),
        "A kind that the codebook does not know: the event still counts, its violence_type stays unknown.",
    )


_year_of_date = pl.col("event_date").dt.year().cast(pl.Int32)
_century_lost = (_year_of_date < 100) & (_year_of_date == pl.col("year") % 100) & (pl.col("year") >= 1950)

RULES = (
    quarantine(
        "event_id_is_letters_and_number",
        ("event_id_cnty",),
        pl.col("event_id_cnty").str.contains(r"^(?:[A-Za-z]+\d+|\d+[A-Za-z]+)$"),
        "Anything else says that columns have shifted, or that a spreadsheet made something of the id.",
    ),
    quarantine(
        "event_type_in_codebook",
        ("event_type",),
        pl.col("event_type").str.strip_chars().str.to_lowercase().is_in([*EVENT_TYPES, *EVENT_TYPES_BEFORE_2019]),
        "The codebooks know six types, and nine more before 2019; another one says that columns have shifted or the "
        "codebook changed.",
    ),
    _precision("time_precision"),
    _precision("geo_precision"),
    quarantine(
        "fatalities_not_negative", ("fatalities",), pl.col("fatalities") >= 0, "A count of persons cannot be negative."
    ),
    quarantine(
        "fatalities_plausible",
        ("fatalities",),
        pl.col("fatalities") <= MOST_DEATHS,
        "No event comes near a million deaths: columns have shifted, or two numbers have become one.",
    ),
    *coordinates_on_earth("No such place; columns or signs have shifted."),
    quarantine(
        "event_date_not_before_1900",
        ("event_date",),
        not_before_1900("event_date") | _century_lost,
        "ACLED begins with 1997: an earlier date is a misread one, such as 0025-03-07, and which century was meant is "
        "not guessed. Where the year column says it (2025), `century_in_date` takes its word.",
    ),
    quarantine(
        "happens_before_it_is_told",
        ("event_date",),
        not_after_tomorrow("event_date"),
        "Nobody reports what has not happened: day and month, or the year, are misread.",
    ),
    quarantine(
        "year_is_that_of_event_date",
        ("year", "event_date"),
        (_year_of_date == pl.col("year")) | _century_lost,
        "One of the two is wrong and nothing says which: no year can honestly count the event.",
    ),
    warn(
        "century_in_date",
        ("event_date", "year"),
        ~_century_lost,
        "A program read a year of two digits as it stands. The year column gives the same two digits with their "
        "century, so the date follows from the record itself and is no guess.",
        repair=("event_date", pl.date("year", pl.col("event_date").dt.month(), pl.col("event_date").dt.day())),
    ),
    _actor_kind("inter1"),
    _actor_kind("inter2"),
    warn(
        "actor1_named",
        ("actor1",),
        pl.col("actor1").is_not_null(),
        "The codebook names an actor in every event, if only an unidentified one; without it the event still counts.",
    ),
    warn(
        "fatalities_known",
        ("fatalities",),
        pl.col("fatalities").is_not_null(),
        "The codebook writes 0 where no death is reported. An empty one is unknown, and stays so.",
    ),
    warn(
        "coordinates_known",
        ("latitude", "longitude"),
        pl.col("latitude").is_not_null() & pl.col("longitude").is_not_null(),
        "The event still counts in its country; it cannot be put on a map.",
    ),
    warn(
        "coordinates_differ",
        ("latitude", "longitude"),
        pl.col("latitude") != pl.col("longitude"),
        "Equal figures are nearly always one of them typed twice, but there are places where they are right.",
    ),
)

ACLED_EVENTS = Contract(
    name="acled_events",
    version=2,
    key="event_id_cnty",
    columns=COLUMNS,
    rules=RULES,
    year_column="year",
    bookkeeping=BOOKKEEPING,
)
