{#-
    UCDP GED and UCDP Candidate share one codebook and one id space: their 49 columns are read here, once.
    Codes are those of the UCDP GED Codebook; a code that it does not know becomes null and fails a test.
-#}
{% macro ucdp_events(feed) -%}
with

source as (

    select * from {{ source('landing', feed) }}

),

renamed as (

    select
        -- ids
        {{ report_id("'ucdp'", "cast(id as varchar)") }} as report_id,
        'ucdp' as id_space,
        '{{ feed }}' as feed,
        cast(id as varchar) as source_event_id,
        batch_id,
        _record_number as record_number,
        _record_hash as record_hash,

        -- what
        case type_of_violence
            when 1 then 'state_based'
            when 2 then 'non_state'
            when 3 then 'one_sided'
        end as violence_type,
        cast(null as varchar) as event_type,
        cast(null as varchar) as source_event_type,
        conflict_name,
        dyad_name,
        side_a as side_a_name,
        side_b as side_b_name,
        side_a_new_id as side_a_source_id,
        side_b_new_id as side_b_source_id,
        cast(null as varchar) as associated_actor_names,
        cast(null as varchar) as target_types,
        cast(null as varchar) as weapon_types,
        cast(null as boolean) as is_suicide_attack,
        cast(null as boolean) as is_doubtful,
        cast(null as varchar) as related_source_event_ids,
        source_headline as headline,
        source_office,
        source_original,
        code_status <> 'Clear' as has_source_review_pending,
        event_clarity,

        -- where
        cast(country_id as varchar) as source_country_code,
        country as country_name,
        region as region_name,
        adm_1 as admin1_name,
        adm_2 as admin2_name,
        cast(null as varchar) as admin3_name,
        where_coordinates as place_name,
        where_description as place_description,
        case where_prec
            when 1 then 'exact'
            when 2 then 'near'
            when 3 then 'admin2'
            when 4 then 'admin1'
            when 5 then 'linear_or_fuzzy'
            when 6 then 'country'
            when 7 then 'sea_or_air'
        end as place_precision,
        latitude,
        longitude,
        priogrid_gid,

        -- when
        date_start as occurred_date,
        date_end as occurred_until_date,
        case date_prec
            when 1 then 'day'
            when 2 then 'days'
            when 3 then 'week'
            when 4 then 'month'
            when 5 then 'year'
        end as date_precision,
        year as occurred_year,

        -- measures
        best as fatality_count_best,
        low as fatality_count_low,
        high as fatality_count_high,
        deaths_a as fatality_count_side_a,
        deaths_b as fatality_count_side_b,
        deaths_civilians as fatality_count_civilians,
        deaths_unknown as fatality_count_unknown,
        cast(null as integer) as wounded_count,
        number_of_sources as source_count,

        -- quality
        _warnings as warnings
    from source

)

{{ with_overrides('renamed', feed) }}
{%- endmacro %}
