{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook=[
            "{{ delete_vanished_versions(ref('fct_incidents')) }}",
            "{{ delete_linked(ref('int_incidents__linked')) }}",
        ],
    )
}}

with

-- An incident of one report is judged by what that report says, and stays as it was judged; the others are judged anew.
attacks as (

    select
        versions.attack_id,
        versions.definition_id,
        versions.definition_version,
        versions.incident_id,
        versions.inclusion_reason,
        versions.site_evidence,
        versions.initiator_basis,
        versions.initiator_family,
        versions.target_class,
        versions.weapon_modes,
        versions.is_complex_attack,
        versions.is_drone_attack,
        versions.is_cross_border_told,
        versions.doubts,
        versions.violence_type,
        versions.report_id as evidence_report_id,
        versions.report_version_id as only_report_version_id
    from {{ ref('int_attacks__counted') }} as versions
    where
        {{ is_not_linked('versions.report_id') }}
        and {{ is_missing_version() }}

    union all

    select
        attack_id,
        definition_id,
        definition_version,
        incident_id,
        inclusion_reason,
        site_evidence,
        initiator_basis,
        initiator_family,
        target_class,
        weapon_modes,
        is_complex_attack,
        is_drone_attack,
        is_cross_border_told,
        doubts,
        violence_type,
        report_id as evidence_report_id,
        null as only_report_version_id
    from {{ ref('int_incidents__judged') }}

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
        incidents.report_version_id,
        incidents.report_id,
        attacks.evidence_report_id,
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
        attacks.weapon_modes,
        attacks.is_complex_attack,
        attacks.is_drone_attack,
        attacks.is_cross_border_told,
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
        incidents.fatality_count_civilians,
        incidents.report_count,
        incidents.feed_count,
        incidents.feeds,

        -- quality
        incidents.is_synthetic,

        -- history
        incidents.first_seen_at
    from attacks
    inner join incidents
        on
            attacks.incident_id = incidents.incident_id
            and coalesce(attacks.only_report_version_id, incidents.report_version_id) = incidents.report_version_id

)

select * from final
