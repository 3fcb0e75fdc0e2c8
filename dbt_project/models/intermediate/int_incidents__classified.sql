{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook="{{ delete_vanished_versions(ref('int_incidents__classified_texts'), holds_all=true) }}",
    )
}}

with

texts as (

    select versions.* from {{ ref('int_incidents__classified_texts') }} as versions
    where {{ is_missing_version(all_of=ref('int_incidents__classified_texts')) }}

),

-- What the codes alone say. Where a feed gives no type of violence, the state may be a party: its texts and its other
-- codes tell. By its codebook every record of GTD is an act of the group that it names.
coded as (

    select
        *,
        coalesce(
            violence_type = 'state_based',
            coalesce(event_type, '') not in ('protest', 'riot', 'strategic_development')
        ) as may_be_battle,
        coalesce(event_type = 'strategic_development', false) as is_strategic_development,
        id_space = 'gtd' as is_coded_attack,
        {{ coded_target_class('target_types') }} as coded_target_class,
        coalesce(
            source_event_type like '%: Remote explosive/landmine/IED'
            or source_event_type like '%: Suicide bomb',
            false
        ) as is_coded_bombing,
        coalesce(source_event_type like '%: Air/drone strike', false) as is_coded_air_or_drone_strike,
        -- Of two groups that fight each other, the code does not say which one began.
        is_coded_jihadist and not has_militia_side as is_coded_jihadist_alone,
        {%- for weapon, mark in weapon_marks() %}
        {{ codes_weapon(weapon) }} as codes_{{ weapon }},
        {%- endfor %}
        tells_un_or_foreign_site or tells_un_or_foreign_force or has_foreign_side as tells_un_or_foreign
    from texts

),

-- A site that only the place names was attacked where a headline tells of an attack; where the place does not say
-- whose site it is, the headline must tell of an attack on the military. A site of which the attack's own sentence does
-- not say whose it is, is the military's where the others tell of the military and of nobody else.
located as (

    select
        *,
        coalesce(
            target_types like '%Military Checkpoint%'
            or target_types like '%Military Barracks/Base/Headquarters/Checkpost%',
            false
        )
        and not (tells_un_or_foreign and not tells_military and not tells_fixed_site) as is_coded_at_fixed_site,
        not tells_attack_on_fixed_site
        and (
            (is_at_military_site and tells_attack)
            or (is_at_open_site and tells_attack_on_military and not tells_un_or_foreign_site and not tells_police)
        ) as is_attack_at_fixed_place,
        tells_attack_on_open_site
        and not tells_attack_on_fixed_site
        and tells_military
        and not (
            tells_un_or_foreign
            or tells_police
            or tells_state_office
            or tells_pro_government_militia
            or tells_lone_personnel
            or tells_civilians
        ) as is_attack_on_site_of_those_told
    from coded

),

evidence as (

    select
        *,
        may_be_battle
        and (
            tells_attack_on_fixed_site
            or is_attack_at_fixed_place
            or is_attack_on_site_of_those_told
            or is_coded_at_fixed_site
        ) as is_attack_on_fixed_site,
        may_be_battle
        and not (
            tells_military
            or tells_fixed_site
            or is_at_military_site
            or is_attack_at_fixed_place
            or coalesce(coded_target_class like 'military%' and coded_target_class <> 'military_personnel', false)
        )
        and (
            tells_un_or_foreign
            or tells_police
            or tells_state_office
            or tells_pro_government_militia
            or tells_lone_personnel
            or coalesce(coded_target_class, 'unknown') <> 'unknown'
        ) as is_without_military,
        case
            when tells_attack_by_jihadists then 'jihadist'
            when tells_attack_by_unidentified then 'unidentified'
            when tells_attack_by_others and not is_coded_jihadist_alone then 'other'
            when violence_type = 'one_sided' and is_coded_jihadist then 'jihadist'
            when violence_type = 'one_sided' and has_state_side then 'state_forces'
            when violence_type = 'one_sided' and has_militia_side then 'other'
            when tells_attack_by_militia and not tells_attack then 'other'
            when (tells_attack or is_coded_attack) and is_coded_jihadist_alone then 'jihadist'
            when tells_attack_by_others then 'other'
            when is_coded_bombing and is_coded_jihadist_alone then 'jihadist'
            when tells_attack and is_coded_jihadist then 'unknown'
            when tells_attack or is_coded_attack or violence_type = 'one_sided' then 'unidentified'
            when tells_state_initiated and not tells_clash then 'state_forces'
            when tells_state_initiated and is_coded_air_or_drone_strike then 'state_forces'
            else 'unknown'
        end as initiator_family,
        case
            when tells_attack_by_jihadists or tells_attack_by_unidentified then 'text'
            when tells_attack_by_others and not is_coded_jihadist_alone then 'text'
            when violence_type = 'one_sided' then 'coded'
            when tells_attack_by_militia and not tells_attack then 'text'
            when is_coded_attack then 'coded'
            when tells_attack and (is_coded_jihadist_alone or not is_coded_jihadist) then 'coded'
            when tells_attack then 'unknown'
            when is_coded_bombing and is_coded_jihadist_alone then 'coded'
            when tells_state_initiated and (not tells_clash or is_coded_air_or_drone_strike) then 'text'
            else 'unknown'
        end as initiator_basis
    from located

),

-- The attackers' own weapons, and only what is said of them: the state's aircraft that come to help are not theirs.
armed as (

    select
        *,
        {%- for weapon, mark in weapon_marks() %}
        (codes_{{ weapon }} and not is_strategic_development)
        or (initiator_family = 'state_forces' and tells_state_{{ weapon }})
        or (
            initiator_family <> 'state_forces'
            and tells_{{ weapon }}
            and not (is_strategic_development and not tells_attack)
            {{ "and false" if weapon == 'air_strike' }}
        )
        {{ "or (is_coded_air_or_drone_strike and not has_state_side and not has_foreign_side)" if weapon == 'drone' }}
        {{ "or (is_coded_air_or_drone_strike and (has_state_side or has_foreign_side) and not tells_drone
            and not tells_state_drone and initiator_family = 'state_forces')" if weapon == 'air_strike' }}
            as is_with_{{ weapon }},
        {%- endfor %}
        violence_type = 'non_state' and has_militia_side and tells_militia_resisted as is_resisted_by_militia
    from evidence

),

judged as (

    select
        *,
        case
            when violence_type = 'one_sided' and told_target_class = 'military_personnel' then told_target_class
            when violence_type = 'one_sided' then 'civilians'
            when is_resisted_by_militia then 'civilians'
            when violence_type = 'non_state' then 'armed_group'
            when is_strategic_development
                then case
                    when tells_attack and (tells_property or tells_ied_or_mine)
                        then coalesce(told_target_class, 'none_or_other')
                    else 'none_or_other'
                end
            when is_coded_at_fixed_site then coded_target_class
            when coded_target_class = 'military_base_or_post' and not tells_un_or_foreign then coded_target_class
            when coded_target_class not like 'military_base%' and not tells_un_or_foreign then coded_target_class
            when tells_attack_on_checkpoint then 'military_checkpoint'
            when tells_attack_on_fixed_site then 'military_base_or_post'
            when is_attack_at_fixed_place and is_at_checkpoint then 'military_checkpoint'
            when is_attack_at_fixed_place then 'military_base_or_post'
            when is_attack_on_site_of_those_told and told_target_class = 'military_checkpoint' then told_target_class
            when is_attack_on_site_of_those_told then 'military_base_or_post'
            when tells_disputed_victims then 'unknown'
            when told_target_class is not null then told_target_class
            else 'unknown'
        end as target_class,
        case
            when not may_be_battle then 'none'
            when is_coded_at_fixed_site then 'coded'
            when tells_fixed_site or is_at_military_site or is_attack_on_fixed_site then 'text'
            else 'none'
        end as site_evidence,
        coalesce(
            nullif(
                concat_ws(
                    ';'
                    {%- for weapon, mark in weapon_marks() %},
                    case when is_with_{{ weapon }} then '{{ weapon }}' end
                    {%- endfor %}
                ),
                ''
            ),
            case
                when tells_weapons_at_work then 'unknown'
                when is_strategic_development then 'none'
                when tells_property and not tells_state_initiated then 'none'
                else 'unknown'
            end
        ) as weapon_modes,
        case when is_with_suicide_or_vehicle_bomb then 1 else 0 end
        + case when is_with_indirect_fire then 1 else 0 end
        + case when is_with_assault then 1 else 0 end
        + case when is_with_drone then 1 else 0 end >= 2 as is_complex_attack,
        is_with_drone and initiator_family <> 'state_forces' as is_drone_attack,
        tells_state_initiated and tells_military and (tells_un_or_foreign or tells_pro_government_militia)
            as is_joint_operation,
        nullif(
            concat_ws(
                ';',
                case
                    when
                        may_be_battle
                        and not is_attack_on_fixed_site
                        and (tells_attack_on_open_site or (is_at_open_site and tells_attack))
                        then 'site_owner_not_named'
                end,
                case when violence_type = 'state_based' and not tells_violence then 'text_tells_no_fighting' end,
                case
                    when initiator_family = 'unidentified' and is_coded_jihadist
                        then 'text_unidentified_coded_jihadist'
                end,
                case when is_attack_on_fixed_site and tells_un_or_foreign_site then 'shared_or_second_site' end
            ),
            ''
        ) as doubts
    from armed

),

final as (

    select
        -- ids
        incident_id,
        report_version_id,
        report_id,
        id_space,
        batch_id,
        first_seen_at,

        -- where and when
        country_code,
        occurred_date,

        -- who
        is_coded_jihadist,
        initiator_family,
        initiator_basis,

        -- whom
        violence_type,
        event_type,
        may_be_battle,
        has_state_side,
        has_pro_government_side,
        is_without_military,
        tells_military,
        tells_police,
        tells_un_or_foreign,
        tells_pro_government_militia,
        is_resisted_by_militia,
        target_class,

        -- where
        is_attack_on_fixed_site,
        is_attack_at_fixed_place,
        is_coded_at_fixed_site,
        site_evidence,
        tells_crossing as is_cross_border_told,

        -- how
        weapon_modes,
        is_complex_attack,
        is_drone_attack,
        is_joint_operation,

        -- quality
        doubts
    from judged

)

select * from final
