{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook="{{ delete_vanished_versions(ref('fct_incidents')) }}",
    )
}}

with

definitions as (

    select * from {{ ref('dim_definitions') }}

),

versions as (

    select versions.* from {{ ref('int_incidents__classified') }} as versions
    where {{ is_missing_version() }}

),

pairs as (

    select
        versions.*,
        definitions.definition_id,
        definitions.definition_version
    from versions
    cross join definitions

),

-- A definition gives the reason why it counts an incident, or none.
counted as (

    select
        *,
        case definition_id
            when 'attack_on_military_position.strict'
                then
                    case
                        when not (is_attack_on_fixed_site and initiator_family = 'jihadist') then null
                        when is_attack_at_fixed_place then 'attack_in_headline_site_in_place'
                        else 'attack_on_site_in_headline'
                    end
            when 'attack_on_military_position.unattributed'
                then
                    case
                        when not (is_attack_on_fixed_site and initiator_family = 'unidentified') then null
                        when is_attack_at_fixed_place then 'attack_in_headline_site_in_place'
                        else 'attack_on_site_in_headline'
                    end
            when 'attack_on_military_position.broad'
                then
                    case
                        when violence_type <> 'state_based' or is_without_military then null
                        when not (is_coded_jihadist or initiator_family = 'jihadist') then null
                        when is_attack_on_fixed_site then 'attack_on_fixed_site'
                        when tells_military then 'military_in_headline'
                        when is_coded_jihadist and has_state_side then 'coded_sides'
                    end
            when 'attack_on_security_forces.broad'
                then
                    case
                        when not (is_coded_jihadist or initiator_family = 'jihadist') then null
                        when violence_type = 'non_state' and has_pro_government_side then 'coded_sides'
                        when violence_type <> 'state_based' then null
                        when tells_police then 'police_in_text'
                        when tells_un_or_foreign then 'un_or_foreign_forces_in_text'
                        when tells_pro_government_militia then 'pro_government_militia_in_text'
                    end
            when 'attack_on_civilians'
                then
                    case
                        when initiator_family <> 'jihadist' and not (is_coded_jihadist and is_resisted_by_militia)
                            then null
                        when is_resisted_by_militia then 'village_attack_resisted_by_militia'
                        when violence_type = 'one_sided' then 'coded_one_sided'
                    end
        end as inclusion_reason
    from pairs

),

attacks as (

    select
        *,
        md5('attack:' || definition_id || ':' || incident_id) as attack_id
    from counted
    where inclusion_reason is not null

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
