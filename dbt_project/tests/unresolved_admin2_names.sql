-- Names of second-order divisions that neither the seed nor boundaries know, in the countries that the seed knows.
{{ config(severity='warn', meta={'dagster': {'ref': {'name': 'dim_places'}}}) }}

select
    country_code,
    admin1_name,
    admin2_name,
    count(*) as place_count
from {{ ref('dim_places') }}
where
    not is_admin2_resolved
    and country_code in (select known.country_code from {{ ref('admin2_names') }} as known)
group by country_code, admin1_name, admin2_name
