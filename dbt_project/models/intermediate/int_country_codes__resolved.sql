{{ config(materialized='table') }}

with

countries as (

    select * from {{ ref('countries') }}

),

-- UCDP speaks in codes of the Gleditsch-Ward system; a code of it that shares its country with another is kept.
ucdp_codes as (

    select
        'ucdp' as id_space,
        gleditsch_ward_code as source_country_code,
        country_code
    from countries
    where gleditsch_ward_code is not null

),

other_codes as (

    select
        id_space,
        source_country_code,
        country_code
    from {{ ref('country_codes') }}

),

codes as (

    select * from ucdp_codes
    union all
    select * from other_codes

),

names as (

    select distinct
        country_code,
        iso2_code,
        country_name
    from countries

),

final as (

    select
        -- ids
        codes.id_space,
        codes.source_country_code,

        -- where
        codes.country_code,
        names.iso2_code,
        names.country_name
    from codes
    inner join names on codes.country_code = names.country_code

)

select * from final
