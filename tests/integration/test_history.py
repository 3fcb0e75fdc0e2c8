"""Three releases of one dataset, through real dbt: what changed, what stood when, what we hold against it."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from orchestration.errors import RefusedError
from orchestration.feeds import all_feeds
from orchestration.io import overrides
from orchestration.io.archive import archive
from orchestration.io.fetched import Fetched
from orchestration.io.lake import Lake
from orchestration.io.landing import land
from orchestration.io.payload import Bounds
from orchestration.reference.empty import prepare_tables
from orchestration.resources.dbt import variables
from orchestration.resources.past import parsed_moment, past_warehouse
from orchestration.settings import PROJECT_ROOT, Settings
from tests.dbt_calls import dbt
from tests.ucdp_rows import record, release_csv, saved

GED = all_feeds()["ucdp_ged"]
BROAD = "attack_on_military_position.broad"
UNNAMED = {"side_b": "XXX432", "side_b_new_id": "9999"}
IN_2021 = {"year": "2021", "date_start": "2021-12-31 00:00:00.000", "date_end": "2021-12-31 00:00:00.000"}

NON_STATE = {"type_of_violence": "2"}

RELEASES = {
    "23.1": [record(1), record(2), record(3), record(4), record(6, **NON_STATE)],
    # 2 happened a day earlier, 3 was done by nobody knows whom, 4 is gone, 5 is new, 6 lies nowhere on earth.
    "24.1": [record(1), record(2, **IN_2021), record(3, **UNNAMED), record(5), record(6, **NON_STATE, latitude="191")],
    # 3 was JNIM after all, 4 is back, and of 1 more is known.
    "25.1": [record(1, best="4"), record(2, **IN_2021), record(3), record(4), record(5), record(6, **NON_STATE)],
}
OVERRIDES = """
    insert into seeds.overrides values
    ('ucdp_ged', '100005', 'fatality_count_best', '9', 'a later count', 'an analyst', '2025-07-01'),
    ('ucdp_ged', '100005', 'place_description', null, 'it was elsewhere', 'an analyst', '2025-07-01'),
    ('ucdp_ged', '100005', 'occurred_date', '2022-02-27', 'the records of the town', 'an analyst', '2025-07-01'),
    ('ucdp_ged', '999999', 'headline', 'Nobody', 'no such report', 'an analyst', '2025-07-01'),
    ('ucdp_ged', '100004', 'raw.where_description', 'Boni', 'its mayor', 'an analyst', '2025-07-01'),
    ('ucdp_ged', '100001', 'raw.where_description', 'Boni', 'never landed with it', 'an analyst', '2025-07-01')
"""
BEFORE_LANDING = "ucdp_ged,100004,raw.where_description,Boni,its mayor,an analyst,2025-07-01\n"

pytestmark = pytest.mark.xdist_group("history")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A build of the three releases, with every data test of the project on it."""
    root = tmp_path_factory.mktemp("history")
    made = Settings(data_dir=root, synthetic="exclude")
    lake = Lake(made.lake_dir)
    for feed in all_feeds().values():
        lake.prepare(feed.name, feed.contract)
    seed = saved(root, "overrides.csv", (overrides.seed_file().read_text() + BEFORE_LANDING).encode())
    prepare_tables(made)
    for year, (edition, records) in enumerate(RELEASES.items(), start=2023):
        name = f"GEDEvent_v{edition.replace('.', '_')}.csv"
        file = saved(root / "incoming", name, release_csv(records))
        arrived = archive(Fetched((file,), "file", name), GED, lake, now=datetime(year, 6, 1, tzinfo=UTC))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(overrides, "seed_file", lambda: seed)
            assert land(arrived.batch, GED, lake, Bounds(10**9, 200))["records_quarantined"] == (edition == "24.1")
    made.build_dir.mkdir(parents=True)
    done = dbt(made, "seed", *variables(made))
    assert done.returncode == 0, done.stdout
    with duckdb.connect(str(made.build_file)) as connection:
        connection.execute(OVERRIDES)
    done = dbt(made, "build", "--exclude", "resource_type:seed", "resource_type:unit_test", *variables(made))
    assert done.returncode == 0, done.stdout
    return made


def rows(settings: Settings, query: str, file: Path | None = None) -> list[tuple[object, ...]]:
    with duckdb.connect(str(file or settings.build_file), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_the_parts_of_a_change_sum_to_it(settings: Settings):
    found = rows(
        settings,
        f"""
        select
            year(changed_at), year, attack_count_before,
            new_count, revised_count, reclassified_count, withdrawn_count, attack_count
        from marts.agg_year_changes where definition_id = '{BROAD}' order by all
        """,
    )
    assert found == [
        (2023, 2022, 0, 4, 0, 0, 0, 4),
        (2024, 2021, 0, 0, 1, 0, 0, 1),
        (2024, 2022, 4, 1, -1, -1, -1, 2),
        (2025, 2022, 2, 1, 0, 1, 0, 4),
    ]


@pytest.mark.parametrize(
    "mart", ["marts.fct_reports", "marts.fct_superseded_reports", "intermediate.int_incidents__classified"]
)
def test_a_night_heals_what_an_earlier_one_left_behind(settings: Settings, mart: str):
    """A row lost, one that belongs to nobody beside it, one that arrived at another time: of one moment, and of two."""
    held = f"select * from {mart} order by all"
    before = rows(settings, held)
    with duckdb.connect(str(settings.build_file)) as connection:
        kept, lost = connection.execute(
            f"select min(report_version_id), max(report_version_id) from {mart}"
        ).fetchall()[0]
        connection.execute(f"insert into {mart} select * replace ('nobody' as report_version_id) from {mart} limit 1")
        connection.execute(f"delete from {mart} where report_version_id = ?", [lost])
        connection.execute(
            f"update {mart} set first_seen_at = first_seen_at + interval 1 day where report_version_id = ?", [kept]
        )
    assert rows(settings, held) != before
    done = dbt(settings, "run", "--select", mart.split(".")[1], *variables(settings))
    assert done.returncode == 0, done.stdout
    assert rows(settings, held) == before


def test_changes_name_the_fields_and_the_evidence(settings: Settings):
    fields = rows(
        settings,
        """
        select source_event_id, year(changed_at), field, value_before, value_after
        from marts.fct_report_change_fields inner join marts.fct_reports using (report_id)
        where field not in ('side_b_source_id', 'occurred_until_date', 'occurred_date') order by all
        """,
    )
    assert fields == [
        ("100001", 2025, "fatality_count_best", "3", "4"),
        ("100002", 2024, "occurred_year", "2022", "2021"),
        ("100003", 2024, "side_b_name", "JNIM", "XXX432"),
        ("100003", 2025, "side_b_name", "XXX432", "JNIM"),
    ]
    withdrawn = "select withdrawal_evidence from marts.fct_report_changes where change_type = 'withdrawn'"
    assert rows(settings, withdrawn) == [("absent",)]


def test_a_report_goes_on_while_its_newer_record_is_set_aside(settings: Settings):
    told = "select change_type, year(changed_at) from marts.fct_report_changes inner join marts.fct_reports"
    assert rows(settings, f"{told} using (report_id) where source_event_id = '100006'") == [("new", 2023)]
    told = (PROJECT_ROOT / "docs" / "reading.md").read_text()
    question = next(block for block in told.split("```sql")[1:] if "quarantined_records" in block).split("```")[0]
    columns = "source_event_id, year(valid_from), split_part(batch_id, 'T', 1), reason like '%191%'"
    with duckdb.connect(str(settings.build_file), read_only=True) as connection:
        connection.execute("use marts")
        found = connection.execute(f"select {columns} from ({question})").fetchall()
    assert found == [("100006", 2023, "20240601", True)]


@pytest.mark.parametrize(("day", "figures"), [("2023-06-01", {2022: 4}), ("2025-05-31", {2021: 1, 2022: 2})])
def test_the_figures_of_a_day_are_those_that_its_changes_led_to(settings: Settings, day: str, figures: dict[int, int]):
    said: list[str] = []
    before = settings.build_file.read_bytes()
    file = past_warehouse(settings, parsed_moment(day), said.append)
    query = f"""
        select year, attack_count from marts.agg_attacks_by_year
        where definition_id = '{BROAD}' and counting_basis = 'linked' and attacker_family = 'all'
        """
    assert {year: count for year, count in rows(settings, query, file) if count} == figures
    assert said[0].startswith("Building the warehouse as it stood on")
    changed = f"""
        select year, sum(attack_count - attack_count_before)::integer from marts.agg_year_changes
        where definition_id = '{BROAD}' and changed_at < date '{day}' + 1 group by year
    """
    assert dict(rows(settings, changed)) == figures
    assert settings.build_file.read_bytes() == before
    said.clear()
    assert past_warehouse(settings, parsed_moment(day), said.append) == file
    assert said == []


def test_the_macro_selects_what_reports_said_on_a_day(settings: Settings):
    question = """
        select source_event_id || ' ' || side_b_name || ' ' || occurred_year
        from {{ as_of('2024-12-31') }} as reports order by 1
    """
    shown = dbt(settings, "show", "--output", "json", "--inline", question, *variables(settings))
    assert shown.returncode == 0, shown.stdout
    for told in ("100001 JNIM 2022", "100002 JNIM 2021", "100003 XXX432 2022", "100005 JNIM 2022"):
        assert told in shown.stdout
    assert "100004" not in shown.stdout


def test_nothing_is_made_up_for_a_day_before_the_first_batch(settings: Settings):
    with pytest.raises(RefusedError, match="nothing had arrived by then"):
        past_warehouse(settings, parsed_moment("2023-05-31"), print)
    with pytest.raises(RefusedError, match="neither a day nor a moment"):
        parsed_moment("last spring")


def test_an_override_stands_in_the_place_of_the_source(settings: Settings):
    query = """
        select fatality_count_best, fatality_count_low, place_description, occurred_date::varchar, overridden_columns
        from marts.fct_reports where source_event_id = '100005'
    """
    overridden = "place_description;occurred_date;fatality_count_best"
    assert rows(settings, query) == [(9, 3, None, "2022-02-27", overridden)]
    others = "select source_event_id from marts.fct_reports where overridden_columns is not null order by all"
    assert rows(settings, others) == [("100004",), ("100005",)]
    told = "select source_event_id, count(*), bool_and(is_applied) from marts.dim_overrides group by all order by all"
    assert rows(settings, told) == [
        ("100001", 1, False),
        ("100004", 1, True),
        ("100005", 3, True),
        ("999999", 1, False),
    ]


def test_an_override_before_landing_is_told(settings: Settings):
    query = """
        select place_description, overridden_columns, warnings like '%raw.where_description'
        from marts.fct_reports where source_event_id = '100004'
    """
    assert rows(settings, query) == [("Boni", "raw.where_description", True)]


OVERRIDDEN_OTHERWISE = {
    "one is added": """
        insert into seeds.overrides
        values ('ucdp_ged', '100002', 'occurred_year', '2020', 'the year of the diary', 'an analyst', '2025-07-02')
    """,
    "one is another": "update seeds.overrides set value = '11' where column_name = 'fatality_count_best'",
    "all are taken out": "delete from seeds.overrides where column_name not like 'raw.%'",
}
TOUCHED = {"one is added": ["100002"], "one is another": ["100005"], "all are taken out": ["100002", "100005"]}
FACTS = ("fct_reports", "fct_superseded_reports", "fct_incidents", "fct_attacks", "fct_report_change_fields")


def test_an_override_touches_the_reports_that_it_names_and_no_others(settings: Settings, tmp_path: Path):
    """Built on from what was there, the marts are those of a full build; of the other reports no row is written."""
    other = Settings(data_dir=tmp_path, synthetic="exclude")
    other.build_dir.mkdir(parents=True)
    other.lake_dir.symlink_to(settings.lake_dir)
    shutil.copy(settings.build_file, other.build_file)
    models = ("--select", "+" + " +".join(FACTS), "+agg_attacks_by_year", "--exclude", "resource_type:seed")
    for change, statement in OVERRIDDEN_OTHERWISE.items():
        with duckdb.connect(str(other.build_file)) as connection:
            connection.execute(statement)
            # Who builds a row anew does not know of this mark.
            connection.execute("update marts.fct_reports set headline = 'as it was'")
        done = dbt(other, "run", *" ".join(models).split(), *variables(other))
        assert done.returncode == 0, done.stdout
        anew = rows(other, "select source_event_id from marts.fct_reports where headline <> 'as it was' order by 1")
        assert [event for (event,) in anew] == TOUCHED[change], change

    with duckdb.connect(str(other.build_file)) as connection:
        connection.execute("update marts.fct_reports set headline = 'as it was'")
        built_on = {name: sorted(connection.execute(f"from marts.{name}").fetchall(), key=repr) for name in FACTS}
    assert dbt(other, "run", "--full-refresh", *" ".join(models).split(), *variables(other)).returncode == 0
    with duckdb.connect(str(other.build_file)) as connection:
        connection.execute("update marts.fct_reports set headline = 'as it was'")
        for name in FACTS:
            assert sorted(connection.execute(f"from marts.{name}").fetchall(), key=repr) == built_on[name], name


@pytest.mark.parametrize(
    ("feed", "column", "value", "problem"),
    [
        ("ucdp_ged", "deaths", "9", "no column of a report"),
        ("ucdp_ged", "fatality_count_best", "nine", "none of its column"),
        ("ucdp", "raw.best", "9", "no feed bears this name"),
    ],
)
def test_an_override_that_fits_nowhere_is_named(settings: Settings, feed: str, column: str, value: str, problem: str):
    with duckdb.connect(str(settings.build_file)) as connection:
        connection.execute(
            "insert into seeds.overrides values (?, '100002', ?, ?, 'why', 'who', '2025-07-01')",
            [feed, column, value],
        )
    done = dbt(settings, "test", "--select", "overrides_can_be_applied", *variables(settings))
    with duckdb.connect(str(settings.build_file)) as connection:
        connection.execute("delete from seeds.overrides where source_event_id = '100002'")
    assert done.returncode != 0
    assert f"{feed} 100002, column {column}: " in done.stdout
    assert problem in done.stdout


@pytest.mark.parametrize(
    ("column", "value", "holds"),
    [("occurred_until_date", "2022-01-01", False), ("occurred_year", "2023", False), ("occurred_year", "2022", True)],
)
def test_overridden_dates_stay_in_order(settings: Settings, tmp_path: Path, column: str, value: str, *, holds: bool):
    """Event 5 happened in 2022; its first day is overridden already."""
    copied = Settings(data_dir=tmp_path, synthetic="exclude")
    copied.build_dir.mkdir(parents=True)
    shutil.copy(settings.build_file, copied.build_file)
    with duckdb.connect(str(copied.build_file)) as connection:
        change = f"update marts.fct_reports set {column} = '{value}' where source_event_id = '100005'"
        assert connection.execute(change).fetchone() == (1,)
    done = dbt(copied, "test", "--select", "overrides_leave_dates_in_order", *variables(copied))
    assert (done.returncode == 0) == holds, done.stdout
    assert holds or "FAIL 1 overrides_leave_dates_in_order" in done.stdout
