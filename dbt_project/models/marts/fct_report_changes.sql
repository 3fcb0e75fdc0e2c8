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

    select * from {{ ref('int_reports__changed') }}

),

missing as {{ computed_first() }} (

    select * from versions
    where {{ is_missing_version(key) }}

),

batches as (

    select
        batch_id,
        feed,
        id_space
    from {{ ref('int_batches__used') }}

),

country_codes as (

    select
        id_space,
        source_country_code,
        country_code
    from {{ ref('int_country_codes__resolved') }}

),

final as (

    select
        -- ids
        missing.batch_id,
        missing.report_id,
        missing.report_version_id,
        batches.feed,

        -- what
        missing.change_type,

        -- where
        country_codes.country_code,
        missing.source_country_code,

        -- when
        missing.occurred_year,
        missing.changed_at
    from missing
    inner join batches on missing.batch_id = batches.batch_id
    left join country_codes
        on
            batches.id_space = country_codes.id_space
            and missing.source_country_code = country_codes.source_country_code

)

select * from final
