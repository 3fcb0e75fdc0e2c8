{#-
    CTEs `compared` and `changed`: the change on the year before, where the two can be compared, and its bound.
-#}
{% macro changes_on_the_year_before() -%}
-- A change is told where the same countries, and all of them wholly, were covered the year before, and where neither
-- year holds attacks of a country that nothing covers.
compared as (

    select
        areas.*,
        earlier.attack_count as attack_count_before,
        case when areas.country_count > 0 and areas.has_same_days_before then areas.same_day_attack_count end
            as attack_count_same_days_before,
        coalesce(
            areas.country_count = areas.compared_country_count
            and areas.country_count = earlier.country_count
            and areas.uncovered_country_count = 0
            and earlier.uncovered_country_count = 0
            and earlier.attack_count > 0,
            false
        ) as has_change
    from areas
    left join areas as earlier
        on
            areas.definition_id = earlier.definition_id
            and areas.counting_basis = earlier.counting_basis
            and areas.area = earlier.area
            and areas.attacker_family = earlier.attacker_family
            and areas.period_from = {{ moved_date('earlier.period_from', 1, 'year') }}
            and earlier.country_count > 0

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
