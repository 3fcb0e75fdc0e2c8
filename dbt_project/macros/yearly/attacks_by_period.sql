{#-
    Counts by year and month with their bounds, on every counting basis. `agg_attacks_by_year`, its sum over countries and
    `agg_attacks_by_month` are one query over other keys, so that the arithmetic of increases stands once. Its steps are
    the other files of this folder.
-#}

{#-
    Attacks by definition, counting basis, family of the attackers and period (`unit` is year or month); `by_country`
    adds the country to the key. Over all countries, the period is partial where one of them is, or where attacks are
    known of one without coverage; and it is compared with the same one of the year before only where the same
    countries were covered then, and hold all attacks of both.
-#}
{% macro attacks_by_period(unit, by_country) -%}
{%- set key = 'country_code' if by_country else "'all'" -%}
with

{{ coverage_by(unit, by_id_space=true) }},

{{ comparable_periods() }},

{{ counting_bases() }},

{{ attack_counts(unit, by_country) }},

{{ counts_beside(key, by_country) }},

{{ country_periods() }},

{{ areas_of_countries() if by_country else areas_of_all_countries() }},

{{ changes_on_the_year_before() }},

final as (

    select
        -- ids
        changed.definition_id,
        changed.definition_version,
        changed.counting_basis,

        -- who
        changed.attacker_family,

        {%- if by_country %}

        -- where
        changed.area as country_code,
        country_names.country_name,
        {%- endif %}

        -- when
        {%- if unit == 'year' %}
        cast(extract(year from changed.period_from) as integer) as year,
        {%- else %}
        changed.period_from as month_start_date,
        {%- endif %}
        changed.coverage_from_date,
        changed.coverage_until_date,
        cast(changed.covered_day_count as integer) as covered_day_count,
        changed.is_partial as is_partial_{{ unit }},
        changed.is_provisional,
        {%- if not by_country %}
        cast(changed.country_count as integer) as country_count,
        {%- endif %}

        -- measures
        cast(changed.attack_count as bigint) as attack_count,
        case
            when changed.counting_basis = 'largest_feed' then 'at_least'
            when changed.counting_basis = 'sum_of_feeds' then case when changed.is_partial then 'none' else 'at_most' end
            when changed.is_partial then 'at_least'
            else 'exact'
        end as count_bound,
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
        cast(coalesce(quarantined_counts.record_count, 0) as bigint) as quarantined_record_count{{ '_of_year' if unit == 'month' }},

        -- labels
        {%- if unit == 'year' %}
        cast(extract(year from changed.period_from) as integer)
        {%- else %}
        substring(cast(changed.period_from as {{ dbt.type_string() }}), 1, 7)
        {%- endif %}
        || case when changed.is_partial then '*' else '' end as {{ unit }}_label,
        case
            when changed.counting_basis <> 'sum_of_feeds' then ''
            when changed.is_partial then '~'
            else '≤'
        end
        || cast(changed.attack_count as bigint)
        || case
            when changed.counting_basis = 'largest_feed' then '+'
            when changed.is_partial and changed.counting_basis <> 'sum_of_feeds' then '+'
            else ''
        end as count_label,
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
            changed.counting_basis = feed_counts.counting_basis
            and changed.definition_id = feed_counts.definition_id
            and changed.area = feed_counts.area
            and changed.attacker_family = feed_counts.attacker_family
            and changed.period_from = feed_counts.period_from
    left join quarantined_counts
        on
            changed.counting_basis = quarantined_counts.counting_basis
            and changed.area = quarantined_counts.area
            and extract(year from changed.period_from) = quarantined_counts.year
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
