with

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

-- Whole years, so that a year of the calendar is never cut by what the feeds happen to hold.
bounds as (

    select
        cast(date_trunc('year', min(known_from)) as date) as first_date,
        cast(date_trunc('year', max(known_until)) + interval '1' year - interval '1' day as date) as last_date
    from known_dates

),

days as (

    {{ days_between('first_date', 'last_date') }}
    from bounds

),

final as (

    select
        calendar_date,
        cast(date_trunc('month', calendar_date) as date) as month_start_date,
        cast(date_trunc('year', calendar_date) as date) as year_start_date,
        cast(extract(year from calendar_date) as int) as calendar_year,
        cast(extract(quarter from calendar_date) as int) as calendar_quarter,
        cast(extract(month from calendar_date) as int) as calendar_month,
        cast(extract(day from calendar_date) as int) as day_of_month,
        cast(extract(doy from calendar_date) as int) as day_of_year,
        cast({{ day_of_week('calendar_date') }} as int) as day_of_week
    from days

)

select * from final
