with

records as (

    select * from {{ source('quarantine', 'records') }}

),

batches as (

    select * from {{ ref('int_batches__used') }}

),

final as (

    select
        -- ids
        md5(records._batch_id || '|' || records._record_number) as quarantined_record_id,
        batches.feed,
        records._batch_id as batch_id,
        records._record_number as record_number,
        records.source_event_id,
        records.source_file,

        -- what
        records.failed_columns,
        records.failed_rules,
        records.failed_values,
        records.reason,
        records.record,

        -- when
        records.occurred_year,
        batches.fetched_at,

        -- measures
        records.failure_count,

        -- quality
        batches.is_synthetic
    from records
    inner join batches on records._batch_id = batches.batch_id

)

select * from final
