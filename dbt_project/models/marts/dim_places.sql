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
        place_name
    from {{ ref('fct_reports') }}

),

-- An id stands for one combination of names, so any report of a place names it in full.
places as (

    select
        place_id,
        min(id_space) as id_space,
        min(source_country_code) as source_country_code,
        min(admin1_name) as admin1_name,
        min(admin2_name) as admin2_name,
        min(place_name) as place_name
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

),

country_codes as (

    select * from {{ ref('int_country_codes__resolved') }}

),

admin1_names as (

    select * from {{ ref('admin1_names') }}

),

located as (

    select
        places.*,
        country_codes.country_code,
        country_codes.iso2_code,
        country_codes.country_name,
        country_codes.country_code is not null as is_country_resolved,
        replace(lower(places.admin1_name), ' region', '') as admin1_key
    from places
    left join country_codes
        on
            places.id_space = country_codes.id_space
            and places.source_country_code = country_codes.source_country_code

),

resolved as (

    select
        located.*,
        admin1_names.admin1_code,
        admin1_names.admin1_standard_name,
        case when located.admin1_name is not null then admin1_names.admin1_code is not null end as is_admin1_resolved
    from located
    left join admin1_names
        on
            located.country_code = admin1_names.country_code
            and located.admin1_key = admin1_names.name

),

final as (

    select
        -- ids
        place_id,
        id_space,

        -- where
        country_code,
        iso2_code,
        country_name,
        source_country_code,
        admin1_code,
        admin1_standard_name,
        admin1_name,
        admin2_name,
        place_name,

        -- quality
        is_country_resolved,
        is_admin1_resolved
    from resolved

)

select * from final
