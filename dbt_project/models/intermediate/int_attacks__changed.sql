{{ config(materialized='table') }}

with

counted as (

    select
        definition_id,
        definition_version,
        report_id,
        report_version_id,
        batch_id,
        cast(extract(year from occurred_date) as integer) as year,
        coalesce(country_code, 'unresolved') as country_code
    from {{ ref('int_attacks__counted') }}
    where id_space = '{{ var("counted_id_space", "ucdp") }}'

),

-- Most reports have said one thing only, and say it still. The history of the others is few rows.
reports_with_history as (

    select distinct report_id from {{ ref('int_reports__versioned') }}
    where version_number > 1 or not is_current

),

first_words as (

    select counted.* from counted
    left join reports_with_history on counted.report_id = reports_with_history.report_id
    where reports_with_history.report_id is null

),

counted_reports as (

    select distinct
        counted.report_id,
        counted.definition_id,
        counted.definition_version
    from counted
    inner join reports_with_history on counted.report_id = reports_with_history.report_id

),

-- Each version of such a report: the cell of country and year that it lies in, and whether it is counted there.
versions as (

    select
        counted_reports.report_id,
        counted_reports.definition_id,
        counted_reports.definition_version,
        versions.report_version_id,
        versions.version_number,
        versions.opened_by_batch_id as batch_id,
        versions.end_reason,
        versions.ended_by_batch_id,
        cast(extract(year from told.occurred_date) as integer) as year,
        coalesce(told.country_code, 'unresolved') as country_code,
        counted.report_version_id is not null as is_counted
    from counted_reports
    inner join {{ ref('int_reports__versioned') }} as versions on counted_reports.report_id = versions.report_id
    inner join {{ ref('int_reports__told') }} as told on versions.report_version_id = told.report_version_id
    left join counted
        on
            versions.report_version_id = counted.report_version_id
            and counted_reports.definition_id = counted.definition_id

),

-- A version that was not withdrawn hands over to the next one: in one batch, the report leaves the old cell and enters
-- the new one.
handovers as (

    select
        *,
        coalesce(lag(end_reason) over told <> 'withdrawn', false) as has_version_before,
        lag(country_code) over told as country_code_before,
        lag(year) over told as year_before,
        lag(is_counted) over told as is_counted_before
    from versions
    window told as (partition by report_id, definition_id order by version_number)

),

judged as (

    select
        *,
        has_version_before and (country_code <> country_code_before or year <> year_before) as is_moved
    from handovers

),

effects as (

    select
        definition_id,
        definition_version,
        report_id,
        report_version_id,
        batch_id,
        country_code,
        year,
        'new' as effect,
        1 as attack_count_change
    from first_words

    union all

    select
        definition_id,
        definition_version,
        report_id,
        report_version_id,
        batch_id,
        country_code,
        year,
        case
            when not has_version_before then 'new'
            when is_moved then 'revised'
            else 'reclassified'
        end as effect,
        1 as attack_count_change
    from judged
    where is_counted and (not has_version_before or is_moved or not is_counted_before)

    union all

    select
        definition_id,
        definition_version,
        report_id,
        report_version_id,
        batch_id,
        country_code_before as country_code,
        year_before as year,
        case when is_moved then 'revised' else 'reclassified' end as effect,
        -1 as attack_count_change
    from judged
    where has_version_before and is_counted_before and (is_moved or not is_counted)

    union all

    select
        definition_id,
        definition_version,
        report_id,
        report_version_id,
        ended_by_batch_id as batch_id,
        country_code,
        year,
        'withdrawn' as effect,
        -1 as attack_count_change
    from judged
    where is_counted and end_reason = 'withdrawn'

)

select * from effects
