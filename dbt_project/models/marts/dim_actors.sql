with

reports as (

    select * from {{ ref('fct_reports') }}

),

sides as (

    select
        side_a_actor_id as actor_id,
        id_space,
        side_a_source_id as source_actor_id,
        side_a_name as actor_name,
        count(*) as report_count
    from reports
    group by side_a_actor_id, id_space, side_a_source_id, side_a_name

    union all

    select
        side_b_actor_id as actor_id,
        id_space,
        side_b_source_id as source_actor_id,
        side_b_name as actor_name,
        count(*) as report_count
    from reports
    group by side_b_actor_id, id_space, side_b_source_id, side_b_name

),

names as (

    select
        actor_id,
        id_space,
        source_actor_id,
        actor_name,
        sum(report_count) as report_count
    from sides
    where actor_id is not null
    group by actor_id, id_space, source_actor_id, actor_name

),

-- A side that its feed calls by several names goes by the one that most reports use.
ranked as (

    select
        *,
        sum(report_count) over (partition by actor_id) as total_report_count,
        row_number() over (partition by actor_id order by report_count desc, actor_name asc) as name_rank
    from names

),

final as (

    select
        -- ids
        ranked.actor_id,
        ranked.id_space,
        ranked.source_actor_id,

        -- what
        ranked.actor_name,
        resolved.canonical_actor_id,
        coalesce(resolved.canonical_name, ranked.actor_name) as canonical_name,
        coalesce(resolved.family, 'unresolved') as family,
        coalesce(resolved.is_jihadist, false) as is_jihadist,
        coalesce(resolved.is_pro_government, false) as is_pro_government,
        resolved.country_code,
        resolved.member_count,

        -- quality
        coalesce(resolved.is_resolved, false) as is_resolved,
        resolved.stated_by,

        -- measures
        cast(ranked.total_report_count as bigint) as report_count
    from ranked
    left join {{ ref('int_actors__resolved') }} as resolved on ranked.actor_name = resolved.actor_name
    where ranked.name_rank = 1

)

select * from final
