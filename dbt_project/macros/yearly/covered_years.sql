{#-
    CTEs `years` (what of each country and year is covered) and `comparisons` (whether the covered days of a year have
    their like in the year before). They follow on `coverage_by('year')`.
-#}
{% macro covered_years() -%}
years as (

    select
        *,
        cast(extract(year from period_from) as integer) as year
    from coverage

),

-- Every covered day of the year has its day in the year before.
comparisons as (

    select
        pieces.country_code,
        cast(extract(year from pieces.period_from) as integer) as year,
        min(case when earlier.country_code is null then 0 else 1 end) = 1 as has_same_days_before
    from pieces
    left join stretches as earlier
        on
            pieces.country_code = earlier.country_code
            and earlier.kind = 'covered'
            and {{ moved_date('pieces.from_date', -1, 'year') }} >= earlier.from_date
            and {{ moved_date('pieces.until_date', -1, 'year') }} <= earlier.until_date
    where pieces.kind = 'covered'
    group by pieces.country_code, pieces.period_from

)
{%- endmacro %}
