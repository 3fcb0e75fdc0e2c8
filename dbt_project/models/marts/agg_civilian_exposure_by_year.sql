with

{{ attacks_of_years() }},

{{ attack_years() }},

places as (

    select
        place_id,
        nearest_geoname_id,
        nearest_place_distance_km,
        nearest_place_population
    from {{ ref('dim_places') }}
    where nearest_place_distance_km is not null

),

near as (

    select
        attacks.*,
        places.nearest_geoname_id,
        places.nearest_place_distance_km,
        places.nearest_place_population
    from attacks
    left join places on attacks.place_id = places.place_id

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
        count(nearest_place_distance_km) as known_count,
        {%- for band in (1, 2, 5) %}
        sum(case when nearest_place_distance_km <= {{ band }} then 1 else 0 end) as within_{{ band }}_count,
        {%- endfor %}
        count(fatality_count_civilians) as civilian_toll_known_count,
        sum(fatality_count_civilians) as fatality_count_civilians
    from near
    group by definition_id, country_code, year, id_space, is_incident, is_report

),

{{ counts_by_basis(
    ['definition_id', 'country_code', 'year'],
    [
        'attack_count', 'known_count', 'within_1_count', 'within_2_count', 'within_5_count',
        'civilian_toll_known_count', 'fatality_count_civilians',
    ],
) }},

-- Who lives near is counted once, however often the place was attacked, and whoever reports it.
populated_cells as (

    select
        definition_id,
        country_code,
        year,
        id_space,
        is_incident,
        is_report,
        nearest_geoname_id,
        min(nearest_place_distance_km) as distance_km,
        max(nearest_place_population) as population
    from near
    where nearest_geoname_id is not null
    group by definition_id, country_code, year, id_space, is_incident, is_report, nearest_geoname_id

),

populated as (

    select
        bases.counting_basis,
        bases.part,
        cells.definition_id,
        cells.country_code,
        cells.year,
        cells.nearest_geoname_id,
        min(cells.distance_km) as distance_km,
        max(cells.population) as population
    from populated_cells as cells
    inner join bases
        on
            {{ is_on_basis() }}
    group by
        bases.counting_basis,
        bases.part,
        cells.definition_id,
        cells.country_code,
        cells.year,
        cells.nearest_geoname_id

),

populations as (

    select
        {%- for band in (1, 2, 5) %}
        sum(case when distance_km <= {{ band }} then 1 else 0 end) as within_{{ band }}_place_count,
        sum(case when distance_km <= {{ band }} then population end) as within_{{ band }}_population,
        {%- endfor %}
        counting_basis,
        part,
        definition_id,
        country_code,
        year
    from populated
    group by counting_basis, part, definition_id, country_code, year

),

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

        -- how near people live: null where no place of an attack is known well enough
        cast(counts.known_count as bigint) as distance_known_count,
        {%- for band in (1, 2, 5) %}
        cast(case when counts.known_count > 0 then counts.within_{{ band }}_count end as bigint)
            as within_{{ band }}_km_count,
        cast(populations.within_{{ band }}_place_count as bigint) as populated_places_within_{{ band }}_km_count,
        cast(populations.within_{{ band }}_population as bigint) as population_within_{{ band }}_km,
        {%- endfor %}

        -- who died
        cast(counts.civilian_toll_known_count as bigint) as civilian_toll_known_count,
        cast(counts.fatality_count_civilians as bigint) as fatality_count_civilians,

        -- quality
        {{ contains_synthetic_data() }} as contains_synthetic_data
    from counts
    inner join yearly
        on
            counts.definition_id = yearly.definition_id
            and counts.country_code = yearly.country_code
            and counts.year = yearly.year
            and counts.counting_basis = yearly.counting_basis
    left join populations
        on
            counts.definition_id = populations.definition_id
            and counts.country_code = populations.country_code
            and counts.year = populations.year
            and counts.counting_basis = populations.counting_basis
            and counts.part = populations.part

)

select * from final
