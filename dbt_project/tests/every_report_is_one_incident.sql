-- Until reports are linked across feeds, each current report of the counted id space is told by exactly one incident,
-- and the other way round.
{{ config(meta={'dagster': {'ref': {'name': 'fct_incidents'}}}) }}

with

reports as (

    select report_version_id from {{ ref('fct_reports') }}
    where id_space = '{{ var("counted_id_space", "ucdp") }}'

)

select
    reports.report_version_id as report_of_no_incident,
    incidents.report_version_id as incident_of_no_report
from reports
full outer join {{ ref('fct_incidents') }} as incidents
    on reports.report_version_id = incidents.report_version_id
where reports.report_version_id is null or incidents.report_version_id is null

union all

-- A join alone would not see a report that is told twice.
select
    min(report_version_id) as report_of_no_incident,
    max(report_version_id) as incident_of_no_report
from {{ ref('fct_incidents') }}
having count(*) <> (select count(*) from reports)
