-- Everything of ours that a claim on whole years can be set beside: the yearly figures of every definition and, of the
-- families that attack and of what attacks were like, the figures of the marts that tell it. No claim is read here.
{{ config(materialized='table') }}

with

attacks as (

    select * from {{ ref('agg_attacks_by_year') }}

),

-- Every year that is known of at all: where nothing of a kind was told in it, it is a 0 that more can be behind.
years as (

    select
        counting_basis,
        country_code,
        year,
        coverage_until_date,
        covered_day_count
    from attacks
    where
        definition_id = 'attack_on_military_position.broad'
        and attacker_family = 'all'

),

told as (

    select
        'drone_attack' as definition_id,
        counting_basis,
        country_code,
        year,
        attack_count
    from {{ ref('agg_tactics_by_year') }}
    where
        definition_id = 'attack_on_military_position.broad'
        and tactic = 'drone_attack'

    union all

    select
        'attack_on_key_route' as definition_id,
        counting_basis,
        country_code,
        year,
        attack_count
    from {{ ref('agg_targets_by_year') }}
    where
        definition_id = 'attack_on_military_position.broad'
        and target_class = 'military_patrol_or_convoy'

    union all

    select
        'cross_border_attack' as definition_id,
        counting_basis,
        country_code,
        year,
        cross_border_count as attack_count
    from {{ ref('agg_cross_border_by_year') }}
    where definition_id = 'attack_on_military_position.broad'

    union all

    select
        'attack_near_populated_place' as definition_id,
        counting_basis,
        country_code,
        year,
        within_5_km_count as attack_count
    from {{ ref('agg_civilian_exposure_by_year') }}
    where definition_id = 'attack_on_military_position.broad'

),

-- Coordinated sets are made of linked incidents. One that has places in two countries stands with each of them.
sets as (

    select
        years.counting_basis,
        years.country_code,
        years.year,
        count(*) as set_count,
        sum(case when coordinated_sets.group_count > 1 then 1 else 0 end) as set_of_several_groups_count
    from years
    inner join {{ ref('fct_coordinated_sets') }} as coordinated_sets
        on
            years.year = coordinated_sets.occurred_year
            and ';' || coordinated_sets.country_codes || ';' like '%;' || years.country_code || ';%'
    where years.counting_basis = 'linked'
    group by years.counting_basis, years.country_code, years.year

),

jihadist_groups as (

    select actor_id from {{ ref('dim_actors') }}
    where is_jihadist

),

-- Sides that are the names of several such groups.
sides_of_several as (

    select relations.related_actor_id as side_actor_id
    from {{ ref('dim_actor_relations') }} as relations
    inner join jihadist_groups on relations.actor_id = jihadist_groups.actor_id
    where relations.relation = 'named_in'
    group by relations.related_actor_id
    having count(distinct relations.actor_id) > 1

),

named_together as (

    {%- for side in ('side_a', 'side_b') %}
    select
        attacks_of_side.incident_id,
        coalesce(attacks_of_side.country_code, 'unresolved') as country_code,
        cast(extract(year from attacks_of_side.occurred_date) as integer) as year
    from {{ ref('fct_attacks') }} as attacks_of_side
    inner join sides_of_several on attacks_of_side.{{ side }}_actor_id = sides_of_several.side_actor_id
    {{ 'union' if not loop.last }}
    {%- endfor %}

),

incidents_of_several as (

    select
        country_code,
        year,
        count(*) as incident_count
    from named_together
    group by country_code, year

),

kinds as (

    {%- for kind in ('drone_attack', 'attack_on_key_route', 'cross_border_attack', 'attack_near_populated_place') %}
    select '{{ kind }}' as definition_id
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

figures as (

    select
        definition_id,
        counting_basis,
        country_code,
        year,
        coverage_until_date,
        covered_day_count,
        attack_count,
        count_bound
    from attacks
    where attacker_family = 'all'

    union all

    select
        'attack_by_' || attacker_family as definition_id,
        counting_basis,
        country_code,
        year,
        coverage_until_date,
        covered_day_count,
        attack_count,
        count_bound
    from attacks
    where
        definition_id = 'attack_on_military_position.strict'
        and attacker_family <> 'all'

    union all

    select
        kinds.definition_id,
        years.counting_basis,
        years.country_code,
        years.year,
        years.coverage_until_date,
        years.covered_day_count,
        coalesce(told.attack_count, 0) as attack_count,
        case when years.counting_basis = 'sum_of_feeds' then 'none' else 'at_least' end as count_bound
    from years
    cross join kinds
    left join told
        on
            kinds.definition_id = told.definition_id
            and years.counting_basis = told.counting_basis
            and years.country_code = told.country_code
            and years.year = told.year

    union all

    select
        'coordinated_attack' as definition_id,
        years.counting_basis,
        years.country_code,
        years.year,
        years.coverage_until_date,
        years.covered_day_count,
        coalesce(sets.set_count, 0) as attack_count,
        'at_least' as count_bound
    from years
    left join sets on years.country_code = sets.country_code and years.year = sets.year
    where years.counting_basis = 'linked'

    union all

    select
        'group_cooperation' as definition_id,
        years.counting_basis,
        years.country_code,
        years.year,
        years.coverage_until_date,
        years.covered_day_count,
        coalesce(sets.set_of_several_groups_count, 0)
        + coalesce(incidents_of_several.incident_count, 0) as attack_count,
        'at_least' as count_bound
    from years
    left join sets on years.country_code = sets.country_code and years.year = sets.year
    left join incidents_of_several
        on
            years.country_code = incidents_of_several.country_code
            and years.year = incidents_of_several.year
    where years.counting_basis = 'linked'

),

final as (

    select
        -- ids
        definition_id,
        counting_basis,

        -- where and when
        country_code,
        year,
        coverage_until_date,
        covered_day_count,

        -- measures
        cast(attack_count as bigint) as attack_count,
        count_bound
    from figures

)

select * from final
