-- Every report makes one incident by itself, or tells of one with others, and none does both. An incident that several
-- reports tell of holds one report that names it, no two of one id space that tell of it, and is told of once; each of
-- its reports has its line in `fct_incident_changes`, by which `fct_incidents` knows them.
{{ config(meta={'dagster': {'ref': {'name': 'fct_incidents'}}}) }}

with

linked as (

    select * from {{ ref('int_incidents__linked') }}

),

known as (

    select distinct report_id from {{ ref('fct_incident_changes') }}

),

-- They sum to nothing where every report is told of alone or with others.
counts as (

    select count(*) as report_count
    from {{ ref('fct_reports') }}
    where {{ makes_incidents('id_space') }}

    union all

    select -count(*) as report_count
    from {{ ref('fct_incidents') }}
    where report_count = 1

    union all

    select -count(distinct report_id) as report_count from linked

)

select
    'report told of alone and with others' as problem,
    linked.report_id as id
from linked
left join known on linked.report_id = known.report_id
where known.report_id is null

union all

select
    'report of no incident' as problem,
    known.report_id as id
from known
left join linked on known.report_id = linked.report_id
where linked.report_id is null

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
    'incident that bears not the name of its anchor' as problem,
    incident_id as id
from linked
where is_anchor and incident_id <> {{ incident_id('report_id') }}

union all

select
    'linked incident that is not told of once' as problem,
    linked.incident_id as id
from (select distinct incident_id from linked) as linked
left join {{ ref('fct_linked_incidents') }} as incidents on linked.incident_id = incidents.incident_id
group by linked.incident_id
having count(incidents.incident_id) <> 1

union all

select
    'reports that make incidents, and those that incidents tell of, differ in number' as problem,
    cast(sum(report_count) as {{ dbt.type_string() }}) as id
from counts
having sum(report_count) <> 0
