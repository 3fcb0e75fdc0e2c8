with

{{ coverage_by('month', by_id_space=true) }},

{{ counting_bases() }},

feeds as (

    select distinct
        feed,
        id_space
    from {{ ref('int_batches__used') }}

),

-- An incident that one report tells of is that report, too; each of several reports stands beside theirs.
told as (

    select
        feed,
        country_code,
        occurred_date,
        violence_type,
        fatality_count_low,
        fatality_count_best,
        fatality_count_high,
        true as is_incident,
        report_count = 1 as is_report
    from {{ ref('fct_incidents') }}

    union all

    select
        feed,
        country_code,
        occurred_date,
        violence_type,
        fatality_count_low,
        fatality_count_best,
        fatality_count_high,
        false as is_incident,
        true as is_report
    from {{ ref('fct_reports') }}
    where report_id in (select linked.report_id from {{ ref('int_incidents__linked') }} as linked)

),

-- Summed before the bases are told apart, for there are far fewer months than incidents.
cells as (

    select
        feeds.id_space,
        told.feed,
        told.is_incident,
        told.is_report,
        cast(date_trunc('month', told.occurred_date) as date) as period_from,
        coalesce(told.country_code, 'unresolved') as country_code,
        count(*) as incident_count,
        sum(case when told.violence_type = 'state_based' then 1 else 0 end) as state_based_count,
        sum(case when told.violence_type = 'non_state' then 1 else 0 end) as non_state_count,
        sum(case when told.violence_type = 'one_sided' then 1 else 0 end) as one_sided_count,
        -- A feed that gives one figure without bounds adds it to both.
        sum(coalesce(told.fatality_count_low, told.fatality_count_best)) as fatality_count_low,
        sum(told.fatality_count_best) as fatality_count_best,
        sum(coalesce(told.fatality_count_high, told.fatality_count_best)) as fatality_count_high
    from told
    inner join feeds on told.feed = feeds.feed
    group by
        feeds.id_space,
        told.feed,
        told.is_incident,
        told.is_report,
        coalesce(told.country_code, 'unresolved'),
        cast(date_trunc('month', told.occurred_date) as date)

),

counts as (

    select
        bases.counting_basis,
        bases.part,
        cells.country_code,
        cells.period_from,
        sum(cells.incident_count) as incident_count,
        sum(cells.state_based_count) as state_based_count,
        sum(cells.non_state_count) as non_state_count,
        sum(cells.one_sided_count) as one_sided_count,
        sum(cells.fatality_count_low) as fatality_count_low,
        sum(cells.fatality_count_best) as fatality_count_best,
        sum(cells.fatality_count_high) as fatality_count_high
    from cells
    inner join bases
        on
            {{ is_on_basis() }}
    group by bases.counting_basis, bases.part, cells.country_code, cells.period_from

),

feed_counts as (

    select
        bases.counting_basis,
        bases.part,
        cells.country_code,
        cells.period_from,
        count(distinct cells.feed) as feed_count
    from cells
    inner join bases on bases.part in ('all', cells.id_space)
    group by bases.counting_basis, bases.part, cells.country_code, cells.period_from

),

{{ quarantined_by_year() }},

-- What cannot be read may lack its month as well: it stands beside every month of its year.
quarantined_counts as (

    select
        bases.counting_basis,
        quarantined.country_code,
        quarantined.year,
        count(*) as record_count
    from quarantined
    inner join bases on bases.part in ('all', quarantined.id_space)
    group by bases.counting_basis, quarantined.country_code, quarantined.year

),

-- A covered month without incidents is a 0; incidents outside of what is covered are counted all the same.
grid as (

    select
        bases.counting_basis,
        bases.part,
        coverage.country_code,
        coverage.period_from
    from bases
    inner join coverage on bases.covered_by = coverage.id_space

    union

    select
        counting_basis,
        part,
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

-- Of the parts of a basis the largest one speaks for a row; only `largest_feed` has several.
measured as (

    select
        grid.counting_basis,
        grid.country_code,
        country_names.country_name,
        grid.period_from as month_start_date,
        coverage.coverage_from_date,
        coverage.coverage_until_date,
        cast(coalesce(coverage.covered_day_count, 0) as integer) as covered_day_count,
        coalesce(coverage.covered_day_count < coverage.period_day_count, true) as is_partial_month,
        coalesce(coverage.settled_day_count < coverage.covered_day_count, false) as is_provisional,
        cast(coalesce(counts.incident_count, 0) as bigint) as incident_count,
        cast(coalesce(counts.state_based_count, 0) as bigint) as state_based_incident_count,
        cast(coalesce(counts.non_state_count, 0) as bigint) as non_state_incident_count,
        cast(coalesce(counts.one_sided_count, 0) as bigint) as one_sided_incident_count,
        cast(coalesce(counts.fatality_count_low, 0) as bigint) as fatality_count_low,
        cast(coalesce(counts.fatality_count_best, 0) as bigint) as fatality_count_best,
        cast(coalesce(counts.fatality_count_high, 0) as bigint) as fatality_count_high,
        cast(coalesce(feed_counts.feed_count, 0) as integer) as feed_count,
        cast(coalesce(quarantined_counts.record_count, 0) as bigint) as quarantined_record_count_of_year,
        {{ contains_synthetic_data() }} as contains_synthetic_data
    from grid
    inner join bases
        on
            grid.counting_basis = bases.counting_basis
            and grid.part = bases.part
    left join coverage
        on
            bases.covered_by = coverage.id_space
            and grid.country_code = coverage.country_code
            and grid.period_from = coverage.period_from
    left join counts
        on
            grid.counting_basis = counts.counting_basis
            and grid.part = counts.part
            and grid.country_code = counts.country_code
            and grid.period_from = counts.period_from
    left join feed_counts
        on
            grid.counting_basis = feed_counts.counting_basis
            and grid.part = feed_counts.part
            and grid.country_code = feed_counts.country_code
            and grid.period_from = feed_counts.period_from
    left join country_names on grid.country_code = country_names.country_code
    left join quarantined_counts
        on
            grid.counting_basis = quarantined_counts.counting_basis
            and grid.country_code = quarantined_counts.country_code
            and extract(year from grid.period_from) = quarantined_counts.year
    qualify
        row_number() over (
            partition by grid.counting_basis, grid.country_code, grid.period_from
            order by coalesce(counts.incident_count, 0) desc, grid.part
        ) = 1

),

bounded as (

    select
        *,
        case
            when counting_basis = 'largest_feed' then 'at_least'
            when counting_basis = 'sum_of_feeds' then case when is_partial_month then 'none' else 'at_most' end
            when is_partial_month then 'at_least'
            else 'exact'
        end as count_bound
    from measured

),

final as (

    select
        -- what
        counting_basis,

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
