{{ config(materialized='table') }}
{#-
    Attacks that a feed codes as related. Each names the others; a set is what names the same first id, its own included,
    so that two lists that only share an attack are not chained together.
-#}

with

reports as (

    select
        report_id,
        id_space,
        source_event_id,
        replace(related_source_event_ids, ' ', '') as related_ids
    from {{ ref('fct_reports') }}
    where related_source_event_ids is not null

),

named as (

    select
        report_id,
        id_space,
        source_event_id,
        {{ text_parts('related_ids', ';') }}
    from reports

),

keyed as (

    select
        report_id,
        id_space,
        least(source_event_id, min(part)) as set_key
    from named
    where part <> ''
    group by report_id, id_space, source_event_id

),

told as (

    select
        report_id,
        incident_id
    from {{ ref('int_incidents__linked') }}
    where relation = 'tells' or is_best_link

),

singles as (

    select
        report_id,
        incident_id
    from {{ ref('fct_incidents') }}
    where report_count = 1

),

members as (

    select distinct
        keyed.id_space,
        keyed.set_key,
        coalesce(told.incident_id, singles.incident_id) as incident_id
    from keyed
    left join told on keyed.report_id = told.report_id
    left join singles on keyed.report_id = singles.report_id

),

final as (

    select
        incident_id,
        id_space || ':' || set_key as set_key,
        count(*) over (partition by id_space, set_key) as incident_count
    from members
    where incident_id is not null

)

select
    set_key,
    incident_id
from final
where incident_count > 1
