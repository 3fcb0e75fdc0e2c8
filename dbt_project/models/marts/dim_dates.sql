with

-- Whole years, so that a year of the calendar is never cut by what the feeds happen to hold.
known_dates as (

    select
        occurred_date as known_from,
        occurred_until_date as known_until
    from {{ ref('fct_reports') }}

    union all

    select
        covers_from_date as known_from,
        covers_until_date as known_until
    from {{ ref('fct_feed_batches') }}
    where is_used

),

bounds as (

    select
        cast(date_trunc('year', min(known_from)) as date) as first_date,
        cast(date_trunc('year', max(known_until)) as date) as last_year_date
    from known_dates

),

days as (

    {{ days_between('first_date', dbt.dateadd('day', -1, dbt.dateadd('year', 1, 'last_year_date'))) }}
    from bounds

),

final as (

    select
        -- ids
        calendar_date,

        -- when
        cast(extract(year from calendar_date) as integer) as calendar_year,
        cast(extract(quarter from calendar_date) as integer) as calendar_quarter,
        cast(extract(month from calendar_date) as integer) as calendar_month,
        cast(extract(day from calendar_date) as integer) as day_of_month,
        cast(date_trunc('month', calendar_date) as date) as month_start_date,
        cast(date_trunc('year', calendar_date) as date) as year_start_date,
        cast({{ dbt.datediff("date_trunc('year', calendar_date)", 'calendar_date', 'day') }} + 1 as integer)
            as day_of_year,
        -- 1 January 1900 was a Monday: 1 is Monday, 7 is Sunday.
        cast(mod({{ dbt.datediff("cast('1900-01-01' as date)", 'calendar_date', 'day') }}, 7) + 1 as integer)
            as day_of_week
    from days

)

select * from final
