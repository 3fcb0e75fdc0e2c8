with

attackers as (

    select distinct attacker_actor_id from {{ ref('int_attackers__placed') }}

),

final as (

    select
        attacker_actor_id as actor_id,
        attacker_actor_id as fellow_actor_id,
        cast('0001-01-01' as date) as valid_from_date,
        cast('9999-12-31' as date) as valid_until_date
    from attackers

    union all

    select
        actor_id,
        allied_actor_id as fellow_actor_id,
        valid_from_date,
        valid_until_date
    from {{ ref('dim_actor_alliances') }}

)

select * from final
