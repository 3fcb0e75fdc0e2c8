-- Both aggregates hold every counted incident once for each definition, and nothing else; each of its families once.
{{ config(meta={'dagster': {'ref': {'name': 'fct_attacks'}}}) }}

with

attacks as (

    select
        definition_id,
        count(*) as attack_count
    from {{ ref('fct_attacks') }}
    group by definition_id

),

by_country as (

    select
        definition_id,
        sum(case when attacker_family = 'all' then attack_count else 0 end) as attack_count,
        sum(case when attacker_family = 'all' then 0 else attack_count end) as family_count,
        sum(
            case
                when attacker_family = 'all'
                    then site_evidence_coded_count + site_evidence_text_count + site_evidence_none_count
                else 0
            end
        ) as evidence_count
    from {{ ref('agg_attacks_by_year') }}
    where counting_basis = 'linked'
    group by definition_id

),

overall as (

    select
        definition_id,
        sum(attack_count) as attack_count
    from {{ ref('agg_attacks_by_year_overall') }}
    where
        counting_basis = 'linked'
        and attacker_family = 'all'
    group by definition_id

),

by_month as (

    select
        definition_id,
        sum(attack_count) as attack_count
    from {{ ref('agg_attacks_by_month') }}
    where
        counting_basis = 'linked'
        and attacker_family = 'all'
    group by definition_id

)

select
    definitions.definition_id,
    attacks.attack_count,
    by_country.attack_count as attack_count_by_country,
    by_month.attack_count as attack_count_by_month,
    overall.attack_count as attack_count_overall
from {{ ref('dim_definitions') }} as definitions
left join attacks on definitions.definition_id = attacks.definition_id
left join by_country on definitions.definition_id = by_country.definition_id
left join by_month on definitions.definition_id = by_month.definition_id
left join overall on definitions.definition_id = overall.definition_id
where
    coalesce(attacks.attack_count, 0) <> coalesce(by_country.attack_count, 0)
    or coalesce(attacks.attack_count, 0) <> coalesce(by_country.family_count, 0)
    or coalesce(attacks.attack_count, 0) <> coalesce(by_country.evidence_count, 0)
    or coalesce(attacks.attack_count, 0) <> coalesce(by_month.attack_count, 0)
    or coalesce(attacks.attack_count, 0) <> coalesce(overall.attack_count, 0)
