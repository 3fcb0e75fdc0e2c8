{{ config(materialized='table') }}
{#-
    Attacks by day, so that the figures of years and months, on every counting basis, are sums of few rows: facts are
    read once.
-#}

with

attacks as (

    select
        definition_id,
        country_code,
        feed,
        side_a_actor_id,
        side_b_actor_id,
        initiator_family,
        site_evidence,
        occurred_date,
        fatality_count_low,
        fatality_count_best,
        fatality_count_high,
        true as is_incident,
        report_count = 1 as is_report
    from {{ ref('fct_attacks') }}

    union all

    select
        definition_id,
        country_code,
        feed,
        side_a_actor_id,
        side_b_actor_id,
        initiator_family,
        site_evidence,
        occurred_date,
        fatality_count_low,
        fatality_count_best,
        fatality_count_high,
        false as is_incident,
        true as is_report
    from {{ ref('int_attacks__reported') }}

),

jihadist_actors as (

    select
        actor_id,
        family as actor_family
    from {{ ref('dim_actors') }}
    where is_jihadist

),

feeds as (

    select distinct
        feed,
        id_space
    from {{ ref('int_batches__used') }}

),

final as (

    select
        -- ids
        attacks.definition_id,
        feeds.id_space,
        attacks.feed,

        -- what
        {{ attacker_family('attacks.initiator_family', 'side_a.actor_family', 'side_b.actor_family') }}
            as attacker_family,
        attacks.site_evidence,
        attacks.is_incident,
        attacks.is_report,

        -- where and when
        coalesce(attacks.country_code, 'unresolved') as country_code,
        attacks.occurred_date,

        -- measures
        count(*) as attack_count,
        -- A feed that gives one figure without bounds adds it to both.
        sum(coalesce(attacks.fatality_count_low, attacks.fatality_count_best)) as fatality_count_low,
        sum(attacks.fatality_count_best) as fatality_count_best,
        sum(coalesce(attacks.fatality_count_high, attacks.fatality_count_best)) as fatality_count_high
    from attacks
    inner join feeds on attacks.feed = feeds.feed
    left join jihadist_actors as side_a on attacks.side_a_actor_id = side_a.actor_id
    left join jihadist_actors as side_b on attacks.side_b_actor_id = side_b.actor_id
    group by
        attacks.definition_id,
        feeds.id_space,
        attacks.feed,
        {{ attacker_family('attacks.initiator_family', 'side_a.actor_family', 'side_b.actor_family') }},
        attacks.site_evidence,
        attacks.is_incident,
        attacks.is_report,
        coalesce(attacks.country_code, 'unresolved'),
        attacks.occurred_date

)

select * from final
