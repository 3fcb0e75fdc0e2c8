-- A mapping or HXL tags have put every file into these columns; what a file does not tell is unknown.
with

source as (

    select * from {{ source('landing', 'incident_file') }}

),

renamed as (

    select
        -- ids
        {{ report_id("'incident_file'", "event_id") }} as report_id,
        'incident_file' as id_space,
        'incident_file' as feed,
        event_id as source_event_id,
        batch_id,
        _record_number as record_number,
        _record_hash as record_hash,

        -- what
        violence_type,
        event_type,
        source_event_type,
        cast(null as varchar) as conflict_name,
        cast(null as varchar) as dyad_name,
        side_a as side_a_name,
        side_b as side_b_name,
        cast(null as varchar) as side_a_source_id,
        cast(null as varchar) as side_b_source_id,
        associated_actors as associated_actor_names,
        target_types,
        weapon_types,
        is_suicide_attack,
        is_doubtful,
        related_ids as related_source_event_ids,
        headline,
        source as source_office,
        cast(null as varchar) as source_original,
        cast(null as boolean) as has_source_review_pending,
        cast(null as integer) as event_clarity,

        -- where
        country as source_country_code,
        country_name,
        cast(null as varchar) as region_name,
        admin1 as admin1_name,
        admin2 as admin2_name,
        cast(null as varchar) as admin3_name,
        place as place_name,
        place_description,
        place_precision,
        latitude,
        longitude,
        cast(
            floor((latitude + 90) * 2) * 720 + floor((longitude + 180) * 2) + 1 as bigint
        ) as priogrid_gid,

        -- when
        date as occurred_date,
        coalesce(
            date_end,
            case date_precision
                when 'year' then make_date(year(date), 12, 31)
                when 'month' then last_day(date)
                when 'week' then cast(date + interval 6 day as date)
                else date
            end
        ) as occurred_until_date,
        date_precision,
        year as occurred_year,

        -- measures
        fatalities as fatality_count_best,
        fatalities_low as fatality_count_low,
        fatalities_high as fatality_count_high,
        cast(null as integer) as fatality_count_side_a,
        cast(null as integer) as fatality_count_side_b,
        fatalities_civilians as fatality_count_civilians,
        cast(null as integer) as fatality_count_unknown,
        wounded as wounded_count,
        cast(null as integer) as source_count,

        -- quality
        _warnings as warnings
    from source

)

{{ with_overrides('renamed', 'incident_file') }}
