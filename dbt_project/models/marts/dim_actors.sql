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

-- A name that is not resolved at all is one that no rule and no seed knows.
resolved as (

    select
        ranked.*,
        names_resolved.canonical_actor_id,
        names_resolved.country_code,
        names_resolved.member_count,
        names_resolved.stated_by,
        coalesce(names_resolved.canonical_name, ranked.actor_name) as canonical_name,
        coalesce(names_resolved.family, 'unresolved') as actor_family,
        coalesce(names_resolved.is_jihadist, false) as is_jihadist,
        coalesce(names_resolved.is_pro_government, false) as is_pro_government,
        coalesce(names_resolved.is_resolved, false) as is_resolved
    from ranked
    left join {{ ref('int_actors__resolved') }} as names_resolved on ranked.actor_name = names_resolved.actor_name
    where ranked.name_rank = 1

),

final as (

    select
        -- ids
        actor_id,
        id_space,
        source_actor_id,

        -- what
        actor_name,
        canonical_actor_id,
        canonical_name,
        -- The word that the definitions use.
        actor_family as family,  -- noqa: RF04
        is_jihadist,
        is_pro_government,
        country_code,
        member_count,

        -- quality
        is_resolved,
        stated_by,

        -- measures
        cast(total_report_count as bigint) as report_count
    from resolved

)

select * from final
