with

groups as (

    select * from {{ ref('actor_groups') }}

),

countries as (

    select
        country_code,
        min(country_name) as country_name
    from {{ ref('countries') }}
    group by country_code

),

names as (

    select * from {{ ref('int_actor_names__resolved') }}

),

-- Names of batches that take no part make no actor.
names_in_use as (

    select distinct actor_name from {{ ref('dim_actor_names') }}

),

-- The forces of a country and the militias of a people, also where they are only named together with others.
made_by_rule as (

    select
        members.actor_id,
        min(members.actor_name) as actor_name,
        min(members.family) as actor_family,
        min(members.country_code) as country_code,
        min(members.stated_by) as stated_by
    from {{ ref('int_actor_members__resolved') }} as members
    inner join names_in_use on members.name_told = names_in_use.actor_name
    where members.is_made_by_rule
    group by members.actor_id

),

named_together as (

    select
        names.actor_id,
        min(names.group_name) as actor_name,
        min(names.family) as actor_family,
        min(case when names.is_jihadist then 1 else 0 end) = 1 as is_jihadist,
        min(case when names.is_pro_government then 1 else 0 end) = 1 as is_pro_government,
        min(names.member_count) as member_count,
        min(names.stated_by) as stated_by
    from names
    inner join names_in_use on names.actor_name = names_in_use.actor_name
    where names.actor_id like '%+%'
    group by names.actor_id

),

-- Whose forces they are is an actor as well, also where no report names it.
governments_meant as (

    select distinct
        country_code,
        'government_' || lower(country_code) as actor_id
    from made_by_rule
    where country_code is not null

),

governments as (

    select
        governments_meant.actor_id,
        governments_meant.country_code,
        'Government of ' || countries.country_name as actor_name
    from governments_meant
    inner join countries on governments_meant.country_code = countries.country_code
    left join made_by_rule as named on governments_meant.actor_id = named.actor_id
    where named.actor_id is null

),

-- A side that nobody knows goes by the name that most reports use.
unresolved as (

    select
        actor_id,
        id_space,
        actor_name,
        row_number() over (
            partition by actor_id
            order by sum(side_count + companion_count) desc, actor_name asc
        ) as name_rank
    from {{ ref('dim_actor_names') }}
    where not is_resolved
    group by actor_id, id_space, actor_name

),

actors as (

    select
        actor_id,
        cast(null as {{ dbt.type_string() }}) as id_space,
        actor_name,
        -- The word that the definitions use.
        family as actor_family,
        is_group,
        is_jihadist,
        is_pro_government,
        country_code,
        1 as member_count,
        true as is_resolved,
        source as stated_by
    from groups

    union all

    select
        actor_id,
        cast(null as {{ dbt.type_string() }}) as id_space,
        actor_name,
        actor_family,
        true as is_group,
        false as is_jihadist,
        false as is_pro_government,
        country_code,
        1 as member_count,
        true as is_resolved,
        stated_by
    from made_by_rule

    union all

    select
        actor_id,
        cast(null as {{ dbt.type_string() }}) as id_space,
        actor_name,
        actor_family,
        true as is_group,
        is_jihadist,
        is_pro_government,
        cast(null as {{ dbt.type_string() }}) as country_code,
        member_count,
        true as is_resolved,
        stated_by
    from named_together

    union all

    select
        actor_id,
        cast(null as {{ dbt.type_string() }}) as id_space,
        actor_name,
        'state_forces' as actor_family,
        true as is_group,
        false as is_jihadist,
        false as is_pro_government,
        country_code,
        1 as member_count,
        true as is_resolved,
        'rule government: whose forces a report names' as stated_by
    from governments

    union all

    select
        actor_id,
        id_space,
        actor_name,
        'unresolved' as actor_family,
        true as is_group,
        false as is_jihadist,
        false as is_pro_government,
        cast(null as {{ dbt.type_string() }}) as country_code,
        1 as member_count,
        false as is_resolved,
        cast(null as {{ dbt.type_string() }}) as stated_by
    from unresolved
    where name_rank = 1

),

final as (

    select
        -- ids
        actor_id,
        id_space,

        -- what
        actor_name,
        actor_family as family,  -- noqa: RF04
        is_group,
        is_jihadist,
        is_pro_government,
        country_code,
        cast(member_count as integer) as member_count,

        -- quality
        is_resolved,
        stated_by
    from actors

)

select * from final
