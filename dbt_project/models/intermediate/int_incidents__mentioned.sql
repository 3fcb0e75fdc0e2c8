{{ config(materialized='table') }}
{#-
    Weak evidence: reports too weak to be an incident, beside the incident that they may speak of. A machine has read that
    there was violence at a place on a day: it goes with the nearest incident within a day of it and 25 km, and says that
    something was in the news, no more. It lends an incident no value and counts nowhere.
-#}

with

weak_reports as (

    select
        report_id,
        report_version_id,
        id_space,
        feed,
        source_event_id,
        country_code,
        occurred_date,
        latitude,
        longitude,
        first_seen_at
    from {{ ref('fct_reports') }}
    where
        not ({{ makes_incidents('id_space') }})
        and place_precision in ('exact', 'near')
        and event_type in ('battle', 'explosion_or_remote_violence', 'violence_against_civilians')

),

-- Each report on the day itself, the day before and the day after.
days as (

    select
        0 as day_gap,
        weak_reports.*,
        weak_reports.occurred_date as mentioned_date
    from weak_reports

    union all

    select
        1 as day_gap,
        weak_reports.*,
        {{ moved_date('weak_reports.occurred_date', -1, 'day') }} as mentioned_date
    from weak_reports

    union all

    select
        1 as day_gap,
        weak_reports.*,
        {{ moved_date('weak_reports.occurred_date', 1, 'day') }} as mentioned_date
    from weak_reports

),

candidates as (

    select
        incidents.incident_id,
        days.report_id,
        days.report_version_id,
        days.id_space,
        days.feed,
        days.source_event_id,
        days.first_seen_at,
        days.day_gap,
        {{ distance_km('days.latitude', 'days.longitude', 'incidents.latitude', 'incidents.longitude') }} as distance_km
    from days
    inner join {{ ref('fct_incidents') }} as incidents
        on
            days.country_code = incidents.country_code
            and days.mentioned_date = incidents.occurred_date
    where
        incidents.date_precision = 'day'
        and incidents.place_precision in ('exact', 'near')

),

ranked as (

    select
        *,
        row_number() over (partition by report_id order by day_gap, distance_km, incident_id) as candidate_number
    from candidates
    where distance_km <= 25

)

select * from ranked
where candidate_number = 1
