{#-
    CTEs for the tables that say of the attacks of a year what they were like: `attacks`, each with its year and area, and
    `yearly`, what is known of the year. They count every incident once, as the basis `linked` does.
-#}
{% macro attacks_of_years() -%}
attacks as (

    select
        definition_id,
        incident_id,
        coalesce(country_code, 'unresolved') as country_code,
        cast(extract(year from occurred_date) as integer) as year,
        place_id,
        side_a_actor_id,
        side_b_actor_id,
        target_class,
        weapon_modes,
        is_complex_attack,
        is_drone_attack,
        is_cross_border_told,
        fatality_count_best,
        fatality_count_civilians
    from {{ ref('fct_attacks') }}

),

yearly as (

    select
        definition_id,
        definition_version,
        counting_basis,
        country_code,
        year,
        is_partial_year,
        year_label,
        attack_count
    from {{ ref('agg_attacks_by_year') }}
    where
        counting_basis = 'linked'
        and attacker_family = 'all'
        and attack_count > 0

)
{%- endmacro %}
