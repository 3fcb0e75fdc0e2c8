"""Who goes with whom: rivals, reports that cover several, reviewers, three feeds. Scores come from the model in use."""

from pathlib import Path

import polars as pl

from tests.link_rows import acled, elsewhere, later, linked, relations, ucdp


def test_one_event_in_two_feeds_is_linked(tmp_path: Path):
    assert relations(linked(tmp_path, ucdp(), acled())) == {("aMLI1", "u1"): "same"}


def test_second_attack_at_the_same_place_finds_its_own(tmp_path: Path):
    first = (ucdp("1"), acled("MLI1"))
    retaliation = {"occurred_date": later(1), "fatality_count_best": 9}
    second = (
        ucdp("2", **retaliation, fatality_count_low=9, fatality_count_high=9),
        acled("MLI2", **retaliation, headline="On 13 March 2022, FAMa struck back in Mondoro (Douentza, Mopti)."),
    )
    assert relations(linked(tmp_path, *first, *second)) == {("aMLI1", "u1"): "same", ("aMLI2", "u2"): "same"}


def test_second_attack_that_one_feed_alone_tells_stays_alone(tmp_path: Path):
    second = acled("MLI2", occurred_date=later(1), fatality_count_best=9)
    pairs = linked(tmp_path, ucdp(), acled(), second)
    assert relations(pairs) == {("aMLI1", "u1"): "same"}
    assert set(pairs.filter(pl.col("report_id_left") == "aMLI2")["decision"]) <= {"outcompeted", "below_threshold"}


def test_neighbouring_villages_on_one_day_are_not_mixed_up(tmp_path: Path):
    there = elsewhere()
    rows = (
        ucdp("1"),
        ucdp("2", **there | {"place_name": "Tiguila village", "place_description": "Tiguila", "headline": "Clash"}),
        acled("MLI1"),
        acled("MLI2", **there),
    )
    assert relations(linked(tmp_path, *rows)) == {("aMLI1", "u1"): "same", ("aMLI2", "u2"): "same"}


def test_name_in_the_other_text_beats_coordinates(tmp_path: Path):
    far = {"latitude": 14.95, "longitude": -2.1, "place_name": "Douentza", "place_precision": "near"}
    named = acled("MLI1", **far)  # its note says Mondoro, its point is 35 km off
    close = acled("MLI2", **elsewhere(latitude=14.7, longitude=-1.95))
    assert relations(linked(tmp_path, ucdp(), named, close)) == {("aMLI1", "u1"): "same"}


def test_report_of_several_days_covers_the_rows_of_each_day(tmp_path: Path):
    whole = ucdp(occurred_until_date=later(2), date_precision="days", **_toll(7))
    days = [
        acled("MLI1", fatality_count_best=5),
        acled("MLI2", occurred_date=later(1), fatality_count_best=2),
    ]
    assert relations(linked(tmp_path, whole, *days)) == {
        ("aMLI1", "u1"): "same",
        ("aMLI2", "u1"): "right_covers_several",
    }


def test_report_that_names_several_places_covers_the_rows_of_each(tmp_path: Path):
    whole = ucdp(place_description="Mondoro and Tiguila villages", **_toll(7))
    rows = [acled("MLI1", fatality_count_best=5), acled("MLI2", **elsewhere(fatality_count_best=2))]
    assert relations(linked(tmp_path, whole, *rows)) == {
        ("aMLI1", "u1"): "same",
        ("aMLI2", "u1"): "right_covers_several",
    }


def test_row_of_the_finer_feed_can_cover_several_events_too(tmp_path: Path):
    note = "On 12 March 2022, militants attacked FAMa in Mondoro and Tiguila (Douentza, Mopti)."
    there = elsewhere() | {"place_name": "Tiguila village", "place_description": "Tiguila", "headline": "Clash"}
    rows = [ucdp("1", **_toll(5)), ucdp("2", **there | _toll(2)), acled(headline=note, fatality_count_best=7)]
    assert relations(linked(tmp_path, *rows)) == {
        ("aMLI1", "u1"): "same",
        ("aMLI1", "u2"): "left_covers_several",
    }


def test_toll_that_is_met_leaves_nothing_for_another_row(tmp_path: Path):
    whole = ucdp(occurred_until_date=later(2), date_precision="days", **_toll(5))
    days = [acled("MLI1", fatality_count_best=5), acled("MLI2", occurred_date=later(1), fatality_count_best=6)]
    assert relations(linked(tmp_path, whole, *days)) == {("aMLI1", "u1"): "same"}


def test_reviewer_parts_what_would_be_linked_and_the_next_best_is_found(tmp_path: Path):
    rows = (ucdp("1"), acled("MLI1"), acled("MLI2", fatality_count_best=5))
    assert relations(linked(tmp_path / "before", *rows)) == {("aMLI1", "u1"): "same"}
    pairs = linked(tmp_path / "after", *rows, decisions=[("acled:MLI1", "ucdp:1", "must_not_link")])
    assert relations(pairs) == {("aMLI2", "u1"): "same"}
    assert pairs.filter(pl.col("report_id_left") == "aMLI1")["decision"].item() == "must_not_link"


def test_reviewer_links_what_is_too_far_apart_to_be_compared(tmp_path: Path):
    far = acled(**elsewhere(latitude=18.4, longitude=1.4, occurred_date=later(40)))
    pairs = linked(tmp_path, ucdp(), far, decisions=[("ucdp:1", "acled:MLI1", "must_link")])
    assert relations(pairs) == {("aMLI1", "u1"): "same"}
    assert pairs["decision"].to_list() == ["must_link"]


def test_reviewer_wins_against_a_better_rival(tmp_path: Path):
    rival = acled("MLI1")
    other = acled("MLI2", occurred_date=later(1), fatality_count_best=11)
    pairs = linked(tmp_path, ucdp(), rival, other, decisions=[("ucdp:1", "acled:MLI2", "must_link")])
    assert relations(pairs)["aMLI2", "u1"] == "same"
    assert ("aMLI1", "u1") not in relations(pairs) or relations(pairs)["aMLI1", "u1"] != "same"


def test_decision_about_a_report_that_is_gone_says_nothing(tmp_path: Path):
    pairs = linked(tmp_path, ucdp(), acled(), decisions=[("ucdp:99", "acled:MLI1", "must_not_link")])
    assert relations(pairs) == {("aMLI1", "u1"): "same"}


def _third(name: str, **changes: object):
    return acled(name, report_id=f"g{name}", id_space="gtd", event_type=None, **changes)


def test_three_feeds_that_agree_are_one_incident(tmp_path: Path):
    pairs = linked(tmp_path, ucdp(), acled(), _third("2022"))
    assert relations(pairs) == {
        ("aMLI1", "g2022"): "same",
        ("aMLI1", "u1"): "same",
        ("g2022", "u1"): "same",
    }


def test_feeds_are_never_chained(tmp_path: Path):
    """The third report fits the first village in one text and the other village in the next; those two do not fit."""
    north = {"latitude": 15.0, "place_name": "Tiguila", "admin2_name": "Koro"}
    between = _third(
        "2022",
        latitude=14.83,
        place_name="Kobou",
        headline="Militants attacked Mondoro and Tiguila.",
        occurred_until_date=later(2),
        date_precision="days",
        fatality_count_best=None,
    )
    other = acled("MLI2", **elsewhere(**north, occurred_date=later(2), fatality_count_best=30))
    pairs = linked(tmp_path, ucdp(), between, other)
    same = {pair for pair, relation in relations(pairs).items() if relation == "same"}
    assert ("aMLI2", "u1") not in same
    assert len(same) == 1


def test_reports_of_one_id_space_are_no_pair(tmp_path: Path):
    pairs = linked(tmp_path, ucdp("1"), ucdp("2"), acled("MLI1"))
    assert pairs.filter(pl.col("id_space_left") == pl.col("id_space_right")).is_empty()
    assert len(relations(pairs)) == 1


def test_report_without_coordinates_is_found_by_its_name(tmp_path: Path):
    pairs = linked(tmp_path, ucdp(), acled(latitude=None, longitude=None))
    assert relations(pairs) == {("aMLI1", "u1"): "same"}


def test_report_of_a_whole_country_is_found_by_its_toll(tmp_path: Path):
    vague = {"place_precision": "country", "place_name": "Mali", "admin1_name": None, "admin2_name": None}
    pairs = linked(tmp_path, ucdp(**vague, **_toll(31)), acled(fatality_count_best=31))
    assert len(pairs) == 1


def _toll(best: int) -> dict[str, int]:
    return dict.fromkeys(("fatality_count_best", "fatality_count_low", "fatality_count_high"), best)
