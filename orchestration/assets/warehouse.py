"""Layers staging, intermediate and marts: dbt's models and seeds as assets, dbt's tests as their checks."""

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
import duckdb
import polars as pl
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtCliResource, dbt_assets

from orchestration.assets.batches import KEY as BATCH_RECORDS
from orchestration.assets.common import OWNERS, WAREHOUSE_POOL, table
from orchestration.feeds import all_feeds
from orchestration.io.lake import Lake
from orchestration.resources.dbt import finish_building, must_build_anew, prepared_manifest, start_building
from orchestration.settings import Settings, get_settings

PREVIEW_ROWS = 5
PREVIEW_COLUMNS = 8
SCHEMAS = {"marts"}


class LayerTranslator(DagsterDbtTranslator):
    """Keys are layer/model, groups are layers; the lake's files are the assets that wrote them."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """A source of the lake is the asset that wrote it; everything else is layer/name."""
        if dbt_resource_props["resource_type"] == "source":
            if dbt_resource_props["source_name"] == "landing":
                return dg.AssetKey(["landing", dbt_resource_props["name"]])
            return BATCH_RECORDS
        return dg.AssetKey([dbt_resource_props["schema"], dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """The layer."""
        return self.get_asset_key(dbt_resource_props).path[0]

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> list[str]:
        """One team for all."""
        del dbt_resource_props
        return OWNERS


def warehouse_assets(settings: Settings) -> dg.AssetsDefinition:
    """Everything that dbt builds, as one step: dbt orders its models itself."""

    @dbt_assets(
        manifest=prepared_manifest(settings),
        name="warehouse",
        pool=WAREHOUSE_POOL,
        dagster_dbt_translator=LayerTranslator(DagsterDbtTranslatorSettings(enable_duplicate_source_asset_keys=True)),
    )
    def warehouse(context: dg.AssetExecutionContext, dbt: DbtCliResource) -> Iterator[Any]:
        now = get_settings()
        synthetic = takes_synthetic(now)
        arguments = ["build", "--exclude-resource-type", "unit_test"]
        arguments += ["--vars", f"{{include_synthetic: {str(synthetic).lower()}}}"]
        if must_build_anew(now):
            context.log.info("Building every model anew: the dbt project changed, or the last full build did not end.")
            arguments.append("--full-refresh")
            start_building(now)
        marts: list[Any] = []
        for event in dbt.cli(arguments, context=context).stream():
            # Rows and previews can only be read once dbt has closed the file, so the marts are reported at the end.
            if isinstance(event, dg.Output) and _is_mart(context, event):
                marts.append(event)
            else:
                yield event
        finish_building(now)
        yield from _with_rows(marts, now)

    return warehouse


def takes_synthetic(settings: Settings) -> bool:
    """Do synthetic batches take part in the build?

    By default only while there is nothing real: a warehouse never mixes the two unless somebody asks for it.
    """
    if settings.synthetic != "auto":
        return settings.synthetic == "include"
    lake = Lake(settings.lake_dir)
    return not any(
        len(lake.batches(feed).filter((pl.col("status") == "landed") & ~pl.col("is_synthetic"))) for feed in all_feeds()
    )


def _is_mart(context: dg.AssetExecutionContext, event: dg.Output[Any]) -> bool:
    return context.asset_key_for_output(event.output_name).path[0] in SCHEMAS


def _with_rows(marts: list[dg.Output[Any]], settings: Settings) -> Iterator[dg.Output[Any]]:
    """Add row count and preview to each mart's metadata."""
    if not marts:
        return
    with duckdb.connect(str(settings.build_file), read_only=True) as connection:
        for event in marts:
            relation = f'marts."{event.output_name.removeprefix("marts__")}"'
            rows = connection.execute(f"select count(*) from {relation}").fetchall()[0][0]
            columns = [name for name, *_ in connection.execute(f"describe {relation}").fetchall()][:PREVIEW_COLUMNS]
            listed = ", ".join(f'"{column}"' for column in columns)
            sample = connection.execute(f"select {listed} from {relation} limit {PREVIEW_ROWS}").fetchall()
            preview = table([dict(zip(columns, row, strict=True)) for row in sample])
            yield event.with_metadata({**event.metadata, "dagster/row_count": rows, "preview": preview})
