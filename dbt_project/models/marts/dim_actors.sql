with

reports as (

    select * from {{ ref('fct_reports') }}

),

known_actors as (

    select * from {{ ref('actors') }}

),

countries as (

    select distinct
        country_name,
        country_code
    from {{ ref('countries') }}

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

-- A side that its feed calls by several names goes by the one that most reports use.
ranked as (

    select
        *,
        sum(report_count) over (partition by actor_id) as total_report_count,
        row_number() over (partition by actor_id order by report_count desc, actor_name) as name_rank
    from sides
    where actor_id is not null

),

named as (

    select
        ranked.*,
        known_actors.actor_name is not null as is_in_seed
    from ranked
    left join known_actors on ranked.actor_name = known_actors.actor_name
    where ranked.name_rank = 1

),

-- Sides that act together are written as one name, with commas; a name in the seed is never cut.
members as (

    select
        actor_id,
        actor_name as part
    from named
    where is_in_seed

    union all

    select
        actor_id,
        {{ text_parts('actor_name', ', ') }}
    from named
    where not is_in_seed

),

-- Two rules spare the seed a list: governments, and the placeholders of UCDP for a side that it does not know.
ruled as (

    select
        actor_id,
        part as member_name,
        case
            when part like 'Government of %' then 'state_forces'
            when part like 'XXX%' then 'unidentified'
        end as family,
        case
            when part like 'Government of %' then 'rule: Government of a country'
            when part like 'XXX%' then 'rule: placeholder of UCDP'
        end as source,
        -- 'Government of Russia (Soviet Union)' is that of Russia.
        replace({{ dbt.split_part('part', "' ('", 1) }}, 'Government of ', '') as governed_country_name
    from members

),

resolved as (

    select
        ruled.actor_id,
        coalesce(known_actors.canonical_actor_id, ruled.member_name) as canonical_actor_id,
        coalesce(known_actors.canonical_name, ruled.member_name) as canonical_name,
        coalesce(known_actors.family, ruled.family, 'unresolved') as family,
        coalesce(known_actors.is_jihadist, false) as is_jihadist,
        coalesce(known_actors.is_pro_government, false) as is_pro_government,
        coalesce(known_actors.country_code, countries.country_code) as country_code,
        coalesce(known_actors.source, ruled.source) as source
    from ruled
    left join known_actors on ruled.member_name = known_actors.actor_name
    left join countries
        on
            ruled.family = 'state_forces'
            and ruled.governed_country_name = countries.country_name

),

families as (

    select
        actor_id,
        count(*) as member_count,
        case when count(*) = 1 then min(canonical_actor_id) end as canonical_actor_id,
        case when count(*) = 1 then min(canonical_name) end as canonical_name,
        case
            when max(case when family = 'unresolved' then 1 else 0 end) = 1 then 'unresolved'
            when min(family) = max(family) then min(family)
            else 'other'
        end as family,
        min(case when is_jihadist then 1 else 0 end) = 1 as is_jihadist,
        min(case when is_pro_government then 1 else 0 end) = 1 as is_pro_government,
        case when count(*) = 1 then min(country_code) end as country_code,
        case when count(*) = 1 then min(source) else 'rule: names joined by commas' end as source
    from resolved
    group by actor_id

),

final as (

    select
        -- ids
        named.actor_id,
        named.id_space,
        named.source_actor_id,

        -- what
        named.actor_name,
        families.canonical_actor_id,
        coalesce(families.canonical_name, named.actor_name) as canonical_name,
        families.family,
        families.is_jihadist,
        families.is_pro_government,
        families.country_code,
        cast(families.member_count as integer) as member_count,

        -- quality
        families.family <> 'unresolved' as is_resolved,
        case when families.family <> 'unresolved' then families.source end as source,

        -- measures
        cast(named.total_report_count as bigint) as report_count
    from named
    inner join families on named.actor_id = families.actor_id

)

select * from final
