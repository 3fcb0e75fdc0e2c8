"""The contract of incident files: what a mapping or HXL tags may fill from anybody's spreadsheet.

The vocabularies are those of the warehouse. What a file calls otherwise is translated by its mapping before it gets
here, so a word that is not among them was forgotten in the mapping, and its record waits in quarantine for it.
"""

import polars as pl

from schemas.calendar import not_after_tomorrow
from schemas.contract import Column, Contract, Kind, Rule
from schemas.rules import coordinates_on_earth, quarantine, warn

EVENT_TYPES = (
    "battle",
    "explosion_or_remote_violence",
    "violence_against_civilians",
    "riot",
    "protest",
    "strategic_development",
    "other",
)
VIOLENCE_TYPES = ("state_based", "non_state", "one_sided")
DATE_PRECISIONS = ("day", "days", "week", "month", "year")
PLACE_PRECISIONS = ("exact", "near", "admin2", "admin1", "linear_or_fuzzy", "country", "sea_or_air")
FIRST_YEAR = 1900
LAST_YEAR = 2100
MOST_PERSONS = 1_000_000


def _text(
    name: str, about: str, *, is_content: bool = True, is_preview: bool = False, required: bool = False
) -> Column:
    return Column(
        name, Kind.TEXT, about, required=required, optional=True, is_content=is_content, is_preview=is_preview
    )


def _count(name: str, about: str) -> Column:
    return Column(name, Kind.INTEGER, about, optional=True)


COLUMNS = (
    _text("event_id", "The provider and its id of the event: `provider:id`", required=True, is_preview=True),
    _text("provider", "Who keeps the list, by the mapping", required=True, is_content=False),
    Column("date", Kind.DATE, "First day on which it can have happened", required=True, optional=True, is_preview=True),
    Column(
        "date_end",
        Kind.DATE,
        "Last day on which it can have happened, where it is not that of `date`",
        optional=True,
    ),
    _text("date_precision", f"One of {', '.join(DATE_PRECISIONS)}; follows from the form of the date if not given"),
    Column("year", Kind.INTEGER, "Year of `date`", optional=True),
    _text("event_type", f"One of {', '.join(EVENT_TYPES)}"),
    _text("source_event_type", "The kind of event in the file's own words"),
    _text("violence_type", f"One of {', '.join(VIOLENCE_TYPES)}"),
    _text("side_a", "First party, the attacker where the file tells", is_preview=True),
    _text("side_b", "Second party, the one attacked where the file tells", is_preview=True),
    _text("associated_actors", "Further groups"),
    _text("target_types", "What was attacked"),
    _text("weapon_types", "Weapons"),
    Column("is_suicide_attack", Kind.BOOLEAN, "An attacker meant to die", optional=True),
    Column("is_doubtful", Kind.BOOLEAN, "The file itself doubts the event", optional=True),
    _text("headline", "What happened, in words"),
    _text("source", "Who reported it"),
    _text("related_ids", "Ids of linked events in the same list, separated by ;"),
    _text("country", "ISO 3166 code of three letters, such as MLI", is_preview=True),
    _text("country_name", "Name of the country"),
    _text("admin1", "First-order division"),
    _text("admin1_code", "Its P-code"),
    _text("admin2", "Second-order division"),
    _text("admin2_code", "Its P-code"),
    _text("place", "Name of the place"),
    _text("place_description", "The place in words"),
    _text("place_precision", f"One of {', '.join(PLACE_PRECISIONS)}"),
    Column("latitude", Kind.NUMBER, "Degrees north, WGS 84", optional=True),
    Column("longitude", Kind.NUMBER, "Degrees east, WGS 84", optional=True),
    _count("fatalities", "Persons killed"),
    _count("fatalities_low", "Persons killed, low estimate"),
    _count("fatalities_high", "Persons killed, high estimate"),
    _count("fatalities_civilians", "Civilians killed"),
    _count("wounded", "Persons wounded"),
)

FIELDS = tuple(column.name for column in COLUMNS if column.name not in {"event_id", "provider", "year"})
"""What a mapping may fill, beside `id`."""

IDENTITY = (
    "date",
    "date_end",
    "country",
    "country_name",
    "admin1",
    "admin2",
    "place",
    "latitude",
    "longitude",
    "event_type",
    "source_event_type",
    "side_a",
    "side_b",
)
"""What says which event a record is about, rather than what is known of it: where a file has no ids, they make one."""


def _in_vocabulary(name: str, words: tuple[str, ...]) -> Rule:
    return quarantine(
        f"{name}_in_vocabulary",
        (name,),
        pl.col(name).is_in(words),
        f"The mapping forgot to say which of {', '.join(words)} this is; add it to its `values`.",
    )


def _plausible(name: str) -> Rule:
    return quarantine(
        f"{name}_plausible",
        (name,),
        pl.col(name).is_between(0, MOST_PERSONS),
        "A count of persons is neither negative nor above a million.",
    )


RULES = (
    quarantine(
        "year_plausible",
        ("date",),
        pl.col("date").dt.year().is_between(FIRST_YEAR, LAST_YEAR),
        "A date before 1900 or after 2100 was read by the wrong form.",
    ),
    quarantine(
        "happens_before_it_is_told",
        ("date",),
        not_after_tomorrow("date"),
        "Nobody reports what has not happened: day and month, or the year, are misread.",
    ),
    quarantine(
        "dates_in_order",
        ("date", "date_end"),
        pl.col("date") <= pl.col("date_end"),
        "An event that ends before it starts has no date that could be counted.",
    ),
    _in_vocabulary("date_precision", DATE_PRECISIONS),
    _in_vocabulary("event_type", EVENT_TYPES),
    _in_vocabulary("violence_type", VIOLENCE_TYPES),
    _in_vocabulary("place_precision", PLACE_PRECISIONS),
    quarantine(
        "country_is_iso_code",
        ("country",),
        pl.col("country").str.contains(r"^[A-Z]{3}$"),
        "Codes have three capital letters; a name belongs in `country_name`, or the mapping translates it.",
    ),
    *coordinates_on_earth("No such place: metres, or another order of coordinates."),
    *(
        _plausible(name)
        for name in ("fatalities", "fatalities_low", "fatalities_high", "fatalities_civilians", "wounded")
    ),
    warn(
        "fatalities_within_bounds",
        ("fatalities_low", "fatalities", "fatalities_high"),
        pl.col("fatalities").is_between(pl.col("fatalities_low"), pl.col("fatalities_high")),
        "Kept as received; which of the three is wrong is not said.",
    ),
    warn(
        "country_known",
        ("country", "country_name"),
        pl.col("country").is_not_null() | pl.col("country_name").is_not_null(),
        "Without a country the event is in no country's figures; the mapping can state one for all records.",
    ),
    warn(
        "coordinates_known",
        ("latitude", "longitude"),
        pl.col("latitude").is_not_null() & pl.col("longitude").is_not_null(),
        "The event still counts in its country; it cannot be put on a map.",
    ),
    warn(
        "fatalities_known",
        ("fatalities",),
        pl.col("fatalities").is_not_null(),
        "How many were killed is unknown, which is not the same as nobody.",
    ),
)

INCIDENT_FILE_EVENTS = Contract(
    name="incident_file_events", version=2, key="event_id", columns=COLUMNS, rules=RULES, year_column="year"
)
