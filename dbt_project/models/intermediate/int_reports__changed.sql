with

versions as (

    select * from {{ ref('int_reports__versioned') }}

),

openings as (

    select
        report_version_id,
        report_id,
        batch_id,
        change_type,
        source_country_code,
        occurred_year,
        valid_from as changed_at
    from versions

),

withdrawals as (

    select
        report_version_id,
        report_id,
        ended_by_batch_id as batch_id,
        end_reason as change_type,
        source_country_code,
        occurred_year,
        valid_to as changed_at
    from versions
    where is_withdrawn

)

select * from openings
union all
select * from withdrawals
