{% set key = ['report_version_id', 'first_seen_at', 'ended_by_batch_id'] %}

{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook="{{ delete_vanished_versions(ref('int_reports__superseded'), " ~ key ~ ", holds_all=true) }}",
    )
}}

{{
    reports_of_versions(
        ref('int_reports__superseded'),
        key,
        ['valid_to', 'end_reason', 'withdrawal_evidence', 'ended_by_batch_id'],
    )
}}
