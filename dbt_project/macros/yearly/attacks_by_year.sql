{#-
    Counts by year with their bounds. `agg_attacks_by_year` and `agg_attacks_by_year_overall` are one query over two keys,
    so that the arithmetic of increases stands once. Its steps are the other files of this folder.
-#}

{#-
    Attacks by definition and year; `by_country` adds the country to the key. Over all countries, the year is partial
    where one of them is, or where attacks are known of one without coverage; and it is compared with the year before
    only where the same countries were covered then, and hold all attacks of both years.
-#}
{% macro attacks_by_year(by_country) -%}
{%- set key = 'country_code' if by_country else "'all'" -%}
with

{{ coverage_by('year') }},

{{ covered_years() }},

{{ attack_counts() }},

{{ counts_beside(key, by_country) }},

{{ country_years() }},

{{ areas_of(key, by_country) }},

{{ changes_on_the_year_before() }},

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
