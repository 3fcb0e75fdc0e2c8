with

records as (

    select
        _batch_id as batch_id,
        _record_number as record_number,
        source_event_id,
        source_file,
        source_country_code,
        occurred_year,
        failure_count,
        failed_columns,
        failed_rules,
        failed_values,
        reason,
        record,
        {{ short_digest("_batch_id || '|' || _record_number") }} as quarantined_record_id
    from {{ source('quarantine', 'records') }}

),

batches as (

    select
        batch_id,
        feed,
        fetched_at,
        is_synthetic
    from {{ ref('int_batches__used') }}

    union all

    select
        batch_id,
        feed,
        fetched_at,
        is_synthetic
    from {{ source('batches', 'received') }}
    where
        {{ tells_claims('id_space') }}
        and status = 'landed'
        and {{ has_arrived('fetched_at') }}

),

final as (

    select
        -- ids
        records.quarantined_record_id,
        batches.feed,
        records.batch_id,
        records.record_number,
        records.source_event_id,
        records.source_file,

        -- what
        records.failed_columns,
        records.failed_rules,
        records.failed_values,
        records.reason,
        records.record,

        -- where
        records.source_country_code,

        -- when
        records.occurred_year,
        batches.fetched_at,

        -- measures
        records.failure_count,

        -- quality
        batches.is_synthetic
    from records
    inner join batches on records.batch_id = batches.batch_id

)

select * from final
