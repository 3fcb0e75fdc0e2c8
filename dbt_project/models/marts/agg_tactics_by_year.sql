with

{{ attacks_of_years() }},

{{ attack_years() }},

-- Attacks alike in all that is asked here are summed first: there are few ways to attack.
ways as (

    select
        definition_id,
        country_code,
        year,
        id_space,
        is_incident,
        is_report,
        weapon_modes,
        is_complex_attack,
        is_drone_attack,
        count(*) as attack_count,
        sum(fatality_count_best) as fatality_count_best
    from attacks
    group by
        definition_id,
        country_code,
        year,
        id_space,
        is_incident,
        is_report,
        weapon_modes,
        is_complex_attack,
        is_drone_attack

),

-- An attack with two weapons stands with both; complex attacks and drones are a count of their own beside the weapons.
cells as (

    {%- for weapon in weapon_marks() | map(attribute=0) | list + ['none', 'unknown'] %}
    select
        definition_id,
        country_code,
        year,
        id_space,
        is_incident,
        is_report,
        'weapon' as tactic_kind,
        '{{ weapon }}' as tactic,
        sum(attack_count) as attack_count,
        sum(fatality_count_best) as fatality_count_best
    from ways
    where ';' || weapon_modes || ';' like '%;{{ weapon }};%'
    group by definition_id, country_code, year, id_space, is_incident, is_report

    union all
    {% endfor %}
    select
        definition_id,
        country_code,
        year,
        id_space,
        is_incident,
        is_report,
        'complex_attack' as tactic_kind,
        'complex_attack' as tactic,
        sum(attack_count) as attack_count,
        sum(fatality_count_best) as fatality_count_best
    from ways
    where is_complex_attack
    group by definition_id, country_code, year, id_space, is_incident, is_report

    union all

    select
        definition_id,
        country_code,
        year,
        id_space,
        is_incident,
        is_report,
        'drone_attack' as tactic_kind,
        'drone_attack' as tactic,
        sum(attack_count) as attack_count,
        sum(fatality_count_best) as fatality_count_best
    from ways
    where is_drone_attack
    group by definition_id, country_code, year, id_space, is_incident, is_report

),

{{ counts_by_basis(
    ['definition_id', 'country_code', 'year', 'tactic_kind', 'tactic'],
    ['attack_count', 'fatality_count_best'],
) }},

final as (

    select
        -- ids
        counts.definition_id,
        yearly.definition_version,
        yearly.counting_basis,

        -- what
        counts.tactic_kind,
        counts.tactic,

        -- where and when
        counts.country_code,
        counts.year,
        yearly.is_partial_year,
        yearly.year_label,

        -- measures
        cast(counts.attack_count as bigint) as attack_count,
        case when counts.tactic = 'unknown' or counts.counting_basis = 'sum_of_feeds' then 'none' else 'at_least' end
            as count_bound,
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
