-- Codes are those of the GTD Codebook, August 2021. Fatalities are one figure: GTD gives no range.
with

source as (

    select * from {{ source('landing', 'gtd') }}

),

dated as (

    -- Month and day 0 stand for unknown: the event lies somewhere between the first and the last day of what is known.
    select
        *,
        case
            when imonth = 0 then 'year'
            when iday = 0 then 'month'
            else 'day'
        end as known_to,
        make_date(iyear, greatest(imonth, 1), case when imonth = 0 then 1 else greatest(iday, 1) end) as first_day
    from source

),

renamed as (

    select
        -- ids
        {{ report_id("'gtd'", "eventid") }} as report_id,
        'gtd' as id_space,
        'gtd' as feed,
        eventid as source_event_id,
        batch_id,
        _record_number as record_number,
        _record_hash as record_hash,

        -- what
        cast(null as varchar) as violence_type,
        -- The weapon decides before the target. Police, military and armed groups (targets 3, 4, 17) can fight back.
        case
            when attacktype1 = 9 then null
            when attacktype1 = 3 then 'explosion_or_remote_violence'
            when attacktype1 in (4, 7) then 'other'
            when targtype1 in (3, 4, 17) then 'battle'
            when targtype1 not in (13, 20) then 'violence_against_civilians'
        end as event_type,
        nullif(concat_ws('; ', attacktype1_txt, attacktype2_txt, attacktype3_txt), '') as source_event_type,
        cast(null as varchar) as conflict_name,
        cast(null as varchar) as dyad_name,
        nullif(gname, 'Unknown') as side_a_name,
        nullif(nullif(corp1, 'Unknown'), 'Not Applicable') as side_b_name,
        cast(null as varchar) as side_a_source_id,
        cast(null as varchar) as side_b_source_id,
        nullif(concat_ws('; ', gname2, gname3), '') as associated_actor_names,
        nullif(
            concat_ws(
                '; ',
                targtype1_txt, targsubtype1_txt,
                targtype2_txt, targsubtype2_txt,
                targtype3_txt, targsubtype3_txt
            ),
            ''
        ) as target_types,
        nullif(
            concat_ws(
                '; ',
                weaptype1_txt, weapsubtype1_txt,
                weaptype2_txt, weapsubtype2_txt,
                weaptype3_txt, weapsubtype3_txt,
                weaptype4_txt, weapsubtype4_txt
            ),
            ''
        ) as weapon_types,
        case suicide when 1 then true when 0 then false end as is_suicide_attack,
        case doubtterr when 1 then true when 0 then false end as is_doubtful,
        replace(replace(related, ' ', ''), ',', '; ') as related_source_event_ids,
        summary as headline,
        nullif(concat_ws('; ', scite1, scite2, scite3), '') as source_office,
        cast(null as varchar) as source_original,
        cast(null as boolean) as has_source_review_pending,
        cast(null as integer) as event_clarity,

        -- where
        cast(country as varchar) as source_country_code,
        country_txt as country_name,
        region_txt as region_name,
        nullif(provstate, 'Unknown') as admin1_name,
        cast(null as varchar) as admin2_name,
        cast(null as varchar) as admin3_name,
        nullif(city, 'Unknown') as place_name,
        location as place_description,
        case
            when specificity = 1 and vicinity = 1 then 'near'
            when specificity = 1 then 'exact'
            when specificity in (2, 3) then 'admin2'
            when specificity = 4 then 'admin1'
            when specificity = 5 then 'country'
        end as place_precision,
        latitude,
        longitude,
        cast(
            floor((latitude + 90) * 2) * 720 + floor((longitude + 180) * 2) + 1 as bigint
        ) as priogrid_gid,

        -- when
        first_day as occurred_date,
        case known_to
            when 'year' then make_date(iyear, 12, 31)
            when 'month' then last_day(first_day)
            else first_day
        end as occurred_until_date,
        known_to as date_precision,
        iyear as occurred_year,

        -- measures: a total that GTD spread over linked events can be a fraction, and is rounded
        cast(round(nkill) as integer) as fatality_count_best,
        cast(null as integer) as fatality_count_low,
        cast(null as integer) as fatality_count_high,
        cast(round(nkillter) as integer) as fatality_count_side_a,
        cast(null as integer) as fatality_count_side_b,
        cast(null as integer) as fatality_count_civilians,
        cast(null as integer) as fatality_count_unknown,
        cast(round(nwound) as integer) as wounded_count,
        cast(null as integer) as source_count,

        -- quality
        _warnings as warnings
    from dated

)

{{ with_overrides('renamed', 'gtd') }}
