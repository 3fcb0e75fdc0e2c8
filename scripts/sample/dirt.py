"""The dirt of real UCDP files: how a record is spoilt, what must become of it, and how to tell it from outside.

Three kinds live here: dirt that is kept with a warning, dirt that is quarantined, and marks by which truth.json lists
every kind that occurs. Dirt of whole files (trailing commas, no header, the spreadsheet wreck) is made in `files`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import isnan

from scripts.sample.geography import priogrid_cell
from scripts.sample.world import DEATHS, Event, Record, position


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a record must be quarantined: the rule and the columns as docs/rules.md names them, and the value."""

    rule: str
    columns: str
    values: Record


UNREADABLE_NUMBER = Fault("is_integer", "deaths_b", {"deaths_b": "12 or 13"})
UNREADABLE_COORDINATE = Fault("is_number", "latitude", {"latitude": "14°58'N"})
UNREADABLE_DATE = Fault("is_date", "date_start", {"date_start": "2019-02-30"})
UNKNOWN_TYPE = Fault("type_of_violence_in_codebook", "type_of_violence", {"type_of_violence": "4"})
UNKNOWN_DATE_PRECISION = Fault("date_prec_in_codebook", "date_prec", {"date_prec": "0"})
UNKNOWN_PLACE_PRECISION = Fault("where_prec_in_codebook", "where_prec", {"where_prec": "9"})
NOT_ON_EARTH = Fault(
    "latitude_on_earth", "latitude", {"latitude": "145.300000", "geom_wkt": "POINT (-1.95 145.3)", "priogrid_gid": "0"}
)
AT_ZERO = Fault("coordinates_not_zero", "latitude, longitude", position(0, 0))
NEGATIVE_DEATHS = Fault("deaths_civilians_not_negative", "deaths_civilians", {"deaths_civilians": "-2"})
MISSING_ID = Fault("is_required", "id", {"id": ""})
ONE_ID_TWO_CONTENTS = Fault("id_unique", "id", {})


def ends_before_it_starts(event: Event) -> Fault:
    """The dates of an event of several days, exchanged; a one-day event ends ten days too early."""
    start, end = event.record["date_start"], event.record["date_end"]
    if start == end:
        end = f"{int(start[:4]) - 1}{start[4:8]}01"
    else:
        start, end = end, start
    return Fault("dates_in_order", "date_start, date_end", {"date_start": start, "date_end": end})


def best_below_low(event: Event) -> Event:
    """`low` was raised alone."""
    best = int(event.record["best"])
    return event.changed(low=str(best + 2), high=str(best + 4))


def best_above_high(event: Event) -> Event:
    """`best` and its parts were raised, the bounds were not."""
    unknown, best = int(event.record["deaths_unknown"]) + 3, int(event.record["best"]) + 3
    return event.changed(deaths_unknown=str(unknown), best=str(best), high=str(best - 1), low=str(best - 3))


def low_above_high(event: Event) -> Event:
    """The bounds changed places."""
    best = int(event.record["best"])
    return event.changed(low=str(best + 3), high=str(best))


def no_deaths(event: Event) -> Event:
    """`best` is 0 and only the high estimate knows of a death."""
    return event.changed(**dict.fromkeys(DEATHS, "0"), best="0", low="0", high="3")


def sources_not_counted(event: Event) -> Event:
    """An older event whose sources stand in one text."""
    return event.changed(
        number_of_sources="-1",
        source_article=f'Synthetic Yearbook {event.record["year"]}, "Notes from the field", p. 12',
        source_office="",
        source_date="",
        source_headline="",
    )


def deaths_do_not_add_up(event: Event) -> Event:
    """One of the four parts was revised alone."""
    return event.changed(deaths_unknown=str(int(event.record["deaths_unknown"]) + 5))


def in_another_cell(event: Event) -> Event:
    """The PRIO-GRID cell is not that of the coordinates."""
    return event.changed(priogrid_gid=str(int(event.record["priogrid_gid"]) + 1))


def latitude_typed_twice(event: Event) -> Event:
    """Longitude repeats latitude."""
    latitude = float(event.record["latitude"])
    return event.changed(**position(latitude, latitude))


def coordinates_exchanged(event: Event) -> Event:
    """Latitude stands for longitude: the point lies in another country."""
    return event.changed(**position(float(event.record["longitude"]), float(event.record["latitude"])))


def in_another_country(event: Event) -> Event:
    """The coordinates of a town far away."""
    return event.changed(**position(9.06, 7.49))


CODE_STATUSES = (
    "Check dyad",
    "Check deaths",
    "Check geography",
    "Check vague or biased source",
    "Check",
    "Check type of violence",
)


def _number(record: Record, column: str) -> float:
    try:
        return float(record[column])
    except ValueError:
        return float("nan")


def _is_far(record: Record) -> bool:
    """Outside of a generous frame around the record's country."""
    south, north, west, east = {"Mali": (10, 25, -12.5, 4.5), "Burkina Faso": (9, 15.5, -6, 2.7)}.get(
        record["country"], (11, 24, 0, 16)
    )
    latitude, longitude = _number(record, "latitude"), _number(record, "longitude")
    return not isnan(latitude + longitude) and not (south <= latitude <= north and west <= longitude <= east)


def _sum_differs(record: Record) -> bool:
    return abs(sum(_number(record, column) for column in DEATHS) - _number(record, "best")) > 0


def _cell_differs(record: Record) -> bool:
    latitude, longitude = _number(record, "latitude"), _number(record, "longitude")
    is_known = not isnan(latitude + longitude)
    return is_known and record["priogrid_gid"] != str(priogrid_cell(latitude, longitude))


WARNINGS: dict[str, Callable[[Record], bool]] = {
    "best_within_bounds": lambda record: (
        not (_number(record, "low") <= _number(record, "best") <= _number(record, "high"))
    ),
    "low_not_above_high": lambda record: _number(record, "low") > _number(record, "high"),
    "deaths_sum_to_best": _sum_differs,
    "has_deaths": lambda record: record["best"] == "0",
    "sources_counted": lambda record: record["number_of_sources"] == "-1",
    "code_status_clear": lambda record: record["code_status"] != "Clear",
    "ids_final": lambda record: "XXX" in record["dyad_name"],
    "coordinates_differ": lambda record: record["latitude"] == record["longitude"],
    "priogrid_matches": _cell_differs,
}
"""Rules that a landed record may break and still be kept, each with a test for its breach."""

MARKS: dict[str, Callable[[Record], bool]] = {
    "newline_in_quotes": lambda record: any("\n" in value for value in record.values()),
    "doubled_quotes": lambda record: '"' in record["source_article"],
    "best_below_low": lambda record: _number(record, "best") < _number(record, "low"),
    "best_above_high": lambda record: _number(record, "best") > _number(record, "high"),
    "low_above_high": WARNINGS["low_not_above_high"],
    "best_zero": WARNINGS["has_deaths"],
    "number_of_sources_minus_one": WARNINGS["sources_counted"],
    "placeholder_id_or_name": WARNINGS["ids_final"],
    "code_status_not_clear": WARNINGS["code_status_clear"],
    "adm_1_empty": lambda record: not record["adm_1"],
    "adm_2_empty": lambda record: not record["adm_2"],
    "latitude_equals_longitude": WARNINGS["coordinates_differ"],
    "coordinates_zero": lambda record: _number(record, "latitude") == 0 and _number(record, "longitude") == 0,
    "country_unlike_coordinates": _is_far,
    "deaths_do_not_sum_to_best": WARNINGS["deaths_sum_to_best"],
    "priogrid_mismatch": WARNINGS["priogrid_matches"],
    "several_days": lambda record: record["date_start"] != record["date_end"],
    **{f"date_prec_{code}": lambda record, code=code: record["date_prec"] == str(code) for code in range(1, 6)},
    **{f"where_prec_{code}": lambda record, code=code: record["where_prec"] == str(code) for code in range(1, 8)},
}
"""Dirt, and oddities that are none, that a record shows; looked for in landed and quarantined records alike."""
