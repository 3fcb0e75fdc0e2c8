{#-
    A CTE `comparisons`: whether the covered days of a period have their like a year earlier. It follows on `coverage_by`.
-#}
{% macro comparable_periods() -%}
-- Every covered day of the period has its day in the year before.
comparisons as (

    select
        pieces.id_space,
        pieces.country_code,
        pieces.period_from,
        min(case when earlier.country_code is null then 0 else 1 end) = 1 as has_same_days_before
    from pieces
    left join stretches as earlier
        on
            pieces.id_space = earlier.id_space
            and pieces.country_code = earlier.country_code
            and earlier.kind = 'covered'
            and {{ moved_date('pieces.from_date', -1, 'year') }} >= earlier.from_date
            and {{ moved_date('pieces.until_date', -1, 'year') }} <= earlier.until_date
    where pieces.kind = 'covered'
    group by pieces.id_space, pieces.country_code, pieces.period_from

)
{%- endmacro %}
