{{ config(materialized='table') }}
{#-
    Attacks that can have been coordinated: begun by a jihadist group, on a day and at a place that are known. Each
    incident once, whichever definitions count it.
-#}

with

attacks as (

    select distinct
        incident_id,
        side_a_actor_id,
        side_b_actor_id,
        country_code,
        occurred_date,
        latitude,
        longitude
    from {{ ref('fct_attacks') }}
    where
        initiator_family = 'jihadist'
        and date_precision = 'day'
        and place_precision in ('exact', 'near')
        and latitude is not null
        and longitude is not null

),

jihadist_actors as (

    select actor_id from {{ ref('dim_actors') }}
    where is_jihadist

),

attackers as (

    select
        attacks.incident_id,
        attacks.country_code,
        attacks.occurred_date,
        attacks.latitude,
        attacks.longitude,
        coalesce(side_a.actor_id, side_b.actor_id) as attacker_actor_id
    from attacks
    left join jihadist_actors as side_a on attacks.side_a_actor_id = side_a.actor_id
    left join jihadist_actors as side_b on attacks.side_b_actor_id = side_b.actor_id

),

counted as (

    select
        *,
        count(*) over (partition by occurred_date, attacker_actor_id) as attack_count_of_day
    from attackers
    where attacker_actor_id is not null

),

-- Where a group attacks so often on one day, two places on that day say nothing.
final as (

    select
        incident_id,
        attacker_actor_id,
        country_code,
        occurred_date,
        latitude,
        longitude
    from counted
    where attack_count_of_day <= {{ var('coordinated_day_limit', 25) }}

)

select * from final
