with

definitions as (

    select * from {{ ref('dim_definitions') }}

),

versions as (

    select * from {{ ref('int_incidents__classified') }}

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
                        when is_coded_at_fixed_site then 'attack_on_coded_site'
                        when is_attack_at_fixed_place then 'attack_in_headline_site_in_place'
                        else 'attack_on_site_in_headline'
                    end
            when 'attack_on_military_position.unattributed'
                then
                    case
                        when not (is_attack_on_fixed_site and initiator_family = 'unidentified') then null
                        when is_coded_at_fixed_site then 'attack_on_coded_site'
                        when is_attack_at_fixed_place then 'attack_in_headline_site_in_place'
                        else 'attack_on_site_in_headline'
                    end
            when 'attack_on_military_position.broad'
                then
                    case
                        when not may_be_battle or is_without_military then null
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
                        when not may_be_battle then null
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
                        when violence_type is null and may_be_battle and target_class = 'civilians'
                            then 'attack_on_civilians_told'
                    end
        end as inclusion_reason
    from pairs

),

attacks as (

    select
        *,
        {{ attack_id('definition_id', 'incident_id') }} as attack_id
    from counted
    where inclusion_reason is not null

),

final as (

    select
        -- ids
        attack_id,
        definition_id,
        definition_version,
        incident_id,
        report_version_id,
        report_id,
        id_space,
        batch_id,

        -- where and when
        country_code,
        occurred_date,

        -- what
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

        -- history
        first_seen_at
    from attacks

)

select * from final
