"""Claims through the lake and dbt: they come with the project, are compared, and nothing that counts knows of them."""

import json
import os
from collections import deque
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from orchestration.assets.batches import batch_records_asset
from orchestration.assets.landing import land_what_is_new
from orchestration.assets.raw import RawConfig, take_in
from orchestration.assets.readable import readable_tables
from orchestration.claims.article import read_article
from orchestration.claims.rows import Stated, claim_rows
from orchestration.console.export import write_csv
from orchestration.feeds import all_feeds
from orchestration.resources.dbt import prepared_manifest
from orchestration.settings import Settings, get_settings
from tests.staging import MODELS

CLAIMS = all_feeds()["claims"]


def test_founding_claims_come_with_the_project_and_are_no_news(tmp_path: Path):
    settings = Settings(data_dir=tmp_path)
    first, again = (take_in(CLAIMS, RawConfig(fetch=False), settings) for _ in range(2))
    assert (len(first.shipped), first.new, first.problems) == (1, [], [])
    assert [archived.is_new for archived in (*first.shipped, *again.shipped)] == [True, False]
    (record,) = land_what_is_new(CLAIMS, settings, lambda _: None)
    assert (record["status"], record["records_quarantined"]) == ("landed", 0)
    assert not record["is_synthetic"]
    assert land_what_is_new(CLAIMS, settings, lambda _: None) == []


def test_founding_claims_are_those_of_the_design_and_of_the_definitions(tmp_path: Path):
    settings = Settings(data_dir=tmp_path)
    take_in(CLAIMS, RawConfig(fetch=False), settings)
    land_what_is_new(CLAIMS, settings, lambda _: None)
    with duckdb.connect() as connection:
        rows = connection.execute(
            "select source, year, period_from, figure, bound, unit from read_parquet(?) order by all",
            [f"{settings.lake_dir}/landing/claims/*/part-0*.parquet"],
        ).fetchall()
    founding = [row[1:2] + row[3:] for row in rows if row[0].startswith("Founding table")]
    assert founding == [
        (2021, 50.0, "exact", "count"),
        (2022, 125.0, "exact", "count"),
        (2022, 150.0, "exact", "increase_pct"),
        (2023, 140.0, "more_than", "increase_pct"),
        (2023, 300.0, "at_least", "count"),
    ]
    assert sum(row[5] == "statement" for row in rows) == 9
    figures = {
        name: [row[3] for row in rows if row[0].startswith(name)] for name in ("ACLED", "UCDP", "MINUSMA", "UN ")
    }
    assert figures == {
        "ACLED": [415, 585, 600, 1006, 1025, 1360, 1592, 1488, 1595],
        "UCDP": [95, 103, 116, 128, 131, 232, 185],
        "MINUSMA": [31],
        "UN ": [126],
    }


def test_figures_of_an_article_land_as_they_were_read(tmp_path: Path):
    settings = Settings(data_dir=tmp_path / "data")
    table = "Year | Attacks | Increase\n2021 | 50 |\n2022 | 125 | 150%\n2023* | 300+ | >140%\n"
    rows = claim_rows(
        read_article(table).told, Stated("=somebody", "MLI;BFA", definition_id="any", url="https://a.b/c")
    )
    path = tmp_path / "article.csv"
    write_csv(path, list(rows[0]), (row.values() for row in rows))
    take_in(CLAIMS, RawConfig(fetch=False, files=[str(path)]), settings)
    records = land_what_is_new(CLAIMS, settings, lambda _: None)
    (record,) = [record for record in records if record["source_name"] == "article.csv"]
    assert (record["records_landed"], record["records_quarantined"], record["scope_key"]) == (5, 0, "claims:article")


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """dbt's own account of what is made from what."""
    before = dict(os.environ)
    settings = Settings(data_dir=tmp_path_factory.mktemp("manifest"))
    path = prepared_manifest(settings)
    os.environ.clear()
    os.environ.update(before)
    return json.loads(path.read_text())


def test_nothing_that_counts_depends_on_a_claim(manifest: dict):
    """Whatever is made from claims, through however many steps, is a model of claims."""
    (source,) = [name for name in manifest["sources"] if name.endswith(".landing.claims")]
    made, waiting = set(), deque([source])
    while waiting:
        for child in manifest["child_map"][waiting.popleft()]:
            if child not in made:
                made.add(child)
                waiting.append(child)
    models = {name.split(".")[-1] for name in made if name.startswith(("model.", "snapshot.", "seed."))}
    assert models == {"stg_claims__figures", "int_claims__current", "int_claims__measured", "agg_claims_compared"}


def test_only_claims_read_the_batches_of_claims():
    """The account of batches and of the quarantine lists them; what counts reads the batches in use, without them."""
    readers = {path.stem for path in MODELS.rglob("*.sql") if "tells_claims(" in path.read_text(encoding="utf-8")}
    assert readers == {"int_batches__used", "int_claims__current", "fct_feed_batches", "quarantined_records"}
    assert "not {{ tells_claims(" in (MODELS / "intermediate" / "int_batches__used.sql").read_text(encoding="utf-8")


def test_claims_are_shown_in_the_ui_as_a_table():
    with duckdb.connect() as connection:
        connection.execute("create schema marts")
        connection.execute(
            """
            create table marts.agg_claims_compared as
            select
                'a|<b>' as source, date '2023-01-01' as period_from_date, date '2023-12-31' as period_until_date,
                true as is_partial_period, 'MLI' as country_codes, null as region_name, 'raids' as counted,
                '300+' as claim_label, '225+' as our_label, 'linked' as counting_basis,
                'not_comparable' as verdict, 'a bound' as explanation, 'c' as claim_id
            """
        )
        shown = readable_tables(connection, "agg_claims_compared")["claims"].value
        assert readable_tables(connection, "fct_attacks") == {}
    assert str(shown).splitlines()[-1] == (
        "| a\\|&lt;b> | 2023* | MLI | raids | 300+ | 225+ | linked | not comparable | a bound |"
    )


def test_lake_of_claims_alone_builds_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Figures of others are nothing that the marts could be made from."""
    monkeypatch.setenv("INCIDENTS_DATA_DIR", str(tmp_path))
    get_settings.cache_clear()
    take_in(CLAIMS, RawConfig(fetch=False), get_settings())
    land_what_is_new(CLAIMS, get_settings(), lambda _: None)
    with pytest.raises(dg.Failure, match="No batch has landed yet"):
        dg.materialize([batch_records_asset(list(all_feeds().values()))])
