with

claims as (

    select
        *,
        -- A statement says that there was one at least; a period that was not over bounds the whole of it from below.
        case when unit = 'statement' then 1 else claimed_value end as compared_value,
        case
            when unit = 'statement' or (is_partial_period and claimed_bound = 'exact') then 'at_least'
            else claimed_bound
        end as compared_bound
    from {{ ref('int_claims__current') }}

),

known_countries as (

    select
        claims.claim_id,
        count(distinct countries.country_code) as country_count
    from claims
    inner join {{ ref('countries') }} as countries
        on ';' || claims.country_codes || ';' like '%;' || countries.country_code || ';%'
    group by claims.claim_id

),

-- What marts tell of attacks has years only.
held as (

    select
        yearly.definition_id,
        min(case when definitions.definition_id is null then 1 else 0 end) = 1 as is_by_year_only
    from {{ ref('int_claims__yearly') }} as yearly
    left join {{ ref('dim_definitions') }} as definitions on yearly.definition_id = definitions.definition_id
    group by yearly.definition_id

    union

    select
        definition_id,
        false as is_by_year_only
    from {{ ref('dim_definitions') }}

),

beside as (

    select
        claims.*,
        measured.counting_basis,
        measured.coverage_until_date,
        measured.period_day_count,
        measured.covered_day_count,
        measured.event_count,
        measured.event_count_low,
        measured.event_count_high,
        measured.base_event_count,
        measured.base_event_count_low,
        measured.base_event_count_high,
        claims.unit in ('increase_pct', 'ratio') as has_base,
        claims.region_name is null
        -- Codes of three letters with a sign between them.
        and coalesce(known_countries.country_count, 0) * 4 - 1 = length(claims.country_codes) as has_scope,
        measured.claim_id is not null or held.definition_id is not null as has_definition,
        measured.claim_id is null and held.is_by_year_only as is_asked_by_day,
        measured.covered_day_count > 0 or measured.event_count > 0 as has_period,
        measured.base_covered_day_count > 0 or measured.base_event_count > 0 as has_base_period
    from claims
    left join {{ ref('int_claims__measured') }} as measured on claims.claim_id = measured.claim_id
    left join held on claims.definition_id = held.definition_id
    left join known_countries on claims.claim_id = known_countries.claim_id

),

-- Ours in the unit of the claim: the least and the most that it can be. The less there was before, the larger a rise.
ours as (

    select
        *,
        case
            when not has_base then cast(event_count_low as double)
            else cast(event_count_low as double) / nullif(base_event_count_high, 0)
        end as times_low,
        case
            when not has_base then cast(event_count_high as double)
            else cast(event_count_high as double) / nullif(base_event_count_low, 0)
        end as times_high
    from beside

),

in_unit as (

    select
        *,
        case when unit = 'increase_pct' then 100 * (times_low - 1) else times_low end as our_low,
        case when unit = 'increase_pct' then 100 * (times_high - 1) else times_high end as our_high
    from ours

),

hindered as (

    select
        *,
        case
            when unit = 'other' then 'other_unit'
            when not coalesce(has_scope, false) then 'scope_not_covered'
            when not has_definition then 'definition_not_held'
            when is_asked_by_day then 'counted_by_year'
            when not coalesce(has_period, false) then 'period_not_covered'
            when has_base and not coalesce(has_base_period, false) then 'base_period_not_covered'
            when has_base and base_event_count_high = 0 then 'no_increase_from_zero'
        end as obstacle
    from in_unit

),

judged as (

    select
        *,
        obstacle is null
        and coalesce(
            {{ is_within_claim('our_low', 'our_high', 'compared_value', 'compared_bound') }}, false
        ) as is_within,
        obstacle is null
        and coalesce(
            {{ is_outside_claim('our_low', 'our_high', 'compared_value', 'compared_bound') }}, false
        ) as is_outside
    from hindered

),

reasoned as (

    select
        *,
        case when is_within then 'agrees' when is_outside then 'differs' else 'not_comparable' end as verdict,
        case
            when obstacle is not null then obstacle
            when is_within and compared_bound = 'exact' then 'same_figure'
            when is_within then 'within_bound'
            when is_outside and compared_bound = 'exact' and our_low = our_high then 'other_figure'
            when is_outside then 'beyond_bound'
            else 'bound_only'
        end as reason,
        case
            when is_outside
                then round(case when our_low > compared_value then our_low else our_high end - compared_value, 1)
        end as difference,
        case
            when obstacle is not null then null
            when our_low = our_high then 'exact'
            when our_low is null and our_high is null then null
            when our_high is null and has_base then 'more_than'
            when our_high is null then 'at_least'
            when our_low is null then 'at_most'
            else 'between'
        end as our_bound
    from judged

),

final as (

    select
        -- ids
        claim_id,
        counting_basis,
        definition_id,
        definition_fit,

        -- the claim
        source,
        counted,
        country_codes,
        region_name,
        period_from_date,
        period_until_date,
        is_partial_period,
        base_from_date,
        base_until_date,
        unit,
        cast(claimed_value as double) as claimed_value,
        claimed_bound,
        case
            when unit = 'statement' then 'happened'
            else {{ figure_label('claimed_value', 'claimed_bound', 'unit') }}
        end as claim_label,

        -- ours
        case when obstacle is null then our_low end as our_value_low,
        case when obstacle is null then our_high end as our_value_high,
        our_bound,
        case
            when our_bound = 'between'
                then {{ number_label('our_low') }} || '–' || {{ figure_label('our_high', "'exact'", 'unit') }}
            when our_bound is not null then {{ figure_label('coalesce(our_low, our_high)', 'our_bound', 'unit') }}
        end as our_label,
        event_count,
        base_event_count,
        covered_day_count,
        period_day_count,
        coverage_until_date,

        -- the comparison
        verdict,
        reason,
        {{ explained_comparison() }} as explanation,
        difference,
        case when difference is not null then case when reason = 'other_figure' then 'exact' else 'at_least' end end
            as difference_bound,

        -- where it stands
        locator,
        url,
        citation,
        licence,
        note,

        -- quality
        {{ contains_synthetic_data() }} as contains_synthetic_data
    from reasoned

)

select * from final
