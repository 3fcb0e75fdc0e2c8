{#-
    GDELT 2.0 events. A machine has read the news: kinds are those of CAMEO, places are the centres of the places
    named, and nobody counted the dead. What CAMEO does not say stays unknown.
-#}
with

source as (

    select * from {{ source('landing', 'gdelt') }}

),

-- 'Gao, Gao, Mali' has three parts, 'Gao, Mali' two, 'Mali' one.
places as (

    select
        *,
        {{ dbt.split_part('actiongeo_fullname', "', '", 1) }} as first_part,
        {{ dbt.split_part('actiongeo_fullname', "', '", 2) }} as second_part,
        {{ dbt.split_part('actiongeo_fullname', "', '", 3) }} as third_part,
        (length(actiongeo_fullname) - length(replace(actiongeo_fullname, ', ', ''))) / 2 + 1 as part_count
    from source

),

renamed as (

    select
        -- ids
        {{ report_id("'gdelt'", "cast(globaleventid as varchar)") }} as report_id,
        'gdelt' as id_space,
        'gdelt' as feed,
        cast(globaleventid as varchar) as source_event_id,
        batch_id,
        _record_number as record_number,
        _record_hash as record_hash,

        -- what: CAMEO's assaults (18) do not say whom they hit unless the other actor is a civilian
        cast(null as varchar) as violence_type,
        case
            when eventbasecode in ('183', '194', '195', '204') then 'explosion_or_remote_violence'
            when eventbasecode in ('191', '192') then 'strategic_development'
            when eventbasecode = '196' then 'other'
            when eventrootcode = '19' then 'battle'
            when eventrootcode = '20' then 'violence_against_civilians'
            when eventrootcode = '18' and actor2type1code = 'CVL' then 'violence_against_civilians'
            when eventbasecode = '145' then 'riot'
            when eventrootcode = '14' then 'protest'
            else 'other'
        end as event_type,
        eventcode as source_event_type,
        cast(null as varchar) as conflict_name,
        cast(null as varchar) as dyad_name,
        actor1name as side_a_name,
        actor2name as side_b_name,
        actor1code as side_a_source_id,
        actor2code as side_b_source_id,
        cast(null as varchar) as associated_actor_names,
        nullif(concat_ws('; ', actor2type1code, actor2type2code, actor2type3code), '') as target_types,
        cast(null as varchar) as weapon_types,
        case when eventcode = '1831' then true end as is_suicide_attack,
        cast(null as boolean) as is_doubtful,
        cast(null as varchar) as related_source_event_ids,
        cast(null as varchar) as headline,
        nullif({{ dbt.split_part('sourceurl', "'/'", 3) }}, '') as source_office,
        sourceurl as source_original,
        cast(null as boolean) as has_source_review_pending,
        cast(null as integer) as event_clarity,

        -- where
        actiongeo_countrycode as source_country_code,
        case part_count when 1 then first_part when 2 then second_part when 3 then third_part end as country_name,
        cast(null as varchar) as region_name,
        case
            when actiongeo_type in (2, 5) and part_count = 2 then first_part
            when actiongeo_type in (3, 4) and part_count = 3 and second_part not like '%(general)%' then second_part
        end as admin1_name,
        cast(null as varchar) as admin2_name,
        cast(null as varchar) as admin3_name,
        first_part as place_name,
        actiongeo_fullname as place_description,
        case
            when actiongeo_type in (3, 4) then 'near'
            when actiongeo_type in (2, 5) then 'admin1'
            when actiongeo_type = 1 then 'country'
        end as place_precision,
        actiongeo_lat as latitude,
        actiongeo_long as longitude,
        cast(null as bigint) as priogrid_gid,

        -- when: the day that the article speaks of, as far as the parser understood it
        sqldate as occurred_date,
        sqldate as occurred_until_date,
        'day' as date_precision,
        cast(extract(year from sqldate) as integer) as occurred_year,

        -- measures
        cast(null as integer) as fatality_count_best,
        cast(null as integer) as fatality_count_low,
        cast(null as integer) as fatality_count_high,
        cast(null as integer) as fatality_count_side_a,
        cast(null as integer) as fatality_count_side_b,
        cast(null as integer) as fatality_count_civilians,
        cast(null as integer) as fatality_count_unknown,
        cast(null as integer) as wounded_count,
        numsources as source_count,

        -- quality
        _warnings as warnings
    from places

)

{{ with_overrides('renamed', 'gdelt') }}
