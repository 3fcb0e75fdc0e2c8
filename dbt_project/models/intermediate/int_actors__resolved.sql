with

names as (

    select * from {{ ref('int_actor_names__resolved') }}

),

-- A name that means different groups at different times is here what they have in common.
final as (

    select
        actor_name,
        case when count(*) = 1 then min(actor_id) end as canonical_actor_id,
        case when count(*) = 1 then coalesce(min(group_name), actor_name) else actor_name end as canonical_name,
        case
            when min(family) = max(family) then min(family)
            else 'other'
        end as family,  -- noqa: RF04
        min(case when is_jihadist then 1 else 0 end) = 1 as is_jihadist,
        min(case when is_pro_government then 1 else 0 end) = 1 as is_pro_government,
        case when count(*) = 1 then min(country_code) end as country_code,
        max(member_count) as member_count,
        min(case when is_resolved then 1 else 0 end) = 1 as is_resolved,
        min(stated_by) as stated_by
    from names
    group by actor_name

)

select * from final
