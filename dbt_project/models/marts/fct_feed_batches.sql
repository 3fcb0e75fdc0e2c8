with

received as (

    select * from {{ source('batches', 'received') }}

),

used as (

    select
        batch_id,
        arrival_number
    from {{ ref('int_batches__used') }}

),

changes as (

    select
        batch_id,
        count(*) filter (where change_type = 'new') as new_report_count,
        count(*) filter (where change_type = 'revised') as revised_report_count,
        count(*) filter (where change_type = 'confirmed') as confirmed_report_count,
        count(*) filter (where change_type = 'reinstated') as reinstated_report_count,
        count(*) filter (where change_type = 'withdrawn') as withdrawn_report_count
    from {{ ref('fct_report_changes') }}
    group by batch_id

),

final as (

    select
        -- ids
        received.batch_id,
        received.feed,
        received.id_space,
        received.edition,
        received.sha256,

        -- what
        received.status,
        received.refusal,
        received.origin,
        received.source_name,
        used.batch_id is not null as is_used,
        received.is_synthetic,
        received.licence,
        received.citation,

        -- scope
        received.scope_kind,
        received.scope_key,
        received.covers_from as covers_from_date,
        received.covers_until as covers_until_date,
        received.country_scope,
        received.authority,

        -- when
        received.fetched_at,
        used.arrival_number,

        -- measures
        received.byte_count,
        received.records_read as read_record_count,
        received.records_landed as landed_record_count,
        received.records_quarantined as quarantined_record_count,
        received.records_duplicate as duplicate_record_count,
        received.warning_count,
        case
            when received.status = 'landed'
                then received.records_read
                    = received.records_landed + received.records_quarantined + received.records_duplicate
        end as is_conserved,
        coalesce(changes.new_report_count, 0) as new_report_count,
        coalesce(changes.revised_report_count, 0) as revised_report_count,
        coalesce(changes.confirmed_report_count, 0) as confirmed_report_count,
        coalesce(changes.reinstated_report_count, 0) as reinstated_report_count,
        coalesce(changes.withdrawn_report_count, 0) as withdrawn_report_count
    from received
    left join used on received.batch_id = used.batch_id
    left join changes on received.batch_id = changes.batch_id

)

select * from final
