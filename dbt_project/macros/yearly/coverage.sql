{#-
    What is covered, day by day, by the batches in use whose scope holds it, and how much of it may still change.
    What is counted on covered days stands in `attack_counts.sql` and in the aggregates.
-#}

{#- How many days a feed still revises what it said. A feed that is not named is taken for a slow one. -#}
{% macro revision_lag_days(feed) -%}
    case {{ feed }}
        {%- for name, days in var('revision_lag_days', {'ucdp_ged': 0, 'ucdp_candidate': 365}).items() %}
        when '{{ name }}' then {{ days }}
        {%- endfor %}
        else 365
    end
{%- endmacro %}

{#- A date moved by whole days, months or years; 29 February moves with 28 February. -#}
{% macro moved_date(date, count, unit) -%}
    cast({{ dbt.dateadd(unit, count, date) }} as date)
{%- endmacro %}

{#- Days from the first to the last, both counted. -#}
{% macro day_count(first_date, last_date) -%}
    ({{ dbt.datediff(first_date, last_date, 'day') }} + 1)
{%- endmacro %}

{#-
    CTEs, ending with `pieces` (the covered stretches of each country cut at the ends of periods) and `coverage` (one
    row an id space, country and period that is covered at all). `unit` is year or month. A day is settled where a
    batch covers it whose feed has stopped revising it, seen from the newest arrival. `by_id_space` tells what every
    id space covers; without it, what the one does that the linked figures are covered by.
-#}
{% macro coverage_by(unit, by_id_space=false) -%}
batches as (

    select
        *,
        {{ moved_date('max(fetched_at) over (partition by id_space)', '-1 * ' ~ revision_lag_days('feed'), 'day') }} as settled_until
    from {{ ref('int_batches__used') }}
    {%- if by_id_space %}
    where {{ makes_incidents('id_space') }}
    {%- else %}
    where id_space = '{{ var("counted_id_space", "ucdp") }}'
    {%- endif %}

),

country_codes as (

    select * from {{ ref('int_country_codes__resolved') }}

),

known_countries as (

    select distinct coalesce(country_code, 'unresolved') as country_code
    from {{ ref('fct_reports') }}
    where {{ makes_incidents('id_space') }}

),

-- A batch without a country scope speaks for every country that anything is known of.
scopes as (

    select
        batches.id_space,
        country_codes.country_code,
        batches.covers_from,
        batches.covers_until,
        batches.settled_until
    from batches
    inner join country_codes
        on
            batches.id_space = country_codes.id_space
            and batches.country_scope like '%,' || country_codes.source_country_code || ',%'
    where batches.scope_kind in ('full', 'window')

    union all

    select
        batches.id_space,
        known_countries.country_code,
        batches.covers_from,
        batches.covers_until,
        batches.settled_until
    from batches
    cross join known_countries
    where
        batches.scope_kind in ('full', 'window')
        and batches.country_scope is null

),

spans as (

    select distinct
        id_space,
        country_code,
        'covered' as kind,
        covers_from as from_date,
        covers_until as until_date
    from scopes

    union all

    select distinct
        id_space,
        country_code,
        'settled' as kind,
        covers_from as from_date,
        least(covers_until, settled_until) as until_date
    from scopes
    where settled_until >= covers_from

),

-- Spans that overlap or touch become one stretch.
openings as (

    select
        *,
        case
            when
                from_date <= {{ moved_date(
                    "max(until_date) over (
                        partition by id_space, country_code, kind
                        order by from_date, until_date
                        rows between unbounded preceding and 1 preceding
                    )",
                    1,
                    'day'
                ) }}
                then 0
            else 1
        end as opening
    from spans

),

numbered_spans as (

    select
        *,
        sum(opening) over (
            partition by id_space, country_code, kind
            order by from_date, until_date
            rows between unbounded preceding and current row
        ) as stretch_number
    from openings

),

stretches as (

    select
        id_space,
        country_code,
        kind,
        min(from_date) as from_date,
        max(until_date) as until_date
    from numbered_spans
    group by id_space, country_code, kind, stretch_number

),

periods as (

    select distinct
        {{ unit }}_start_date as period_from,
        {{ moved_date(moved_date(unit ~ '_start_date', 1, unit), -1, 'day') }} as period_until
    from {{ ref('dim_dates') }}

),

pieces as (

    select
        stretches.id_space,
        stretches.country_code,
        stretches.kind,
        periods.period_from,
        periods.period_until,
        greatest(stretches.from_date, periods.period_from) as from_date,
        least(stretches.until_date, periods.period_until) as until_date
    from stretches
    inner join periods
        on
            stretches.from_date <= periods.period_until
            and stretches.until_date >= periods.period_from

),

coverage as (

    select
        id_space,
        country_code,
        period_from,
        min(case when kind = 'covered' then from_date end) as coverage_from_date,
        max(case when kind = 'covered' then until_date end) as coverage_until_date,
        sum(case when kind = 'covered' then {{ day_count('from_date', 'until_date') }} else 0 end)
            as covered_day_count,
        sum(case when kind = 'settled' then {{ day_count('from_date', 'until_date') }} else 0 end)
            as settled_day_count,
        {{ day_count('period_from', 'period_until') }} as period_day_count
    from pieces
    group by id_space, country_code, period_from, period_until

)
{%- endmacro %}

{#- Does any data in use come from a synthetic batch, of whatever feed? -#}
{% macro contains_synthetic_data() -%}
    (select coalesce(max(case when is_synthetic then 1 end), 0) = 1 from {{ ref('int_batches__used') }})
{%- endmacro %}
