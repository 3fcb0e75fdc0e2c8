with

changes as (

    select * from {{ ref('int_incidents__changed') }}

),

final as (

    select
        -- ids
        changes.incident_id,
        changes.report_id,
        changes.former_incident_id,
        reports.feed,

        -- what
        changes.change_type,

        -- when
        changes.changed_at
    from changes
    inner join {{ ref('fct_reports') }} as reports on changes.report_id = reports.report_id

)

select * from final
