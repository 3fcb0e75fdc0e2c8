"""The contract of GDELT 2.0 events: 61 columns, tab-separated, without a header.

Source of columns and codes: GDELT Event Codebook V2.0 and the CAMEO codebook (Gerner et al. 2012). A machine has read
the news here: codes are guesses of a parser, and the same event is told as often as the news tells it. The contract
therefore looks for what cannot have come out of the parser (columns that shifted, codes that do not exist); whether
the parser was right is nothing that a contract can know.
"""

import polars as pl

from schemas.contract import Column, Contract, Kind, Rule
from schemas.rules import coordinates_not_zero, quarantine, warn

FIRST_ADDED = 20150218000000
"""GDELT 2.0 begins on this day (DATEADDED)."""

ROOTS = r"^(0[1-9]|1\d|20)$"
FIPS = r"^[A-Z]{2}$"

_COUNTS = ("NumMentions", "NumSources", "NumArticles")
_PLACES = ("Actor1Geo", "Actor2Geo", "ActionGeo")


def _text(name: str, about: str, *, is_preview: bool = False, required: bool = False) -> Column:
    return Column(name, Kind.TEXT, about, is_preview=is_preview, required=required)


def _actor(number: int, role: str) -> tuple[Column, ...]:
    """The ten columns of one actor."""
    prefix = f"Actor{number}"
    return (
        _text(f"{prefix}Code", f"CAMEO code of {role}; empty where none was recognised"),
        _text(f"{prefix}Name", f"Name of {role} as the parser knows it", is_preview=True),
        _text(f"{prefix}CountryCode", f"CAMEO country of {role}, not where it happened"),
        _text(f"{prefix}KnownGroupCode", f"CAMEO code of a known organisation that {role} belongs to"),
        _text(f"{prefix}EthnicCode", f"CAMEO ethnic group of {role}"),
        _text(f"{prefix}Religion1Code", f"CAMEO religion of {role}"),
        _text(f"{prefix}Religion2Code", f"Second CAMEO religion of {role}"),
        _text(f"{prefix}Type1Code", f"CAMEO role of {role}, such as MIL, REB, CVL"),
        _text(f"{prefix}Type2Code", f"Second CAMEO role of {role}"),
        _text(f"{prefix}Type3Code", f"Third CAMEO role of {role}"),
    )


def _place(prefix: str, what: str) -> tuple[Column, ...]:
    """The eight columns of one place."""
    return (
        Column(
            f"{prefix}_Type",
            Kind.INTEGER,
            f"How fine the place of {what} is: 0 none, 1 country, 2 US state, 3 US city, 4 city, 5 division",
        ),
        _text(f"{prefix}_FullName", f"Place of {what}: name, division, country", is_preview=prefix == "ActionGeo"),
        _text(f"{prefix}_CountryCode", f"FIPS 10-4 code of the country of {what}"),
        _text(f"{prefix}_ADM1Code", f"FIPS code of the first-order division of {what}"),
        _text(f"{prefix}_ADM2Code", f"Code of the second-order division of {what}"),
        Column(f"{prefix}_Lat", Kind.NUMBER, f"Degrees north of {what}: the centre of the place named"),
        Column(f"{prefix}_Long", Kind.NUMBER, f"Degrees east of {what}: the centre of the place named"),
        _text(f"{prefix}_FeatureID", f"GNS or GNIS id of the place of {what}"),
    )


COLUMNS = (
    Column("GLOBALEVENTID", Kind.BIG_INTEGER, "GDELT's id of the record", required=True, is_preview=True),
    Column("SQLDATE", Kind.DATE, "Day of the event as the article tells it", required=True, is_preview=True),
    Column("MonthYear", Kind.INTEGER, "SQLDATE as yyyymm", is_content=False),
    Column("Year", Kind.INTEGER, "SQLDATE as yyyy", required=True),
    Column("FractionDate", Kind.NUMBER, "SQLDATE as a fraction of a year", is_content=False),
    *_actor(1, "the actor"),
    *_actor(2, "the other actor"),
    Column("IsRootEvent", Kind.BOOLEAN, "Told in the lead of the article"),
    _text("EventCode", "CAMEO code of what was done, three or four digits", required=True, is_preview=True),
    _text("EventBaseCode", "The first three digits of EventCode"),
    _text("EventRootCode", "The first two digits of EventCode", required=True),
    Column("QuadClass", Kind.INTEGER, "1, 2 cooperation in words, in deeds; 3, 4 conflict in words, in deeds"),
    Column("GoldsteinScale", Kind.NUMBER, "What the kind of event means for stability, -10 to 10; not its size"),
    Column("NumMentions", Kind.INTEGER, "Mentions in the first 15 minutes"),
    Column("NumSources", Kind.INTEGER, "Sources in the first 15 minutes"),
    Column("NumArticles", Kind.INTEGER, "Articles in the first 15 minutes"),
    Column("AvgTone", Kind.NUMBER, "Tone of the articles, -100 to 100"),
    *_place("Actor1Geo", "the actor"),
    *_place("Actor2Geo", "the other actor"),
    *_place("ActionGeo", "the event"),
    Column("DATEADDED", Kind.BIG_INTEGER, "When GDELT added the record, yyyymmddhhmmss UTC: its file", required=True),
    _text("SOURCEURL", "The article that the record was read from"),
)


def _between(column: str, rule: str, low: float, high: float, because: str) -> Rule:
    return quarantine(rule, (column,), pl.col(column).is_between(low, high), because)


_SHIFTED = "No such value comes out of GDELT; columns have shifted."
_MOST = 1_000_000
_REACH_YEARS = 11
_day_added = (pl.col("DATEADDED") // 1_000_000).cast(pl.String).str.to_date("%Y%m%d", strict=False)

RULES = (
    quarantine(
        "added_is_a_time",
        ("DATEADDED",),
        (pl.col("DATEADDED") >= FIRST_ADDED)
        & (pl.col("DATEADDED") < 10**14)
        & _day_added.is_not_null()
        & (pl.col("DATEADDED") % 1_000_000 < 240_000),
        "It names the file that the record came in. GDELT 2.0 begins with 18 February 2015.",
    ),
    quarantine(
        "happens_before_it_is_told",
        ("SQLDATE", "DATEADDED"),
        pl.col("SQLDATE") <= _day_added.dt.offset_by("1d"),
        "Nobody reports what has not happened. One day is left for the time zones.",
    ),
    quarantine(
        "dated_in_period",
        ("SQLDATE", "DATEADDED"),
        pl.col("SQLDATE") >= _day_added.dt.offset_by(f"-{_REACH_YEARS}y"),
        "The parser reaches back ten years at most; an earlier date is a misread one.",
    ),
    quarantine(
        "root_in_codebook", ("EventRootCode",), pl.col("EventRootCode").str.contains(ROOTS), "CAMEO has roots 01 to 20."
    ),
    quarantine(
        "code_belongs_to_root",
        ("EventCode", "EventRootCode"),
        pl.col("EventCode").str.contains(r"^\d{2,4}$") & pl.col("EventCode").str.starts_with(pl.col("EventRootCode")),
        "The root is the beginning of the code; where it is not, nobody can say what was done.",
    ),
    _between("QuadClass", "quad_class_in_codebook", 1, 4, _SHIFTED),
    _between("GoldsteinScale", "goldstein_in_bounds", -10, 10, _SHIFTED),
    _between("AvgTone", "tone_in_bounds", -100, 100, _SHIFTED),
    *(_between(name, f"{name}_plausible", 0, _MOST, _SHIFTED) for name in _COUNTS),
    *(
        rule
        for place in _PLACES
        for rule in (
            _between(f"{place}_Type", f"{place}_type_in_codebook", 0, 5, _SHIFTED),
            _between(f"{place}_Lat", f"{place}_latitude_on_earth", -90, 90, "No such place; columns have shifted."),
            _between(f"{place}_Long", f"{place}_longitude_on_earth", -180, 180, "No such place; columns have shifted."),
        )
    ),
    quarantine(
        "country_is_fips",
        ("ActionGeo_CountryCode",),
        pl.col("ActionGeo_CountryCode").str.contains(FIPS),
        "FIPS 10-4 codes are two letters; anything else says that columns have shifted.",
    ),
    coordinates_not_zero("ActionGeo_Lat", "ActionGeo_Long"),
    warn(
        "year_matches_date",
        ("Year", "MonthYear", "SQLDATE"),
        (pl.col("Year") == pl.col("SQLDATE").dt.year())
        & (pl.col("MonthYear") == pl.col("SQLDATE").dt.year() * 100 + pl.col("SQLDATE").dt.month()),
        "Both repeat SQLDATE, which is counted.",
    ),
    warn(
        "dated_close_to_added",
        ("SQLDATE", "DATEADDED"),
        pl.col("SQLDATE") >= _day_added.dt.offset_by("-7d"),
        "The parser moves a record by a week, a month, a year or ten years where the article says `last week` or `a "
        "decade ago`. The date is kept, but it is a guess.",
    ),
    warn(
        "has_actor",
        ("Actor1Code", "Actor2Code"),
        pl.col("Actor1Code").is_not_null() | pl.col("Actor2Code").is_not_null(),
        "Nobody was recognised; that something was done may still be true.",
    ),
    warn(
        "place_finer_than_country",
        ("ActionGeo_Type",),
        pl.col("ActionGeo_Type") > 1,
        "Only the country was recognised: the coordinates are its centre, where nothing happened.",
    ),
    warn(
        "coordinates_known",
        ("ActionGeo_Lat", "ActionGeo_Long"),
        pl.col("ActionGeo_Lat").is_not_null() & pl.col("ActionGeo_Long").is_not_null(),
        "The event still has its country; it cannot be put on a map.",
    ),
    warn(
        "article_known",
        ("SOURCEURL",),
        pl.col("SOURCEURL").is_not_null(),
        "Without the article nobody can look at what the parser read.",
    ),
)

GDELT_EVENTS = Contract(
    name="gdelt_events", version=1, key="GLOBALEVENTID", columns=COLUMNS, rules=RULES, year_column="Year"
)
