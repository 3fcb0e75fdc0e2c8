select
    report_version_id,
    report_id,
    feed,
    batch_id,
    record_number,
    first_seen_at,
    valid_from
from {{ ref('int_reports__versioned') }}
where is_current
