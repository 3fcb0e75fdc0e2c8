with

reports as (

    select * from {{ ref('fct_reports') }}

),

actors as (

    select * from {{ ref('int_actors__identified') }}

),

sides as (

    {%- for side in ['side_a', 'side_b'] %}
    select
        feed,
        id_space,
        {{ side }}_source_id as source_actor_id,
        coalesce({{ side }}_name, {{ side }}_source_id) as actor_name,
        {{ side }}_actor_id as actor_id,
        count(*) as side_count,
        0 as companion_count,
        min(occurred_date) as first_occurred_date,
        max(occurred_date) as last_occurred_date
    from reports
    where {{ side }}_actor_id is not null
    group by
        feed, id_space, {{ side }}_source_id, coalesce({{ side }}_name, {{ side }}_source_id), {{ side }}_actor_id
    {{ "union all" if not loop.last }}
    {%- endfor %}

),

companions_told as (

    select
        feed,
        id_space,
        occurred_date,
        {{ text_parts('associated_actor_names', '; ') }}
    from reports
    where associated_actor_names is not null

),

companions as (

    select
        told.feed,
        told.id_space,
        cast(null as {{ dbt.type_string() }}) as source_actor_id,
        trim(told.part) as actor_name,
        actors.actor_id,
        0 as side_count,
        count(*) as companion_count,
        min(told.occurred_date) as first_occurred_date,
        max(told.occurred_date) as last_occurred_date
    from companions_told as told
    inner join actors
        on
            trim(told.part) = actors.actor_name
            and told.id_space = actors.id_space
            and actors.source_actor_key = ''
            and told.occurred_date between actors.valid_from_date and actors.valid_until_date
    group by told.feed, told.id_space, trim(told.part), actors.actor_id

),

told as (

    select * from sides
    union all
    select * from companions

),

names as (

    select
        feed,
        id_space,
        source_actor_id,
        actor_name,
        actor_id,
        cast(sum(side_count) as bigint) as side_count,
        cast(sum(companion_count) as bigint) as companion_count,
        min(first_occurred_date) as first_occurred_date,
        max(last_occurred_date) as last_occurred_date
    from told
    group by feed, id_space, source_actor_id, actor_name, actor_id

),

final as (

    select
        -- ids
        names.actor_id,
        names.feed,
        names.id_space,
        names.source_actor_id,

        -- what
        names.actor_name,

        -- when
        names.first_occurred_date,
        names.last_occurred_date,

        -- measures
        names.side_count,
        names.companion_count,

        -- quality
        resolved.stated_by,
        coalesce(resolved.is_resolved, false) as is_resolved
    from names
    left join {{ ref('int_actor_names__resolved') }} as resolved
        on
            names.actor_name = resolved.actor_name
            and names.first_occurred_date between resolved.valid_from_date and resolved.valid_until_date

)

select * from final
