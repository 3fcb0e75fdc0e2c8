with

-- Names that stand together as one side.
companions as (

    select
        actor_id,
        related_actor_id as side_actor_id
    from {{ ref('dim_actor_relations') }}
    where relation = 'named_in'

),

jihadist_actors as (

    select
        actor_id,
        actor_name,
        family as actor_family
    from {{ ref('dim_actors') }}
    where is_jihadist

),

composite_sides as (

    select distinct side_actor_id from companions

),

-- Few sides are several groups; of all others, nothing is gathered.
sides as (

    {%- for side in ('side_a', 'side_b') %}
    select distinct
        attacks.incident_id,
        cast(extract(year from attacks.occurred_date) as integer) as year,
        composite_sides.side_actor_id
    from {{ ref('fct_attacks') }} as attacks
    inner join composite_sides on attacks.{{ side }}_actor_id = composite_sides.side_actor_id
    {{ 'union' if not loop.last }}
    {%- endfor %}

),

in_one_incident as (

    select
        'incident' as basis,
        sides.year,
        one.actor_id,
        other.actor_id as other_actor_id,
        sides.incident_id as found_in
    from sides
    inner join companions as one on sides.side_actor_id = one.side_actor_id
    inner join companions as other
        on
            sides.side_actor_id = other.side_actor_id
            and one.actor_id < other.actor_id

),

set_groups as (

    select distinct
        coordinated_sets.coordinated_set_id,
        coordinated_sets.occurred_year as year,
        coordinated_sets.basis,
        members.attacker_actor_id
    from {{ ref('fct_coordinated_sets') }} as coordinated_sets
    inner join {{ ref('bridge_coordinated_set_incidents') }} as members
        on coordinated_sets.coordinated_set_id = members.coordinated_set_id
    where
        coordinated_sets.group_count > 1
        and members.attacker_actor_id is not null

),

in_one_set as (

    select
        one.basis || '_set' as basis,
        one.year,
        one.attacker_actor_id as actor_id,
        other.attacker_actor_id as other_actor_id,
        one.coordinated_set_id as found_in
    from set_groups as one
    inner join set_groups as other
        on
            one.coordinated_set_id = other.coordinated_set_id
            and one.attacker_actor_id < other.attacker_actor_id

),

found as (

    select * from in_one_incident

    union all

    select * from in_one_set

),

final as (

    select
        -- ids
        found.actor_id,
        found.other_actor_id,

        -- what
        one.actor_name,
        other.actor_name as other_actor_name,
        one.actor_family <> other.actor_family as is_across_families,

        -- when
        found.year,

        -- measures
        cast(count(distinct case when found.basis = 'incident' then found.found_in end) as bigint) as incident_count,
        cast(count(distinct case when found.basis = 'coded_set' then found.found_in end) as bigint) as coded_set_count,
        cast(count(distinct case when found.basis = 'inferred_set' then found.found_in end) as bigint)
            as inferred_set_count,

        -- quality
        {{ contains_synthetic_data() }} as contains_synthetic_data
    from found
    inner join jihadist_actors as one on found.actor_id = one.actor_id
    inner join jihadist_actors as other on found.other_actor_id = other.actor_id
    group by
        found.actor_id,
        found.other_actor_id,
        one.actor_name,
        other.actor_name,
        one.actor_family <> other.actor_family,
        found.year

)

select * from final
