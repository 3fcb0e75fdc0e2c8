with

{{ coverage_by('month') }},

counts as (

    select
        cast(date_trunc('month', occurred_date) as date) as period_from,
        coalesce(country_code, 'unresolved') as country_code,
        count(*) as incident_count,
        sum(case when violence_type = 'state_based' then 1 else 0 end) as state_based_count,
        sum(case when violence_type = 'non_state' then 1 else 0 end) as non_state_count,
        sum(case when violence_type = 'one_sided' then 1 else 0 end) as one_sided_count,
        -- A feed that gives one figure without bounds adds it to both.
        sum(coalesce(fatality_count_low, fatality_count_best)) as fatality_count_low,
        sum(fatality_count_best) as fatality_count_best,
        sum(coalesce(fatality_count_high, fatality_count_best)) as fatality_count_high,
        count(distinct feed) as feed_count
    from {{ ref('fct_incidents') }}
    group by coalesce(country_code, 'unresolved'), cast(date_trunc('month', occurred_date) as date)

),

{{ quarantined_by_year() }},

-- What cannot be read may lack its month as well: it stands beside every month of its year.
quarantined_counts as (

    select
        country_code,
        year,
        count(*) as record_count
    from quarantined
    group by country_code, year

),

-- A covered month without incidents is a 0; incidents outside of what is covered are counted all the same.
grid as (

    select
        country_code,
        period_from
    from coverage

    union

    select
        country_code,
        period_from
    from counts

),

country_names as (

    select
        country_code,
        min(country_name) as country_name
    from country_codes
    group by country_code

),

measured as (

    select
        grid.country_code,
        country_names.country_name,
        grid.period_from as month_start_date,
        coverage.coverage_from_date,
        coverage.coverage_until_date,
        cast(coalesce(coverage.covered_day_count, 0) as integer) as covered_day_count,
        coalesce(coverage.covered_day_count < coverage.period_day_count, true) as is_partial_month,
        coalesce(coverage.settled_day_count < coverage.covered_day_count, false) as is_provisional,
        coalesce(counts.incident_count, 0) as incident_count,
        cast(coalesce(counts.state_based_count, 0) as bigint) as state_based_incident_count,
        cast(coalesce(counts.non_state_count, 0) as bigint) as non_state_incident_count,
        cast(coalesce(counts.one_sided_count, 0) as bigint) as one_sided_incident_count,
        cast(coalesce(counts.fatality_count_low, 0) as bigint) as fatality_count_low,
        cast(coalesce(counts.fatality_count_best, 0) as bigint) as fatality_count_best,
        cast(coalesce(counts.fatality_count_high, 0) as bigint) as fatality_count_high,
        cast(coalesce(counts.feed_count, 0) as integer) as feed_count,
        cast(coalesce(quarantined_counts.record_count, 0) as bigint) as quarantined_record_count_of_year,
        {{ contains_synthetic_data() }} as contains_synthetic_data
    from grid
    left join coverage on grid.country_code = coverage.country_code and grid.period_from = coverage.period_from
    left join counts on grid.country_code = counts.country_code and grid.period_from = counts.period_from
    left join country_names on grid.country_code = country_names.country_code
    left join quarantined_counts
        on
            grid.country_code = quarantined_counts.country_code
            and extract(year from grid.period_from) = quarantined_counts.year

),

bounded as (

    select
        *,
        case when is_partial_month then 'at_least' else 'exact' end as count_bound
    from measured

),

final as (

    select
        -- where
        country_code,
        country_name,

        -- when
        month_start_date,
        coverage_from_date,
        coverage_until_date,
        covered_day_count,
        is_partial_month,
        is_provisional,

        -- measures
        incident_count,
        count_bound,
        state_based_incident_count,
        non_state_incident_count,
        one_sided_incident_count,
        fatality_count_low,
        fatality_count_best,
        fatality_count_high,
        feed_count,
        quarantined_record_count_of_year,

        -- quality
        contains_synthetic_data
    from bounded

)

select * from final
