"""Each rule of the UCDP contract: what breaks it, and what becomes of the record."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.contract import Column, Contract, Kind, Severity
from schemas.splitting import split_by_contract
from schemas.text import TEXT_RULES
from schemas.ucdp import UCDP_EVENTS
from tests.ucdp_rows import PLAIN, record

QUARANTINED = [
    ("type_of_violence_in_codebook", {"type_of_violence": "4"}),
    ("where_prec_in_codebook", {"where_prec": "8"}),
    ("date_prec_in_codebook", {"date_prec": "0"}),
    ("deaths_a_not_negative", {"deaths_a": "-1"}),
    ("deaths_b_not_negative", {"deaths_b": "-1"}),
    ("deaths_civilians_not_negative", {"deaths_civilians": "-1"}),
    ("deaths_unknown_not_negative", {"deaths_unknown": "-1"}),
    ("low_not_negative", {"low": "-1"}),
    ("best_not_negative", {"best": "-1"}),
    ("high_not_negative", {"high": "-1"}),
    ("latitude_on_earth", {"latitude": "91"}),
    ("longitude_on_earth", {"longitude": "-181"}),
    ("coordinates_not_zero", {"latitude": "0", "longitude": "0.0"}),
    ("dates_in_order", {"date_end": "2022-02-01"}),
    ("starts_in_ged_period", {"date_start": "1988-12-31"}),
    ("is_integer", {"best": "three"}),
    ("deaths_plausible", {"best": "1000001"}),
    ("starts_before_it_is_told", {"date_start": "2023-01-04", "date_end": "2023-01-04"}),
    ("year_in_ged_period", {"year": "2024"}),
    ("year_in_ged_period", {"year": "1988"}),
    ("text_without_nul", {"where_description": "at the\x00camp"}),
    ("is_number", {"latitude": "14,5"}),
    ("is_number", {"latitude": "NaN"}),
    ("is_number", {"longitude": "-inf"}),
    ("is_integer", {"best": "99999999999"}),
    ("is_date", {"date_start": "2022-13-01"}),
    ("is_boolean", {"active_year": "perhaps"}),
    ("is_big_integer", {"id": "12x"}),
    ("is_required", {"date_end": ""}),
    ("is_required", {"best": ""}),
]
WARNED = [
    ("best_within_bounds", {"best": "9", "deaths_a": "8"}),
    ("low_not_above_high", {"low": "5"}),
    ("text_without_control_signs", {"side_b": "JN\x1b[31mIM"}),
    ("text_without_direction_signs", {"adm_1": "\u202eitpoM"}),
    ("deaths_sum_to_best", {"deaths_b": "7"}),
    ("has_deaths", {"best": "0", "low": "0", "deaths_a": "0", "deaths_b": "0"}),
    ("sources_counted", {"number_of_sources": "-1"}),
    ("code_status_clear", {"code_status": "Check dyad"}),
    ("ids_final", {"side_b_new_id": "XXX432"}),
    ("event_clarity_in_codebook", {"event_clarity": "3"}),
    ("coordinates_differ", {"latitude": "14.5", "longitude": "14.5", "priogrid_gid": "150870"}),
    ("coordinates_known", {"latitude": "", "longitude": ""}),
    ("priogrid_matches", {"priogrid_gid": "1"}),
    ("year_matches_dates", {"year": "2021"}),
    ("day_precision_is_one_day", {"date_end": "2022-03-05"}),
]


RECEIVED = date(2023, 1, 2)


def frame(*records: dict[str, str]) -> pl.DataFrame:
    rows = [{name: value or None for name, value in row.items()} for row in records]
    return pl.DataFrame(rows, schema=dict.fromkeys(PLAIN, pl.String)).with_columns(
        pl.int_range(1, len(rows) + 1, dtype=pl.Int64).alias("_record_number")
    )


def test_plain_record_is_valid_and_typed():
    split = split_by_contract(frame(record()), UCDP_EVENTS)
    assert split.failures.is_empty()
    assert split.valid.get_column("_warnings").to_list() == [""]
    assert split.valid.select(UCDP_EVENTS.names).schema == UCDP_EVENTS.landing_schema


@pytest.mark.parametrize(("rule", "changes"), QUARANTINED, ids=lambda value: str(value))
def test_rule_quarantines_the_record_alone(rule: str, changes: dict[str, str]):
    split = split_by_contract(frame(record(1), record(2, **changes), record(3)), UCDP_EVENTS, RECEIVED)
    assert split.valid.get_column("_record_number").to_list() == [1, 3]
    assert set(split.failures.get_column("_record_number")) == {2}
    assert rule in split.failures.get_column("rule").to_list()


def test_several_faults_of_a_record_are_told_in_the_order_of_the_contract():
    """And so every time: a reason that is put in another order tomorrow would be another reason."""
    faulty = frame(record(where_prec="9", date_prec="8", latitude="95", low="-1", type_of_violence="7"))
    order = [rule.name for rule in UCDP_EVENTS.quarantining]
    for _ in range(20):
        told = split_by_contract(faulty, UCDP_EVENTS, RECEIVED).failures.get_column("rule").to_list()
        assert len(told) >= 5
        assert told == sorted(told, key=order.index)


@pytest.mark.parametrize(("rule", "changes"), WARNED, ids=lambda value: str(value))
def test_rule_warns_and_keeps_the_record(rule: str, changes: dict[str, str]):
    split = split_by_contract(frame(record(**changes)), UCDP_EVENTS)
    assert split.failures.is_empty()
    assert rule in split.valid.item(0, "_warnings").split(";")


def test_every_rule_is_tried_here():
    tried = {rule for rule, _ in [*QUARANTINED, *WARNED]}
    assert {rule.name for rule in UCDP_EVENTS.rules} <= tried


def test_severities_are_as_tried():
    severities = {rule.name: rule.severity for rule in (*UCDP_EVENTS.rules, *TEXT_RULES)}
    assert all(severities.get(rule, Severity.QUARANTINE) is Severity.QUARANTINE for rule, _ in QUARANTINED)
    assert all(severities[rule] is Severity.WARN for rule, _ in WARNED)


def test_the_day_after_arrival_is_still_today_somewhere():
    told = record(date_start="2023-01-03", date_end="2023-12-31", year="2023", date_prec="5")
    assert split_by_contract(frame(told), UCDP_EVENTS, RECEIVED).failures.is_empty()


def test_id_with_an_unseen_sign_is_set_aside():
    contract = Contract(
        "notes", 1, "id", (Column("id", Kind.TEXT, "", required=True), Column("note", Kind.TEXT, "")), ()
    )
    records = pl.DataFrame(
        {"id": ["MLI1", "MLI1\u200b", "MLI\u202e2"], "note": ["a", "zero\u200bwidth", "b"], "_record_number": [1, 2, 3]}
    )
    split = split_by_contract(records, contract)
    assert split.valid.get_column("_record_number").to_list() == [1]
    assert split.failures.select("_record_number", "rule").rows() == [
        (2, "key_without_unseen_signs"),
        (3, "key_without_unseen_signs"),
    ]


def test_uncounted_sources_land_as_unknown():
    split = split_by_contract(frame(record(number_of_sources="-1")), UCDP_EVENTS)
    assert split.valid.item(0, "number_of_sources") is None


def test_failure_names_column_rule_and_value_as_received():
    split = split_by_contract(frame(record(date_end="2022-02-01")), UCDP_EVENTS)
    assert split.failures.to_dicts() == [
        {
            "_record_number": 1,
            "column": "date_start, date_end",
            "rule": "dates_in_order",
            "value": "2022-03-01 00:00:00.000, 2022-02-01",
        }
    ]


def test_unreadable_value_is_named_once():
    split = split_by_contract(frame(record(best="many")), UCDP_EVENTS)
    assert split.failures.select("column", "rule", "value").rows() == [("best", "is_integer", "many")]


@pytest.mark.parametrize(
    "text", ["2022-03-01", "2022-03-01 00:00:00.000", "03/01/2022 00:00:00", "2022-03-01T00:00:00"]
)
def test_every_form_of_date_reads_the_same(text: str):
    valid = split_by_contract(frame(record(date_start=text)), UCDP_EVENTS).valid
    assert str(valid.item(0, "date_start")) == "2022-03-01"


def test_forms_of_dates_may_be_mixed():
    valid = split_by_contract(frame(record(1), record(2, date_start="03/01/2022 00:00:00")), UCDP_EVENTS).valid
    assert valid.get_column("date_start").n_unique() == 1


@given(
    changes=st.lists(
        st.dictionaries(st.sampled_from(sorted(PLAIN)), st.text(max_size=12), max_size=6), min_size=1, max_size=8
    )
)
def test_every_record_ends_up_on_exactly_one_side(changes: list[dict[str, str]]):
    records = [record(number, **change) for number, change in enumerate(changes)]
    split = split_by_contract(frame(*records), UCDP_EVENTS)
    valid = split.valid.get_column("_record_number").to_list()
    failed = split.failures.get_column("_record_number").unique().to_list()
    assert sorted(valid + failed) == list(range(1, len(records) + 1))
