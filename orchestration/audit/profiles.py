"""The small frames that the audit looks at: DuckDB makes each from a few narrow columns of the marts.

A frame has a handful of rows (per feed, country, year, mart or batch), so that Great Expectations costs the same at
three thousand reports and at three million. A frame says what is; what is allowed lives in `expectations`.

In the SQL, `now` holds the marts of the build file and `before` those of the release that readers have; `before` is
empty where there is nothing to compare with, so that no query needs a branch.
"""

from dataclasses import dataclass

from orchestration.audit.marts import string_list

CORE_MARTS = (
    "agg_attacks_by_year",
    "agg_incidents_by_country_month",
    "dim_dates",
    "dim_definitions",
    "dim_feeds",
    "fct_feed_batches",
    "fct_incidents",
    "fct_reports",
)
"""Marts that no release can do without. The others may be empty on their first day, and not after."""

MAY_BECOME_EMPTY = ("quarantined_records", "unresolved_names", "bridge_incident_reports", "fct_incident_changes")
"""A repaired contract may well let every quarantined record in, a seed can come to know every name, and a feed that
goes out of use takes its links along."""

REPORT_FIGURES = """
create temp table report_figures as
with

reports as (

    select
        'now' as edition,
        feed,
        id_space,
        country_code,
        occurred_year,
        fatality_count_low,
        fatality_count_best,
        fatality_count_high,
        place_precision,
        date_precision,
    from now.fct_reports

    union all

    select
        'before' as edition,
        feed,
        id_space,
        country_code,
        occurred_year,
        fatality_count_low,
        fatality_count_best,
        fatality_count_high,
        place_precision,
        date_precision,
    from before.fct_reports

)

select
    edition,
    feed,
    id_space,
    coalesce(country_code, 'unresolved') as country_code,
    occurred_year,
    count(*) as report_count,
    count(*) filter (where country_code is not null) as resolved_count,
    count(*) filter (where place_precision = 'exact') as exact_place_count,
    count(*) filter (where place_precision in ('exact', 'near')) as placed_count,
    count(place_precision) as known_precision_count,
    count(*) filter (where date_precision = 'day') as exact_day_count,
    count(fatality_count_best) as counted_report_count,
    sum(fatality_count_low) as fatality_count_low,
    sum(fatality_count_best) as fatality_count_best,
    sum(fatality_count_high) as fatality_count_high,
    max(fatality_count_best) as largest_fatality_count,
from reports
group by all
"""
"""One pass over narrow columns of the reports, now and before; most frames are made from its few thousand rows."""


@dataclass(frozen=True)
class Profile:
    """A small frame.

    Attributes:
        name: its name, in the table of expectations and in the Data Docs.
        marts: what it reads; without them it is not made, and the expectations on `marts` say so.
        keys: the columns that name a row in a message.
        sql: the query.
    """

    name: str
    marts: tuple[str, ...]
    keys: tuple[str, ...]
    sql: str


YEARLY_REPORTS = Profile(
    name="yearly_reports",
    marts=("fct_reports",),
    keys=("country_code", "occurred_year"),
    sql="""
with

counts as (

    select
        case when grouping(country_code) = 1 then 'all countries' else country_code end as country_code,
        occurred_year,
        coalesce(sum(report_count) filter (where edition = 'now'), 0) as report_count,
        coalesce(sum(report_count) filter (where edition = 'before'), 0) as report_count_before,
    from report_figures
    -- What no release holds is not missing from the release before.
    where feed not in (select withheld_feeds.feed from withheld_feeds)
    group by grouping sets ((country_code, occurred_year), (occurred_year))

)

select
    country_code,
    occurred_year::bigint as occurred_year,
    report_count::bigint as report_count,
    report_count_before::bigint as report_count_before,
    report_count / nullif(report_count_before, 0)::double as remaining_share,
from counts
where report_count_before > 0
order by country_code, occurred_year
""",
)

YEARLY_ATTACKS = Profile(
    name="yearly_attacks",
    marts=("agg_attacks_by_year",),
    keys=("definition_id", "country_code", "year"),
    # A new version of a definition counts something else: nothing to compare.
    sql="""
select
    before.definition_id,
    before.country_code,
    before.year::bigint as year,
    coalesce(now.attack_count, 0)::bigint as attack_count,
    before.attack_count::bigint as attack_count_before,
    coalesce(now.attack_count, 0) / before.attack_count::double as remaining_share,
from before.agg_attacks_by_year as before
left join now.agg_attacks_by_year as now
    on
        before.definition_id = now.definition_id
        and before.definition_version = now.definition_version
        and before.country_code = now.country_code
        and before.year = now.year
        and now.counting_basis = 'linked'
        and now.attacker_family = 'all'
where
    before.attack_count > 0
    and before.counting_basis = 'linked'
    -- Releases of old did not tell families apart.
    and coalesce(before.attacker_family, 'all') = 'all'
    and exists (
        select 1
        from now.agg_attacks_by_year as same
        where
            same.definition_id = before.definition_id
            and same.definition_version = before.definition_version
    )
order by definition_id, country_code, year
""",
)

ATTACK_FIGURES = Profile(
    name="attack_figures",
    marts=("agg_attacks_by_year", "fct_incidents"),
    keys=("definition_id", "country_code", "year"),
    sql="""
with

incidents as (

    select
        country_code,
        occurred_year as year,
        count(*) as incident_count,
    from now.fct_incidents
    where country_code is not null
    group by all

)

select
    attacks.definition_id,
    attacks.country_code,
    attacks.year::bigint as year,
    attacks.attack_count::bigint as attack_count,
    coalesce(incidents.incident_count, 0)::bigint as incident_count,
    (attacks.attack_count - coalesce(incidents.incident_count, 0))::bigint as attacks_above_incidents,
    attacks.yoy_change_pct::double as yoy_change_pct,
    attacks.attack_count_year_before::bigint as attack_count_year_before,
from now.agg_attacks_by_year as attacks
left join incidents using (country_code, year)
where attacks.country_code is not null and attacks.counting_basis = 'linked' and attacks.attacker_family = 'all'
order by definition_id, country_code, year
""",
)

YEARLY_DEATHS = Profile(
    name="yearly_deaths",
    marts=("fct_reports", "agg_attacks_by_year"),
    keys=("counted_by", "year"),
    sql="""
with

sums as (

    select
        feed as counted_by,
        occurred_year as year,
        sum(report_count) as record_count,
        sum(fatality_count_low) as fatality_count_low,
        sum(fatality_count_best) as fatality_count_best,
        sum(fatality_count_high) as fatality_count_high,
    from report_figures
    where edition = 'now'
    group by all

    union all

    select
        definition_id as counted_by,
        year,
        sum(attack_count) as record_count,
        sum(fatality_count_low) as fatality_count_low,
        sum(fatality_count_best) as fatality_count_best,
        sum(fatality_count_high) as fatality_count_high,
    from now.agg_attacks_by_year
    where counting_basis = 'linked' and attacker_family = 'all'
    group by all

)

select
    counted_by,
    year::bigint as year,
    record_count::bigint as record_count,
    fatality_count_low::bigint as fatality_count_low,
    fatality_count_best::bigint as fatality_count_best,
    fatality_count_high::bigint as fatality_count_high,
    (fatality_count_low - fatality_count_best)::bigint as low_above_best,
    (fatality_count_best - fatality_count_high)::bigint as best_above_high,
from sums
order by counted_by, year
""",
)

FEED_DEATHS = Profile(
    name="feed_deaths",
    marts=("fct_reports",),
    keys=("feed",),
    sql="""
with

quantiles as (

    select
        feed,
        quantile_disc(fatality_count_best, [0.5, 0.99]) as deaths,
    from now.fct_reports
    group by feed

),

sums as (

    select
        feed,
        sum(report_count) filter (where edition = 'now') as report_count,
        sum(report_count) filter (where edition = 'before') as report_count_before,
        max(largest_fatality_count) filter (where edition = 'now') as largest_fatality_count,
        sum(fatality_count_best) filter (where edition = 'now')
            / nullif(sum(counted_report_count) filter (where edition = 'now'), 0)::double as mean_fatality_count,
        sum(fatality_count_best) filter (where edition = 'before')
            / nullif(sum(counted_report_count) filter (where edition = 'before'), 0)::double
            as mean_fatality_count_before,
    from report_figures
    group by feed

)

select
    feed,
    report_count::bigint as report_count,
    least(report_count, report_count_before)::bigint as compared_report_count,
    mean_fatality_count,
    mean_fatality_count_before,
    mean_fatality_count / nullif(mean_fatality_count_before, 0) as mean_change_ratio,
    quantiles.deaths[1]::bigint as median_fatality_count,
    quantiles.deaths[2]::bigint as p99_fatality_count,
    largest_fatality_count::bigint as largest_fatality_count,
from sums
inner join quantiles using (feed)
order by feed
""",
)

FEED_PRECISION = Profile(
    name="feed_precision",
    marts=("fct_reports",),
    keys=("feed",),
    sql="""
with

shares as (

    select
        edition,
        feed,
        sum(report_count) as report_count,
        sum(exact_place_count) / sum(report_count)::double as exact_place_share,
        sum(placed_count) / nullif(sum(known_precision_count), 0)::double as placed_share,
        sum(known_precision_count) as known_precision_count,
        sum(exact_day_count) / sum(report_count)::double as exact_day_share,
        sum(resolved_count) / sum(report_count)::double as resolved_country_share,
    from report_figures
    group by all

)

select
    now.feed,
    now.report_count::bigint as report_count,
    least(now.report_count, before.report_count)::bigint as compared_report_count,
    now.known_precision_count::bigint as known_precision_count,
    now.placed_share,
    now.exact_place_share,
    now.exact_day_share,
    now.resolved_country_share,
    abs(now.exact_place_share - before.exact_place_share) as exact_place_change,
    abs(now.exact_day_share - before.exact_day_share) as exact_day_change,
from shares as now
left join shares as before on now.feed = before.feed and before.edition = 'before'
where now.edition = 'now'
order by feed
""",
)

QUARANTINE = Profile(
    name="quarantine",
    marts=("fct_feed_batches",),
    keys=("feed",),
    sql="""
select
    feed,
    sum(read_record_count)::bigint as read_record_count,
    sum(quarantined_record_count)::bigint as quarantined_record_count,
    sum(quarantined_record_count) / nullif(sum(read_record_count), 0)::double as quarantined_share,
from now.fct_feed_batches
where is_used
group by feed
order by feed
""",
)

WITHDRAWALS = Profile(
    name="withdrawals",
    marts=("fct_feed_batches",),
    keys=("feed", "batch_id"),
    # Only the batches that readers have not seen yet: an old one was judged when it came.
    sql="""
select
    feed,
    batch_id,
    landed_record_count::bigint as landed_record_count,
    withdrawn_report_count::bigint as withdrawn_report_count,
    withdrawn_report_count
        / nullif(landed_record_count + withdrawn_report_count, 0)::double as withdrawn_share,
from now.fct_feed_batches
where
    is_used
    and batch_id not in (select before.batch_id from before.fct_feed_batches as before where before.is_used)
order by feed, batch_id
""",
)

SILENT_YEARS = Profile(
    name="silent_years",
    marts=("fct_reports", "fct_feed_batches"),
    keys=("occurred_year",),
    sql="""
with

scopes as (

    select distinct
        covers_from_date,
        covers_until_date,
    from now.fct_feed_batches
    where
        is_used
        and covers_from_date is not null
        and covers_until_date is not null

),

scope_years as (

    select
        covers_from_date,
        covers_until_date,
        unnest(range(year(covers_from_date), year(covers_until_date) + 1)) as occurred_year,
    from scopes

),

coverage as (

    select
        occurred_year,
        least(366, sum(
            date_diff(
                'day',
                greatest(covers_from_date, make_date(occurred_year, 1, 1)),
                least(covers_until_date, make_date(occurred_year, 12, 31))
            ) + 1
        )) as covered_day_count,
    from scope_years
    group by occurred_year

),

reports as (

    select
        occurred_year,
        sum(report_count) as report_count,
    from report_figures
    where edition = 'now'
    group by occurred_year

),

years as (

    select
        coverage.occurred_year,
        coverage.covered_day_count,
        coalesce(reports.report_count, 0) as report_count,
    from coverage
    left join reports using (occurred_year)

),

neighbours as (

    select
        *,
        lag(report_count) over by_year as reports_year_before,
        lead(report_count) over by_year as reports_year_after,
    from years
    window by_year as (order by occurred_year)

)

select
    occurred_year::bigint as occurred_year,
    covered_day_count::bigint as covered_day_count,
    reports_year_before::bigint as reports_year_before,
    reports_year_after::bigint as reports_year_after,
    -- The newest year has no year after it; the first has none before, and may well be silent.
    coalesce(least(reports_year_before, coalesce(reports_year_after, reports_year_before)), 0)::bigint
        as reports_beside,
from neighbours
where report_count = 0
order by occurred_year
""",
)

FEEDS_SIDE_BY_SIDE = Profile(
    name="feeds_side_by_side",
    marts=("fct_reports",),
    keys=("country_code", "occurred_year", "id_space", "other_id_space"),
    # Feeds that share their ids take turns (a candidate until the yearly release); only strangers can be compared.
    sql="""
with

counts as (

    select
        id_space,
        country_code,
        occurred_year,
        sum(report_count) as report_count,
    from report_figures
    where edition = 'now'
    group by all

)

select
    one.country_code,
    one.occurred_year::bigint as occurred_year,
    one.id_space,
    other.id_space as other_id_space,
    least(one.report_count, other.report_count)::bigint as smaller_report_count,
    greatest(one.report_count, other.report_count)
        / least(one.report_count, other.report_count)::double as report_count_ratio,
from counts as one
inner join counts as other
    on one.country_code = other.country_code
    and one.occurred_year = other.occurred_year
    and one.id_space < other.id_space
order by country_code, occurred_year
""",
)

MART_ROWS = Profile(
    name="mart_rows",
    marts=(),
    keys=("mart",),
    # `mart_counts` is filled mart by mart: a query cannot name a table that is not there.
    sql=f"""
select
    mart,
    row_count,
    row_count_before,
from mart_counts
where mart in {string_list(CORE_MARTS)}
    or row_count_before > 0 and mart not in {string_list(MAY_BECOME_EMPTY)}
order by mart
""",
)

PROFILES = (
    MART_ROWS,
    YEARLY_REPORTS,
    YEARLY_ATTACKS,
    ATTACK_FIGURES,
    YEARLY_DEATHS,
    FEED_DEATHS,
    FEED_PRECISION,
    QUARANTINE,
    WITHDRAWALS,
    SILENT_YEARS,
    FEEDS_SIDE_BY_SIDE,
)
