-- Linked, the aggregate holds every incident once, and the kinds of violence add up to those whose kind is known.
{{ config(meta={'dagster': {'ref': {'name': 'agg_incidents_by_country_month'}}}) }}

with

incidents as (

    select
        count(*) as incident_count,
        count(violence_type) as typed_incident_count
    from {{ ref('fct_incidents') }}

),

months as (

    select
        coalesce(sum(incident_count), 0) as incident_count,
        coalesce(sum(state_based_incident_count + non_state_incident_count + one_sided_incident_count), 0)
            as typed_incident_count
    from {{ ref('agg_incidents_by_country_month') }}
    where counting_basis = 'linked'

)

select
    incidents.incident_count,
    months.incident_count as incident_count_by_month,
    incidents.typed_incident_count,
    months.typed_incident_count as typed_incident_count_by_month
from incidents
cross join months
where
    incidents.incident_count <> months.incident_count
    or incidents.typed_incident_count <> months.typed_incident_count
