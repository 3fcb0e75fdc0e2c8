with

{{ attacks_of_years() }},

-- An attack with two weapons stands with both; complex attacks and drones are a count of their own beside the weapons.
tactics as (

    {%- for weapon in weapon_marks() | map(attribute=0) | list + ['none', 'unknown'] %}
    select
        definition_id,
        country_code,
        year,
        'weapon' as tactic_kind,
        '{{ weapon }}' as tactic,
        count(*) as attack_count,
        sum(fatality_count_best) as fatality_count_best
    from attacks
    where ';' || weapon_modes || ';' like '%;{{ weapon }};%'
    group by definition_id, country_code, year

    union all
    {% endfor %}
    select
        definition_id,
        country_code,
        year,
        'complex_attack' as tactic_kind,
        'complex_attack' as tactic,
        count(*) as attack_count,
        sum(fatality_count_best) as fatality_count_best
    from attacks
    where is_complex_attack
    group by definition_id, country_code, year

    union all

    select
        definition_id,
        country_code,
        year,
        'drone_attack' as tactic_kind,
        'drone_attack' as tactic,
        count(*) as attack_count,
        sum(fatality_count_best) as fatality_count_best
    from attacks
    where is_drone_attack
    group by definition_id, country_code, year

),

final as (

    select
        -- ids
        tactics.definition_id,
        yearly.definition_version,
        yearly.counting_basis,

        -- what
        tactics.tactic_kind,
        tactics.tactic,

        -- where and when
        tactics.country_code,
        tactics.year,
        yearly.is_partial_year,
        yearly.year_label,

        -- measures
        cast(tactics.attack_count as bigint) as attack_count,
        case when tactics.tactic = 'unknown' then 'none' else 'at_least' end as count_bound,
        cast(yearly.attack_count as bigint) as attack_count_of_year,
        round(100 * cast(tactics.attack_count as double) / yearly.attack_count, 1) as share_pct,
        cast(tactics.fatality_count_best as bigint) as fatality_count_best,

        -- quality
        {{ contains_synthetic_data() }} as contains_synthetic_data
    from tactics
    inner join yearly
        on
            tactics.definition_id = yearly.definition_id
            and tactics.country_code = yearly.country_code
            and tactics.year = yearly.year

)

select * from final
