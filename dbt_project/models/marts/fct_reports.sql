{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook="{{ delete_vanished_versions(ref('int_reports__current'), holds_all=true) }}",
    )
}}

{{ reports_of_versions(ref('int_reports__current')) }}
