"""Why figures differ between two releases: each report on one side of the difference, the parts summing to it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from orchestration.console.changes import PARTS, changes
from orchestration.errors import RefusedError
from orchestration.release import Release, publish
from orchestration.settings import Settings
from tests.builds import change, make_build, passed

BROAD = "attack_on_military_position.broad"
COUNTED = f"select report_id from marts.fct_attacks where definition_id = '{BROAD}' and country_code = 'MLI'"


def nth(number: int, year: int) -> str:
    """A counted report of Mali, as SQL."""
    return f"({COUNTED} and occurred_year = {year} order by report_id limit 1 offset {number})"


def everywhere(statement: str) -> list[str]:
    return [statement.format(mart=f"marts.{mart}") for mart in ("fct_attacks", "fct_incidents", "fct_reports")]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path)


def released(settings: Settings, hour: int) -> Release:
    return publish(
        settings.build_file,
        settings.published_dir,
        audit=passed(settings.data_dir / "audit"),
        code_version="1.0",
        now=datetime(2026, 3, 1, hour, tzinfo=UTC),
    )


def test_a_difference_between_releases_is_told_report_by_report(settings: Settings):
    make_build(settings.build_file)
    first = released(settings, 2)
    change(
        settings.build_file,
        f"create table gone as select {nth(0, 2021)} as report_id",
        f"create table moved as select {nth(1, 2021)} as report_id",
        f"create table recoded as select {nth(2, 2021)} as report_id",
        *everywhere("delete from {mart} where report_id in (from gone)"),
        *everywhere(
            "update {mart} set occurred_date = date '2022-02-02', occurred_year = 2022 where report_id in (from moved)"
        ),
        "delete from marts.fct_attacks where report_id in (from recoded)",
        "create table fresh as select * replace (md5('n' || report_id) as report_id) from marts.fct_reports limit 0",
        "insert into fresh by name"
        " select * replace (md5('n' || report_id) as report_id, date '2021-03-03' as occurred_date)"
        " from marts.fct_reports where report_id in (from recoded)",
        "insert into marts.fct_reports from fresh",
        "insert into marts.fct_attacks by name select * replace ((select report_id from fresh) as report_id,"
        " date '2021-03-03' as occurred_date, 2021 as occurred_year) from marts.fct_attacks"
        " where report_id in (from moved)",
        *(f"drop table {name}" for name in ("gone", "moved", "recoded", "fresh")),
    )
    second = released(settings, 3)
    found = changes(settings, first.release_id, None, BROAD, "MLI")
    assert (found.since, found.until, found.between) == (first.release_id, second.release_id, "releases")
    told = {row["year"]: tuple(row[part] for part in PARTS) for row in found.rows}
    assert told == {2020: (0, 0, 0, 0), 2021: (1, -1, -1, -1), 2022: (0, 1, 0, 0), 2023: (0, 0, 0, 0)}
    for row in found.rows:
        assert row["attack_count"] - row["attack_count_before"] == sum(row[part] for part in PARTS)
    back = changes(settings, second.release_id, first.release_id, BROAD, "MLI")
    assert {row["year"]: row["attack_count"] for row in back.rows} == {
        row["year"]: row["attack_count_before"] for row in found.rows
    }


def test_two_releases_alike_differ_in_nothing(settings: Settings):
    make_build(settings.build_file)
    first = released(settings, 2)
    found = changes(settings, first.release_id, None, BROAD, None)
    assert [row["attack_count"] for row in found.rows] == [row["attack_count_before"] for row in found.rows]
    assert not any(row[part] for row in found.rows for part in PARTS)


def test_what_cannot_be_compared_is_refused_with_the_way_out(settings: Settings):
    with pytest.raises(RefusedError, match="no release yet"):
        changes(settings, "2026-03-01", None, BROAD, None)
    make_build(settings.build_file)
    first = released(settings, 2)
    with pytest.raises(RefusedError, match="no release of that name"):
        changes(settings, "20260101T020000000000Z-0123456789ab", None, BROAD, None)
    with pytest.raises(RefusedError, match="no release of that name"):
        changes(settings, first.release_id, "2026-03-01", BROAD, None)
    with pytest.raises(RefusedError, match="made before there was agg_year_changes"):
        changes(settings, "2026-03-01", None, BROAD, None)
