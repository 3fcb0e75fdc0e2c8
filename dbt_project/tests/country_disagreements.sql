-- Places whose coordinates lie outside the country that their reports name. Both stay as the feed has them.
{{ config(severity='warn', meta={'dagster': {'ref': {'name': 'dim_places'}}}) }}

select
    id_space,
    country_code,
    area_country_code,
    nearest_place_country_code,
    country_check_basis,
    count(*) as place_count
from {{ ref('dim_places') }}
where has_country_disagreement
group by id_space, country_code, area_country_code, nearest_place_country_code, country_check_basis
