{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook="{{ delete_vanished_versions(ref('fct_incidents')) }}",
    )
}}

with

attacks as (

    select versions.* from {{ ref('int_attacks__counted') }} as versions
    where {{ is_missing_version() }}

),

incidents as (

    select * from {{ ref('fct_incidents') }}

),

final as (

    select
        -- ids
        attacks.attack_id,
        attacks.definition_id,
        attacks.definition_version,
        attacks.incident_id,
        attacks.report_version_id,
        incidents.report_id,
        incidents.feed,
        incidents.side_a_actor_id,
        incidents.side_b_actor_id,
        incidents.place_id,

        -- what
        attacks.inclusion_reason,
        attacks.site_evidence,
        attacks.initiator_basis,
        attacks.initiator_family,
        attacks.target_class,
        attacks.doubts,
        attacks.violence_type,

        -- where
        incidents.country_code,
        incidents.admin1_name,
        incidents.admin2_name,
        incidents.place_name,
        incidents.place_precision,
        incidents.latitude,
        incidents.longitude,

        -- when
        incidents.occurred_date,
        incidents.occurred_until_date,
        incidents.date_precision,
        incidents.occurred_year,

        -- measures
        incidents.fatality_count_low,
        incidents.fatality_count_best,
        incidents.fatality_count_high,
        incidents.report_count,
        incidents.feed_count,

        -- quality
        incidents.is_synthetic,

        -- history
        attacks.first_seen_at
    from attacks
    inner join incidents on attacks.report_version_id = incidents.report_version_id

)

select * from final
