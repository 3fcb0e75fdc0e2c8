with

received as (

    select * from {{ source('batches', 'received') }}
    where {{ has_arrived('fetched_at') }}

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

joined as (

    select
        received.*,
        used.arrival_number,
        -- Claims that landed are in use, and stand outside the order in which reports took each other's place.
        used.batch_id is not null
        or (received.status = 'landed' and {{ tells_claims('received.id_space') }}) as is_used,
        received.records_landed
        + received.records_quarantined
        + received.records_duplicate
        + coalesce(received.records_filtered, 0)
        + coalesce(received.records_folded, 0) as kept_record_count,
        coalesce(received.records_filtered, 0) as filtered_record_count,
        coalesce(received.records_folded, 0) as folded_record_count,
        coalesce(received.withdrawal_count, 0) as withdrawn_id_count,
        coalesce(changes.new_report_count, 0) as new_report_count,
        coalesce(changes.revised_report_count, 0) as revised_report_count,
        coalesce(changes.confirmed_report_count, 0) as confirmed_report_count,
        coalesce(changes.reinstated_report_count, 0) as reinstated_report_count,
        coalesce(changes.withdrawn_report_count, 0) as withdrawn_report_count
    from received
    left join used on received.batch_id = used.batch_id
    left join changes on received.batch_id = changes.batch_id

),

-- Nothing of a refused batch was kept, so there is nothing to conserve.
checked as (

    select
        *,
        case when status in ('landed', 'held') then records_read = kept_record_count end as is_conserved
    from joined

),

final as (

    select
        -- ids
        batch_id,
        feed,
        id_space,
        edition,
        sha256,

        -- what
        status,
        refusal,
        decision,
        origin,
        source_name,
        is_used,
        is_synthetic,
        licence,
        citation,

        -- scope
        purpose,
        scope_kind,
        scope_key,
        covers_from as covers_from_date,
        covers_until as covers_until_date,
        country_scope,
        authority,

        -- when
        fetched_at,
        arrival_number,

        -- measures
        byte_count,
        records_read as read_record_count,
        records_landed as landed_record_count,
        records_quarantined as quarantined_record_count,
        records_duplicate as duplicate_record_count,
        filtered_record_count,
        folded_record_count,
        withdrawn_id_count,
        warning_count,
        is_conserved,
        new_report_count,
        revised_report_count,
        confirmed_report_count,
        reinstated_report_count,
        withdrawn_report_count
    from checked

)

select * from final
