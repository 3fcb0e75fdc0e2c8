-- Where we hold other dates than the source, the days still follow each other, and the year is one of theirs.
select
    feed,
    source_event_id,
    occurred_date,
    occurred_until_date,
    occurred_year
from {{ ref('fct_reports') }}
where
    overridden_columns like '%occurred%'
    and (
        occurred_until_date < occurred_date
        or occurred_year < extract(year from occurred_date)
        or occurred_year > extract(year from coalesce(occurred_until_date, occurred_date))
    )
