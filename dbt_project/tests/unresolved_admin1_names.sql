-- Names of first-order divisions that the seed does not know, in the countries that it has names for.
{{ config(severity='warn', meta={'dagster': {'ref': {'name': 'dim_places'}}}) }}

select
    country_code,
    admin1_name,
    count(*) as place_count
from {{ ref('dim_places') }}
where
    not is_admin1_resolved
    and country_code in (select known.country_code from {{ ref('admin1_names') }} as known)
group by country_code, admin1_name
