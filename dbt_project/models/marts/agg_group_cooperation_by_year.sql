with

{{ attacks_of_years() }},

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
        attacks.id_space,
        attacks.is_incident,
        attacks.is_report,
        attacks.year,
        composite_sides.side_actor_id
    from attacks
    inner join composite_sides on attacks.{{ side }}_actor_id = composite_sides.side_actor_id
    {{ 'union' if not loop.last }}
    {%- endfor %}

),

in_one_incident as (

    select
        'incident' as found_by,
        sides.year,
        sides.id_space,
        sides.is_incident,
        sides.is_report,
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

set_members as (

    select
        coordinated_sets.coordinated_set_id,
        coordinated_sets.occurred_year as year,
        members.incident_id,
        members.attacker_actor_id,
        coordinated_sets.basis || '_set' as found_by
    from {{ ref('fct_coordinated_sets') }} as coordinated_sets
    inner join {{ ref('bridge_coordinated_set_incidents') }} as members
        on coordinated_sets.coordinated_set_id = members.coordinated_set_id
    where
        coordinated_sets.group_count > 1
        and members.attacker_actor_id is not null

),

-- All feeds together know what any of them tells; one alone knows a set of which it tells both groups' attacks.
set_groups as (

    select distinct
        coordinated_set_id,
        year,
        found_by,
        attacker_actor_id,
        'all' as id_space,
        true as is_incident,
        false as is_report
    from set_members

    union

    select distinct
        set_members.coordinated_set_id,
        set_members.year,
        set_members.found_by,
        set_members.attacker_actor_id,
        feeds.id_space,
        false as is_incident,
        true as is_report
    from set_members
    inner join {{ ref('fct_incidents') }} as incidents on set_members.incident_id = incidents.incident_id
    inner join feeds on ';' || incidents.feeds || ';' like '%;' || feeds.feed || ';%'

),

in_one_set as (

    select
        one.found_by,
        one.year,
        one.id_space,
        one.is_incident,
        one.is_report,
        one.attacker_actor_id as actor_id,
        other.attacker_actor_id as other_actor_id,
        one.coordinated_set_id as found_in
    from set_groups as one
    inner join set_groups as other
        on
            one.coordinated_set_id = other.coordinated_set_id
            and one.id_space = other.id_space
            and one.attacker_actor_id < other.attacker_actor_id

),

found as (

    select * from in_one_incident

    union all

    select * from in_one_set

),

cells as (

    select
        actor_id,
        other_actor_id,
        year,
        id_space,
        is_incident,
        is_report,
        count(distinct case when found_by = 'incident' then found_in end) as incident_count,
        count(distinct case when found_by = 'coded_set' then found_in end) as coded_set_count,
        count(distinct case when found_by = 'inferred_set' then found_in end) as inferred_set_count,
        count(distinct found_in) as found_count
    from found
    group by actor_id, other_actor_id, year, id_space, is_incident, is_report

),

{{ counts_by_basis(
    ['actor_id', 'other_actor_id', 'year'],
    ['incident_count', 'coded_set_count', 'inferred_set_count', 'found_count'],
    size='found_count',
) }},

final as (

    select
        -- ids
        counts.actor_id,
        counts.other_actor_id,
        counts.counting_basis,

        -- what
        one.actor_name,
        other.actor_name as other_actor_name,
        one.actor_family <> other.actor_family as is_across_families,

        -- when
        counts.year,

        -- measures
        cast(counts.incident_count as bigint) as incident_count,
        cast(counts.coded_set_count as bigint) as coded_set_count,
        cast(counts.inferred_set_count as bigint) as inferred_set_count,

        -- quality
        {{ contains_synthetic_data() }} as contains_synthetic_data
    from counts
    inner join jihadist_actors as one on counts.actor_id = one.actor_id
    inner join jihadist_actors as other on counts.other_actor_id = other.actor_id

)

select * from final
