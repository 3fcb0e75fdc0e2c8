-- Codes of countries that the seed does not know. They stay null in every mart: nobody guesses them.
{{ config(severity='warn') }}

select
    id_space,
    source_country_code,
    count(*) as place_count
from {{ ref('dim_places') }}
where not is_country_resolved
group by id_space, source_country_code
