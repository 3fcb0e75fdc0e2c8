{{ config(materialized='table') }}

with

pairs as (

    select * from {{ source('links', 'pairs') }}

),

final as (

    select
        -- ids
        report_id_left,
        report_id_right,
        id_space_left,
        id_space_right,

        -- what
        decision,
        relation,

        -- measures
        match_probability,
        match_weight,
        distance_km,
        day_gap,

        -- what was compared
        place_name_level,
        place_name_weight,
        distance_level,
        distance_weight,
        date_level,
        date_weight,
        toll_level,
        toll_weight,
        actors_level,
        actors_weight,
        kind_level,
        kind_weight,

        -- what follows
        decision in ('linked', 'must_link') as is_linked
    from pairs

)

select * from final
