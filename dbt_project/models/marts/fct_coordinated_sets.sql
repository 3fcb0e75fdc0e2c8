with

members as (

    select * from {{ ref('bridge_coordinated_set_incidents') }}

),

meant as (

    select distinct incident_id from members

),

incidents as (

    select
        incidents.incident_id,
        incidents.country_code,
        incidents.occurred_date,
        incidents.fatality_count_best,
        incidents.is_synthetic
    from {{ ref('fct_incidents') }} as incidents
    inner join meant on incidents.incident_id = meant.incident_id

),

positions as (

    select distinct incident_id from {{ ref('fct_attacks') }}
    where definition_id = 'attack_on_military_position.strict'

),

summed as (

    select
        members.coordinated_set_id,
        members.basis,
        max(case when members.is_centre then members.incident_id end) as centre_incident_id,
        min(incidents.occurred_date) as occurred_date,
        max(incidents.occurred_date) as occurred_until_date,
        count(*) as incident_count,
        sum(case when positions.incident_id is not null then 1 else 0 end) as military_position_count,
        count(distinct members.attacker_actor_id) as group_count,
        {{ joined_distinct('members.attacker_actor_id') }} as attacker_actor_ids,
        count(distinct incidents.country_code) as country_count,
        {{ joined_distinct('incidents.country_code') }} as country_codes,
        max(members.distance_km) as farthest_from_centre_km,
        sum(incidents.fatality_count_best) as fatality_count_best,
        max(case when incidents.is_synthetic then 1 else 0 end) = 1 as is_synthetic
    from members
    inner join incidents on members.incident_id = incidents.incident_id
    left join positions on members.incident_id = positions.incident_id
    group by members.coordinated_set_id, members.basis

),

attackers as (

    select * from {{ ref('int_attackers__placed') }}

),

-- What the rule would join around the same centre with other days and distances.
days as (

    select -1 as day_gap
    union all
    select 0 as day_gap
    union all
    select 1 as day_gap

),

-- With the days already moved, day and group are what the two are joined by, and no attack meets those of other days.
centres as (

    select distinct
        attackers.incident_id,
        attackers.latitude,
        attackers.longitude,
        fellows.fellow_actor_id,
        days.day_gap,
        {{ moved_date('attackers.occurred_date', 'days.day_gap', 'day') }} as looked_at_date
    from summed
    inner join attackers on summed.centre_incident_id = attackers.incident_id
    inner join {{ ref('int_attackers__fellows') }} as fellows
        on
            attackers.attacker_actor_id = fellows.actor_id
            and attackers.occurred_date between fellows.valid_from_date and fellows.valid_until_date
    cross join days

),

around as (

    select
        centres.incident_id as centre_incident_id,
        centres.day_gap,
        {{ distance_km('centres.latitude', 'centres.longitude', 'partners.latitude', 'partners.longitude') }}
            as distance_km
    from centres
    inner join attackers as partners
        on
            centres.looked_at_date = partners.occurred_date
            and centres.fellow_actor_id = partners.attacker_actor_id
            and centres.incident_id <> partners.incident_id

),

sensitivity as (

    select
        centre_incident_id,
        1 + sum(case when day_gap = 0 and distance_km between 5 and 300 then 1 else 0 end) as from_5_km,
        1 + sum(case when day_gap = 0 and distance_km between 25 and 300 then 1 else 0 end) as from_25_km,
        1 + sum(case when day_gap = 0 and distance_km between 10 and 150 then 1 else 0 end) as within_150_km,
        1 + sum(case when day_gap = 0 and distance_km between 10 and 300 then 1 else 0 end) as within_300_km,
        1 + sum(case when distance_km between 10 and 300 then 1 else 0 end) as within_a_day
    from around
    group by centre_incident_id

),

typed as (

    select
        summed.coordinated_set_id,
        cast(extract(year from summed.occurred_date) as integer) as occurred_year,
        cast(summed.incident_count as integer) as incident_count,
        cast(summed.military_position_count as integer) as military_position_count,
        cast(summed.group_count as integer) as group_count,
        cast(summed.fatality_count_best as bigint) as fatality_count_best,
        cast(sensitivity.within_300_km as integer) as incident_count_around,
        cast(sensitivity.within_a_day as integer) as incident_count_around_within_a_day,
        cast(sensitivity.from_5_km as integer) as incident_count_around_from_5_km,
        cast(sensitivity.from_25_km as integer) as incident_count_around_from_25_km,
        cast(sensitivity.within_150_km as integer) as incident_count_around_within_150_km,
        summed.country_count > 1 as is_in_several_countries
    from summed
    left join sensitivity on summed.centre_incident_id = sensitivity.centre_incident_id

),

final as (

    select
        -- ids
        summed.coordinated_set_id,
        summed.centre_incident_id,

        -- what
        summed.basis,
        summed.attacker_actor_ids,

        -- where
        summed.country_codes,
        typed.is_in_several_countries,

        -- when
        summed.occurred_date,
        summed.occurred_until_date,
        typed.occurred_year,

        -- measures
        typed.incident_count,
        typed.military_position_count,
        typed.group_count,
        summed.farthest_from_centre_km,
        typed.fatality_count_best,

        -- how much hangs on the rule
        typed.incident_count_around,
        typed.incident_count_around_within_a_day,
        typed.incident_count_around_from_5_km,
        typed.incident_count_around_from_25_km,
        typed.incident_count_around_within_150_km,

        -- quality
        summed.is_synthetic
    from summed
    inner join typed on summed.coordinated_set_id = typed.coordinated_set_id

)

select * from final
