{#-
    CTEs `grid` and `country_years`: every year of a country that is covered or counted, with its counts.
-#}
{% macro country_years() -%}
-- A covered year without attacks is a 0; attacks outside of what is covered are counted all the same.
grid as (

    select
        definitions.definition_id,
        definitions.definition_version,
        years.country_code,
        years.year
    from {{ ref('dim_definitions') }} as definitions
    cross join years

    union

    select
        definitions.definition_id,
        definitions.definition_version,
        counts.country_code,
        counts.year
    from {{ ref('dim_definitions') }} as definitions
    inner join counts on definitions.definition_id = counts.definition_id

),

country_years as (

    select
        grid.*,
        years.coverage_from_date,
        years.coverage_until_date,
        years.covered_day_count,
        years.covered_day_count < years.period_day_count as is_partial,
        years.settled_day_count < years.covered_day_count as is_provisional,
        years.country_code is not null as is_covered,
        earlier.covered_day_count = earlier.period_day_count as is_covered_before,
        comparisons.has_same_days_before,
        counts.attack_count,
        counts.coded_count,
        counts.text_count,
        counts.none_count,
        counts.fatality_count_low,
        counts.fatality_count_best,
        counts.fatality_count_high,
        covered_counts.attack_count as covered_attack_count,
        same_day_counts.attack_count as same_day_attack_count
    from grid
    left join years
        on grid.country_code = years.country_code and grid.year = years.year
    left join years as earlier
        on grid.country_code = earlier.country_code and grid.year = earlier.year + 1
    left join comparisons
        on grid.country_code = comparisons.country_code and grid.year = comparisons.year
    left join counts
        on
            grid.definition_id = counts.definition_id
            and grid.country_code = counts.country_code
            and grid.year = counts.year
    left join covered_counts
        on
            grid.definition_id = covered_counts.definition_id
            and grid.country_code = covered_counts.country_code
            and grid.year = covered_counts.year
    left join same_day_counts
        on
            grid.definition_id = same_day_counts.definition_id
            and grid.country_code = same_day_counts.country_code
            and grid.year = same_day_counts.year

)
{%- endmacro %}

{#-
    A CTE: country years as they are, or summed over all countries. A country that nothing covers is there only because
    attacks of it are known: how many there were is not, so the sum is a lower bound too.
-#}
{% macro areas_of(key, by_country) -%}
areas as (

    select
        definition_id,
        definition_version,
        {{ key }} as area,
        year,
        max(case when is_covered then coverage_from_date end) as coverage_from_date,
        min(case when is_covered then coverage_until_date end) as coverage_until_date,
        coalesce(min(case when is_covered then covered_day_count end), 0) as covered_day_count,
        max(case when is_covered and not is_partial then 0 else 1 end) = 1 as is_partial,
        coalesce(max(case when is_provisional then 1 end), 0) = 1 as is_provisional,
        sum(case when is_covered then 1 else 0 end) as country_count,
        sum(case when is_covered then 0 else 1 end) as uncovered_country_count,
        sum(case when is_covered and is_covered_before then 1 else 0 end) as compared_country_count,
        min(case when not is_covered or has_same_days_before then 1 else 0 end) = 1 as has_same_days_before,
        coalesce(sum(attack_count), 0) as attack_count,
        coalesce(sum(covered_attack_count), 0) as covered_attack_count,
        coalesce(sum(same_day_attack_count), 0) as same_day_attack_count,
        coalesce(sum(coded_count), 0) as coded_count,
        coalesce(sum(text_count), 0) as text_count,
        coalesce(sum(none_count), 0) as none_count,
        coalesce(sum(fatality_count_low), 0) as fatality_count_low,
        coalesce(sum(fatality_count_best), 0) as fatality_count_best,
        coalesce(sum(fatality_count_high), 0) as fatality_count_high
    from country_years
    group by definition_id, definition_version, {{ 'country_code, ' if by_country }}year

)
{%- endmacro %}
