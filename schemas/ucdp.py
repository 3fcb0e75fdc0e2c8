"""The contract of UCDP's event data: GED (yearly) and Candidate (monthly) share columns and codebook.

Source of columns and codes: UCDP GED Codebook (Sundberg & Melander 2013; Högbladh, each year's version) and the UCDP
Candidate codebook (Hegre et al. 2020). Which rule quarantines and which only warns is argued rule by rule; the table in
docs/rules.md is made from this module.
"""

from datetime import date

import polars as pl

from schemas.calendar import not_after_tomorrow
from schemas.contract import RECEIVED_ON, Column, Contract, Kind, Rule
from schemas.rules import coordinates_on_earth, quarantine, warn

FIRST_DAY = date(1989, 1, 1)
"""UCDP GED begins here."""

MOST_DEATHS = 1_000_000
"""No event of GED comes near it: its largest ones are in the tens of thousands."""

PLACEHOLDER = r"XXX\d*"
"""Stands in candidate ids and names for a conflict, dyad or actor that has no number yet."""

_DEATHS = ("deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown")
_ESTIMATES = ("low", "best", "high")
_IDS = ("conflict_new_id", "dyad_new_id", "side_a_new_id", "side_b_new_id")


def _text(
    name: str, about: str, *, is_content: bool = True, optional: bool = False, is_preview: bool = False
) -> Column:
    return Column(name, Kind.TEXT, about, is_content=is_content, optional=optional, is_preview=is_preview)


COLUMNS = (
    Column(
        "id",
        Kind.BIG_INTEGER,
        "UCDP's id of the event; kept when a candidate becomes final",
        required=True,
        is_preview=True,
    ),
    _text("relid", "UCDP's id in words: country, year, type, dyad, serial number", is_content=False),
    Column("year", Kind.INTEGER, "Calendar year of the event", required=True),
    Column("active_year", Kind.BOOLEAN, "The dyad reached 25 deaths that year", is_content=False),
    _text("code_status", "Clear, or what UCDP still has to check"),
    Column("type_of_violence", Kind.INTEGER, "1 state-based, 2 non-state, 3 one-sided", required=True),
    _text("conflict_dset_id", "Older id of the conflict; placeholders occur", is_content=False),
    _text("conflict_new_id", "Id of the conflict; placeholders occur"),
    _text("conflict_name", "Name of the conflict"),
    _text("dyad_dset_id", "Older id of the dyad; placeholders occur", is_content=False),
    _text("dyad_new_id", "Id of the dyad; placeholders occur"),
    _text("dyad_name", "Name of the dyad"),
    _text("side_a_dset_id", "Older id of side A", is_content=False),
    _text("side_a_new_id", "Id of side A"),
    _text("side_a", "Name of side A: the government in state-based events. A side, not the attacker", is_preview=True),
    _text("side_b_dset_id", "Older id of side B", is_content=False),
    _text("side_b_new_id", "Id of side B"),
    _text("side_b", "Name of side B. A side, not the attacker", is_preview=True),
    Column("number_of_sources", Kind.INTEGER, "Number of sources; -1 (not counted) lands as unknown"),
    _text("source_article", "Office, date and headline of each source in one text", is_content=False),
    _text("source_office", "Offices of the sources, separated by ;"),
    _text("source_date", "Dates of the sources, separated by ;"),
    _text("source_headline", "Headlines of the sources, separated by ;"),
    _text("source_original", "Who told the sources"),
    Column("where_prec", Kind.INTEGER, "1 exact … 7 sea or air, see the codebook", required=True),
    _text("where_coordinates", "Name of the place that the coordinates stand for"),
    _text("where_description", "The place in the source's words"),
    _text("adm_1", "First-order division; empty where unknown"),
    _text("adm_2", "Second-order division; empty where unknown"),
    Column("latitude", Kind.NUMBER, "Degrees north, WGS 84"),
    Column("longitude", Kind.NUMBER, "Degrees east, WGS 84"),
    _text("geom_wkt", "The point as WKT", is_content=False),
    Column("priogrid_gid", Kind.BIG_INTEGER, "PRIO-GRID cell, half a degree wide", is_content=False),
    _text("country", "Name of the country", is_preview=True),
    Column("country_id", Kind.INTEGER, "Gleditsch–Ward number of the country"),
    _text("region", "Region of the world"),
    Column("event_clarity", Kind.INTEGER, "1 one event, 2 events told together; 3 in candidates"),
    Column("date_prec", Kind.INTEGER, "1 day, 2 two to six days, 3 week, 4 month, 5 year", required=True),
    Column("date_start", Kind.DATE, "First day on which it can have taken place", required=True, is_preview=True),
    Column("date_end", Kind.DATE, "Last day on which it can have taken place", required=True),
    Column("deaths_a", Kind.INTEGER, "Persons of side A killed, best estimate"),
    Column("deaths_b", Kind.INTEGER, "Persons of side B killed, best estimate"),
    Column("deaths_civilians", Kind.INTEGER, "Civilians killed, best estimate"),
    Column("deaths_unknown", Kind.INTEGER, "Persons of unknown side killed, best estimate"),
    Column(
        "best", Kind.INTEGER, "Persons killed, best estimate", required=True, is_preview=True, aliases=("best_est",)
    ),
    Column("high", Kind.INTEGER, "Persons killed, high estimate", aliases=("high_est",)),
    Column("low", Kind.INTEGER, "Persons killed, low estimate", aliases=("low_est",)),
    _text("gwnoa", "Gleditsch–Ward numbers of side A, not in the web export", is_content=False, optional=True),
    _text("gwnob", "Gleditsch–Ward numbers of side B, not in the web export", is_content=False, optional=True),
)


def _code(name: str, last: int, about: str) -> Rule:
    return quarantine(
        f"{name}_in_codebook",
        (name,),
        pl.col(name).is_between(1, last),
        f"{about} knows the codes 1 to {last}; another one says that columns have shifted or the codebook changed.",
    )


def _not_negative(name: str) -> Rule:
    return quarantine(f"{name}_not_negative", (name,), pl.col(name) >= 0, "A count of persons cannot be negative.")


_cell = (((pl.col("latitude") + 90) * 2).floor() * 720 + ((pl.col("longitude") + 180) * 2).floor() + 1).cast(pl.Int64)

RULES = (
    _code("type_of_violence", 3, "The codebook"),
    _code("where_prec", 7, "The codebook"),
    _code("date_prec", 5, "The codebook"),
    *(_not_negative(name) for name in (*_DEATHS, *_ESTIMATES)),
    quarantine(
        "deaths_plausible",
        (*_DEATHS, *_ESTIMATES),
        pl.max_horizontal(*_DEATHS, *_ESTIMATES) <= MOST_DEATHS,
        "More than a million dead in one event is an id or a date in the wrong column, and would drown every sum.",
    ),
    *coordinates_on_earth("No such place; columns or signs have shifted."),
    quarantine(
        "dates_in_order",
        ("date_start", "date_end"),
        pl.col("date_start") <= pl.col("date_end"),
        "An event that ends before it starts has no date that could be counted.",
    ),
    quarantine(
        "starts_in_ged_period",
        ("date_start",),
        pl.col("date_start") >= FIRST_DAY,
        "UCDP GED begins with 1989; an earlier date is a misread one.",
    ),
    quarantine(
        "starts_before_it_is_told",
        ("date_start",),
        not_after_tomorrow("date_start"),
        "An event cannot be told before it begins; the day after the file arrived still counts as that day somewhere "
        "on earth. date_end may lie ahead: an event known by its month or year ends with it.",
    ),
    quarantine(
        "year_in_ged_period",
        ("year",),
        pl.col("year").is_between(FIRST_DAY.year, pl.col(RECEIVED_ON).dt.year()),
        "Events are counted by this year, and the newest one says how far a country file reaches.",
    ),
    warn(
        "best_within_bounds",
        ("low", "best", "high"),
        pl.col("best").is_between(pl.col("low"), pl.col("high")),
        "The codebook promises low ≤ best ≤ high, but hundreds of candidates and some final events break it in the "
        "bounds while best is coded with care: dropping them would undercount. The figures stay as received.",
    ),
    warn(
        "low_not_above_high",
        ("low", "high"),
        pl.col("low") <= pl.col("high"),
        "Bounds changed places, or one was not brought up to date. Kept as received, for the same reason.",
    ),
    warn(
        "deaths_sum_to_best",
        (*_DEATHS, "best"),
        pl.sum_horizontal(_DEATHS, ignore_nulls=False) == pl.col("best"),
        "best is the sum of its four parts; where it is not, one of them was revised alone.",
    ),
    warn(
        "has_deaths",
        ("best",),
        pl.col("best") > 0,
        "An event needs a death to enter GED, yet best = 0 is common where only high has one: odd but true.",
    ),
    warn(
        "sources_counted",
        ("number_of_sources",),
        pl.col("number_of_sources") >= 1,
        "-1 means that the sources of older events were not counted; it lands as unknown.",
        repair=("number_of_sources", pl.lit(None, pl.Int32)),
    ),
    warn(
        "code_status_clear",
        ("code_status",),
        pl.col("code_status") == "Clear",
        "UCDP still checks the event; it counts, and says so.",
    ),
    warn(
        "ids_final",
        (*_IDS, "dyad_name"),
        ~pl.any_horizontal(
            pl.col(*_IDS, "dyad_name", "conflict_name").str.contains(PLACEHOLDER).fill_null(value=False)
        ),
        "A new actor or conflict has no number yet; the placeholder is kept as the feed's own id.",
    ),
    warn(
        "event_clarity_in_codebook",
        ("event_clarity",),
        pl.col("event_clarity").is_between(1, 2),
        "The codebook knows 1 and 2; candidates also have 3. No figure depends on it.",
    ),
    warn(
        "coordinates_differ",
        ("latitude", "longitude"),
        pl.col("latitude") != pl.col("longitude"),
        "Equal figures are nearly always one of them typed twice, but there are places where they are right.",
    ),
    warn(
        "coordinates_known",
        ("latitude", "longitude"),
        pl.col("latitude").is_not_null() & pl.col("longitude").is_not_null(),
        "The event still counts in its country; it cannot be put on a map.",
    ),
    warn(
        "priogrid_matches",
        ("latitude", "longitude", "priogrid_gid"),
        _cell == pl.col("priogrid_gid"),
        "The cell follows from the coordinates; where it does not, one of the two was revised alone.",
    ),
    warn(
        "year_matches_dates",
        ("year", "date_start", "date_end"),
        pl.col("year").is_between(pl.col("date_start").dt.year(), pl.col("date_end").dt.year()),
        "The year is counted as coded.",
    ),
    warn(
        "day_precision_is_one_day",
        ("date_prec", "date_start", "date_end"),
        (pl.col("date_prec") != 1) | (pl.col("date_start") == pl.col("date_end")),
        "Precision 1 says that the day is known; a longer span contradicts it.",
    ),
)

UCDP_EVENTS = Contract(name="ucdp_events", version=2, key="id", columns=COLUMNS, rules=RULES, year_column="year")
