with

linked as (

    select * from {{ ref('int_incidents__linked') }}

),

told as (

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

),

mentioned as (

    select
        -- ids
        incident_id,
        report_id,
        report_version_id,
        id_space,
        feed,
        source_event_id,

        -- what
        'mentions' as relation,
        false as is_anchor,
        true as is_best_link,

        -- measures
        cast(null as double) as link_probability,

        -- history
        first_seen_at
    from {{ ref('int_incidents__mentioned') }}

),

final as (

    select * from told
    union all
    select * from mentioned

)

select * from final
