with

linked as (

    select * from {{ ref('int_incidents__linked') }}

),

final as (

    select
        -- ids
        linked.incident_id,
        linked.report_id,
        reports.report_version_id,
        reports.id_space,
        reports.feed,
        reports.source_event_id,

        -- what
        linked.relation,
        linked.is_anchor,
        linked.is_best_link,

        -- measures
        linked.link_probability,

        -- history
        linked.first_seen_at
    from linked
    inner join {{ ref('fct_reports') }} as reports on linked.report_id = reports.report_id

)

select * from final
