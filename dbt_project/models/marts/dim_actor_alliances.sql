with

relations as (

    select
        actor_id,
        related_actor_id,
        relation,
        coalesce(valid_from_date, cast('0001-01-01' as date)) as valid_from_date,
        coalesce(valid_until_date, cast('9999-12-31' as date)) as valid_until_date
    from {{ ref('dim_actor_relations') }}

),

memberships as (

    select * from relations
    where relation = 'member_of'

),

-- A unit of a group of an umbrella: three steps are more than any group has.
second_steps as (

    select
        lower_step.actor_id,
        upper_step.related_actor_id,
        greatest(lower_step.valid_from_date, upper_step.valid_from_date) as valid_from_date,
        least(lower_step.valid_until_date, upper_step.valid_until_date) as valid_until_date
    from memberships as lower_step
    inner join memberships as upper_step on lower_step.related_actor_id = upper_step.actor_id

),

third_steps as (

    select
        lower_step.actor_id,
        upper_step.related_actor_id,
        greatest(lower_step.valid_from_date, upper_step.valid_from_date) as valid_from_date,
        least(lower_step.valid_until_date, upper_step.valid_until_date) as valid_until_date
    from second_steps as lower_step
    inner join memberships as upper_step on lower_step.related_actor_id = upper_step.actor_id

),

umbrellas as (

    select
        actor_id,
        related_actor_id,
        valid_from_date,
        valid_until_date
    from memberships

    union

    select * from second_steps
    where valid_from_date <= valid_until_date

    union

    select * from third_steps
    where valid_from_date <= valid_until_date

),

pairs as (

    select
        actor_id,
        related_actor_id as allied_actor_id,
        'member' as basis,
        valid_from_date,
        valid_until_date
    from umbrellas

    union all

    select
        one.actor_id,
        other.actor_id as allied_actor_id,
        'same_umbrella' as basis,
        greatest(one.valid_from_date, other.valid_from_date) as valid_from_date,
        least(one.valid_until_date, other.valid_until_date) as valid_until_date
    from umbrellas as one
    inner join umbrellas as other
        on
            one.related_actor_id = other.related_actor_id
            and one.actor_id <> other.actor_id

    union all

    select
        actor_id,
        related_actor_id as allied_actor_id,
        case relation
            when 'allied_with' then 'allied'
            when 'affiliated_with' then 'affiliated'
            when 'named_in' then 'named_together'
        end as basis,
        valid_from_date,
        valid_until_date
    from relations
    where relation in ('allied_with', 'affiliated_with', 'named_in')

),

both_ways as (

    select * from pairs

    union

    select
        allied_actor_id as actor_id,
        actor_id as allied_actor_id,
        basis,
        valid_from_date,
        valid_until_date
    from pairs

),

final as (

    select
        -- ids
        actor_id,
        allied_actor_id,

        -- what
        basis,

        -- when
        valid_from_date,
        valid_until_date
    from both_ways
    where valid_from_date <= valid_until_date

)

select * from final
