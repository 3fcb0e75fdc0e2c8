-- What we count for a claim, on every basis that can answer it: the number of the period, and of the period that an
-- increase compares it with. Claims are looked up in the figures; nothing goes the other way.
{{ config(materialized='table') }}

with

claims as (

    select * from {{ ref('int_claims__current') }}
    where
        region_name is null
        and unit <> 'other'

),

country_names as (

    select distinct country_code
    from {{ ref('countries') }}

),

-- The days and the country of every count that is asked for.
spans as (

    select
        claims.claim_id,
        'period' as side,
        claims.definition_id,
        country_names.country_code,
        claims.period_from_date as from_date,
        claims.period_until_date as until_date
    from claims
    inner join country_names
        on ';' || claims.country_codes || ';' like '%;' || country_names.country_code || ';%'

    union all

    select
        claims.claim_id,
        'base' as side,
        claims.definition_id,
        country_names.country_code,
        claims.base_from_date as from_date,
        claims.base_until_date as until_date
    from claims
    inner join country_names
        on ';' || claims.country_codes || ';' like '%;' || country_names.country_code || ';%'
    where claims.base_from_date is not null

),

asked as (

    select
        *,
        {{ day_count('from_date', 'until_date') }} as day_count,
        extract(year from until_date) - extract(year from from_date) + 1 as year_count,
        from_date = cast({{ dbt.date_trunc('year', 'from_date') }} as date)
        and {{ moved_date('until_date', 1, 'day') }}
        = cast({{ dbt.date_trunc('year', moved_date('until_date', 1, 'day')) }} as date) as is_whole_years
    from spans

),

-- Whole years: the yearly figures, on each basis that they are given on.
yearly as (

    select * from {{ ref('int_claims__yearly') }}

),

yearly_bases as (

    select distinct
        definition_id,
        counting_basis
    from yearly

),

by_year as (

    select
        asked.claim_id,
        asked.side,
        asked.country_code,
        yearly_bases.counting_basis,
        coalesce(sum(yearly.attack_count), 0) as event_count,
        max(asked.day_count) as day_count,
        coalesce(sum(yearly.covered_day_count), 0) as covered_day_count,
        max(yearly.coverage_until_date) as covered_until_date,
        -- A year without a row adds nothing that is known; what is known of the others stays a lower bound.
        max(case when yearly.count_bound in ('at_most', 'none') then 1 else 0 end) = 0 as has_low,
        count(yearly.year) = max(asked.year_count)
        and max(case when yearly.count_bound in ('at_least', 'none') then 1 else 0 end) = 0 as has_high
    from asked
    inner join yearly_bases on asked.definition_id = yearly_bases.definition_id
    left join yearly
        on
            asked.definition_id = yearly.definition_id
            and asked.country_code = yearly.country_code
            and yearly_bases.counting_basis = yearly.counting_basis
            and yearly.year between extract(year from asked.from_date) and extract(year from asked.until_date)
    where asked.is_whole_years
    group by asked.claim_id, asked.side, asked.country_code, yearly_bases.counting_basis

),

-- Other periods, and what a feed counts by a definition of its own: the events themselves, day by day.
daily_definitions as (

    select
        definition_id,
        'linked' as counting_basis,
        '{{ var("counted_id_space", "ucdp") }}' as id_space,
        true as has_yearly_figures
    from {{ ref('dim_definitions') }}

    union all

    select
        'state_based_event_with_government' as definition_id,
        'feed:ucdp' as counting_basis,
        'ucdp' as id_space,
        false as has_yearly_figures

    union all

    select
        'political_violence_event' as definition_id,
        'feed:acled' as counting_basis,
        'acled' as id_space,
        false as has_yearly_figures

),

events as (

    select
        definition_id,
        country_code,
        occurred_date
    from {{ ref('fct_attacks') }}

    union all

    select
        case id_space when 'ucdp' then 'state_based_event_with_government' else 'political_violence_event' end
            as definition_id,
        country_code,
        occurred_date
    from {{ ref('fct_reports') }}
    where
        (
            id_space = 'ucdp'
            and violence_type = 'state_based'
            and (
                side_a_name like 'Government of ' || country_name || '%'
                or side_b_name like 'Government of ' || country_name || '%'
            )
        )
        or (
            id_space = 'acled'
            and (
                event_type in ('battle', 'explosion_or_remote_violence', 'violence_against_civilians')
                or lower(source_event_type) like '%mob violence%'
            )
        )

),

asked_by_day as (

    select
        asked.*,
        daily_definitions.counting_basis,
        daily_definitions.id_space
    from asked
    inner join daily_definitions on asked.definition_id = daily_definitions.definition_id
    where not (asked.is_whole_years and daily_definitions.has_yearly_figures)

),

event_counts as (

    select
        asked_by_day.claim_id,
        asked_by_day.side,
        asked_by_day.country_code,
        count(*) as event_count
    from asked_by_day
    inner join events
        on
            asked_by_day.definition_id = events.definition_id
            and asked_by_day.country_code = events.country_code
            and events.occurred_date between asked_by_day.from_date and asked_by_day.until_date
    group by asked_by_day.claim_id, asked_by_day.side, asked_by_day.country_code

),

scopes as (

    select distinct
        batches.id_space,
        batches.covers_from,
        batches.covers_until,
        codes.country_code
    from {{ ref('int_batches__used') }} as batches
    inner join {{ ref('int_country_codes__resolved') }} as codes
        on
            batches.id_space = codes.id_space
            and (
                batches.country_scope is null
                or batches.country_scope like '%,' || codes.source_country_code || ',%'
            )
    where batches.scope_kind in ('full', 'window')

),

covered_days as (

    select
        asked_by_day.claim_id,
        asked_by_day.side,
        asked_by_day.country_code,
        count(distinct dates.calendar_date) as covered_day_count,
        max(dates.calendar_date) as covered_until_date
    from asked_by_day
    inner join scopes
        on
            asked_by_day.id_space = scopes.id_space
            and asked_by_day.country_code = scopes.country_code
            and asked_by_day.from_date <= scopes.covers_until
            and asked_by_day.until_date >= scopes.covers_from
    inner join {{ ref('dim_dates') }} as dates
        on
            dates.calendar_date between asked_by_day.from_date and asked_by_day.until_date
            and dates.calendar_date between scopes.covers_from and scopes.covers_until
    group by asked_by_day.claim_id, asked_by_day.side, asked_by_day.country_code

),

by_day as (

    select
        asked_by_day.claim_id,
        asked_by_day.side,
        asked_by_day.country_code,
        asked_by_day.counting_basis,
        coalesce(event_counts.event_count, 0) as event_count,
        asked_by_day.day_count,
        coalesce(covered_days.covered_day_count, 0) as covered_day_count,
        covered_days.covered_until_date,
        true as has_low,
        coalesce(covered_days.covered_day_count, 0) = asked_by_day.day_count as has_high
    from asked_by_day
    left join event_counts
        on
            asked_by_day.claim_id = event_counts.claim_id
            and asked_by_day.side = event_counts.side
            and asked_by_day.country_code = event_counts.country_code
    left join covered_days
        on
            asked_by_day.claim_id = covered_days.claim_id
            and asked_by_day.side = covered_days.side
            and asked_by_day.country_code = covered_days.country_code

),

by_country as (

    select * from by_year
    union all
    select * from by_day

),

-- A claim on several countries is set beside their sum.
measured as (

    select
        claim_id,
        counting_basis,
        side,
        count(*) as country_count,
        sum(event_count) as event_count,
        min(case when has_low then 1 else 0 end) = 1 as has_low,
        min(case when has_high then 1 else 0 end) = 1 as has_high,
        sum(day_count) as day_count,
        sum(covered_day_count) as covered_day_count,
        min(covered_until_date) as covered_until_date
    from by_country
    group by claim_id, counting_basis, side

),

final as (

    select
        -- ids
        measured.claim_id,
        measured.counting_basis,

        -- when
        measured.covered_until_date as coverage_until_date,

        -- measures
        cast(measured.country_count as integer) as country_count,
        cast(measured.day_count as integer) as period_day_count,
        cast(measured.covered_day_count as integer) as covered_day_count,
        cast(base_period.covered_day_count as integer) as base_covered_day_count,
        cast(measured.event_count as bigint) as event_count,
        cast(case when measured.has_low then measured.event_count end as bigint) as event_count_low,
        cast(case when measured.has_high then measured.event_count end as bigint) as event_count_high,
        cast(base_period.event_count as bigint) as base_event_count,
        cast(case when base_period.has_low then base_period.event_count end as bigint) as base_event_count_low,
        cast(case when base_period.has_high then base_period.event_count end as bigint) as base_event_count_high
    from measured
    left join measured as base_period
        on
            measured.claim_id = base_period.claim_id
            and measured.counting_basis = base_period.counting_basis
            and base_period.side = 'base'
    where measured.side = 'period'

)

select * from final
