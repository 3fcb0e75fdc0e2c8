"""What a release must look like: every bound of the audit, in one table. Change a bound here and nowhere else.

Keys, vocabularies and business rules are not here: dbt tests them. The shape of a batch is not here: pandera checks
it. Here is what only the finished whole can tell: distributions, change against the release before, plausibility
across feeds, completeness.
"""

from dataclasses import dataclass

from orchestration.audit import profiles
from orchestration.audit.profiles import Profile
from orchestration.audit.report import Severity


@dataclass(frozen=True)
class Expectation:
    """A column of a profile stays within bounds, in every row that counts.

    Attributes:
        name: its name; an operator accepts a real change by it.
        words: the expectation as a sentence.
        severity: critical stops the release; a warning is shown.
        profile: the frame it looks at.
        column: the column of the frame.
        minimum: the smallest value allowed, if there is one.
        maximum: the largest value allowed, if there is one.
        counted_by: the column that says how many records a row stands for.
        counted_from: rows that stand for fewer say too little to judge.
        shown: the figures that a message about a row shows beside the column.
    """

    name: str
    words: str
    severity: Severity
    profile: Profile
    column: str
    minimum: float | None = None
    maximum: float | None = None
    counted_by: str | None = None
    counted_from: int = 0
    shown: tuple[str, ...] = ()

    @property
    def bound(self) -> str:
        """The bounds in words: `remaining_share at least 0.5 where report_count_before ≥ 50`."""
        if self.minimum is None:
            limits = f"at most {self.maximum:,g}"
        elif self.maximum is None:
            limits = f"at least {self.minimum:,g}"
        else:
            limits = f"{self.minimum:,g} to {self.maximum:,g}"
        where = f" where {self.counted_by} ≥ {self.counted_from}" if self.counted_by else ""
        return f"{self.column} {limits}{where}"


EXPECTATIONS: tuple[Expectation, ...] = (
    # Completeness of the marts
    Expectation(
        name="marts_have_rows",
        words="No core mart is empty, and none that had rows in the release before",
        severity="critical",
        profile=profiles.MART_ROWS,
        column="row_count",
        minimum=1,
        shown=("row_count_before",),
    ),
    Expectation(
        name="covered_years_are_not_silent",
        words="No covered year without a report stands beside busy years",
        severity="critical",
        profile=profiles.SILENT_YEARS,
        column="reports_beside",
        maximum=200,
        counted_by="covered_day_count",
        counted_from=90,
        shown=("covered_day_count", "reports_year_before", "reports_year_after"),
    ),
    Expectation(
        name="covered_years_have_reports",
        words="A covered year without a report stands beside quiet years",
        severity="warning",
        profile=profiles.SILENT_YEARS,
        column="reports_beside",
        maximum=20,
        counted_by="covered_day_count",
        counted_from=90,
        shown=("covered_day_count", "reports_year_before", "reports_year_after"),
    ),
    # Change against the release before
    Expectation(
        name="yearly_reports_do_not_collapse",
        words="Of the reports of a country and year, at least half are left since the release before",
        severity="critical",
        profile=profiles.YEARLY_REPORTS,
        column="remaining_share",
        minimum=0.5,
        counted_by="report_count_before",
        counted_from=50,
        shown=("report_count", "report_count_before"),
    ),
    Expectation(
        name="yearly_reports_are_steady",
        words="The reports of a country and year changed little since the release before",
        severity="warning",
        profile=profiles.YEARLY_REPORTS,
        column="remaining_share",
        minimum=0.85,
        maximum=2,
        counted_by="report_count_before",
        counted_from=50,
        shown=("report_count", "report_count_before"),
    ),
    Expectation(
        name="yearly_attacks_do_not_collapse",
        words="Of the attacks of a definition, country and year, at least half are left since the release before",
        severity="critical",
        profile=profiles.YEARLY_ATTACKS,
        column="remaining_share",
        minimum=0.5,
        counted_by="attack_count_before",
        counted_from=20,
        shown=("attack_count", "attack_count_before"),
    ),
    Expectation(
        name="yearly_attacks_are_steady",
        words="The attacks of a definition, country and year changed little since the release before",
        severity="warning",
        profile=profiles.YEARLY_ATTACKS,
        column="remaining_share",
        minimum=0.8,
        maximum=2,
        counted_by="attack_count_before",
        counted_from=20,
        shown=("attack_count", "attack_count_before"),
    ),
    Expectation(
        name="mean_deaths_do_not_jump",
        words="The mean deaths of a feed's reports did not jump since the release before",
        severity="critical",
        profile=profiles.FEED_DEATHS,
        column="mean_change_ratio",
        minimum=0.2,
        maximum=5,
        counted_by="compared_report_count",
        counted_from=200,
        shown=("mean_fatality_count", "mean_fatality_count_before"),
    ),
    Expectation(
        name="mean_deaths_are_steady",
        words="The mean deaths of a feed's reports changed little since the release before",
        severity="warning",
        profile=profiles.FEED_DEATHS,
        column="mean_change_ratio",
        minimum=0.67,
        maximum=1.5,
        counted_by="compared_report_count",
        counted_from=200,
        shown=("mean_fatality_count", "mean_fatality_count_before"),
    ),
    Expectation(
        name="place_precision_is_steady",
        words="The share of a feed's reports with an exact place changed little since the release before",
        severity="warning",
        profile=profiles.FEED_PRECISION,
        column="exact_place_change",
        maximum=0.15,
        counted_by="compared_report_count",
        counted_from=200,
        shown=("exact_place_share", "report_count"),
    ),
    Expectation(
        name="date_precision_is_steady",
        words="The share of a feed's reports with day precision changed little since the release before",
        severity="warning",
        profile=profiles.FEED_PRECISION,
        column="exact_day_change",
        maximum=0.15,
        counted_by="compared_report_count",
        counted_from=200,
        shown=("exact_day_share", "report_count"),
    ),
    Expectation(
        name="batches_do_not_withdraw_most",
        words="No new batch withdraws more reports than it brings",
        severity="critical",
        profile=profiles.WITHDRAWALS,
        column="withdrawn_share",
        maximum=0.5,
        counted_by="withdrawn_report_count",
        counted_from=20,
        shown=("withdrawn_report_count", "landed_record_count"),
    ),
    Expectation(
        name="batches_withdraw_little",
        words="A new batch withdraws few reports",
        severity="warning",
        profile=profiles.WITHDRAWALS,
        column="withdrawn_share",
        maximum=0.15,
        counted_by="withdrawn_report_count",
        counted_from=20,
        shown=("withdrawn_report_count", "landed_record_count"),
    ),
    # Distributions
    Expectation(
        name="deaths_are_in_order",
        words="Yearly sums of deaths are in order: best is not above high",
        severity="critical",
        profile=profiles.YEARLY_DEATHS,
        column="best_above_high",
        maximum=0,
        counted_by="record_count",
        counted_from=30,
        shown=("fatality_count_low", "fatality_count_best", "fatality_count_high"),
    ),
    Expectation(
        name="deaths_are_not_below_low",
        words="Yearly sums of deaths are in order: best is not below low",
        severity="critical",
        profile=profiles.YEARLY_DEATHS,
        column="low_above_best",
        maximum=0,
        counted_by="record_count",
        counted_from=30,
        shown=("fatality_count_low", "fatality_count_best", "fatality_count_high"),
    ),
    Expectation(
        name="deaths_of_quiet_years_are_in_order",
        words="Also in years of few records, best is not above high",
        severity="warning",
        profile=profiles.YEARLY_DEATHS,
        column="best_above_high",
        maximum=0,
        shown=("fatality_count_low", "fatality_count_best", "fatality_count_high"),
    ),
    Expectation(
        name="deaths_of_one_report_are_possible",
        words="No single report counts an impossible number of deaths",
        severity="critical",
        profile=profiles.FEED_DEATHS,
        column="largest_fatality_count",
        maximum=1_000_000,
        shown=("median_fatality_count", "p99_fatality_count"),
    ),
    Expectation(
        name="mean_deaths_are_plausible",
        words="The mean deaths of a feed's reports are plausible",
        severity="warning",
        profile=profiles.FEED_DEATHS,
        column="mean_fatality_count",
        minimum=0.1,
        maximum=50,
        counted_by="report_count",
        counted_from=200,
        shown=("median_fatality_count", "p99_fatality_count"),
    ),
    Expectation(
        name="some_places_are_known",
        words="Some of the places that a feed codes are exact or nearly so",
        severity="critical",
        profile=profiles.FEED_PRECISION,
        column="placed_share",
        minimum=0.05,
        counted_by="known_precision_count",
        counted_from=200,
        shown=("known_precision_count",),
    ),
    Expectation(
        name="some_days_are_exact",
        words="Many of a feed's reports have day precision",
        severity="critical",
        profile=profiles.FEED_PRECISION,
        column="exact_day_share",
        minimum=0.2,
        counted_by="report_count",
        counted_from=200,
        shown=("report_count",),
    ),
    Expectation(
        name="most_countries_resolve",
        words="Most of a feed's reports have a country code",
        severity="critical",
        profile=profiles.FEED_PRECISION,
        column="resolved_country_share",
        minimum=0.5,
        counted_by="report_count",
        counted_from=50,
        shown=("report_count",),
    ),
    Expectation(
        name="countries_resolve",
        words="Nearly all of a feed's reports have a country code",
        severity="warning",
        profile=profiles.FEED_PRECISION,
        column="resolved_country_share",
        minimum=0.98,
        counted_by="report_count",
        counted_from=50,
        shown=("report_count",),
    ),
    Expectation(
        name="quarantine_is_not_the_rule",
        words="Of a feed's records, most are good enough to land",
        severity="critical",
        profile=profiles.QUARANTINE,
        column="quarantined_share",
        maximum=0.3,
        counted_by="read_record_count",
        counted_from=50,
        shown=("quarantined_record_count", "read_record_count"),
    ),
    Expectation(
        name="quarantine_is_small",
        words="Of a feed's records, few are quarantined",
        severity="warning",
        profile=profiles.QUARANTINE,
        column="quarantined_share",
        maximum=0.05,
        counted_by="read_record_count",
        counted_from=50,
        shown=("quarantined_record_count", "read_record_count"),
    ),
    # Plausibility of published figures, and across feeds
    Expectation(
        name="attacks_are_incidents",
        words="No definition counts more attacks than there were incidents in that country and year",
        severity="critical",
        profile=profiles.ATTACK_FIGURES,
        column="attacks_above_incidents",
        maximum=0,
        shown=("attack_count", "incident_count"),
    ),
    Expectation(
        name="yearly_changes_are_plausible",
        words="Published changes on the year before are of a size that was seen in real conflicts",
        severity="warning",
        profile=profiles.ATTACK_FIGURES,
        column="yoy_change_pct",
        minimum=-95,
        maximum=1000,
        counted_by="attack_count_year_before",
        counted_from=20,
        shown=("attack_count", "attack_count_year_before"),
    ),
    Expectation(
        name="feeds_tell_of_one_world",
        words="Independent feeds count reports of one country and year in the same order of magnitude",
        severity="warning",
        profile=profiles.FEEDS_SIDE_BY_SIDE,
        column="report_count_ratio",
        maximum=25,
        counted_by="smaller_report_count",
        counted_from=20,
        shown=("smaller_report_count",),
    ),
)
