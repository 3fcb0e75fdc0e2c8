with

changes as (

    select * from {{ ref('int_attacks__changed') }}

),

batches as (

    select * from {{ ref('int_batches__used') }}

),

summed as (

    select
        definition_id,
        definition_version,
        country_code,
        year,
        batch_id,
        sum(case when effect = 'new' then attack_count_change else 0 end) as new_count,
        sum(case when effect = 'revised' then attack_count_change else 0 end) as revised_count,
        sum(case when effect = 'reclassified' then attack_count_change else 0 end) as reclassified_count,
        sum(case when effect = 'withdrawn' then attack_count_change else 0 end) as withdrawn_count,
        sum(attack_count_change) as attack_count_change
    from changes
    group by definition_id, definition_version, country_code, year, batch_id

),

-- Where several batches arrive in one night, each changes what the one before it left.
running as (

    select
        summed.*,
        batches.fetched_at,
        batches.arrival_number,
        sum(summed.attack_count_change) over (
            partition by summed.definition_id, summed.country_code, summed.year
            order by batches.arrival_number
            rows between unbounded preceding and current row
        ) as attack_count
    from summed
    inner join batches on summed.batch_id = batches.batch_id

),

final as (

    select
        -- ids
        definition_id,
        definition_version,
        batch_id,

        -- where
        country_code,

        -- when
        year,
        fetched_at as changed_at,
        cast(arrival_number as bigint) as arrival_number,

        -- measures
        cast(attack_count - attack_count_change as bigint) as attack_count_before,
        cast(new_count as bigint) as new_count,
        cast(revised_count as bigint) as revised_count,
        cast(reclassified_count as bigint) as reclassified_count,
        cast(withdrawn_count as bigint) as withdrawn_count,
        cast(attack_count as bigint) as attack_count,

        -- quality
        {{ contains_synthetic_data() }} as contains_synthetic_data
    from running

)

select * from final
