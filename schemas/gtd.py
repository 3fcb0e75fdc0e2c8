"""The contract of the Global Terrorism Database, 135 columns.

Source of columns and codes: GTD Codebook (START, University of Maryland, version of August 2021). Unknown is 0 in month
and day, -9 in codes and -99 in counts; all of it lands empty or as a coarser date, never as a number.
"""

import polars as pl

from schemas.contract import RECEIVED_ON, Column, Contract, Kind, Rule
from schemas.rules import coordinates_on_earth, quarantine, warn

FIRST_YEAR = 1970
MOST_CASUALTIES = 100_000
"""The largest event has about 1,400 killed and, estimated, 22,000 wounded."""

UNKNOWN = ("-9", "-99", "-9.0", "-99.0")
"""The last two as programs write a column that has empty cells, too."""


def _text(name: str, about: str, *, optional: bool = True, is_content: bool = True, is_preview: bool = False) -> Column:
    return Column(
        name,
        Kind.TEXT,
        about,
        optional=optional,
        unknown=UNKNOWN,
        is_content=is_content,
        is_preview=is_preview,
    )


def _label(name: str, of: str) -> Column:
    return _text(f"{name}_txt", f"{of}, in words", is_content=False)


def _code(name: str, about: str, *, optional: bool = True, required: bool = False) -> Column:
    return Column(name, Kind.INTEGER, about, optional=optional, required=required, unknown=UNKNOWN)


def _count(name: str, about: str, *, optional: bool = True, is_preview: bool = False) -> Column:
    return Column(name, Kind.NUMBER, about, optional=optional, unknown=UNKNOWN, is_preview=is_preview)


def _target(number: int) -> tuple[Column, ...]:
    which = ("First", "Second", "Third")[number - 1]
    return (
        _code(f"targtype{number}", f"{which} target, type 1 to 22: 3 police, 4 military", optional=number > 1),
        _label(f"targtype{number}", f"{which} target, type"),
        _code(f"targsubtype{number}", f"{which} target, sub-type"),
        _label(f"targsubtype{number}", f"{which} target, sub-type"),
        _text(f"corp{number}", f"{which} target: the body that was meant"),
        _text(f"target{number}", f"{which} target: the person, building or unit"),
        _code(f"natlty{number}", f"{which} target, nationality, GTD's country code"),
        _label(f"natlty{number}", f"{which} target, nationality"),
    )


def _weapon(number: int) -> tuple[Column, ...]:
    return (
        _code(f"weaptype{number}", f"Weapon {number}, type 1 to 13"),
        _label(f"weaptype{number}", f"Weapon {number}, type"),
        _code(f"weapsubtype{number}", f"Weapon {number}, sub-type"),
        _label(f"weapsubtype{number}", f"Weapon {number}, sub-type"),
    )


_IDS_AND_DATE = (
    Column("eventid", Kind.TEXT, "GTD's id: yyyymmdd and four digits, as text", required=True, is_preview=True),
    Column("iyear", Kind.INTEGER, "Year of the event", required=True),
    Column("imonth", Kind.INTEGER, "Month of the event; 0 where unknown", required=True),
    Column("iday", Kind.INTEGER, "Day of the event; 0 where unknown", required=True),
    _text("approxdate", "The date in words, where the day or the month is unknown"),
    _code("extended", "1: it lasted more than 24 hours"),
    _text("resolution", "Day on which an extended event ended, as written"),
)
_PLACE = (
    Column("country", Kind.INTEGER, "GTD's code of the country; 123 is Mali", required=True),
    _text("country_txt", "Name of the country", optional=False, is_preview=True),
    _code("region", "Region of the world, 1 to 12"),
    _label("region", "Region of the world"),
    _text("provstate", "First-order division", optional=False),
    _text("city", "City, village or town; Unknown where unknown", optional=False),
    Column("latitude", Kind.NUMBER, "Degrees north, WGS 84; may be empty"),
    Column("longitude", Kind.NUMBER, "Degrees east, WGS 84; may be empty"),
    _code("specificity", "1 the place, 2 and 3 centre of the smallest division, 4 of the first-order one, 5 unknown"),
    _code("vicinity", "1: near the city, not in it"),
    _text("location", "The place in words"),
)
_WHAT = (
    _text("summary", "What happened, in words; since 1997"),
    _code("crit1", "1: a political, economic, religious or social goal"),
    _code("crit2", "1: meant to coerce, intimidate or convey a message to more than its victims"),
    _code("crit3", "1: outside of legitimate warfare"),
    _code("doubtterr", "1: GTD doubts that it was terrorism; empty before 1997"),
    _code("alternative", "What else it may have been, 1 to 5; 1 insurgency or guerilla action"),
    _label("alternative", "What else it may have been"),
    _code("multiple", "1: part of several linked events"),
    _code("success", "1: the attack took place", optional=True),
    _code("suicide", "1: an attacker meant to die"),
    _code("attacktype1", "First attack type, 1 to 9: 2 armed assault, 3 bombing, 9 unknown", optional=False),
    _label("attacktype1", "First attack type"),
    _code("attacktype2", "Second attack type"),
    _label("attacktype2", "Second attack type"),
    _code("attacktype3", "Third attack type"),
    _label("attacktype3", "Third attack type"),
    *_target(1),
    *_target(2),
    *_target(3),
)
_WHO = (
    _text("gname", "Group held responsible; Unknown where unknown", optional=False, is_preview=True),
    _text("gsubname", "Its faction"),
    _text("gname2", "Second group"),
    _text("gsubname2", "Its faction"),
    _text("gname3", "Third group"),
    _text("gsubname3", "Its faction"),
    _text("motive", "Motive, in words"),
    _code("guncertain1", "1: that the first group did it is suspected"),
    _code("guncertain2", "1: that the second group did it is suspected"),
    _code("guncertain3", "1: that the third group did it is suspected"),
    _code("individual", "1: by people of no group"),
    _count("nperps", "Number of attackers"),
    _count("nperpcap", "Number of attackers captured"),
    _code("claimed", "1: a group claimed it"),
    _code("claimmode", "How the first group claimed it, 1 to 10"),
    _label("claimmode", "How the first group claimed it"),
    _code("claim2", "1: a second group claimed it"),
    _code("claimmode2", "How the second group claimed it"),
    _label("claimmode2", "How the second group claimed it"),
    _code("claim3", "1: a third group claimed it"),
    _code("claimmode3", "How the third group claimed it"),
    _label("claimmode3", "How the third group claimed it"),
    _code("compclaim", "1: the claims compete"),
)
_CASUALTIES = (
    _text("weapdetail", "Weapons, in words"),
    _count(
        "nkill",
        "Persons killed, attackers among them; a fraction where a total was spread over linked events",
        optional=False,
        is_preview=True,
    ),
    _count("nkillus", "Citizens of the United States killed"),
    _count("nkillter", "Attackers killed"),
    _count("nwound", "Persons wounded, attackers among them", optional=False),
    _count("nwoundus", "Citizens of the United States wounded"),
    _count("nwoundte", "Attackers wounded"),
)
_DAMAGE_AND_HOSTAGES = (
    _code("property", "1: property was damaged"),
    _code("propextent", "Extent of the damage, 1 to 4"),
    _label("propextent", "Extent of the damage"),
    _count("propvalue", "Damage in US dollars"),
    _text("propcomment", "Damage, in words"),
    _code("ishostkid", "1: hostages were taken"),
    _count("nhostkid", "Number of hostages"),
    _count("nhostkidus", "Citizens of the United States among them"),
    _count("nhours", "Hours for which they were held"),
    _count("ndays", "Days for which they were held"),
    _text("divert", "Country to which a vehicle was diverted"),
    _text("kidhijcountry", "Country in which it ended"),
    _code("ransom", "1: a ransom was demanded"),
    _count("ransomamt", "Ransom demanded, US dollars"),
    _count("ransomamtus", "Ransom demanded from US sources, US dollars"),
    _count("ransompaid", "Ransom paid, US dollars"),
    _count("ransompaidus", "Ransom paid by US sources, US dollars"),
    _text("ransomnote", "Ransom, in words"),
    _code("hostkidoutcome", "What became of the hostages, 1 to 7"),
    _label("hostkidoutcome", "What became of the hostages"),
    _count("nreleased", "Hostages released, escaped or rescued"),
)
_SOURCES = (
    _text("addnotes", "Further notes"),
    _text("scite1", "First source", is_content=False),
    _text("scite2", "Second source", is_content=False),
    _text("scite3", "Third source", is_content=False),
    _text("dbsource", "Collection effort that recorded the event", is_content=False),
    _code("INT_LOG", "1: the attackers crossed a border"),
    _code("INT_IDEO", "1: group and target are of different nations"),
    _code("INT_MISC", "1: place and target are of different nations"),
    _code("INT_ANY", "1: any of the three"),
    _text("related", "Ids of linked events, separated by commas"),
)
COLUMNS = (
    *_IDS_AND_DATE,
    *_PLACE,
    *_WHAT,
    *_WHO,
    *(column for number in (1, 2, 3, 4) for column in _weapon(number)),
    *_CASUALTIES,
    *_DAMAGE_AND_HOSTAGES,
    *_SOURCES,
)


def _in_codebook(name: str, last: int) -> Rule:
    return quarantine(
        f"{name}_in_codebook",
        (name,),
        pl.col(name).is_between(1, last),
        f"The codebook knows 1 to {last}; another code says that columns have shifted or the codebook changed.",
    )


def _plausible(name: str) -> Rule:
    return quarantine(
        f"{name}_plausible",
        (name,),
        pl.col(name).is_between(0, MOST_CASUALTIES),
        "A count of persons cannot be negative, and a number as large as this is an id in the wrong column.",
    )


_year, _month, _day = pl.col("iyear"), pl.col("imonth"), pl.col("iday")
_is_leap = (_year % 4 == 0) & ((_year % 100 != 0) | (_year % 400 == 0))
_days_of_month = (
    pl.when(_month == 2)
    .then(pl.when(_is_leap).then(29).otherwise(28))
    .otherwise(pl.when(_month.is_in([4, 6, 9, 11])).then(30).otherwise(31))
)

RULES = (
    quarantine(
        "eventid_has_12_digits",
        ("eventid",),
        pl.col("eventid").str.contains(r"^\d{12}$"),
        "A spreadsheet that shows the id as 2.02E+11 and is saved as text has lost it: without the id no revision, no "
        "link and no duplicate can be told.",
    ),
    quarantine(
        "year_in_gtd_period",
        ("iyear",),
        _year.is_between(FIRST_YEAR, pl.col(RECEIVED_ON).dt.year()),
        "GTD begins with 1970, and nobody reports what has not happened; another year is a misread one.",
    ),
    quarantine(
        "month_in_year",
        ("imonth",),
        _month.is_between(0, 12),
        "1 to 12, or 0 for unknown.",
    ),
    quarantine(
        "day_in_month",
        ("iyear", "imonth", "iday"),
        _day.is_between(0, _days_of_month),
        "There is no such day. 0 stands for unknown.",
    ),
    _in_codebook("attacktype1", 9),
    _in_codebook("targtype1", 22),
    _in_codebook("weaptype1", 13),
    _in_codebook("specificity", 5),
    _plausible("nkill"),
    _plausible("nwound"),
    *coordinates_on_earth("No such place; columns or signs have shifted, or the decimal point is lost."),
    warn(
        "date_known_to_the_day",
        ("imonth", "iday"),
        (_month > 0) & (_day > 0),
        "0 stands for unknown. The event counts in its month or its year, and no day is made up for it.",
    ),
    warn(
        "eventid_tells_the_date",
        ("eventid", "iyear", "imonth", "iday"),
        pl.col("eventid").str.slice(0, 8)
        == pl.format("{}{}{}", _year, _month.cast(pl.String).str.zfill(2), _day.cast(pl.String).str.zfill(2)),
        "The id was given by the date as first known; the date columns were revised since, and count.",
    ),
    warn(
        "coordinates_known",
        ("latitude", "longitude"),
        pl.col("latitude").is_not_null() & pl.col("longitude").is_not_null(),
        "The event still counts in its country; it cannot be put on a map.",
    ),
    warn(
        "killed_known",
        ("nkill",),
        pl.col("nkill").is_not_null(),
        "How many were killed is unknown, which is not the same as nobody.",
    ),
    warn(
        "killed_are_whole",
        ("nkill", "nwound"),
        (pl.col("nkill") % 1 == 0) & (pl.col("nwound") % 1 == 0),
        "The codebook spreads a total over linked events, which can leave fractions. Kept as received.",
    ),
    warn(
        "attackers_within_killed",
        ("nkillter", "nkill"),
        pl.col("nkillter") <= pl.col("nkill"),
        "nkill counts the attackers, too; where it is smaller, one of the two was revised alone.",
    ),
)

GTD_EVENTS = Contract(name="gtd_events", version=2, key="eventid", columns=COLUMNS, rules=RULES, year_column="iyear")
