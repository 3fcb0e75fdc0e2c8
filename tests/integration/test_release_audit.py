"""Great Expectations judges marts: what is sound goes out, what is broken does not, and the operator is told why."""

import logging
from pathlib import Path

import duckdb
import pytest

from orchestration.audit import EXPECTATIONS, AuditReport, Expectation, run_audit
from orchestration.audit.checkpoint import run_checkpoint
from orchestration.audit.profiles import YEARLY_REPORTS
from orchestration.release import Release, ReleaseError, current_release, publish
from tests.builds import change, make_build, passed

BREAK_EVERYTHING = """
delete from marts.dim_feeds;
delete from marts.fct_reports where occurred_year = 2021;
update marts.agg_attacks_by_year set attack_count = attack_count // 10 where year = 2020;
update marts.agg_attacks_by_year
set attack_count = attack_count * 100, yoy_change_pct = 5000, attack_count_year_before = 70
where year = 2022;
update marts.fct_reports set fatality_count_best = 1000;
update marts.fct_reports set fatality_count_best = 2000000 where source_event_id = '0';
update marts.fct_reports set fatality_count_low = 3000 where occurred_year = 2022;
update marts.fct_reports set place_precision = 'admin1', date_precision = 'week';
update marts.fct_reports set country_code = null where record_number % 10 < 6;
update marts.fct_feed_batches set quarantined_record_count = read_record_count;
insert into marts.fct_feed_batches
select * replace ('batch-3' as batch_id, 10 as landed_record_count, 1000 as withdrawn_report_count)
from marts.fct_feed_batches
where batch_id = 'batch-2';
insert into marts.fct_reports
select reports.* replace ('acled' as id_space, 'acled' as feed, 'MLI' as country_code, 2022 as occurred_year)
from marts.fct_reports as reports, range(3);
"""


class Nights:
    """A build that is audited against the release before."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.build = make_build(folder / "build" / "warehouse.duckdb")
        self.published = folder / "published"
        self.docs = folder / "build" / "data_docs"

    def release(self, **options: object) -> Release:
        report = passed(self.folder / "assumed")
        return publish(self.build, self.published, audit=report, code_version="1", **options)  # pyright: ignore[reportArgumentType]

    def audit(self, *statements: str, **options: object) -> AuditReport:
        change(self.build, *statements)
        current = current_release(self.published)
        return run_audit(self.build, current.path if current else None, self.docs, **options)  # pyright: ignore[reportArgumentType]


@pytest.fixture
def nights(tmp_path: Path) -> Nights:
    return Nights(tmp_path)


def broken(report: AuditReport) -> set[str]:
    return {result.name for result in report.results if not result.success}


# A sound warehouse


def test_a_sound_first_build_passes_and_says_that_nothing_was_compared(nights: Nights):
    report = nights.audit()
    assert report.passed
    assert broken(report) == set()
    assert [result.name for result in report.results] == [expectation.name for expectation in EXPECTATIONS]
    assert report.compared_with is None
    assert "no release before this one" in str(report)


def test_a_sound_second_build_passes_compared_with_the_first(nights: Nights):
    release = nights.release()
    report = nights.audit("delete from marts.fct_reports where source_event_id = '5'")
    assert broken(report) == set()
    assert report.compared_with == release.release_id
    observed = {result.name: result.observed for result in report.results}
    assert observed["yearly_reports_do_not_collapse"] == "0.99 to 1 in 16 rows"


def test_the_audit_writes_only_below_its_folder_and_nothing_to_the_terminal(
    nights: Nights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.setenv("HOME", str(elsewhere))
    monkeypatch.setenv("TMPDIR", str(elsewhere))
    monkeypatch.chdir(elsewhere)
    level = logging.getLogger("great_expectations").level
    nights.audit()
    assert list(elsewhere.rglob("*")) == []
    assert {path.name for path in nights.docs.iterdir()} == {"index.html", "profiles", "validations"}
    captured = capfd.readouterr()
    assert captured.out == captured.err == ""
    assert logging.getLogger("great_expectations").level == level


def test_data_docs_open_without_a_network(nights: Nights):
    report = nights.audit("delete from marts.dim_feeds")
    pages = list(nights.docs.rglob("*.html"))
    assert len(pages) > 5
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert "http" not in text
        assert "<script" not in text
        assert str(nights.folder) not in text
    index = report.data_docs.read_text(encoding="utf-8")
    assert "dim_feeds: row_count 0" in index
    for expectation in EXPECTATIONS:
        assert expectation.name in index


def test_data_docs_of_the_audit_before_are_replaced(nights: Nights):
    nights.audit()
    before = set(nights.docs.rglob("*"))
    nights.audit()
    assert len(set(nights.docs.rglob("*"))) == len(before)


# A broken one


def test_every_expectation_can_be_broken(nights: Nights):
    nights.release()
    report = nights.audit(*BREAK_EVERYTHING.split(";\n"))
    assert broken(report) == {expectation.name for expectation in EXPECTATIONS}
    assert all(result.observed for result in report.results)


def test_yearly_counts_that_collapse_stop_the_release_in_words(nights: Nights):
    release = nights.release()
    report = nights.audit(
        "update marts.agg_attacks_by_year set attack_count = 7 where country_code = 'MLI' and year = 2022",
    )
    assert not report.passed
    text = str(report)
    assert (
        "[yearly_attacks_do_not_collapse]: attack_on_military_position.broad, MLI, 2022: remaining_share 0.0986"
        " (attack_count 7, attack_count_before 71). Expected: remaining_share at least 0.5" in text
    )
    assert str(nights.docs / "index.html") in text
    with pytest.raises(ReleaseError, match="yearly_attacks_do_not_collapse"):
        publish(nights.build, nights.published, audit=report, code_version="1")
    assert current_release(nights.published) == release


def test_a_mart_that_went_empty_stops_the_release(nights: Nights):
    nights.release()
    report = nights.audit("delete from marts.fct_attacks")
    assert {failure.name for failure in report.failures} == {"marts_have_rows"}
    assert "fct_attacks: row_count 0 (row_count_before 856)" in str(report)


def test_a_mart_that_was_always_empty_does_not(nights: Nights):
    assert nights.audit("delete from marts.fct_attacks").passed


def test_a_quarantine_that_emptied_is_good_news(nights: Nights):
    nights.release()
    assert nights.audit("delete from marts.quarantined_records").passed


def test_a_core_mart_that_is_missing_stops_the_release(nights: Nights):
    report = nights.audit("drop table marts.fct_incidents")
    assert {failure.name for failure in report.failures} == {"marts_have_rows"}
    assert "fct_incidents: row_count 0" in str(report)


def test_best_above_high_stops_the_release(nights: Nights):
    report = nights.audit("update marts.fct_reports set fatality_count_best = 10 where occurred_year = 2022")
    (failure,) = report.failures
    assert failure.name == "deaths_are_in_order"
    assert failure.observed.startswith(
        "ucdp_ged, 2022: best_above_high 1202 (fatality_count_low 898, fatality_count_best"
    )


def test_best_above_high_in_a_handful_of_records_is_a_warning(nights: Nights):
    """UCDP's own yearly release has such a year: Mali 1995, 4 events, best 4, low 11."""
    report = nights.audit(
        "update marts.fct_reports set occurred_year = 1995, fatality_count_best = 30 where record_number in (1, 5)"
    )
    assert report.passed
    assert {warning.name for warning in report.warnings} == {"deaths_of_quiet_years_are_in_order"}


def test_more_broken_rows_than_are_shown_are_counted(nights: Nights):
    nights.release()
    report = nights.audit("delete from marts.fct_reports where hash(source_event_id) % 10 > 0")
    collapse = next(failure for failure in report.failures if failure.name == "yearly_reports_do_not_collapse")
    assert collapse.observed.count("remaining_share") == 5
    assert collapse.observed.endswith("; and 11 more rows")


# What is not held against a release


def test_an_accepted_failure_lets_the_release_out_and_is_written_down(nights: Nights):
    nights.release()
    report = nights.audit("delete from marts.fct_attacks", accepted=["marts_have_rows"])
    assert report.passed
    release = publish(nights.build, nights.published, audit=report, code_version="1")
    assert release.manifest.audit.accepted == ("marts_have_rows",)
    assert "fct_attacks: row_count 0" in release.manifest.audit.warnings[0]


def test_an_unknown_name_is_not_accepted(nights: Nights):
    with pytest.raises(ValueError, match=r"'all' is not an expectation.*Expected one of: marts_have_rows"):
        nights.audit(accepted=["all"])


def test_real_data_are_not_compared_with_synthetic(nights: Nights):
    nights.release()
    change(nights.build, "update marts.fct_feed_batches set is_synthetic = true")
    report = nights.audit("delete from marts.fct_reports where occurred_year = 2022")
    assert "yearly_reports_do_not_collapse" not in broken(report)
    assert report.compared_with is None
    assert "synthetic" in report.comparison_note


def test_withheld_feeds_are_not_missing_from_the_release_before(nights: Nights):
    nights.release(withheld_feeds=["ucdp_candidate"])
    change(
        nights.build,
        "insert into marts.fct_reports select reports.* replace (2022 as occurred_year)"
        " from marts.fct_reports as reports, range(3) where feed = 'ucdp_candidate'",
    )
    assert broken(nights.audit(withheld_feeds=["ucdp_candidate"])) == set()
    assert broken(nights.audit()) == {"yearly_reports_are_steady"}


def test_a_column_that_is_new_does_not_disturb_the_comparison(nights: Nights):
    change(nights.build, "alter table marts.fct_reports drop column date_precision")
    nights.release()
    report = nights.audit("alter table marts.fct_reports add column date_precision varchar default 'day'")
    assert "yearly_reports_do_not_collapse" not in broken(report)
    assert report.compared_with is not None


def test_a_new_version_of_a_definition_is_not_compared(nights: Nights):
    nights.release()
    report = nights.audit("update marts.agg_attacks_by_year set definition_version = 2, attack_count = 1")
    assert not {name for name in broken(report) if name.startswith("yearly_attacks")}


def test_an_audit_reads_no_file_that_a_reader_could_lock(nights: Nights):
    release = nights.release()
    release.database.unlink()
    (nights.published / "warehouse.duckdb").rename(nights.published / "elsewhere.duckdb")
    assert run_audit(nights.build, release.path, nights.docs).compared_with == release.release_id


# Great Expectations itself


def test_an_expectation_that_cannot_be_evaluated_is_broken(tmp_path: Path):
    frame = tmp_path / "profiles" / "yearly_reports.parquet"
    frame.parent.mkdir()
    duckdb.execute(f"copy (select 'MLI' as country_code, 2022 as occurred_year) to '{frame}'")
    expectation = Expectation("name", "words", "critical", YEARLY_REPORTS, "remaining_share", minimum=0.5)
    (outcome,) = run_checkpoint({"yearly_reports": frame}, [expectation], tmp_path)
    assert not outcome.success
    assert "remaining_share" in outcome.problem
