select
    report_version_id,
    report_id,
    feed,
    batch_id,
    record_number,
    first_seen_at,
    valid_from,
    valid_to,
    end_reason,
    withdrawal_evidence,
    ended_by_batch_id
from {{ ref('int_reports__versioned') }}
where not is_current
