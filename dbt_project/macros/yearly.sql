{#-
    Counts by year with their bounds: what a partial year means, how a change is told. `agg_attacks_by_year` and
    `agg_attacks_by_year_overall` are one query over two keys, so that the arithmetic of increases stands here once.
    What is covered is told by `yearly_coverage.sql`, what is in quarantine by `yearly_quarantine.sql`.
-#}

{#-
    Attacks by definition and year; `by_country` adds the country to the key. Over all countries, those count that
    have coverage in the year: it is partial where one of them is, and compared with the year before only where the
    same countries were covered then.
-#}
{% macro attacks_by_year(by_country) -%}
{%- set key = 'country_code' if by_country else "'all'" -%}
with

{{ coverage_by('year') }},

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

),

attacks as (

    select
        definition_id,
        coalesce(country_code, 'unresolved') as country_code,
        feed,
        cast(extract(year from occurred_date) as integer) as year,
        occurred_date,
        {{ moved_date('occurred_date', 1, 'year') }} as compared_date,
        site_evidence,
        fatality_count_low,
        fatality_count_best,
        fatality_count_high
    from {{ ref('fct_attacks') }}

),

counts as (

    select
        definition_id,
        country_code,
        year,
        count(*) as attack_count,
        sum(case when site_evidence = 'coded' then 1 else 0 end) as coded_count,
        sum(case when site_evidence = 'text' then 1 else 0 end) as text_count,
        sum(case when site_evidence = 'none' then 1 else 0 end) as none_count,
        sum(fatality_count_low) as fatality_count_low,
        sum(fatality_count_best) as fatality_count_best,
        sum(fatality_count_high) as fatality_count_high
    from attacks
    group by definition_id, country_code, year

),

covered_counts as (

    select
        attacks.definition_id,
        attacks.country_code,
        attacks.year,
        count(*) as attack_count
    from attacks
    inner join stretches
        on
            attacks.country_code = stretches.country_code
            and attacks.occurred_date between stretches.from_date and stretches.until_date
    where stretches.kind = 'covered'
    group by attacks.definition_id, attacks.country_code, attacks.year

),

same_day_counts as (

    select
        attacks.definition_id,
        attacks.country_code,
        attacks.year + 1 as year,
        count(*) as attack_count
    from attacks
    inner join stretches
        on
            attacks.country_code = stretches.country_code
            and attacks.compared_date between stretches.from_date and stretches.until_date
    where stretches.kind = 'covered'
    group by attacks.definition_id, attacks.country_code, attacks.year

),

feed_counts as (

    select
        definition_id,
        {{ key }} as area,
        year,
        count(distinct feed) as feed_count
    from attacks
    group by definition_id, {{ 'country_code, ' if by_country }}year

),

{{ quarantined_by_year() }},

quarantined_counts as (

    select
        {{ key }} as area,
        year,
        count(*) as record_count
    from quarantined
    group by {{ 'country_code, ' if by_country }}year

),

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

),

areas as (

    select
        definition_id,
        definition_version,
        {{ key }} as area,
        year,
        max(case when is_covered then coverage_from_date end) as coverage_from_date,
        min(case when is_covered then coverage_until_date end) as coverage_until_date,
        coalesce(min(case when is_covered then covered_day_count end), 0) as covered_day_count,
        coalesce(max(case when is_covered then case when is_partial then 1 else 0 end end), 1) = 1 as is_partial,
        coalesce(max(case when is_provisional then 1 end), 0) = 1 as is_provisional,
        sum(case when is_covered then 1 else 0 end) as country_count,
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

),

-- A change is told where the same countries, and all of them wholly, were covered the year before.
compared as (

    select
        areas.*,
        earlier.attack_count as attack_count_before,
        case when areas.country_count > 0 and areas.has_same_days_before then areas.same_day_attack_count end
            as attack_count_same_days_before,
        coalesce(
            areas.country_count = areas.compared_country_count
            and areas.country_count = earlier.country_count
            and earlier.attack_count > 0,
            false
        ) as has_change
    from areas
    left join areas as earlier
        on
            areas.definition_id = earlier.definition_id
            and areas.area = earlier.area
            and areas.year = earlier.year + 1
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

),

final as (

    select
        -- ids
        changed.definition_id,
        changed.definition_version,
        'linked' as counting_basis,

        {%- if by_country %}

        -- where
        changed.area as country_code,
        country_names.country_name,
        {%- endif %}

        -- when
        changed.year,
        changed.coverage_from_date,
        changed.coverage_until_date,
        cast(changed.covered_day_count as integer) as covered_day_count,
        changed.is_partial as is_partial_year,
        changed.is_provisional,
        {%- if not by_country %}
        cast(changed.country_count as integer) as country_count,
        {%- endif %}

        -- measures
        cast(changed.attack_count as bigint) as attack_count,
        case when changed.is_partial then 'at_least' else 'exact' end as count_bound,
        cast(changed.attack_count_before as bigint) as attack_count_year_before,
        changed.yoy_change_pct,
        case when changed.has_change then case when changed.is_partial then 'more_than' else 'exact' end end
            as yoy_change_bound,
        cast(changed.attack_count_same_days_before as bigint) as attack_count_same_days_year_before,
        changed.like_for_like_change_pct,
        cast(changed.coded_count as bigint) as site_evidence_coded_count,
        cast(changed.text_count as bigint) as site_evidence_text_count,
        cast(changed.none_count as bigint) as site_evidence_none_count,
        cast(changed.fatality_count_low as bigint) as fatality_count_low,
        cast(changed.fatality_count_best as bigint) as fatality_count_best,
        cast(changed.fatality_count_high as bigint) as fatality_count_high,
        cast(coalesce(feed_counts.feed_count, 0) as integer) as feed_count,
        cast(coalesce(quarantined_counts.record_count, 0) as bigint) as quarantined_record_count,

        -- labels
        changed.year || case when changed.is_partial then '*' else '' end as year_label,
        cast(changed.attack_count as bigint) || case when changed.is_partial then '+' else '' end as count_label,
        case
            when not changed.has_change then '–'
            else
                case when changed.is_partial then '>' else '' end
                || replace(
                    cast(cast(changed.yoy_change_pct as decimal(18, 1)) as {{ dbt.type_string() }}) || '%', '.0%', '%'
                )
        end as change_label,

        -- quality
        {{ contains_synthetic_data() }} as contains_synthetic_data
    from changed
    left join feed_counts
        on
            changed.definition_id = feed_counts.definition_id
            and changed.area = feed_counts.area
            and changed.year = feed_counts.year
    left join quarantined_counts
        on
            changed.area = quarantined_counts.area
            and changed.year = quarantined_counts.year
    {%- if by_country %}
    left join (
        select
            country_code,
            min(country_name) as country_name
        from country_codes
        group by country_code
    ) as country_names
        on changed.area = country_names.country_code
    {%- endif %}

)

select * from final
{%- endmacro %}
