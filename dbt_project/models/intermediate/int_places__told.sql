{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook="{{ delete_vanished_versions(ref('fct_reports'), ['place_id']) }}",
    )
}}

with

places as (

    select
        place_id,
        max(valid_from) as told_at
    from {{ ref('fct_reports') }}
    group by place_id

),

-- Found by a narrow column; the time of arrival narrows the scan for names to what arrived together with a new place.
missing as {{ computed_first() }} (

    select * from places
    {%- if is_incremental() %}
    where place_id not in (select place_id from {{ this }})
    {%- endif %}

),

-- An id stands for one combination of names and coordinates, so any report of a place tells it in full.
final as (

    select
        reports.place_id,
        min(reports.id_space) as id_space,
        min(reports.source_country_code) as source_country_code,
        min(reports.admin1_name) as admin1_name,
        min(reports.admin2_name) as admin2_name,
        min(reports.admin3_name) as admin3_name,
        min(reports.place_name) as place_name,
        min(reports.place_precision) as place_precision,
        min(reports.latitude) as latitude,
        min(reports.longitude) as longitude
    from {{ ref('fct_reports') }} as reports
    inner join missing
        on
            reports.place_id = missing.place_id
            and reports.valid_from = missing.told_at
    group by reports.place_id

)

select * from final
