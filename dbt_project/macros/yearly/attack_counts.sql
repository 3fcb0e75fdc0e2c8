{#-
    CTEs with the attacks of a definition, country and year: all of them (`counts`), those on covered days
    (`covered_counts`), and those of the year before on the same days (`same_day_counts`).
-#}
{% macro attack_counts() -%}
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
        -- A feed that gives one figure without bounds adds it to both.
        sum(coalesce(fatality_count_low, fatality_count_best)) as fatality_count_low,
        sum(fatality_count_best) as fatality_count_best,
        sum(coalesce(fatality_count_high, fatality_count_best)) as fatality_count_high
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

)
{%- endmacro %}

{#-
    CTEs with what stands beside a count: feeds that report, and records in quarantine.
-#}
{% macro counts_beside(key, by_country) -%}
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

)
{%- endmacro %}
