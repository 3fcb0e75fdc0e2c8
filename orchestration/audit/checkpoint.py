"""The Great Expectations checkpoint. The only module that knows Great Expectations, which ships no complete types.

It is imported late (its import takes four seconds), told to send nothing home, and kept from writing anywhere but
below the folder that it is given.
"""

import logging
import os
import threading
import warnings
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.audit.expectations import Expectation

if TYPE_CHECKING:
    from great_expectations.core import ExpectationValidationResult
    from great_expectations.data_context.data_context.ephemeral_data_context import EphemeralDataContext
    from great_expectations.expectations.core.expect_column_values_to_be_between import ExpectColumnValuesToBeBetween

DOCS_SITE = "data_docs"
MAX_ROWS_SHOWN = 5
"""Broken rows that a message names; the Data Docs show all of them."""


@dataclass(frozen=True)
class Outcome:
    """What Great Expectations found.

    Attributes:
        success: whether every row kept the bound.
        broken_rows: the first rows that did not, as column and value.
        broken_count: how many did not.
        problem: why the expectation could not be evaluated; empty if it could.
    """

    success: bool
    broken_rows: tuple[dict[str, Any], ...] = ()
    broken_count: int = 0
    problem: str = ""


def run_checkpoint(frames: Mapping[str, Path], expectations: Sequence[Expectation], docs_dir: Path) -> list[Outcome]:
    """Validate small Parquet frames and build the Data Docs.

    Args:
        frames: the Parquet file of each profile, by name.
        expectations: what to check; each of its profiles has a frame.
        docs_dir: where the Data Docs go, and all else that Great Expectations writes.

    Returns:
        One outcome for each expectation, in their order.
    """
    with _quiet():
        return _validated(frames, expectations, docs_dir)


def import_ahead() -> None:
    """Import Great Expectations, which takes four seconds, in a thread: while dbt builds, this process only waits."""

    def import_quietly() -> None:
        with _quiet():
            import great_expectations  # noqa: F401  # pyright: ignore[reportUnusedImport]

    threading.Thread(target=import_quietly, name="import-ahead", daemon=True).start()


@contextmanager
def _quiet() -> Generator[None]:
    """Keep telemetry off, and deprecations of a library we do not maintain off the operator's terminal."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    logger = logging.getLogger("great_expectations")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def _context(docs_dir: Path) -> "EphemeralDataContext":
    """A context that lives in memory and has one place to write to."""
    import great_expectations as gx
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    return gx.get_context(
        mode="ephemeral",
        project_config=DataContextConfig(
            # The default would also make a site below the system's temporary folder.
            store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
            progress_bars=ProgressBarsConfig(globally=False),
            analytics_enabled=False,
            data_docs_sites={
                DOCS_SITE: {
                    "class_name": "SiteBuilder",
                    "show_how_to_buttons": False,
                    # Validations alone: the suites are our own table, and an index is written in `data_docs`.
                    "site_section_builders": {"expectations": "none", "profiling": "none"},
                    "store_backend": {
                        "class_name": "TupleFilesystemStoreBackend",
                        "base_directory": str(docs_dir),
                    },
                }
            },
        ),
    )


def _validated(frames: Mapping[str, Path], expectations: Sequence[Expectation], docs_dir: Path) -> list[Outcome]:
    import great_expectations as gx

    context = _context(docs_dir)
    source = context.data_sources.add_pandas("profiles")
    validations: list[Any] = []
    for name, file in frames.items():
        suite = context.suites.add(gx.ExpectationSuite(name=name))
        for number, expectation in enumerate(expectations):
            if expectation.profile.name == name:
                suite.add_expectation(_translated(expectation, number))
        asset: Any = source.add_parquet_asset(name, path=file)
        batch = asset.add_batch_definition(name)
        validations.append(
            context.validation_definitions.add(gx.ValidationDefinition(name=name, data=batch, suite=suite))
        )
    checkpoint = context.checkpoints.add(
        gx.Checkpoint(
            name="release",
            validation_definitions=validations,
            result_format={"result_format": "COMPLETE", "include_unexpected_rows": True},
        )
    )
    results = checkpoint.run()
    # Once for all: the checkpoint's own action would compile every page's templates again for each profile.
    context.build_data_docs(site_names=[DOCS_SITE], build_index=False)
    outcomes: dict[int, Outcome] = {}
    for validation in results.run_results.values():
        for result in validation.results:
            configuration: Any = result.expectation_config
            outcomes[configuration.meta["number"]] = _outcome(result)
    return [outcomes[number] for number in range(len(expectations))]


def _translated(expectation: Expectation, number: int) -> "ExpectColumnValuesToBeBetween":
    """One row of our table as Great Expectations says it."""
    from great_expectations.expectations.core.expect_column_values_to_be_between import ExpectColumnValuesToBeBetween
    from great_expectations.expectations.metadata_types import FailureSeverity
    from great_expectations.expectations.row_conditions import Column

    counts = Column(expectation.counted_by) >= expectation.counted_from if expectation.counted_by else None
    return ExpectColumnValuesToBeBetween(
        column=expectation.column,
        min_value=expectation.minimum,
        max_value=expectation.maximum,
        row_condition=counts,
        severity=FailureSeverity(expectation.severity),
        description=f"{expectation.words} ({expectation.severity}): {expectation.bound}",
        meta={"name": expectation.name, "number": number},
    )


def _outcome(result: "ExpectationValidationResult") -> Outcome:
    problem = _problem(result.exception_info)
    rows = result.result.get("unexpected_rows")
    broken = () if rows is None else tuple(rows.head(MAX_ROWS_SHOWN).to_dict("records"))
    return Outcome(
        success=bool(result.success) and not problem,
        broken_rows=broken,
        broken_count=result.result.get("unexpected_count", 0),
        problem=problem,
    )


def _problem(exception_info: Mapping[str, Any] | None) -> str:
    """The first message of an exception; Great Expectations nests them by metric, or does not."""
    if not exception_info:
        return ""
    entries = [exception_info] if "raised_exception" in exception_info else list(exception_info.values())
    for entry in entries:
        if entry["raised_exception"]:
            return str(entry["exception_message"])
    return ""
