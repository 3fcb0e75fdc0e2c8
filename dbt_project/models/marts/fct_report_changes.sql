{% set key = ['report_version_id', 'change_type', 'batch_id'] %}

{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook="{{ delete_vanished_versions(ref('int_reports__changed'), " ~ key ~ ") }}",
    )
}}

with

versions as (

    select * from {{ ref('int_reports__changed') }} as versions
    where {{ is_missing_version(key) }}

),

batches as (

    select
        batch_id,
        feed
    from {{ ref('int_batches__used') }}

),

countries as (

    select
        gleditsch_ward_code,
        country_code
    from {{ ref('countries') }}

),

final as (

    select
        -- ids
        versions.batch_id,
        versions.report_id,
        versions.report_version_id,
        batches.feed,

        -- what
        versions.change_type,

        -- where
        countries.country_code,
        versions.source_country_code,

        -- when
        versions.occurred_year,
        versions.changed_at
    from versions
    inner join batches on versions.batch_id = batches.batch_id
    left join countries on versions.source_country_code = countries.gleditsch_ward_code

)

select * from final
