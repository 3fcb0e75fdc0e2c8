with

names as (

    select * from {{ ref('dim_actor_names') }}
    where not is_resolved

),

counted as (

    select
        feed,
        id_space,
        actor_name,
        cast(sum(side_count) as bigint) as side_count,
        cast(sum(companion_count) as bigint) as companion_count,
        min(first_occurred_date) as first_occurred_date,
        max(last_occurred_date) as last_occurred_date
    from names
    group by feed, id_space, actor_name

),

final as (

    select
        -- ids
        feed,
        id_space,

        -- what
        actor_name,

        -- when
        first_occurred_date,
        last_occurred_date,

        -- measures
        side_count,
        companion_count
    from counted

)

select * from final
