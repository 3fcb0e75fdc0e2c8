{#-
    What is counted in a period, on every counting basis: all of it, what lies on covered days, and what lay on the same
    days a year earlier.
-#}

{#-
    A CTE: what a basis counts, and which id space's coverage it has. The largest feed is made of parts, one an id space,
    of which the largest is taken when all else is summed. Linked figures have the coverage of the feed that is counted.
-#}
{% macro counting_bases() -%}
id_spaces as (

    select distinct id_space from {{ ref('int_batches__used') }}
    where {{ makes_incidents('id_space') }}

),

bases as (

    {%- for basis in ('linked', 'sum_of_feeds') %}
    select
        '{{ basis }}' as counting_basis,
        'all' as part,
        '{{ var("counted_id_space", "ucdp") }}' as covered_by

    union all
    {% endfor %}
    select
        'feed:' || id_space as counting_basis,
        id_space as part,
        id_space as covered_by
    from id_spaces

    union all

    select
        'largest_feed' as counting_basis,
        id_space as part,
        '{{ var("counted_id_space", "ucdp") }}' as covered_by
    from id_spaces

)
{%- endmacro %}

{#-
    CTEs `counts` (of a period), `counts_before` (of the period a year later) and `counted_bases`.
    In a country, the largest part of a basis is all of it; over all countries, each part must be summed first.
-#}
{% macro attack_counts(unit, by_country) -%}
{%- set measures = ['attack_count', 'covered_attack_count', 'compared_attack_count', 'coded_count', 'text_count', 'none_count', 'fatality_count_low', 'fatality_count_best', 'fatality_count_high'] -%}
cells as (

    select
        *,
        cast(date_trunc('{{ unit }}', occurred_date) as date) as period_from,
        {{ moved_date('occurred_date', 1, 'year') }} as compared_date
    from {{ ref('int_attacks__daily') }}

),

covers as (

    select distinct covered_by from bases

),

-- A day is covered or not: no stretch of a country overlaps another one.
dated as (

    select
        covers.covered_by,
        cells.*,
        case when covered.country_code is not null then cells.attack_count else 0 end as covered_attack_count,
        case when compared.country_code is not null then cells.attack_count else 0 end as compared_attack_count
    from cells
    inner join covers
        on covers.covered_by = '{{ var("counted_id_space", "ucdp") }}' or cells.id_space = covers.covered_by
    left join stretches as covered
        on
            covers.covered_by = covered.id_space
            and cells.country_code = covered.country_code
            and covered.kind = 'covered'
            and cells.occurred_date between covered.from_date and covered.until_date
    left join stretches as compared
        on
            covers.covered_by = compared.id_space
            and cells.country_code = compared.country_code
            and compared.kind = 'covered'
            and cells.compared_date between compared.from_date and compared.until_date

),

-- Summed before the bases are told apart, for there are far fewer periods than days.
period_cells as (

    select
        covered_by,
        id_space,
        is_incident,
        is_report,
        definition_id,
        country_code,
        attacker_family,
        site_evidence,
        period_from,
        sum(attack_count) as attack_count,
        sum(covered_attack_count) as covered_attack_count,
        sum(compared_attack_count) as compared_attack_count,
        sum(fatality_count_low) as fatality_count_low,
        sum(fatality_count_best) as fatality_count_best,
        sum(fatality_count_high) as fatality_count_high
    from dated
    group by
        covered_by,
        id_space,
        is_incident,
        is_report,
        definition_id,
        country_code,
        attacker_family,
        site_evidence,
        period_from

),

family_counts as (

    select
        bases.counting_basis,
        bases.part,
        cells.definition_id,
        cells.country_code,
        cells.attacker_family,
        cells.period_from,
        sum(cells.attack_count) as attack_count,
        sum(cells.covered_attack_count) as covered_attack_count,
        sum(cells.compared_attack_count) as compared_attack_count,
        sum(case when cells.site_evidence = 'coded' then cells.attack_count else 0 end) as coded_count,
        sum(case when cells.site_evidence = 'text' then cells.attack_count else 0 end) as text_count,
        sum(case when cells.site_evidence = 'none' then cells.attack_count else 0 end) as none_count,
        sum(cells.fatality_count_low) as fatality_count_low,
        sum(cells.fatality_count_best) as fatality_count_best,
        sum(cells.fatality_count_high) as fatality_count_high
    from period_cells as cells
    inner join bases
        on
            cells.covered_by = bases.covered_by
            and (
                (bases.counting_basis = 'linked' and cells.is_incident)
                or (bases.counting_basis <> 'linked' and cells.is_report and bases.part in ('all', cells.id_space))
            )
    group by
        bases.counting_basis,
        bases.part,
        cells.definition_id,
        cells.country_code,
        cells.attacker_family,
        cells.period_from

),

part_counts as (

    select * from family_counts

    union all

    select
        counting_basis,
        part,
        definition_id,
        country_code,
        'all' as attacker_family,
        period_from
        {%- for measure in measures %},
        sum({{ measure }}) as {{ measure }}
        {%- endfor %}
    from family_counts
    group by counting_basis, part, definition_id, country_code, period_from

),

{% if by_country -%}
counts as (

    select
        counting_basis,
        'all' as part,
        definition_id,
        country_code,
        attacker_family,
        period_from
        {%- for measure in measures %},
        max({{ measure }}) as {{ measure }}
        {%- endfor %}
    from part_counts
    group by counting_basis, definition_id, country_code, attacker_family, period_from

),

counted_bases as (

    select distinct
        counting_basis,
        'all' as part,
        covered_by
    from bases

),
{%- else -%}
counts as (

    select * from part_counts

),

counted_bases as (

    select * from bases

),
{%- endif %}

counts_before as (

    select
        counting_basis,
        part,
        definition_id,
        country_code,
        attacker_family,
        {{ moved_date('period_from', 1, 'year') }} as period_from,
        attack_count,
        compared_attack_count as same_day_attack_count
    from counts

)
{%- endmacro %}

{#-
    CTEs with what stands beside a count: feeds that report it, and records in quarantine. Quarantine knows years only: a
    month has those of its year.
-#}
{% macro counts_beside(key, by_country) -%}
feeds_told as (

    select distinct
        definition_id,
        {{ key }} as area,
        attacker_family,
        period_from,
        id_space,
        feed
    from cells

),

told_by as (

    select * from feeds_told

    union

    select
        definition_id,
        area,
        'all' as attacker_family,
        period_from,
        id_space,
        feed
    from feeds_told

),

feed_counts as (

    select
        bases.counting_basis,
        told_by.definition_id,
        told_by.area,
        told_by.attacker_family,
        told_by.period_from,
        count(distinct told_by.feed) as feed_count
    from told_by
    inner join bases
        on
            bases.part = 'all'
            or bases.part = told_by.id_space
    group by
        bases.counting_basis,
        told_by.definition_id,
        told_by.area,
        told_by.attacker_family,
        told_by.period_from

),

{{ quarantined_by_year() }},

quarantined_counts as (

    select
        bases.counting_basis,
        {{ 'quarantined.country_code' if by_country else key }} as area,
        quarantined.year,
        count(*) as record_count
    from quarantined
    inner join bases
        on
            bases.part = 'all'
            or bases.part = quarantined.id_space
    group by bases.counting_basis, {{ 'quarantined.country_code, ' if by_country }}quarantined.year

)
{%- endmacro %}
