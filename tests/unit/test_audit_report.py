"""The table of expectations, and what a report says in words."""

from pathlib import Path

import pytest

from orchestration.audit import EXPECTATIONS, AuditReport, Expectation, ExpectationResult
from orchestration.audit.profiles import PROFILES


def result(*, severity: str = "critical", success: bool = False, is_accepted: bool = False) -> ExpectationResult:
    return ExpectationResult.model_validate(
        {
            "name": "yearly_attacks_do_not_collapse",
            "expectation": "At least half of the attacks are left",
            "severity": severity,
            "observed": "MLI, 2022: remaining_share 0.1 (attack_count 13, attack_count_before 125)",
            "bound": "remaining_share at least 0.5",
            "success": success,
            "is_accepted": is_accepted,
        }
    )


def report(*results: ExpectationResult) -> AuditReport:
    return AuditReport(results=results, data_docs=Path("/build/data_docs/index.html"))


def test_a_broken_critical_expectation_stops_a_release_with_figures_and_the_path_of_the_docs():
    text = str(report(result(), result(success=True)))
    assert not report(result()).passed
    assert "Audit FAILED: 2 expectations, 1 critical failure, 0 warnings." in text
    assert "At least half of the attacks are left [yearly_attacks_do_not_collapse]" in text
    assert "remaining_share 0.1 (attack_count 13, attack_count_before 125)" in text
    assert "Expected: remaining_share at least 0.5." in text
    assert "Data Docs: /build/data_docs/index.html" in text
    assert "accept by name and run again: yearly_attacks_do_not_collapse." in text


@pytest.mark.parametrize("odd", [result(severity="warning"), result(is_accepted=True)])
def test_a_warning_or_an_accepted_failure_is_shown_and_released_all_the_same(odd: ExpectationResult):
    assert report(odd).passed
    assert report(odd).warnings == (odd,)
    assert "remaining_share 0.1" in str(report(odd))
    assert "Way out" not in str(report(odd))


def test_a_report_survives_json():
    """The release is made by another process than the audit."""
    made = report(result(), result(severity="warning"))
    assert AuditReport.model_validate_json(made.model_dump_json()) == made


def test_names_of_expectations_are_unique():
    names = [expectation.name for expectation in EXPECTATIONS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("expectation", EXPECTATIONS, ids=lambda expectation: expectation.name)
def test_an_expectation_has_a_bound_and_a_profile_that_is_made(expectation: Expectation):
    assert expectation.minimum is not None or expectation.maximum is not None
    assert expectation.profile in PROFILES


def test_a_bound_reads_like_a_sentence():
    bounds = {expectation.name: expectation.bound for expectation in EXPECTATIONS}
    assert bounds["yearly_reports_are_steady"] == "remaining_share 0.85 to 2 where report_count_before ≥ 50"
    assert bounds["marts_have_rows"] == "row_count at least 1"
    assert bounds["deaths_of_one_report_are_possible"] == "largest_fatality_count at most 1e+06"
