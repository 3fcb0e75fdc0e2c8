with

{{ attacks_of_years() }},

{{ attack_years() }},

places as (

    select
        place_id,
        distance_to_border_km
    from {{ ref('dim_places') }}

),

set_incidents as (

    select distinct
        members.incident_id,
        members.basis
    from {{ ref('bridge_coordinated_set_incidents') }} as members
    inner join {{ ref('fct_coordinated_sets') }} as coordinated_sets
        on members.coordinated_set_id = coordinated_sets.coordinated_set_id
    where coordinated_sets.is_in_several_countries

),

-- How far the border is, and whether it was crossed, are two questions: neither answers the other.
told as (

    select
        attacks.*,
        places.distance_to_border_km,
        coded.incident_id is not null as is_in_coded_set,
        inferred.incident_id is not null as is_in_inferred_set
    from attacks
    left join places on attacks.place_id = places.place_id
    left join set_incidents as coded on attacks.incident_id = coded.incident_id and coded.basis = 'coded'
    left join set_incidents as inferred on attacks.incident_id = inferred.incident_id and inferred.basis = 'inferred'

),

cells as (

    select
        definition_id,
        country_code,
        year,
        id_space,
        is_incident,
        is_report,
        count(*) as attack_count,
        count(distance_to_border_km) as known_count,
        {%- for band in (10, 20, 50, 100) %}
        sum(case when distance_to_border_km <= {{ band }} then 1 else 0 end) as within_{{ band }}_count,
        {%- endfor %}
        sum(case when is_cross_border_told then 1 else 0 end) as told_count,
        sum(case when is_in_coded_set then 1 else 0 end) as coded_set_count,
        sum(case when is_in_inferred_set then 1 else 0 end) as inferred_set_count,
        sum(case when is_cross_border_told or is_in_coded_set or is_in_inferred_set then 1 else 0 end)
            as cross_border_count
    from told
    group by definition_id, country_code, year, id_space, is_incident, is_report

),

{{ counts_by_basis(
    ['definition_id', 'country_code', 'year'],
    [
        'attack_count', 'known_count', 'within_10_count', 'within_20_count', 'within_50_count', 'within_100_count',
        'told_count', 'coded_set_count', 'inferred_set_count', 'cross_border_count',
    ],
) }},

final as (

    select
        -- ids
        counts.definition_id,
        yearly.definition_version,
        yearly.counting_basis,

        -- where and when
        counts.country_code,
        counts.year,
        yearly.is_partial_year,
        yearly.year_label,

        -- measures
        cast(counts.attack_count as bigint) as attack_count,

        -- how near the border: null where nobody knows how far it is
        cast(counts.known_count as bigint) as border_distance_known_count,
        {%- for band in (10, 20, 50, 100) %}
        cast(case when counts.known_count > 0 then counts.within_{{ band }}_count end as bigint)
            as within_{{ band }}_km_of_border_count,
        {%- endfor %}

        -- whether it was crossed
        cast(counts.cross_border_count as bigint) as cross_border_count,
        cast(counts.told_count as bigint) as cross_border_told_count,
        cast(counts.coded_set_count as bigint) as cross_border_coded_set_count,
        cast(counts.inferred_set_count as bigint) as cross_border_inferred_set_count,

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
