{% set key = ['report_version_id', 'previous_report_version_id'] %}

{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook="{{ delete_vanished_versions(ref('int_reports__revised'), " ~ key ~ ") }}",
    )
}}

with

missing as {{ computed_first() }} (

    select versions.* from {{ ref('int_reports__revised') }} as versions
    where {{ is_missing_version(key) }}

),

-- Times of arrival narrow the scan for texts to what arrived together with a revision or with what it revised.
contents as (

    select
        missing.report_version_id,
        {%- for column in event_columns() %}
        earlier.{{ column }} as before_{{ column }},
        later.{{ column }} as after_{{ column }},
        {%- endfor %}
        missing.previous_report_version_id
    from missing
    inner join {{ ref('fct_superseded_reports') }} as earlier
        on
            missing.previous_report_version_id = earlier.report_version_id
            and missing.previous_valid_from = earlier.valid_from
    inner join {{ ref('int_reports__told') }} as later
        on
            missing.report_version_id = later.report_version_id
            and missing.valid_from = later.valid_from

),

changed as (

    {{ changed_fields('contents', ['report_version_id', 'previous_report_version_id']) }}

),

-- A source may revise what the vocabulary has no column for. That is told, too.
told as (

    select
        missing.*,
        changed.value_before,
        changed.value_after,
        coalesce(changed.field, 'other') as field
    from missing
    left join changed
        on
            missing.report_version_id = changed.report_version_id
            and missing.previous_report_version_id = changed.previous_report_version_id

),

final as (

    select
        -- ids
        report_version_id,
        previous_report_version_id,
        report_id,
        batch_id,
        feed,

        -- what
        field,
        value_before,
        value_after,

        -- when
        occurred_year,
        valid_from as changed_at
    from told

)

select * from final
