-- Nothing is lost: what was read was kept, and what was kept lies in the lake.
{{ config(meta={'dagster': {'ref': {'name': 'fct_feed_batches'}}}) }}

with

batches as (

    select * from {{ ref('fct_feed_batches') }}
    where is_used

),

landed as (

    select
        batch_id,
        count(*) as row_count
    from {{ ref('int_reports__unioned') }}
    group by batch_id

    union all

    select
        batch_id,
        count(*) as row_count
    from {{ ref('stg_claims__figures') }}
    group by batch_id

),

quarantined as (

    select
        batch_id,
        count(*) as row_count
    from {{ ref('quarantined_records') }}
    group by batch_id

)

select
    batches.batch_id,
    batches.read_record_count,
    batches.landed_record_count,
    batches.quarantined_record_count,
    batches.duplicate_record_count,
    landed.row_count as landed_row_count,
    quarantined.row_count as quarantined_row_count
from batches
left join landed on batches.batch_id = landed.batch_id
left join quarantined on batches.batch_id = quarantined.batch_id
where
    not batches.is_conserved
    or batches.landed_record_count <> coalesce(landed.row_count, 0)
    or batches.quarantined_record_count <> coalesce(quarantined.row_count, 0)
