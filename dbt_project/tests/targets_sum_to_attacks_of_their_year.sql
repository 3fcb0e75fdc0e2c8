-- On every counting basis each attack has one target; of the largest feed each row has its own, so they may fall short.
{{ config(meta={'dagster': {'ref': {'name': 'agg_targets_by_year'}}}) }}

with

targets as (

    select
        definition_id,
        counting_basis,
        country_code,
        year,
        sum(attack_count) as attack_count,
        max(attack_count) as largest_attack_count
    from {{ ref('agg_targets_by_year') }}
    group by definition_id, counting_basis, country_code, year

),

years as (

    select
        definition_id,
        counting_basis,
        country_code,
        year,
        attack_count
    from {{ ref('agg_attacks_by_year') }}
    where
        attacker_family = 'all'
        and attack_count > 0

)

select
    years.definition_id,
    years.counting_basis,
    years.country_code,
    years.year,
    years.attack_count,
    targets.attack_count as attack_count_by_target
from years
left join targets
    on
        years.definition_id = targets.definition_id
        and years.counting_basis = targets.counting_basis
        and years.country_code = targets.country_code
        and years.year = targets.year
where
    targets.attack_count is null
    or (years.counting_basis <> 'largest_feed' and years.attack_count <> targets.attack_count)
    or targets.largest_attack_count > years.attack_count
