"""Layers staging, intermediate and marts: dbt's models and seeds as assets, dbt's tests as their checks.

dbt is called twice in a night, before the reports are linked and after it. What links them is `assets/links.py`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
import duckdb
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtCliResource, dbt_assets

from orchestration.assets.batches import KEY as BATCH_RECORDS
from orchestration.assets.common import OWNERS, WAREHOUSE_POOL, table
from orchestration.assets.links import KEY as LINKS
from orchestration.assets.readable import readable_table
from orchestration.audit import import_ahead
from orchestration.resources.dbt import (
    AFTER_LINKING,
    dictionary_being_made,
    finish_building,
    is_half_built,
    must_build_anew,
    prepared_manifest,
    start_building,
    variables,
)
from orchestration.resources.fingerprint import fingerprint, forget, note_begun, note_built
from orchestration.settings import Settings, get_settings

LAST_STEP = "incidents"

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
            return LINKS if dbt_resource_props["source_name"] == "links" else BATCH_RECORDS
        return dg.AssetKey([dbt_resource_props["schema"], dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """The layer."""
        return self.get_asset_key(dbt_resource_props).path[0]

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> list[str]:
        """One team for all."""
        del dbt_resource_props
        return OWNERS


def warehouse_assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """Everything that dbt builds, as two steps: what is known of reports, and, once they are linked, of incidents.

    Within a step dbt orders its models itself. All tests of a model whose rows follow from the links run with it.
    """
    return [
        _dbt_step(settings, "warehouse", exclude=AFTER_LINKING),
        _dbt_step(settings, LAST_STEP, select=AFTER_LINKING),
    ]


def _dbt_step(
    settings: Settings, name: str, *, select: str = "fqn:*", exclude: str | None = None
) -> dg.AssetsDefinition:
    """One call of dbt as a step."""
    is_last = name == LAST_STEP

    @dbt_assets(
        manifest=prepared_manifest(settings),
        name=name,
        pool=WAREHOUSE_POOL,
        dagster_dbt_translator=LayerTranslator(DagsterDbtTranslatorSettings(enable_duplicate_source_asset_keys=True)),
        select=select,
        exclude=exclude,
    )
    def step(context: dg.AssetExecutionContext, dbt: DbtCliResource) -> Iterator[Any]:
        now = get_settings()
        built: list[Any] = []
        try:
            # Rows and previews can only be read once dbt has closed the file, and outputs keep dbt's order:
            # so all of them are reported at its end. What goes on meanwhile stands in the step's log.
            _build(context, dbt, now, built, is_last=is_last)
        except Exception:
            yield from built
            raise
        yield from _with_rows(context, built, now)
        if is_last and not context.is_subset:  # of models that were not chosen, nothing is known
            note_built(now)

    return step


def _build(
    context: dg.AssetExecutionContext, dbt: DbtCliResource, settings: Settings, events: list[Any], *, is_last: bool
) -> None:
    """Let dbt build and test; its events are added to `events` as they come."""
    arguments = ["build", "--exclude-resource-type", "unit_test", *variables(settings)]
    if is_last:
        events.extend(dbt.cli([*arguments, *_anew(settings)], context=context).stream())
        if not context.is_subset:
            finish_building(settings)
        return
    follows_from = fingerprint(settings)
    forget(settings)
    if must_build_anew(settings):
        context.log.info(
            "Building every model anew: as asked, or the dbt project changed, or the last build did not end."
        )
        start_building(settings)
    import_ahead()
    with dictionary_being_made(settings):
        events.extend(dbt.cli([*arguments, *_anew(settings)], context=context).stream())
    if not context.is_subset:
        note_begun(settings, follows_from)


def _anew(settings: Settings) -> list[str]:
    return ["--full-refresh"] if is_half_built(settings) else []


def _with_rows(context: dg.AssetExecutionContext, built: list[Any], settings: Settings) -> Iterator[Any]:
    """The events of a build, each mart's with its row count and a preview."""
    with duckdb.connect(str(settings.build_file), read_only=True) as connection:
        for event in built:
            key = context.asset_key_for_output(event.output_name) if isinstance(event, dg.Output) else None
            if key and key.path[0] == "marts":
                yield event.with_metadata({**event.metadata, **_rows_of(connection, key.path[1])})
            else:
                yield event


def _rows_of(connection: duckdb.DuckDBPyConnection, mart: str) -> dict[str, Any]:
    rows = connection.execute(f'select count(*) from marts."{mart}"').fetchall()[0][0]
    columns = [name for name, *_ in connection.execute(f'describe marts."{mart}"').fetchall()][:PREVIEW_COLUMNS]
    listed = ", ".join(f'"{column}"' for column in columns)
    order, shown = FIRST_ROWS.get(mart, ("", PREVIEW_ROWS))
    ordered = f"order by {order}" if order else ""
    sample = connection.execute(f'select {listed} from marts."{mart}" {ordered} limit {shown}').fetchall()
    preview = table([dict(zip(columns, row, strict=True)) for row in sample])
    return {"dagster/row_count": rows, "preview": preview, **readable_table(connection, mart)}
