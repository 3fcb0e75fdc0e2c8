with

versions as (

    select * from {{ ref('int_reports__versioned') }}

),

final as (

    select
        -- ids
        later.report_version_id,
        earlier.report_version_id as previous_report_version_id,
        later.report_id,
        later.feed,
        later.opened_by_batch_id as batch_id,

        -- when
        later.occurred_year,
        later.valid_from,
        earlier.valid_from as previous_valid_from
    from versions as later
    inner join versions as earlier
        on
            later.report_id = earlier.report_id
            and later.version_number = earlier.version_number + 1
    where
        later.change_type = 'revised'
        and not earlier.is_current

)

select * from final
