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
        bases.counting_basis,
        bases.part,
        coverage.country_code,
        'all' as attacker_family
    from {{ ref('dim_definitions') }} as definitions
    cross join bases
    inner join (select distinct id_space, country_code from coverage) as coverage
        on bases.covered_by = coverage.id_space

),

-- A covered period without attacks is a 0; attacks outside of what is covered are counted all the same.
grid as (

    select
        families.*,
        coverage.period_from
    from families
    inner join bases
        on
            families.counting_basis = bases.counting_basis
            and families.part = bases.part
    inner join coverage
        on
            bases.covered_by = coverage.id_space
            and families.country_code = coverage.country_code

    union

    select
        definition_id,
        counting_basis,
        part,
        country_code,
        attacker_family,
        period_from
    from counts

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
        same_day_counts.attack_count as same_day_attack_count
    from grid
    inner join {{ ref('dim_definitions') }} as definitions on grid.definition_id = definitions.definition_id
    inner join bases
        on
            grid.counting_basis = bases.counting_basis
            and grid.part = bases.part
    left join coverage
        on
            bases.covered_by = coverage.id_space
            and grid.country_code = coverage.country_code
            and grid.period_from = coverage.period_from
    left join coverage as earlier
        on
            bases.covered_by = earlier.id_space
            and grid.country_code = earlier.country_code
            and grid.period_from = {{ moved_date('earlier.period_from', 1, 'year') }}
    left join comparisons
        on
            bases.covered_by = comparisons.id_space
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
    left join same_day_counts
        on
            grid.definition_id = same_day_counts.definition_id
            and grid.counting_basis = same_day_counts.counting_basis
            and grid.part = same_day_counts.part
            and grid.country_code = same_day_counts.country_code
            and grid.attacker_family = same_day_counts.attacker_family
            and grid.period_from = same_day_counts.period_from

)
{%- endmacro %}

{#-
    CTEs, ending with `areas`: periods of countries as they are, or summed over all countries; of parts, the largest. A
    country that nothing covers is there only because attacks of it are known: how many there were is not, so the sum is
    a lower bound too. What is covered is asked of all attackers together, for one family is not found everywhere.
-#}
{% macro areas_of(key, by_country) -%}
{%- set group_keys = 'definition_id, definition_version, counting_basis, part, ' ~ ('country_code, ' if by_country else '') ~ 'attacker_family, period_from' -%}
{%- set measures = ['attack_count', 'covered_attack_count', 'same_day_attack_count', 'coded_count', 'text_count', 'none_count', 'fatality_count_low', 'fatality_count_best', 'fatality_count_high'] -%}
parts as (

    select
        definition_id,
        definition_version,
        counting_basis,
        part,
        {{ key }} as area,
        attacker_family,
        period_from
        {%- for measure in measures %},
        coalesce(sum({{ measure }}), 0) as {{ measure }}
        {%- endfor %}
    from country_periods
    group by {{ group_keys }}

),

measured as (

    select
        definition_id,
        definition_version,
        counting_basis,
        area,
        attacker_family,
        period_from
        {%- for measure in measures %},
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
        {{ key }} as area,
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
    group by definition_id, counting_basis, {{ 'country_code, ' if by_country }}period_from

),

areas as (

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

)
{%- endmacro %}
