-- A list of claims is whole: its newest issue takes the place of the ones before. The same claim in two lists is one
-- claim, as the list says that came last.
{{ config(materialized='table') }}

with

issues as (

    select
        batch_id,
        fetched_at,
        row_number() over (partition by scope_key order by fetched_at desc, batch_id desc) as issue_number
    from {{ source('batches', 'received') }}
    where
        {{ tells_claims('id_space') }}
        and status = 'landed'
        and {{ has_arrived('fetched_at') }}

),

told as (

    select
        figures.*,
        row_number() over (partition by figures.claim_id order by issues.fetched_at desc, issues.batch_id desc)
            as telling_number
    from {{ ref('stg_claims__figures') }} as figures
    inner join issues on figures.batch_id = issues.batch_id
    where issues.issue_number = 1

),

-- An increase that names no base is one on the same days of the year before.
final as (

    select
        -- ids
        claim_id,
        batch_id,

        -- what
        source,
        counted,
        unit,
        definition_id,
        definition_fit,

        -- where
        country_codes,
        region_name,

        -- when
        period_from_date,
        period_until_date,
        is_partial_period,
        case
            when unit in ('increase_pct', 'ratio')
                then coalesce(base_from_date, {{ moved_date('period_from_date', -1, 'year') }})
        end as base_from_date,
        case
            when unit in ('increase_pct', 'ratio')
                then coalesce(base_until_date, {{ moved_date('period_until_date', -1, 'year') }})
        end as base_until_date,

        -- measures
        claimed_value,
        claimed_bound,

        -- where it stands
        locator,
        url,
        citation,
        licence,
        note
    from told
    where telling_number = 1

)

select * from final
