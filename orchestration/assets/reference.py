"""Reference inputs as assets: populated places, administrative areas, and where among them coordinates lie."""

import dagster as dg

from orchestration.assets.common import OWNERS, PROBLEMS, table
from orchestration.feeds.spec import Feed
from orchestration.reference import boundaries, places, points
from orchestration.reference.tables import edition_of, row_count
from orchestration.resources.fingerprint import digest
from orchestration.settings import get_settings

PLACES = dg.AssetKey(["landing", places.NAME])
BOUNDARIES = dg.AssetKey(["landing", boundaries.NAME])
POINTS = dg.AssetKey(["landing", points.NAME])
FEWEST_PLACES = 150_000
SHOWN = 50


def populated_places_asset() -> dg.AssetsDefinition:
    """The asset `landing/populated_places`."""

    @dg.asset(
        key=PLACES,
        group_name="landing",
        description="Populated places of the world, a row a place of GeoNames; written when the package has changed.",
        kinds={"duckdb", "parquet"},
        owners=OWNERS,
        code_version=str(places.TABLE_VERSION),
        metadata={"licence": places.LICENCE, "citation": places.CITATION},
        check_specs=[
            dg.AssetCheckSpec("volume", asset=PLACES, description=f"There are at least {FEWEST_PLACES:,} places.")
        ],
    )
    def populated_places() -> dg.MaterializeResult:  # pyright: ignore[reportMissingTypeArgument, reportUnknownParameterType]
        settings = get_settings()
        is_new = places.write_places(settings)
        path = places.path_of(settings)
        rows = row_count(path)
        return dg.MaterializeResult(
            metadata={"dagster/row_count": rows, "edition": edition_of(path), "is_new": is_new},
            data_version=dg.DataVersion(digest(str(edition_of(path)))),
            check_results=[
                dg.AssetCheckResult(
                    check_name="volume",
                    passed=rows >= FEWEST_PLACES,
                    severity=dg.AssetCheckSeverity.WARN,
                    metadata={"places": rows},
                )
            ],
        )

    return populated_places


def boundaries_asset() -> dg.AssetsDefinition:
    """The asset `landing/boundaries`."""

    @dg.asset(
        key=BOUNDARIES,
        group_name="landing",
        description=(
            "Administrative areas with their codes, from GeoJSON in data/inbox/boundaries/; the newest file of each "
            "country and level. Optional: without a file the table is empty."
        ),
        kinds={"polars", "parquet"},
        owners=OWNERS,
        code_version=str(boundaries.TABLE_VERSION),
        metadata={"licence": boundaries.LICENCE, "citation": boundaries.CITATION},
        check_specs=[
            dg.AssetCheckSpec(
                "every_feature_landed",
                asset=BOUNDARIES,
                description="No feature of a file is set aside, such as one whose rings are broken.",
            )
        ],
    )
    def boundary_table() -> dg.MaterializeResult:  # pyright: ignore[reportMissingTypeArgument, reportUnknownParameterType]
        settings = get_settings()
        intake = boundaries.take_in_boundaries(settings)
        boundaries.write_boundaries(settings)
        by_level = boundaries.areas_by_level(settings)
        set_aside = boundaries.features_set_aside(settings)
        first = [
            f"{row['source_file']}, feature {row['feature_number'] or '–'}: {row['reason']}"
            for row in set_aside.head(3).to_dicts()
        ]
        return dg.MaterializeResult(
            metadata={
                "dagster/row_count": sum(by_level.values()),
                "areas": table([{"level": level, "areas": areas} for level, areas in by_level.items()]),
                "new_files": intake.new,
                "known_files": intake.known,
                "features_set_aside": table(set_aside.head(SHOWN).to_dicts()),
                PROBLEMS: dg.MetadataValue.json(intake.problems),
            },
            data_version=dg.DataVersion(digest(str(edition_of(boundaries.path_of(settings))))),
            check_results=[
                dg.AssetCheckResult(
                    check_name="every_feature_landed",
                    passed=set_aside.is_empty(),
                    severity=dg.AssetCheckSeverity.WARN,
                    description="; ".join(first) or None,
                    metadata={"features_set_aside": len(set_aside)},
                )
            ],
        )

    return boundary_table


def located_points_asset(feeds: list[Feed]) -> dg.AssetsDefinition:
    """The asset `landing/located_points`."""

    @dg.asset(
        key=POINTS,
        deps=[*(["landing", feed.name] for feed in feeds), PLACES, BOUNDARIES],
        group_name="landing",
        description=(
            "Every pair of coordinates that landed: nearest populated place, administrative areas, distance to the "
            "border. Only pairs that are new are located, all of them where places or boundaries have changed."
        ),
        kinds={"polars", "parquet"},
        owners=OWNERS,
        code_version=str(points.TABLE_VERSION),
        metadata={"licence": places.LICENCE, "citation": places.CITATION},
    )
    def located_points() -> dg.MaterializeResult:  # pyright: ignore[reportMissingTypeArgument, reportUnknownParameterType]
        located = points.locate_points(get_settings())
        return dg.MaterializeResult(metadata={"dagster/row_count": located.point_count, "new": located.new_count})

    return located_points
