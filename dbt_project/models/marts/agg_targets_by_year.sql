with

{{ attacks_of_years() }},

{{ attack_years() }},

cells as (

    select
        definition_id,
        country_code,
        year,
        target_class,
        id_space,
        is_incident,
        is_report,
        count(*) as attack_count,
        sum(fatality_count_best) as fatality_count_best
    from attacks
    group by definition_id, country_code, year, target_class, id_space, is_incident, is_report

),

{{ counts_by_basis(
    ['definition_id', 'country_code', 'year', 'target_class'],
    ['attack_count', 'fatality_count_best'],
) }},

final as (

    select
        -- ids
        counts.definition_id,
        yearly.definition_version,
        yearly.counting_basis,

        -- what
        counts.target_class,

        -- where and when
        counts.country_code,
        counts.year,
        yearly.is_partial_year,
        yearly.year_label,

        -- measures
        cast(counts.attack_count as bigint) as attack_count,
        cast(yearly.attack_count as bigint) as attack_count_of_year,
        round(100 * cast(counts.attack_count as double) / yearly.attack_count, 1) as share_pct,
        cast(counts.fatality_count_best as bigint) as fatality_count_best,

        -- quality
        {{ contains_synthetic_data() }} as contains_synthetic_data
    from counts
    inner join yearly
        on
            counts.definition_id = yearly.definition_id
            and counts.country_code = yearly.country_code
            and counts.year = yearly.year
            and counts.counting_basis = yearly.counting_basis

)

select * from final
