with

final as (

    select
        -- ids
        feed,
        id_space,

        -- what
        actor_name,

        -- when
        min(first_occurred_date) as first_occurred_date,
        max(last_occurred_date) as last_occurred_date,

        -- measures
        cast(sum(side_count) as bigint) as side_count,
        cast(sum(companion_count) as bigint) as companion_count
    from {{ ref('dim_actor_names') }}
    where not is_resolved
    group by feed, id_space, actor_name

)

select * from final
