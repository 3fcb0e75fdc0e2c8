with

overrides as (

    select * from {{ ref('overrides') }}

),

reports as (

    select
        feed,
        source_event_id,
        report_id,
        overridden_columns
    from {{ ref('fct_reports') }}

),

final as (

    select
        -- ids
        overrides.feed,
        overrides.source_event_id,
        reports.report_id,

        -- what
        overrides.column_name,
        overrides.value as override_value,
        overrides.why,
        overrides.decided_by,

        -- when
        overrides.decided_on as decided_date,

        -- quality
        coalesce(
            ';' || reports.overridden_columns || ';' like '%;' || overrides.column_name || ';%',
            false
        ) as is_applied
    from overrides
    left join reports
        on
            overrides.feed = reports.feed
            and overrides.source_event_id = reports.source_event_id

)

select * from final
