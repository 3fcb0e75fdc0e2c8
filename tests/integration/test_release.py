"""A release as readers find it: tables, Parquet, manifest, documents; what is written anew and what is shared."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pandas
import polars
import pyarrow.parquet
import pytest

from orchestration.audit import AuditReport, ExpectationResult
from orchestration.audit.marts import quoted
from orchestration.release import Release, ReleaseError, current_release, database, list_releases, publish
from orchestration.release.publishing import files
from tests.builds import change, make_build, passed, rows

REVISION = "update marts.fct_reports set headline = 'Revised' where source_event_id = '5'"
"""Of 2021: number 5 is the sixth report, and years take turns from 2020 on."""
VIEW = (
    "create view marts.{name} as select occurred_year, headline, report_id from marts.fct_reports where report_id <> ''"
)
"""A mart that is a view of another one."""


class Warehouse:
    """A build file and what is published from it."""

    def __init__(self, folder: Path, *, is_synthetic: bool = False) -> None:
        self.folder = folder
        self.build = make_build(folder / "build" / "warehouse.duckdb", is_synthetic=is_synthetic)
        self.published = folder / "published"

    @property
    def database(self) -> Path:
        return self.published / "warehouse.duckdb"

    def publish(self, **options: object) -> Release:
        defaults: dict[str, object] = {"audit": passed(self.folder / "audit"), "code_version": "1.0+abc"}
        return publish(self.build, self.published, **{**defaults, **options})  # pyright: ignore[reportArgumentType]

    def night(self, *statements: str, **options: object) -> Release:
        change(self.build, *statements)
        return self.publish(**options)


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path)


def table_contents(database: Path) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables but `release`, sorted."""
    with duckdb.connect(str(database), read_only=True) as connection:
        names = [name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()]
        return {
            name: sorted(connection.execute(f"from {quoted(name)}").fetchall(), key=repr)
            for name in names
            if name != "release"
        }


def written_anew(release: Release, mart: str) -> set[str]:
    """The Parquet files of a mart that this release wrote itself."""
    return {
        Path(file.path).stem
        for file in release.manifest.files
        if file.path.startswith(f"parquet/{mart}/") and file.first_release_id == release.release_id
    }


def assert_intact(release: Release) -> None:
    """Every file is what the manifest says, and there is no other."""
    listed = {file.path: file for file in release.manifest.files}
    found = {path.relative_to(release.path).as_posix() for path in release.path.rglob("*") if path.is_file()}
    assert found == {*listed, "manifest.json"}
    for path, file in listed.items():
        content = (release.path / path).read_bytes()
        assert len(content) == file.byte_count
        assert hashlib.sha256(content).hexdigest() == file.sha256, path


# What readers find


def test_marts_are_tables_of_the_main_schema_and_nothing_else_is_there(warehouse: Warehouse):
    warehouse.publish()
    tables = rows(warehouse.database, "select schema_name, table_name from duckdb_tables()")
    built = rows(warehouse.build, "select 'main', table_name from duckdb_tables() where schema_name = 'marts'")
    assert set(tables) == {*built, ("main", "release")}
    assert rows(warehouse.database, "select sum(attack_count) from agg_attacks_by_year") == [(856,)]


def test_tables_hold_what_the_build_holds(warehouse: Warehouse):
    warehouse.publish()
    with duckdb.connect() as connection:
        connection.execute(f"attach '{warehouse.build}' as build (read_only)")
        connection.execute(f"attach '{warehouse.database}' as released (read_only)")
        for name in table_contents(warehouse.database):
            difference = f"(from build.marts.{name} except all from released.main.{name})"
            assert connection.execute(f"select count(*) from {difference}").fetchall() == [(0,)], name


def test_a_release_names_itself_in_a_table(warehouse: Warehouse):
    first = warehouse.publish(now=datetime(2023, 12, 1, 2, tzinfo=UTC))
    release = warehouse.night(REVISION, now=datetime(2023, 12, 2, 2, tzinfo=UTC))
    assert release.release_id.startswith("20231202T020000000000Z-")
    assert rows(warehouse.database, "from release") == [
        (
            release.release_id,
            datetime(2023, 12, 2, 2),  # noqa: DTZ001 - UTC without a zone, as every time in the warehouse
            release.manifest.content_digest,
            "1.0+abc",
            False,
            2,
            first.release_id,
            "CC BY 4.0",
            "Hegre et al. (2020) Sundberg & Melander (2013)",
        )
    ]


def test_rows_lie_in_reading_order(warehouse: Warehouse):
    warehouse.publish()
    dates = rows(warehouse.database, "select occurred_date from fct_reports")
    assert dates == sorted(dates)  # pyright: ignore[reportArgumentType]
    figures = rows(warehouse.database, "select definition_id, country_code, year from agg_attacks_by_year")
    assert figures == sorted(figures)  # pyright: ignore[reportArgumentType]
    months = "select year(month_start_date), country_code, month_start_date from agg_incidents_by_country_month"
    assert (found := rows(warehouse.database, months)) == sorted(found)  # pyright: ignore[reportArgumentType]


def test_comments_stay_with_tables_and_columns(warehouse: Warehouse):
    warehouse.publish()
    assert rows(warehouse.database, "select comment from duckdb_tables() where table_name = 'fct_reports'") == [
        ("One row a report; the newest version that was not withdrawn.",)
    ]
    assert rows(
        warehouse.database,
        "select comment from duckdb_columns() where table_name = 'fct_reports' and column_name = 'headline'",
    ) == [("The headline, as the feed's source has it.",)]


def test_the_file_opens_in_older_readers(warehouse: Warehouse):
    warehouse.publish()
    warehouse.night(REVISION)
    tags = rows(warehouse.database, "select tags from duckdb_databases() where database_name = 'warehouse'")
    assert tags == [({"storage_version": "v1.4.0+"},)]


def test_every_file_is_read_only_and_in_the_manifest(warehouse: Warehouse):
    release = warehouse.publish()
    assert_intact(release)
    assert all(path.stat().st_mode & 0o222 == 0 for path in release.path.rglob("*") if path.is_file())
    assert warehouse.database.samefile(release.database)


def test_parquet_of_a_mart_is_read_by_every_reader(warehouse: Warehouse):
    release = warehouse.publish()
    folder = release.path / "parquet" / "fct_reports"
    assert {path.name for path in folder.iterdir()} == {f"fct_reports-{year}.parquet" for year in range(2020, 2024)}
    assert len(pandas.read_parquet(folder)) == 1200
    assert polars.read_parquet(folder / "*.parquet").height == 1200
    assert duckdb.execute(f"select count(distinct report_id) from '{folder}/*.parquet'").fetchall() == [(1200,)]
    assert polars.read_parquet(folder / "fct_reports-2021.parquet")["occurred_year"].unique().to_list() == [2021]


def test_parquet_is_zstd_and_names_its_release(warehouse: Warehouse):
    release = warehouse.publish()
    file = pyarrow.parquet.read_metadata(release.path / "parquet" / "dim_feeds" / "dim_feeds.parquet")
    assert file.row_group(0).column(0).compression == "ZSTD"
    metadata = file.metadata
    assert metadata is not None
    assert metadata[b"first_release_id"].decode() == release.release_id
    assert metadata[b"contains_synthetic_data"] == b"false"


def test_an_empty_mart_has_parquet_with_its_columns(warehouse: Warehouse):
    release = warehouse.night("delete from marts.quarantined_records", "delete from marts.fct_attacks")
    for mart in ("quarantined_records", "fct_attacks"):
        (file,) = (release.path / "parquet" / mart).iterdir()
        assert polars.read_parquet(file).height == 0
        assert "feed" in polars.read_parquet_schema(file) or "incident_id" in polars.read_parquet_schema(file)


def test_the_manifest_tells_where_the_figures_come_from(warehouse: Warehouse):
    release = warehouse.publish()
    manifest = json.loads((release.path / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["release_id"] == release.release_id
    assert {mart["name"]: mart["row_count"] for mart in manifest["marts"]}["fct_reports"] == 1200
    assert all(len(mart["digest"]) == 64 for mart in manifest["marts"])
    assert [batch["batch_id"] for batch in manifest["batches"]] == ["batch-1", "batch-2"]
    assert manifest["licences"] == ["CC BY 4.0"]
    assert manifest["audit"]["headline"].startswith("Audit passed")
    assert current_release(warehouse.published) == release


def test_documents_lie_beside_the_data(warehouse: Warehouse, tmp_path: Path):
    dictionary = tmp_path / "static_index.html"
    dictionary.write_text("<h1>Tables</h1>", encoding="utf-8")
    release = warehouse.publish(dictionary=dictionary)
    assert (release.path / "dictionary.html").read_text(encoding="utf-8") == "<h1>Tables</h1>"
    assert (release.path / "data_docs" / "index.html").is_file()
    readme = (release.path / "README.txt").read_text(encoding="utf-8")
    assert release.release_id in readme
    assert "dictionary.html" in readme
    assert "SYNTHETIC" not in readme


def test_synthetic_data_are_named_everywhere(tmp_path: Path):
    warehouse = Warehouse(tmp_path, is_synthetic=True)
    release = warehouse.publish()
    assert release.manifest.contains_synthetic_data
    assert rows(warehouse.database, "select contains_synthetic_data from release") == [(True,)]
    assert "CONTAINS SYNTHETIC DATA" in (release.path / "README.txt").read_text(encoding="utf-8")
    for path in release.path.rglob("*.parquet"):
        metadata = pyarrow.parquet.read_metadata(path).metadata
        assert metadata is not None
        assert metadata[b"contains_synthetic_data"] == b"true"


def test_synthetic_batches_that_are_not_used_do_not_count(warehouse: Warehouse):
    release = warehouse.night(
        "update marts.fct_feed_batches set is_used = false, is_synthetic = true where batch_id = 'batch-2'"
    )
    assert not release.manifest.contains_synthetic_data


def test_rows_of_withheld_feeds_do_not_leave(warehouse: Warehouse):
    release = warehouse.publish(withheld_feeds=["ucdp_candidate"])
    for table in ("fct_reports", "fct_incidents", "dim_feeds", "quarantined_records"):
        assert rows(warehouse.database, f"select distinct feed from {table}") == [("ucdp_ged",)]
        feeds = f"select distinct feed from '{release.path}/parquet/{table}/*.parquet'"
        assert duckdb.execute(feeds).fetchall() == [("ucdp_ged",)]
    assert release.manifest.withheld_feeds == ("ucdp_candidate",)
    assert not warehouse.publish().is_unchanged


def test_a_feed_that_becomes_withheld_leaves_no_bytes_behind(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch):
    """Deleted rows stay in a DuckDB file until their blocks are written over: such a file must not be a copy."""

    def copy(*arguments: object) -> bool:
        raise AssertionError("the file of the release before was copied")

    warehouse.publish(withheld_feeds=["acled"])
    monkeypatch.setattr(database, "copy_if_intact", copy)
    monkeypatch.setattr(database, "MAX_CHANGED_SHARE", 1.0)
    warehouse.publish(withheld_feeds=["acled", "ucdp_candidate"])
    with pytest.raises(AssertionError, match="was copied"):
        warehouse.night(REVISION, withheld_feeds=["acled", "ucdp_candidate"])


def test_paths_and_names_with_quotes_are_quoted(tmp_path: Path):
    warehouse = Warehouse(tmp_path / 'it\'s [a] "data" *folder')
    statement = '''create table marts."it's ""odd""" as select 'x' as "a ""column""", 2021 as occurred_year'''
    first = warehouse.night(statement, """update marts.dim_feeds set licence = 'it''s "mine"'""")
    second = warehouse.night(REVISION)
    assert_intact(first)
    assert_intact(second)
    assert table_contents(warehouse.database)['''it's "odd"'''] == [("x", 2021)]


def test_a_view_of_marts_goes_out_as_one(warehouse: Warehouse):
    release = warehouse.night(VIEW.format(name="fct_told"), "comment on view marts.fct_told is 'Who told it.'")
    views = "select schema_name, view_name, comment from duckdb_views() where not internal"
    assert rows(warehouse.database, views) == [("main", "fct_told", "Who told it.")]
    shown = "select occurred_year, headline, report_id from {} order by all"
    told = rows(warehouse.database, shown.format("fct_told"))
    assert told == rows(warehouse.build, shown.format("marts.fct_reports"))
    assert told == duckdb.execute(shown.format(f"'{release.path}/parquet/fct_told/*.parquet'")).fetchall()
    assert_intact(release)


def test_a_view_of_anything_else_goes_out_as_a_table(warehouse: Warehouse):
    warehouse.night(
        "create schema intermediate",
        "create table intermediate.told as from marts.fct_reports",
        "create view marts.fct_told as select report_id from intermediate.told",
    )
    assert rows(warehouse.database, "select count(*) from duckdb_views() where not internal") == [(0,)]
    assert rows(warehouse.database, "from fct_told order by all") == rows(
        warehouse.build, "select report_id from marts.fct_reports order by all"
    )


def test_a_view_that_would_show_what_may_not_leave_stops_the_release(warehouse: Warehouse):
    first = warehouse.publish()
    with pytest.raises(ReleaseError, match=r"fct_told is a view of other marts\. It would show .* make it a table"):
        warehouse.night(
            "create view marts.fct_told as select 'acled' as feed, report_id from marts.fct_reports",
            withheld_feeds=("acled",),
        )
    assert current_release(warehouse.published) == first


# What is written, and when


def test_an_unchanged_build_makes_no_release(warehouse: Warehouse):
    first = warehouse.publish()
    warehouse.night(
        "create table marts.again as from marts.fct_reports order by random()",
        "delete from marts.fct_reports",
        "insert into marts.fct_reports from marts.again",
        "drop table marts.again",
    )
    again = warehouse.publish(code_version="2.0")
    assert again.is_unchanged
    assert again.release_id == first.release_id
    assert len(list_releases(warehouse.published)) == 1


def test_a_changed_comment_makes_a_release(warehouse: Warehouse):
    first = warehouse.publish()
    second = warehouse.night("comment on column marts.dim_feeds.title is 'Its name.'")
    assert not second.is_unchanged
    assert second.manifest.content_digest == first.manifest.content_digest
    query = "select comment from duckdb_columns() where table_name = 'dim_feeds' and column_name = 'title'"
    assert rows(warehouse.database, query) == [("Its name.",)]


def test_only_the_changed_year_is_written(warehouse: Warehouse):
    first = warehouse.publish()
    second = warehouse.night(REVISION)
    assert written_anew(second, "fct_reports") == {"fct_reports-2021"}
    assert written_anew(second, "fct_incidents") == set()
    unchanged = "parquet/fct_reports/fct_reports-2020.parquet"
    assert (second.path / unchanged).samefile(first.path / unchanged)
    assert_intact(first)
    assert_intact(second)


def test_only_the_year_of_a_changed_month_is_written(warehouse: Warehouse):
    figures = "agg_incidents_by_country_month"
    first = warehouse.publish()
    second = warehouse.night(f"update marts.{figures} set incident_count = 99 where year(month_start_date) = 2021")
    assert written_anew(first, figures) == {f"{figures}-{year}" for year in (2020, 2021, 2022, 2023)}
    assert written_anew(second, figures) == {f"{figures}-2021"}
    changed = f"select distinct year(month_start_date) from {figures} where incident_count = 99"
    assert rows(second.database, changed) == [(2021,)]
    assert_intact(second)


CHANGES = {
    "a revised row": [REVISION],
    "a changed month": ["delete from marts.agg_incidents_by_country_month where month_start_date < '2021-03-01'"],
    "new rows of a new year": [
        "insert into marts.fct_reports select * replace (2024 as occurred_year, report_id || 'x' as report_id)"
        " from marts.fct_reports where occurred_year = 2023"
    ],
    "a year that vanished": ["delete from marts.fct_reports where occurred_year = 2020"],
    "rows without a year": ["update marts.fct_reports set occurred_year = null where source_event_id = '7'"],
    "a new column": ["alter table marts.fct_reports add column note varchar default 'n'"],
    "a column of another type": ["alter table marts.fct_reports alter occurred_year type bigint"],
    "a new mart": ["create table marts.dim_new as select 1 as id"],
    "a mart that vanished": ["drop table marts.dim_dates"],
    "a dimension": ["update marts.dim_feeds set title = 'New'"],
    "an empty fact": ["delete from marts.fct_attacks"],
    "everything": ["update marts.fct_reports set headline = 'New'"],
    "a table that becomes a view": ["drop table marts.fct_incidents", VIEW.format(name="fct_incidents")],
    "rows of a view": [REVISION, "delete from marts.fct_reports where source_event_id = '7'"],
    "a view that becomes a table": [
        "drop view marts.fct_told",
        "create table marts.fct_told as select report_id, occurred_year from marts.fct_reports",
    ],
    "a view that vanished": ["drop view marts.fct_told"],
}


@pytest.mark.parametrize("statements", CHANGES.values(), ids=CHANGES.keys())
def test_a_release_on_top_of_another_equals_one_written_anew(warehouse: Warehouse, statements: list[str]):
    warehouse.night(VIEW.format(name="fct_told"))
    release = warehouse.night(*statements)
    anew = Warehouse.__new__(Warehouse)
    anew.folder, anew.build, anew.published = warehouse.folder, warehouse.build, warehouse.folder / "anew"
    expected = anew.publish()
    assert release.manifest.content_digest == expected.manifest.content_digest
    assert table_contents(release.database) == table_contents(expected.database)
    for mart in expected.manifest.marts:
        parquet = [f"select count(*) from '{each.path}/parquet/{mart.name}/*.parquet'" for each in (release, expected)]
        assert duckdb.execute(parquet[0]).fetchall() == duckdb.execute(parquet[1]).fetchall() == [(mart.row_count,)]
    assert_intact(release)


def test_a_year_back_and_forth_returns_to_the_first_content(warehouse: Warehouse):
    first = warehouse.publish()
    warehouse.night("create table staging.kept as from marts.fct_reports", REVISION)
    third = warehouse.night("delete from marts.fct_reports", "insert into marts.fct_reports from staging.kept")
    assert third.manifest.content_digest == first.manifest.content_digest
    assert third.release_id > first.release_id
    assert table_contents(third.database) == table_contents(first.database)


@pytest.mark.parametrize("damaged", ["warehouse.duckdb", "parquet/fct_reports/fct_reports-2020.parquet"])
def test_a_damaged_file_of_the_release_before_is_not_used(warehouse: Warehouse, damaged: str):
    first = warehouse.publish()
    file = first.path / damaged
    file.chmod(0o644)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    file.write_bytes(content)
    second = warehouse.night(REVISION)
    assert_intact(second)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{warehouse.build}' as build (read_only)")
        connection.execute(f"attach '{second.database}' as released (read_only)")
        missing = "select count(*) from (from build.marts.fct_reports except all from released.fct_reports)"
        assert connection.execute(missing).fetchall() == [(0,)]


def test_files_are_not_shared_between_synthetic_and_real_releases(warehouse: Warehouse):
    warehouse.publish()
    second = warehouse.night("update marts.fct_feed_batches set is_synthetic = true")
    assert written_anew(second, "dim_feeds") == {"dim_feeds"}


def test_many_small_nights_do_not_blow_up_the_file(warehouse: Warehouse):
    sizes = [warehouse.publish().database.stat().st_size]
    for number in range(6):
        release = warehouse.night(REVISION.replace("Revised", f"Revised {number}"), keep_releases=1)
        sizes.append(release.database.stat().st_size)
    assert max(sizes) < 2 * sizes[0]


# Which releases stay


def test_the_newest_releases_stay(warehouse: Warehouse):
    made = [warehouse.night(REVISION.replace("Revised", str(number)), keep_releases=3) for number in range(5)]
    assert [release.release_id for release in list_releases(warehouse.published)] == [
        release.release_id for release in made[2:]
    ]
    assert not made[0].path.exists()
    assert_intact(made[2])


def test_the_current_release_stays_when_newer_ones_exist(warehouse: Warehouse):
    first = warehouse.publish()
    warehouse.night(REVISION)
    files.replace_with_link(first.database, warehouse.database)
    third = warehouse.night(REVISION.replace("Revised", "Again"), keep_releases=1)
    assert third.manifest.previous_release_id == first.release_id
    assert [release.release_id for release in list_releases(warehouse.published)] == [third.release_id]


def test_a_clock_set_back_does_not_bring_a_release_out_of_order(warehouse: Warehouse):
    first = warehouse.publish()
    second = warehouse.night(REVISION, now=datetime.now(UTC) - timedelta(days=400))
    assert second.release_id > first.release_id
    assert current_release(warehouse.published) == second


def test_before_the_first_release_there_is_none(tmp_path: Path):
    assert current_release(tmp_path) is None
    assert list_releases(tmp_path) == ()


def test_the_current_release_is_known_where_links_cannot_be_made(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch):
    def no_links(self: Path, target: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", no_links)
    first = warehouse.publish()
    second = warehouse.night(REVISION)
    assert not warehouse.database.samefile(second.database)
    assert current_release(warehouse.published) == second
    assert_intact(second)
    assert first.release_id != second.release_id


def test_a_broken_manifest_is_named(warehouse: Warehouse):
    manifest = warehouse.publish().path / "manifest.json"
    manifest.chmod(0o644)
    manifest.write_text("{}", encoding="utf-8")
    with pytest.raises(ReleaseError, match=r"manifest\.json: this is not a release's manifest.*Way out"):
        list_releases(warehouse.published)


def test_a_failed_audit_stops_a_release(warehouse: Warehouse):
    failure = ExpectationResult(
        name="marts_have_rows",
        expectation="No core mart is empty",
        severity="critical",
        observed="dim_feeds: row_count 0",
        bound="row_count at least 1",
        success=False,
    )
    report = AuditReport(results=(failure,), data_docs=Path("audit/index.html"))
    with pytest.raises(ReleaseError, match=r"dim_feeds: row_count 0(.|\n)*audit/index\.html"):
        warehouse.publish(audit=report)
    assert not warehouse.database.exists()


def test_a_build_without_batches_is_refused(warehouse: Warehouse):
    with pytest.raises(ReleaseError, match="no fct_feed_batches"):
        warehouse.night("drop table marts.fct_feed_batches")
