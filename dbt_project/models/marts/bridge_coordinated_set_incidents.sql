with

members as (

    select
        'inferred' as basis,
        'inferred:' || centre_incident_id as set_key,
        incident_id,
        incident_id = centre_incident_id as is_centre,
        distance_km
    from {{ ref('int_coordinated_sets__inferred') }}

    union all

    select
        'coded' as basis,
        'coded:' || set_key as set_key,
        incident_id,
        cast(null as boolean) as is_centre,
        cast(null as double) as distance_km
    from {{ ref('int_coordinated_sets__coded') }}

),

identified as (

    select
        *,
        {{ short_digest("'set:' || set_key") }} as coordinated_set_id
    from members

),

final as (

    select
        -- ids
        members.coordinated_set_id,
        members.incident_id,
        attackers.attacker_actor_id,

        -- what
        members.basis,
        members.is_centre,

        -- measures
        cast(members.distance_km as double) as distance_km
    from identified as members
    left join {{ ref('int_attackers__placed') }} as attackers on members.incident_id = attackers.incident_id

)

select * from final
