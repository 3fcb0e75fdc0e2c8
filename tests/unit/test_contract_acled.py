"""What an ACLED record must be, and what vintages write otherwise: each rule against a record that breaks it."""

from datetime import date

import polars as pl
import pytest

from schemas.acled import ACLED_EVENTS, EVENT_TYPES, EVENT_TYPES_BEFORE_2019
from schemas.splitting import Split, split_by_contract
from tests.acled_rows import record

TODAY = date(2025, 6, 1)
"""The day on which the file arrived."""


def split(**changes: str) -> Split:
    text = {name: value or None for name, value in record(**changes).items()}
    frame = pl.DataFrame([text], schema=dict.fromkeys(text, pl.String)).with_columns(_record_number=pl.lit(1, pl.Int64))
    return split_by_contract(frame, ACLED_EVENTS, received_on=TODAY)


def failed(**changes: str) -> list[tuple[str, str]]:
    return split(**changes).failures.select("column", "rule").rows()


def warned(**changes: str) -> str:
    return split(**changes).valid.item(0, "_warnings")


def test_plain_record_keeps_every_rule():
    assert not failed()
    assert warned() == ""


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2020-10-31", date(2020, 10, 31)),
        ("27 October 2018", date(2018, 10, 27)),
        ("5 May 2025", date(2025, 5, 5)),
        ("16-Feb-21", date(2021, 2, 16)),
        ("16-Feb-97", date(1997, 2, 16)),
        ("2021-01-01 00:00:00.000", date(2021, 1, 1)),
    ],
)
def test_every_form_of_date_is_read(text: str, day: date):
    assert split(event_date=text, year=str(day.year)).valid.item(0, "event_date") == day


@pytest.mark.parametrize("text", ["16-Feb-2021", "31/10/2020", "2020-10-32", "October 2018", "43831"])
def test_form_of_date_that_was_never_seen_is_not_guessed(text: str):
    assert failed(event_date=text) == [("event_date", "is_date")]


def test_year_without_century_is_settled_by_the_year_column_alone():
    assert split(event_date="0025-03-07", year="2025").valid.item(0, "event_date") == date(2025, 3, 7)
    assert warned(event_date="0025-03-07", year="2025") == "century_in_date"
    assert sorted(failed(event_date="0025-03-07", year="2024")) == [
        ("event_date", "event_date_not_before_1900"),
        ("year, event_date", "year_is_that_of_event_date"),
    ]
    assert failed(event_date="0025-03-07", year="25") == [("event_date", "event_date_not_before_1900")]


def test_day_after_tomorrow_has_not_been_reported():
    assert not failed(event_date="2025-06-02", year="2025")
    assert failed(event_date="2025-06-03", year="2025") == [("event_date", "happens_before_it_is_told")]


@pytest.mark.parametrize(
    ("changes", "failure"),
    [
        ({"event_id_cnty": ""}, ("event_id_cnty", "is_required")),
        ({"event_id_cnty": "123456"}, ("event_id_cnty", "event_id_is_letters_and_number")),
        ({"event_id_cnty": "1.2E+05"}, ("event_id_cnty", "event_id_is_letters_and_number")),
        ({"event_date": ""}, ("event_date", "is_required")),
        ({"year": "2021"}, ("year, event_date", "year_is_that_of_event_date")),
        ({"country": ""}, ("country", "is_required")),
        ({"event_type": "Battle"}, ("event_type", "event_type_in_codebook")),
        ({"time_precision": "0"}, ("time_precision", "time_precision_in_codebook")),
        ({"time_precision": "4"}, ("time_precision", "time_precision_in_codebook")),
        ({"geo_precision": "4"}, ("geo_precision", "geo_precision_in_codebook")),
        ({"latitude": "146.7"}, ("latitude", "latitude_on_earth")),
        ({"longitude": "-181"}, ("longitude", "longitude_on_earth")),
        ({"latitude": "0", "longitude": "0.0"}, ("latitude, longitude", "coordinates_not_zero")),
        ({"fatalities": "-1"}, ("fatalities", "fatalities_not_negative")),
        ({"fatalities": "1000001"}, ("fatalities", "fatalities_plausible")),
        ({"fatalities": "ten"}, ("fatalities", "is_integer")),
    ],
)
def test_error_by_the_codebook_is_quarantined(changes: dict[str, str], failure: tuple[str, str]):
    assert failed(**changes) == [failure]


@pytest.mark.parametrize(
    ("changes", "warning"),
    [
        ({"fatalities": ""}, "fatalities_known"),
        ({"actor1": ""}, "actor1_named"),
        ({"latitude": "", "longitude": ""}, "coordinates_known"),
        ({"latitude": "14.5", "longitude": "14.5"}, "coordinates_differ"),
        ({"inter1": "9"}, "inter1_in_codebook"),
        ({"inter2": "Bandits"}, "inter2_in_codebook"),
    ],
)
def test_odd_but_possible_record_is_kept_and_named(changes: dict[str, str], warning: str):
    assert warned(**changes) == warning


def test_unknown_stays_unknown():
    assert split(fatalities="").valid.item(0, "fatalities") is None
    assert split(time_precision="").valid.item(0, "time_precision") is None


@pytest.mark.parametrize("event_type", [*EVENT_TYPES, *EVENT_TYPES_BEFORE_2019])
def test_types_of_all_vintages_are_known_and_land_in_their_own_words(event_type: str):
    assert split(event_type=event_type.capitalize()).valid.item(0, "event_type") == event_type.capitalize()


@pytest.mark.parametrize(
    ("written", "lands_as"),
    [
        ("1", "State forces"),
        ("8", "External/Other forces"),
        ("State Forces", "State forces"),
        ("Rebel Groups", "Rebel group"),
        ("Rebel group", "Rebel group"),
        ("0", None),
        ("", None),
        ("9", "9"),
    ],
)
def test_code_of_an_actor_and_its_word_are_one_value(written: str, lands_as: str | None):
    assert split(inter1=written, inter2=written).valid.select("inter1", "inter2").row(0) == (lands_as, lands_as)
