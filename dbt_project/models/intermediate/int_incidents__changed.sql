{{ config(materialized='table') }}
{#-
    How incidents of several reports came to be, as the links of today have it: each report takes part from the day on
    which it was first seen. What the reports said before they were revised, and how they were linked then, is not
    played through again.
-#}

with

members as (

    select * from {{ ref('int_incidents__linked') }}

),

telling as (

    select * from members
    where relation = 'tells'

),

anchors as (

    select
        incident_id,
        report_id,
        first_seen_at
    from telling
    where is_anchor

),

links as (

    select
        report_id_left as report_id,
        report_id_right as other_report_id
    from {{ ref('int_report_links') }}
    where is_linked

    union all

    select
        report_id_right as report_id,
        report_id_left as other_report_id
    from {{ ref('int_report_links') }}
    where is_linked

),

-- When the first report that a report is linked with was there, and when its incident could first be told by both.
acquainted as (

    select
        telling.incident_id,
        telling.report_id,
        min(acquaintances.first_seen_at) as first_other_seen_at
    from telling
    inner join links on telling.report_id = links.report_id
    inner join telling as acquaintances
        on
            links.other_report_id = acquaintances.report_id
            and telling.incident_id = acquaintances.incident_id
    group by telling.incident_id, telling.report_id

),

-- A report that came after one that it is linked with joined it at once. One that came before them all was an incident
-- of its own until the first of them came.
joined as (

    select
        telling.incident_id,
        telling.report_id,
        case when acquainted.first_other_seen_at <= telling.first_seen_at then 'joined' else 'merged' end
            as change_type,
        greatest(telling.first_seen_at, acquainted.first_other_seen_at) as changed_at
    from telling
    inner join acquainted
        on
            telling.incident_id = acquainted.incident_id
            and telling.report_id = acquainted.report_id
    where not telling.is_anchor

),

-- A report that covers several things was one incident until others told of each.
covering as (

    select
        members.incident_id,
        members.report_id,
        members.first_seen_at,
        anchors.first_seen_at as anchor_seen_at,
        anchors.first_seen_at > members.first_seen_at as was_incident_before
    from members
    inner join anchors on members.incident_id = anchors.incident_id
    where members.relation = 'covers_several'

),

changes as (

    select
        incident_id,
        report_id,
        'new' as change_type,
        cast(null as {{ dbt.type_string() }}) as former_incident_id,
        first_seen_at as changed_at
    from anchors

    union all

    select
        incident_id,
        report_id,
        change_type,
        case when change_type = 'merged' then {{ incident_id('report_id') }} end as former_incident_id,
        changed_at
    from joined

    union all

    select
        incident_id,
        report_id,
        case when was_incident_before then 'split' else 'joined' end as change_type,
        case when was_incident_before then {{ incident_id('report_id') }} end as former_incident_id,
        greatest(first_seen_at, anchor_seen_at) as changed_at
    from covering

)

select * from changes
