{{ config(materialized='table') }}

with

members as (

    select * from {{ ref('int_actor_members__resolved') }}

),

counted as (

    select
        name_told,
        cast(count(distinct member_name) as integer) as member_count,
        -- With a name that nobody knows, or that means another group by date, those joined are not known.
        max(case when actor_id is null or valid_from_date > cast('0001-01-01' as date) then 1 else 0 end) = 0
            as is_resolved
    from members
    group by name_told

),

-- The same sides in another order are the same ones together.
joined as (

    select
        name_told,
        {{ dbt.listagg('actor_id', "'+'", 'order by actor_id') }} as actor_id,
        {{ dbt.listagg('actor_name', "', '", 'order by actor_id') }} as actor_name,
        case when min(family) = max(family) then min(family) else 'other' end as joint_family,
        min(case when is_jihadist then 1 else 0 end) = 1 as is_jihadist,
        min(case when is_pro_government then 1 else 0 end) = 1 as is_pro_government
    from (
        select distinct
            name_told,
            actor_id,
            actor_name,
            family,
            is_jihadist,
            is_pro_government
        from members
        where actor_id is not null
    ) as sides
    group by name_told

),

final as (

    select
        members.name_told as actor_name,
        members.actor_id,
        members.actor_name as group_name,
        coalesce(members.family, 'unresolved') as family,  -- noqa: RF04
        members.is_jihadist,
        members.is_pro_government,
        members.country_code,
        counted.member_count,
        members.actor_id is not null as is_resolved,
        members.is_made_by_rule,
        members.stated_by,
        members.valid_from_date,
        members.valid_until_date
    from members
    inner join counted on members.name_told = counted.name_told
    where counted.member_count = 1

    union all

    -- What sides that act together have in common is theirs.
    select
        counted.name_told as actor_name,
        joined.actor_id,
        joined.actor_name as group_name,
        coalesce(joined.joint_family, 'unresolved') as family,  -- noqa: RF04
        coalesce(joined.is_jihadist, false) as is_jihadist,
        coalesce(joined.is_pro_government, false) as is_pro_government,
        cast(null as {{ dbt.type_string() }}) as country_code,
        counted.member_count,
        counted.is_resolved,
        false as is_made_by_rule,
        case when counted.is_resolved then 'rule: names joined by commas' end as stated_by,
        cast('0001-01-01' as date) as valid_from_date,
        cast('9999-12-31' as date) as valid_until_date
    from counted
    left join joined
        on
            counted.name_told = joined.name_told
            and counted.is_resolved
    where counted.member_count > 1

)

select * from final
