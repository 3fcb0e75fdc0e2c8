{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook="
            {%- if is_incremental() -%}
            delete from {{ this }} where place_id not in (select place_id from {{ ref('fct_reports') }})
            {%- endif -%}
        ",
    )
}}

with

-- An id stands for one combination of names, so any report of a place names it in full.
places as (

    select
        place_id,
        min(id_space) as id_space,
        min(source_country_code) as source_country_code,
        min(admin1_name) as admin1_name,
        min(admin2_name) as admin2_name,
        min(place_name) as place_name
    from {{ ref('fct_reports') }}
    {%- if is_incremental() %}
    where place_id not in (select place_id from {{ this }})
    {%- endif %}
    group by place_id

),

countries as (

    select * from {{ ref('countries') }}

),

final as (

    select
        -- ids
        places.place_id,
        places.id_space,

        -- where
        countries.country_code,
        countries.iso2_code,
        countries.country_name,
        places.source_country_code,
        places.admin1_name,
        places.admin2_name,
        places.place_name,

        -- quality
        countries.country_code is not null as is_country_resolved
    from places
    left join countries on places.source_country_code = countries.gleditsch_ward_code

)

select * from final
