with

texts as (

    select * from {{ ref('int_incidents__classified_texts') }}

),

-- A site that only the place names was attacked where a headline tells of an attack; where the place does not say
-- whose site it is, the headline must tell of an attack on the military.
located as (

    select
        *,
        not tells_attack_on_fixed_site
        and (
            (is_at_military_site and tells_attack)
            or (is_at_open_site and tells_attack_on_military and not tells_un_or_foreign_site and not tells_police)
        ) as is_attack_at_fixed_place,
        tells_un_or_foreign_site or tells_un_or_foreign_force as tells_un_or_foreign
    from texts

),

evidence as (

    select
        *,
        violence_type = 'state_based' and (tells_attack_on_fixed_site or is_attack_at_fixed_place)
            as is_attack_on_fixed_site,
        violence_type = 'state_based'
        and not (tells_military or tells_fixed_site or is_at_military_site or is_attack_at_fixed_place)
        and (
            tells_un_or_foreign
            or tells_police
            or tells_state_office
            or tells_pro_government_militia
            or tells_lone_personnel
        ) as is_without_military,
        case
            when tells_attack_by_jihadists then 'jihadist'
            when tells_attack_by_unidentified then 'unidentified'
            when (tells_attack or violence_type = 'one_sided') and is_coded_jihadist then 'jihadist'
            when tells_attack_by_others then 'other'
            when tells_attack or violence_type = 'one_sided' then 'unidentified'
            when tells_state_initiated then 'state_forces'
            else 'unknown'
        end as initiator_family,
        case
            when tells_attack_by_jihadists or tells_attack_by_unidentified then 'text'
            when tells_attack_by_others and not is_coded_jihadist then 'text'
            when tells_attack or violence_type = 'one_sided' then 'coded'
            when tells_state_initiated then 'text'
            else 'unknown'
        end as initiator_basis
    from located

),

judged as (

    select
        *,
        violence_type = 'non_state' and has_militia_side and tells_militia_resisted as is_resisted_by_militia,
        case
            when violence_type = 'one_sided' then 'civilians'
            when violence_type = 'non_state' and has_militia_side and tells_militia_resisted then 'civilians'
            when violence_type = 'non_state' then 'armed_group'
            when tells_attack_on_checkpoint then 'military_checkpoint'
            when tells_attack_on_fixed_site then 'military_base_or_post'
            when is_attack_at_fixed_place and is_at_checkpoint then 'military_checkpoint'
            when is_attack_at_fixed_place then 'military_base_or_post'
            when tells_state_initiated and not tells_attack then 'armed_group'
            when tells_military and tells_patrol_or_convoy then 'military_patrol_or_convoy'
            when tells_military then 'military_site_unstated'
            when tells_un_or_foreign_site then 'un_or_foreign_base'
            when tells_un_or_foreign_force and tells_patrol_or_convoy then 'un_or_foreign_patrol_or_convoy'
            when tells_police then 'police'
            when tells_lone_personnel then 'military_personnel'
            when tells_state_office then 'state_office'
            when tells_pro_government_militia then 'armed_group'
            when tells_civilians then 'civilians'
            when tells_infrastructure then 'infrastructure'
            else 'unknown'
        end as target_class,
        case
            when violence_type <> 'state_based' then 'none'
            when tells_fixed_site or is_at_military_site or is_attack_on_fixed_site then 'text'
            else 'none'
        end as site_evidence,
        nullif(
            concat_ws(
                ';',
                case
                    when
                        violence_type = 'state_based'
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
    from evidence

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
        site_evidence,

        -- quality
        doubts
    from judged

)

select * from final
