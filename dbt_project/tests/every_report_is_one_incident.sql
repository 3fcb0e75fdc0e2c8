-- Each current report of an id space that makes incidents is told of by one incident at least, and no incident holds a
-- report twice, two reports of one id space that tell of it, or none.
{{ config(meta={'dagster': {'ref': {'name': 'fct_incidents'}}}) }}

with

linked as (

    select * from {{ ref('int_incidents__linked') }}

),

-- What both hold is found by itself, below.
told as (

    select report_id from {{ ref('fct_incidents') }}
    where report_count = 1

    union all

    select distinct report_id from linked

),

reports as (

    select report_id from {{ ref('fct_reports') }}
    where {{ makes_incidents('id_space') }}

)

select
    'report of no incident' as problem,
    reports.report_id as id
from reports
left join told on reports.report_id = told.report_id
where told.report_id is null

union all

select
    'incident of no report' as problem,
    told.report_id as id
from told
left join reports on told.report_id = reports.report_id
where reports.report_id is null

union all

select
    'report told of alone and with others' as problem,
    incidents.report_id as id
from {{ ref('fct_incidents') }} as incidents
inner join linked on incidents.report_id = linked.report_id
where incidents.report_count = 1

union all

select
    'two reports of one id space' as problem,
    incident_id as id
from linked
where relation = 'tells'
group by incident_id, id_space
having count(*) > 1

union all

select
    'incident without an anchor, or with two' as problem,
    incident_id as id
from linked
group by incident_id
having sum(case when is_anchor and relation = 'tells' then 1 else 0 end) <> 1

union all

select
    'linked incident that is not told of once' as problem,
    linked.incident_id as id
from (select distinct incident_id from linked) as linked
left join {{ ref('fct_incidents') }} as incidents
    on
        linked.incident_id = incidents.incident_id
        and incidents.report_count > 1
group by linked.incident_id
having count(incidents.incident_id) <> 1
