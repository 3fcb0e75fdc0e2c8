{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook="{{ delete_vanished_versions(ref('fct_reports')) }}",
    )
}}

{#- While reports are not linked, only those of one id space make incidents: others would count the same ones again. -#}
{% set makes_incidents = "id_space = '" ~ var('counted_id_space', 'ucdp') ~ "'" %}

with

{% if is_incremental() %}

-- Found by narrow columns, so that the texts of all the others are never read.
missing as {{ computed_first() }} (

    select
        versions.report_version_id,
        versions.batch_id
    from {{ ref('fct_reports') }} as versions
    where
        versions.{{ makes_incidents }}
        and {{ is_missing_version() }}

),

reports as (

    select reports.*
    from {{ ref('fct_reports') }} as reports
    inner join missing
        on
            reports.report_version_id = missing.report_version_id
            and reports.batch_id = missing.batch_id

),

{% else %}

reports as (

    select * from {{ ref('fct_reports') }}
    where {{ makes_incidents }}

),

{% endif %}

-- Until reports are linked, the only report of an incident tells all of it.
final as (

    select
        -- ids
        {{ incident_id('report_id') }} as incident_id,
        report_version_id,
        report_id,
        feed,
        batch_id,
        side_a_actor_id,
        side_b_actor_id,
        place_id,

        -- what
        violence_type,
        conflict_name,
        dyad_name,
        side_a_name,
        side_b_name,
        side_a_source_id,
        side_b_source_id,
        has_source_review_pending,
        event_clarity,

        -- where
        country_code,
        source_country_code,
        country_name,
        region_name,
        admin1_name,
        admin2_name,
        place_name,
        place_precision,
        latitude,
        longitude,
        priogrid_gid,

        -- when
        occurred_date,
        occurred_until_date,
        date_precision,
        occurred_year,

        -- measures
        fatality_count_best,
        fatality_count_low,
        fatality_count_high,
        fatality_count_side_a,
        fatality_count_side_b,
        fatality_count_civilians,
        fatality_count_unknown,
        source_count,
        1 as report_count,
        1 as feed_count,

        -- quality
        warnings,
        is_synthetic,

        -- history
        first_seen_at,
        valid_from
    from reports

)

select * from final
