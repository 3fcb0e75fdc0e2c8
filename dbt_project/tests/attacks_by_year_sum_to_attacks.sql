-- Both aggregates hold every counted incident once for each definition, and nothing else.
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
        sum(attack_count) as attack_count,
        sum(site_evidence_coded_count + site_evidence_text_count + site_evidence_none_count) as evidence_count
    from {{ ref('agg_attacks_by_year') }}
    group by definition_id

),

overall as (

    select
        definition_id,
        sum(attack_count) as attack_count
    from {{ ref('agg_attacks_by_year_overall') }}
    group by definition_id

)

select
    definitions.definition_id,
    attacks.attack_count,
    by_country.attack_count as attack_count_by_country,
    overall.attack_count as attack_count_overall
from {{ ref('dim_definitions') }} as definitions
left join attacks on definitions.definition_id = attacks.definition_id
left join by_country on definitions.definition_id = by_country.definition_id
left join overall on definitions.definition_id = overall.definition_id
where
    coalesce(attacks.attack_count, 0) <> coalesce(by_country.attack_count, 0)
    or coalesce(attacks.attack_count, 0) <> coalesce(by_country.evidence_count, 0)
    or coalesce(attacks.attack_count, 0) <> coalesce(overall.attack_count, 0)
