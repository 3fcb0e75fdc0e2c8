"""The step between the two halves of dbt: which reports of different feeds tell of one incident."""

from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl

from orchestration.assets.common import OWNERS, WAREHOUSE_POOL, table
from orchestration.resources.links import least_certain, link_reports
from orchestration.settings import Settings, get_settings

KEY = dg.AssetKey(["links", "report_links"])
REPORTS = dg.AssetKey(["intermediate", "int_reports__linkable"])
SHOWN = 20


def links_asset() -> dg.AssetsDefinition:
    """The asset `links/report_links`."""

    @dg.asset(
        key=KEY,
        deps=[REPORTS],
        group_name="links",
        description="Pairs of reports of different feeds, scored, and decided; dbt makes incidents of them.",
        kinds={"splink", "parquet"},
        owners=OWNERS,
        pool=WAREHOUSE_POOL,
    )
    def report_links() -> dg.MaterializeResult[Any]:
        settings = get_settings()
        return dg.MaterializeResult(metadata=_metadata(link_reports(settings, settings.build_dir), settings))

    return report_links


def _metadata(pairs_file: Path, settings: Settings) -> dict[str, Any]:
    """What a person wants to know of the links: how many, between whom, and which to look at."""
    pairs = pl.scan_parquet(pairs_file)
    is_linked = pl.col("decision").is_in(["linked", "must_link"])
    by_feeds = (
        pairs.group_by("id_space_left", "id_space_right")
        .agg(
            pairs=pl.len(),
            linked=is_linked.sum(),
            below_threshold=(pl.col("decision") == "below_threshold").sum(),
            outcompeted=(pl.col("decision") == "outcompeted").sum(),
            decided_by_reviewers=pl.col("decision").str.starts_with("must").sum(),
        )
        .sort("id_space_left", "id_space_right")
        .collect()
    )
    return {
        "dagster/row_count": int(by_feeds.get_column("pairs").sum()),
        "pairs_scored": int(by_feeds.get_column("pairs").sum()),
        "pairs_linked": int(by_feeds.get_column("linked").sum()),
        "by_pair_of_feeds": table(by_feeds.to_dicts()),
        "least_certain": table(least_certain(settings.build_file, SHOWN)),
    }
