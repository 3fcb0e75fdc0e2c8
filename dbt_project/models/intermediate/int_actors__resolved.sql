{{ config(materialized='table') }}

with

known_actors as (

    select * from {{ ref('actors') }}

),

countries as (

    select distinct
        country_name,
        country_code
    from {{ ref('countries') }}

),

names as (

    select side_a_name as actor_name from {{ ref('int_reports__told') }}
    where side_a_name is not null

    union

    select side_b_name as actor_name from {{ ref('int_reports__told') }}
    where side_b_name is not null

),

seeded as (

    select
        names.actor_name,
        known_actors.actor_name is not null as is_in_seed
    from names
    left join known_actors on names.actor_name = known_actors.actor_name

),

-- Sides that act together are written as one name, with commas; a name in the seed is never cut.
members as (

    select
        actor_name,
        actor_name as part
    from seeded
    where is_in_seed

    union all

    select
        actor_name,
        {{ text_parts('actor_name', ', ') }}
    from seeded
    where not is_in_seed

),

-- Two rules spare the seed a list: governments, and the placeholders of UCDP for a side that it does not know.
ruled as (

    select
        actor_name,
        part as member_name,
        case
            when part like 'Government of %' then 'state_forces'
            when part like 'XXX%' then 'unidentified'
        end as ruled_family,
        case
            when part like 'Government of %' then 'rule: Government of a country'
            when part like 'XXX%' then 'rule: placeholder of UCDP'
        end as stated_by,
        -- 'Government of Russia (Soviet Union)' is that of Russia.
        replace({{ dbt.split_part('part', "' ('", 1) }}, 'Government of ', '') as governed_country_name
    from members

),

resolved as (

    select
        ruled.actor_name,
        coalesce(known_actors.canonical_actor_id, ruled.member_name) as canonical_actor_id,
        coalesce(known_actors.canonical_name, ruled.member_name) as canonical_name,
        coalesce(known_actors.family, ruled.ruled_family, 'unresolved') as member_family,
        coalesce(known_actors.is_jihadist, false) as is_jihadist,
        coalesce(known_actors.is_pro_government, false) as is_pro_government,
        coalesce(known_actors.country_code, countries.country_code) as country_code,
        coalesce(known_actors.source, ruled.stated_by) as stated_by
    from ruled
    left join known_actors on ruled.member_name = known_actors.actor_name
    left join countries
        on
            ruled.ruled_family = 'state_forces'
            and ruled.governed_country_name = countries.country_name

),

-- What sides that act together have in common is theirs.
families as (

    select
        actor_name,
        cast(count(*) as integer) as member_count,
        case when count(*) = 1 then min(canonical_actor_id) end as canonical_actor_id,
        case when count(*) = 1 then min(canonical_name) else actor_name end as canonical_name,
        case
            when max(case when member_family = 'unresolved' then 1 else 0 end) = 1 then 'unresolved'
            when min(member_family) = max(member_family) then min(member_family)
            else 'other'
        end as actor_family,
        min(case when is_jihadist then 1 else 0 end) = 1 as is_jihadist,
        min(case when is_pro_government then 1 else 0 end) = 1 as is_pro_government,
        case when count(*) = 1 then min(country_code) end as country_code,
        case when count(*) = 1 then min(stated_by) else 'rule: names joined by commas' end as stated_by
    from resolved
    group by actor_name

),

final as (

    select
        actor_name,
        canonical_actor_id,
        canonical_name,
        -- The word that the definitions use.
        actor_family as family,  -- noqa: RF04
        is_jihadist,
        is_pro_government,
        country_code,
        member_count,
        actor_family <> 'unresolved' as is_resolved,
        case when actor_family <> 'unresolved' then stated_by end as stated_by
    from families

)

select * from final
