-- One row a country and month.
select
    country_code,
    month_start_date
from {{ ref('agg_incidents_by_country_month') }}
group by country_code, month_start_date
having count(*) > 1
