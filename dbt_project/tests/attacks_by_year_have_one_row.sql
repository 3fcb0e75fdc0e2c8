-- One row a definition, country and year; one a definition and year over all countries.
select
    definition_id,
    country_code,
    year
from {{ ref('agg_attacks_by_year') }}
group by definition_id, country_code, year
having count(*) > 1

union all

select
    definition_id,
    'all' as country_code,
    year
from {{ ref('agg_attacks_by_year_overall') }}
group by definition_id, year
having count(*) > 1
