"""Layers staging, intermediate and marts: dbt's models and seeds as assets, dbt's tests as their checks."""

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
import duckdb

from orchestration.assets.batches import KEY as BATCH_RECORDS
from orchestration.assets.common import OWNERS, WAREHOUSE_POOL, table
from orchestration.assets.readable import READABLE, readable_tables
from orchestration.audit import import_ahead
from orchestration.resources.dagster_dbt_alone import (
    DagsterDbtTranslator,
    DagsterDbtTranslatorSettings,
    DbtCliResource,
    dbt_assets,
)
from orchestration.resources.dbt import (
    but_standing_seeds,
    dictionary_being_made,
    finish_building,
    must_build_anew,
    prepared_manifest,
    rows_follow_from,
    start_building,
    variables,
)
from orchestration.resources.fingerprint import fingerprint, forget, note_built
from orchestration.settings import Settings, get_settings

PREVIEW_ROWS = 5
PREVIEW_COLUMNS = 8
FIRST_ROWS = {"unresolved_names": ("side_count + companion_count desc, actor_name", 30)}
"""Marts whose preview is a list to work through: what comes first, and how many rows of it are shown."""


class LayerTranslator(DagsterDbtTranslator):
    """Keys are layer/model, groups are layers; the lake's files are the assets that wrote them."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """A source of the lake is the asset that wrote it; everything else is layer/name."""
        if dbt_resource_props["resource_type"] == "source":
            if dbt_resource_props["source_name"] in ("landing", "reference"):
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
        built_from, follows_from = rows_follow_from(now), fingerprint(now)
        forget(now)
        arguments = ["build", "--exclude-resource-type", "unit_test", *variables(now)]
        if must_build_anew(now):
            context.log.info(
                "Building every model anew: as asked, or the dbt project changed, or the last build did not end."
            )
            arguments.append("--full-refresh")
            start_building(now)
        elif not context.is_subset:
            arguments += but_standing_seeds(now)
        import_ahead()
        built: list[Any] = []
        try:
            # Rows and previews can only be read once dbt has closed the file, and outputs keep dbt's order:
            # so all of them are reported at its end. What goes on meanwhile stands in the step's log.
            with dictionary_being_made(now):
                built.extend(dbt.cli(arguments, context=context).stream())
        except Exception:
            yield from built
            raise
        is_whole = not context.is_subset  # of models that were not chosen, nothing is known
        if is_whole:
            finish_building(now, built_from)
        yield from _with_rows(context, built, now)
        if is_whole:
            note_built(now, follows_from)

    return warehouse


def _with_rows(context: dg.AssetExecutionContext, built: list[Any], settings: Settings) -> Iterator[Any]:
    """The events of a build, each mart's with its row count and a preview."""
    with duckdb.connect(str(settings.build_file), read_only=True) as connection:
        for event in built:
            key = context.asset_key_for_output(event.output_name) if isinstance(event, dg.Output) else None
            if key and (key.path[0] == "marts" or key.path[1] in READABLE):
                yield event.with_metadata({**event.metadata, **_rows_of(connection, *key.path)})
            else:
                yield event


def _rows_of(connection: duckdb.DuckDBPyConnection, layer: str, model: str) -> dict[str, Any]:
    rows = connection.execute(f'select count(*) from {layer}."{model}"').fetchall()[0][0]
    columns = [name for name, *_ in connection.execute(f'describe {layer}."{model}"').fetchall()][:PREVIEW_COLUMNS]
    listed = ", ".join(f'"{column}"' for column in columns)
    order, shown = FIRST_ROWS.get(model, ("", PREVIEW_ROWS))
    ordered = f"order by {order}" if order else ""
    sample = connection.execute(f'select {listed} from {layer}."{model}" {ordered} limit {shown}').fetchall()
    preview = table([dict(zip(columns, row, strict=True)) for row in sample])
    return {"dagster/row_count": rows, "preview": preview, **readable_tables(connection, model)}
