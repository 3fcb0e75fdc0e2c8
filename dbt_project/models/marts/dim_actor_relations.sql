with

seeded as (

    select * from {{ ref('actor_relations') }}

),

actors as (

    select * from {{ ref('dim_actors') }}

),

members as (

    select * from {{ ref('int_actor_members__resolved') }}

),

names as (

    select * from {{ ref('int_actor_names__resolved') }}

),

by_rule as (

    select
        actor_id,
        'member_of' as relation,
        'rule: the forces of a government' as stated_by,
        'government_' || lower(country_code) as related_actor_id
    from actors
    where
        actor_id = 'military_forces_' || lower(country_code)
        or actor_id = 'police_forces_' || lower(country_code)

),

named_together as (

    select distinct
        members.actor_id,
        'named_in' as relation,
        names.actor_id as related_actor_id,
        'rule: names joined by commas' as stated_by
    from names
    inner join members on names.actor_name = members.name_told
    inner join actors on names.actor_id = actors.actor_id
    where names.actor_id like '%+%'

),

relations as (

    select
        actor_id,
        relation,
        related_actor_id,
        valid_from_date,
        valid_until_date,
        source as stated_by
    from seeded

    union all

    select
        actor_id,
        relation,
        related_actor_id,
        cast(null as date) as valid_from_date,
        cast(null as date) as valid_until_date,
        stated_by
    from by_rule

    union all

    select
        actor_id,
        relation,
        related_actor_id,
        cast(null as date) as valid_from_date,
        cast(null as date) as valid_until_date,
        stated_by
    from named_together

),

final as (

    select
        -- ids
        actor_id,
        related_actor_id,

        -- what
        relation,

        -- when
        valid_from_date,
        valid_until_date,

        -- quality
        stated_by
    from relations

)

select * from final
