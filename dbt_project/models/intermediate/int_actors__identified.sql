with

told as (

    select * from {{ ref('int_actor_names__told') }}

),

names as (

    select * from {{ ref('int_actor_names__resolved') }}

),

-- A side that nobody knows is one by the feed's own id for it; by its name where it has none.
final as (

    select
        told.id_space,
        coalesce(told.source_actor_id, '') as source_actor_key,
        told.actor_name,
        coalesce(
            names.actor_id,
            {{ unresolved_actor_id('told.id_space', 'told.source_actor_id', 'told.actor_name') }}
        ) as actor_id,
        names.is_resolved,
        names.valid_from_date,
        names.valid_until_date
    from told
    inner join names on told.actor_name = names.actor_name

)

select * from final
