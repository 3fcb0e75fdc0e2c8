{#-
    CTEs `grid` and `country_periods`: every period of a country that is covered or counted, with its counts.
-#}
{% macro country_periods() -%}
-- Whom a definition finds in a country, on a basis: a covered period without them is a 0. All of them together stand in
-- every country that is covered.
families as (

    select distinct
        definition_id,
        counting_basis,
        part,
        country_code,
        attacker_family
    from counts

    union

    select
        definitions.definition_id,
        counted_bases.counting_basis,
        counted_bases.part,
        coverage.country_code,
        'all' as attacker_family
    from {{ ref('dim_definitions') }} as definitions
    cross join counted_bases
    inner join (select distinct id_space, country_code from coverage) as coverage
        on counted_bases.covered_by = coverage.id_space

),

-- A covered period without attacks is a 0; attacks outside of what is covered are counted all the same.
grid as (

    select
        families.*,
        counted_bases.covered_by,
        coverage.period_from
    from families
    inner join counted_bases
        on
            families.counting_basis = counted_bases.counting_basis
            and families.part = counted_bases.part
    inner join coverage
        on
            counted_bases.covered_by = coverage.id_space
            and families.country_code = coverage.country_code

    union all

    select
        counts.definition_id,
        counts.counting_basis,
        counts.part,
        counts.country_code,
        counts.attacker_family,
        counted_bases.covered_by,
        counts.period_from
    from counts
    inner join counted_bases
        on
            counts.counting_basis = counted_bases.counting_basis
            and counts.part = counted_bases.part
    left join coverage
        on
            counted_bases.covered_by = coverage.id_space
            and counts.country_code = coverage.country_code
            and counts.period_from = coverage.period_from
    where coverage.period_from is null

),

country_periods as (

    select
        grid.*,
        definitions.definition_version,
        coverage.coverage_from_date,
        coverage.coverage_until_date,
        coverage.covered_day_count,
        coverage.covered_day_count < coverage.period_day_count as is_partial,
        coverage.settled_day_count < coverage.covered_day_count as is_provisional,
        coverage.country_code is not null as is_covered,
        earlier.covered_day_count = earlier.period_day_count as is_covered_before,
        comparisons.has_same_days_before,
        counts.attack_count,
        counts.coded_count,
        counts.text_count,
        counts.none_count,
        counts.fatality_count_low,
        counts.fatality_count_best,
        counts.fatality_count_high,
        counts.covered_attack_count,
        counts_before.same_day_attack_count,
        case when earlier.country_code is not null then coalesce(counts_before.attack_count, 0) end
            as attack_count_before
    from grid
    inner join {{ ref('dim_definitions') }} as definitions on grid.definition_id = definitions.definition_id
    left join coverage
        on
            grid.covered_by = coverage.id_space
            and grid.country_code = coverage.country_code
            and grid.period_from = coverage.period_from
    left join coverage as earlier
        on
            grid.covered_by = earlier.id_space
            and grid.country_code = earlier.country_code
            and grid.period_from = {{ moved_date('earlier.period_from', 1, 'year') }}
    left join comparisons
        on
            grid.covered_by = comparisons.id_space
            and grid.country_code = comparisons.country_code
            and grid.period_from = comparisons.period_from
    left join counts
        on
            grid.definition_id = counts.definition_id
            and grid.counting_basis = counts.counting_basis
            and grid.part = counts.part
            and grid.country_code = counts.country_code
            and grid.attacker_family = counts.attacker_family
            and grid.period_from = counts.period_from
    left join counts_before
        on
            grid.definition_id = counts_before.definition_id
            and grid.counting_basis = counts_before.counting_basis
            and grid.part = counts_before.part
            and grid.country_code = counts_before.country_code
            and grid.attacker_family = counts_before.attacker_family
            and grid.period_from = counts_before.period_from

)
{%- endmacro %}

{#- What is summed of a period of a country. -#}
{% macro period_measures() -%}
    {{ return([
        'attack_count',
        'covered_attack_count',
        'same_day_attack_count',
        'coded_count',
        'text_count',
        'none_count',
        'fatality_count_low',
        'fatality_count_best',
        'fatality_count_high',
    ]) }}
{%- endmacro %}

{#- A CTE `areas`: periods of countries as they are. A change is told where both were covered, the one before wholly. -#}
{% macro areas_of_countries() -%}
areas as (

    select
        definition_id,
        definition_version,
        counting_basis,
        country_code as area,
        attacker_family,
        period_from
        {%- for measure in period_measures() %},
        coalesce({{ measure }}, 0) as {{ measure }}
        {%- endfor %},
        coverage_from_date,
        coverage_until_date,
        coalesce(covered_day_count, 0) as covered_day_count,
        coalesce(is_partial, true) as is_partial,
        coalesce(is_provisional, false) as is_provisional,
        case when is_covered then 1 else 0 end as country_count,
        not is_covered or coalesce(has_same_days_before, false) as has_same_days_before,
        attack_count_before,
        coalesce(is_covered and is_covered_before and attack_count_before > 0, false) as has_change
    from country_periods

)
{%- endmacro %}

{#-
    CTEs, ending with `areas`: periods summed over all countries; of parts, the largest. A country that nothing covers is
    there only because attacks of it are known: how many there were is not, so the sum is a lower bound too. What is
    covered is asked of all attackers together, for one family is not found everywhere.
-#}
{% macro areas_of_all_countries() -%}
parts as (

    select
        definition_id,
        definition_version,
        counting_basis,
        part,
        'all' as area,
        attacker_family,
        period_from
        {%- for measure in period_measures() %},
        coalesce(sum({{ measure }}), 0) as {{ measure }}
        {%- endfor %}
    from country_periods
    group by definition_id, definition_version, counting_basis, part, attacker_family, period_from

),

measured as (

    select
        definition_id,
        definition_version,
        counting_basis,
        area,
        attacker_family,
        period_from
        {%- for measure in period_measures() %},
        max({{ measure }}) as {{ measure }}
        {%- endfor %}
    from parts
    group by definition_id, definition_version, counting_basis, area, attacker_family, period_from

),

-- Parts of one basis have one coverage.
countries as (

    select
        definition_id,
        counting_basis,
        country_code,
        period_from,
        min(coverage_from_date) as coverage_from_date,
        min(coverage_until_date) as coverage_until_date,
        min(covered_day_count) as covered_day_count,
        max(case when is_covered and not is_partial then 0 else 1 end) = 1 as is_partial,
        max(case when is_provisional then 1 else 0 end) = 1 as is_provisional,
        max(case when is_covered then 1 else 0 end) = 1 as is_covered,
        max(case when is_covered_before then 1 else 0 end) = 1 as is_covered_before,
        max(case when has_same_days_before then 1 else 0 end) = 1 as has_same_days_before
    from country_periods
    where attacker_family = 'all'
    group by definition_id, counting_basis, country_code, period_from

),

covered_areas as (

    select
        definition_id,
        counting_basis,
        'all' as area,
        period_from,
        max(case when is_covered then coverage_from_date end) as coverage_from_date,
        min(case when is_covered then coverage_until_date end) as coverage_until_date,
        coalesce(min(case when is_covered then covered_day_count end), 0) as covered_day_count,
        max(case when is_partial then 1 else 0 end) = 1 as is_partial,
        max(case when is_provisional then 1 else 0 end) = 1 as is_provisional,
        sum(case when is_covered then 1 else 0 end) as country_count,
        sum(case when is_covered then 0 else 1 end) as uncovered_country_count,
        sum(case when is_covered and is_covered_before then 1 else 0 end) as compared_country_count,
        min(case when not is_covered or has_same_days_before then 1 else 0 end) = 1 as has_same_days_before
    from countries
    group by definition_id, counting_basis, period_from

),

summed_areas as (

    select
        measured.*,
        covered_areas.coverage_from_date,
        covered_areas.coverage_until_date,
        covered_areas.covered_day_count,
        covered_areas.is_partial,
        covered_areas.is_provisional,
        covered_areas.country_count,
        covered_areas.uncovered_country_count,
        covered_areas.compared_country_count,
        covered_areas.has_same_days_before
    from measured
    inner join covered_areas
        on
            measured.definition_id = covered_areas.definition_id
            and measured.counting_basis = covered_areas.counting_basis
            and measured.area = covered_areas.area
            and measured.period_from = covered_areas.period_from

),

-- A change is told where the same countries, and all of them wholly, were covered the year before, and where neither
-- year holds attacks of a country that nothing covers.
areas as (

    select
        summed_areas.*,
        earlier.attack_count as attack_count_before,
        coalesce(
            summed_areas.country_count = summed_areas.compared_country_count
            and summed_areas.country_count = earlier.country_count
            and summed_areas.uncovered_country_count = 0
            and earlier.uncovered_country_count = 0
            and earlier.attack_count > 0,
            false
        ) as has_change
    from summed_areas
    left join summed_areas as earlier
        on
            summed_areas.definition_id = earlier.definition_id
            and summed_areas.counting_basis = earlier.counting_basis
            and summed_areas.area = earlier.area
            and summed_areas.attacker_family = earlier.attacker_family
            and summed_areas.period_from = {{ moved_date('earlier.period_from', 1, 'year') }}
            and earlier.country_count > 0

)
{%- endmacro %}
