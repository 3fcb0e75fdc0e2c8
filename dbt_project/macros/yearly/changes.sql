{#-
    CTEs `compared` and `changed`: the change on the year before, where the two can be compared, and its bound.
-#}
{% macro changes_on_the_year_before() -%}
compared as (

    select
        *,
        case when country_count > 0 and has_same_days_before then same_day_attack_count end
            as attack_count_same_days_before
    from areas

),

-- The change of a lower bound is rounded down, for it must stay one.
changed as (

    select
        *,
        case
            when not has_change then null
            when is_partial
                then floor(1000 * cast(attack_count - attack_count_before as double) / attack_count_before) / 10
            else round(100 * cast(attack_count - attack_count_before as double) / attack_count_before, 1)
        end as yoy_change_pct,
        case
            when attack_count_same_days_before > 0
                then
                    round(
                        100
                        * cast(covered_attack_count - attack_count_same_days_before as double)
                        / attack_count_same_days_before,
                        1
                    )
        end as like_for_like_change_pct
    from compared

)
{%- endmacro %}
