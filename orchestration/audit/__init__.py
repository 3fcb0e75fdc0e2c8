"""The audit: distributions, change against the release before, plausibility, completeness. It decides on a release.

Keys, vocabularies and business rules are tested in dbt, the shape of a batch in `schemas`.
"""

from orchestration.audit.checkpoint import import_ahead
from orchestration.audit.expectations import EXPECTATIONS, Expectation
from orchestration.audit.report import AuditReport, ExpectationResult
from orchestration.audit.run import run_audit

__all__ = ["EXPECTATIONS", "AuditReport", "Expectation", "ExpectationResult", "import_ahead", "run_audit"]
