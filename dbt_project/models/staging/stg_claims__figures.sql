-- Figures that others published. They never become reports, so they speak a vocabulary of their own.
with

source as (

    select * from {{ source('landing', 'claims') }}

),

renamed as (

    select
        -- ids
        claim_id,
        batch_id,
        _record_number as record_number,

        -- what
        source,
        counted,
        unit,
        definition_id,
        definition_fit,

        -- where
        countries as country_codes,
        region as region_name,

        -- measures
        figure as claimed_value,
        bound as claimed_bound,

        -- where it stands
        locator,
        url,
        citation,
        licence,
        note,

        -- quality
        _warnings as warnings,

        -- when
        base_from as base_from_date,
        base_until as base_until_date,
        coalesce(period_from, make_date(year, 1, 1)) as period_from_date,
        coalesce(period_until, make_date(year, 12, 31)) as period_until_date,
        coalesce(is_partial_period, false) as is_partial_period
    from source

)

select * from renamed
