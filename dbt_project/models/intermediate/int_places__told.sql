{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook="{{ delete_vanished_versions(ref('fct_reports'), ['place_id']) }}",
    )
}}

with

named as (

    select
        place_id,
        id_space,
        source_country_code,
        admin1_name,
        admin2_name,
        admin3_name,
        place_name,
        place_precision,
        latitude,
        longitude
    from {{ ref('fct_reports') }}

),

-- An id stands for one combination of names and coordinates, so any report of a place tells it in full.
final as (

    select
        place_id,
        min(id_space) as id_space,
        min(source_country_code) as source_country_code,
        min(admin1_name) as admin1_name,
        min(admin2_name) as admin2_name,
        min(admin3_name) as admin3_name,
        min(place_name) as place_name,
        min(place_precision) as place_precision,
        min(latitude) as latitude,
        min(longitude) as longitude
    from named
    {%- if is_incremental() %}
    where
        not exists (
            select 1
            from {{ this }} as built
            where built.place_id = named.place_id
        )
    {%- endif %}
    group by place_id

)

select * from final
