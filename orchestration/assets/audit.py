"""The audit as an asset: a Great Expectations checkpoint over the finished marts that decides whether they go out."""

from pathlib import Path
from typing import Any

import dagster as dg
from pydantic import Field

from orchestration.assets.common import OWNERS, WAREHOUSE_POOL, table
from orchestration.audit import AuditReport, run_audit
from orchestration.feeds import all_feeds
from orchestration.release import current_release
from orchestration.settings import Settings, get_settings

KEY = dg.AssetKey(["audit", "marts"])
VERDICT = "verdict"


class AuditConfig(dg.Config):
    """What an operator may say to the audit."""

    accepted: list[str] = Field(default_factory=list[str])
    """Names of expectations that this one run may break, because the change is known to be real."""


def audit_asset(warehouse: dg.AssetsDefinition) -> dg.AssetsDefinition:
    """The asset `audit/marts`, downstream of every mart."""

    @dg.asset(
        key=KEY,
        deps=[key for key in warehouse.keys if key.path[0] == "marts"],
        group_name="audit",
        description="Distributions, change since the last release, plausibility. A critical failure stops the release.",
        kinds={"greatexpectations"},
        owners=OWNERS,
        pool=WAREHOUSE_POOL,
        check_specs=[
            dg.AssetCheckSpec(VERDICT, asset=KEY, blocking=True, description="No critical expectation failed.")
        ],
    )
    def audit(context: dg.AssetExecutionContext, config: AuditConfig) -> dg.MaterializeResult:  # pyright: ignore[reportMissingTypeArgument, reportUnknownParameterType]
        report = audited(get_settings(), config.accepted)
        save_report(report, get_settings())
        if not report.passed:
            raise dg.Failure(description=str(report), metadata=_metadata(report), allow_retries=False)
        for warning in report.warnings:
            context.log.warning(str(warning))
        result = dg.AssetCheckResult(check_name=VERDICT, passed=True, description=report.headline)
        return dg.MaterializeResult(metadata=_metadata(report), check_results=[result])

    return audit


def audited(settings: Settings, accepted: list[str]) -> AuditReport:
    """Judge the build file against the release that readers have."""
    current = current_release(settings.published_dir)
    return run_audit(
        settings.build_file,
        current.path if current else None,
        settings.build_dir / "data_docs",
        accepted=accepted,
        withheld_feeds=withheld_feeds(settings),
        memory_limit=settings.memory_limit,
        threads=settings.threads,
    )


def withheld_feeds(settings: Settings) -> list[str]:
    """Feeds whose rows no release holds: their licence forbids it, and the operator does not say otherwise."""
    return [
        feed.name
        for feed in all_feeds().values()
        if not feed.may_redistribute and feed.name not in settings.may_publish
    ]


def save_report(report: AuditReport, settings: Settings) -> None:
    """Keep the report for the release, which may be made by another process."""
    _report_path(settings).write_text(report.model_dump_json(), encoding="utf-8")


def last_report(settings: Settings) -> AuditReport:
    """The report of the audit that came before this step."""
    return AuditReport.model_validate_json(_report_path(settings).read_text(encoding="utf-8"))


def _report_path(settings: Settings) -> Path:
    return settings.build_dir / "audit.json"


def _metadata(report: AuditReport) -> dict[str, Any]:
    return {
        "verdict": report.headline,
        "data_docs": dg.MetadataValue.path(str(report.data_docs)),
        "expectations": table(
            [
                {
                    "": "✓" if result.success else "✗",
                    "severity": result.severity,
                    "expectation": result.expectation,
                    "observed": result.observed,
                    "bound": result.bound,
                }
                for result in sorted(report.results, key=lambda result: result.success)
            ]
        ),
    }
