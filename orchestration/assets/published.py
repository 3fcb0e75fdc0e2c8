"""The release as an asset: what readers get, complete or not at all."""

from importlib.metadata import version
from typing import Any

import dagster as dg
import duckdb

from orchestration.assets.audit import KEY as AUDIT
from orchestration.assets.audit import last_report, withheld_feeds
from orchestration.assets.common import OWNERS, RELEASE, WAREHOUSE_POOL, table
from orchestration.release import Release, publish
from orchestration.resources.dbt import dictionary, project_digest
from orchestration.resources.fingerprint import note_released
from orchestration.settings import Settings, get_settings


def release_asset() -> dg.AssetsDefinition:
    """The asset `published/release`."""

    @dg.asset(
        key=RELEASE,
        deps=[AUDIT],
        group_name="published",
        description="One complete release: DuckDB, Parquet, dictionary, Data Docs, manifest; switched to atomically.",
        kinds={"duckdb", "parquet"},
        owners=OWNERS,
        pool=WAREHOUSE_POOL,
    )
    def release() -> dg.MaterializeResult[Any]:
        settings = get_settings()
        made = published(settings)
        note_released(settings, made.release_id)
        return dg.MaterializeResult(metadata=_metadata(made, settings))

    return release


def code_version(settings: Settings) -> str:
    """The version of the code and of the models that make a release."""
    return f"{version('incident-warehouse')}+dbt.{project_digest(settings)[:12]}"


def published(settings: Settings) -> Release:
    """Publish the audited build file."""
    report = last_report(settings)
    return publish(
        settings.build_file,
        settings.published_dir,
        audit=report,
        code_version=code_version(settings),
        dictionary=dictionary(settings),
        withheld_feeds=withheld_feeds(settings),
        keep_releases=settings.keep_releases,
        memory_limit=settings.memory_limit,
        threads=settings.threads,
    )


def _metadata(release: Release, settings: Settings) -> dict[str, Any]:
    manifest = release.manifest
    return {
        "release_id": release.release_id,
        "is_unchanged": release.is_unchanged,
        "contains_synthetic_data": manifest.contains_synthetic_data,
        "folder": dg.MetadataValue.path(str(release.path)),
        "warehouse": dg.MetadataValue.path(str(settings.published_dir / "warehouse.duckdb")),
        "dagster/row_count": sum(manifest.row_counts.values()),
        "rows": table([{"mart": name, "rows": rows} for name, rows in manifest.row_counts.items()]),
        "yearly_table": table(_yearly(release)),
    }


def _yearly(release: Release) -> list[dict[str, Any]]:
    """The yearly table by definition and country, years without a count left out."""
    with duckdb.connect(str(release.database), read_only=True) as connection:
        rows = connection.execute(
            """
            select definition_id, country_code, year_label, count_label, change_label
            from agg_attacks_by_year
            where
                attack_count > 0
                and definition_id like 'attack_on_military_position%'
                and counting_basis = 'linked'
                and attacker_family = 'all'
            order by definition_id, country_code, year
            """
        ).fetchall()
    names = ("definition", "country", "year", "attacks", "increase")
    return [dict(zip(names, row, strict=True)) for row in rows]
