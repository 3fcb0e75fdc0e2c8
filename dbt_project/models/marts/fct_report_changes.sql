{#-
    A view, as the versions tell all of it already: a table of its own would cost as much to keep as they do. A mart is
    read from a build file that goes by another name than here, so what it reads are tables, named without their database.
-#}
{{ config(materialized='view') }}

{%- set versions = ref('int_reports__versioned').include(database=false) %}

with

openings as (

    select
        report_version_id,
        report_id,
        id_space,
        opened_by_batch_id as batch_id,
        change_type,
        cast(null as {{ dbt.type_string() }}) as withdrawal_evidence,
        source_country_code,
        occurred_year,
        valid_from as changed_at
    from {{ versions }}

),

withdrawals as (

    select
        report_version_id,
        report_id,
        id_space,
        ended_by_batch_id as batch_id,
        end_reason as change_type,
        withdrawal_evidence,
        source_country_code,
        occurred_year,
        valid_to as changed_at
    from {{ versions }}
    where is_withdrawn

),

changes as (

    select * from openings
    union all
    select * from withdrawals

),

batches as (

    select
        batch_id,
        feed
    from {{ ref('int_batches__used').include(database=false) }}

),

country_codes as (

    select
        id_space,
        source_country_code,
        country_code
    from {{ ref('int_country_codes__resolved').include(database=false) }}

),

final as (

    select
        -- ids
        changes.batch_id,
        changes.report_id,
        changes.report_version_id,
        batches.feed,

        -- what
        changes.change_type,
        changes.withdrawal_evidence,

        -- where
        country_codes.country_code,
        changes.source_country_code,

        -- when
        changes.occurred_year,
        changes.changed_at
    from changes
    inner join batches on changes.batch_id = batches.batch_id
    left join country_codes
        on
            changes.id_space = country_codes.id_space
            and changes.source_country_code = country_codes.source_country_code

)

select * from final
