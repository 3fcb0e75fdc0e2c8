{{ config(materialized='table') }}
{#-
    What counts of an incident that several reports tell of. A definition counts it where it counts one of its reports,
    and the report with the best evidence speaks for it: a coded site before one in a text, a beginner whom a text names
    before one who is only coded. Where the others say something else, that is a doubt.
-#}

with

-- A report that covers several incidents speaks for the one that it goes best with: its attack is counted once.
speaking as (

    select
        incident_id,
        report_id,
        id_space
    from {{ ref('int_incidents__linked') }}
    where relation = 'tells' or is_best_link

),

current_reports as (

    select
        report_id,
        report_version_id
    from {{ ref('int_reports__linkable') }}

),

judged as (

    select
        speaking.incident_id,
        speaking.id_space,
        reports.report_id,
        reports.report_version_id,
        reports.initiator_family,
        reports.target_class,
        reports.violence_type,
        reports.is_complex_attack,
        reports.is_drone_attack,
        reports.is_cross_border_told,
        ';' || reports.weapon_modes || ';' as weapon_modes
    from speaking
    inner join current_reports on speaking.report_id = current_reports.report_id
    inner join {{ ref('int_incidents__classified') }} as reports
        on current_reports.report_version_id = reports.report_version_id

),

-- What is unknown contradicts nothing, and neither does an unnamed site of the military another target of it. Weapons
-- add up, as a report names those that its sources saw.
opinions as (

    select
        incident_id,
        coalesce(
            nullif(
                concat_ws(
                    ';'
                    {%- for mode, mark in weapon_marks() %},
                    max(case when weapon_modes like '%;{{ mode }};%' then '{{ mode }}' end)
                    {%- endfor %}
                ),
                ''
            ),
            max(case when weapon_modes = ';none;' then 'none' end),
            'unknown'
        ) as weapon_modes,
        max(case when is_complex_attack then 1 else 0 end) = 1 as is_complex_attack,
        max(case when is_drone_attack then 1 else 0 end) = 1 as is_drone_attack,
        max(case when is_cross_border_told then 1 else 0 end) = 1 as is_cross_border_told,
        nullif(
            concat_ws(
                ';',
                case
                    when
                        count(distinct case when initiator_family <> 'unknown' then initiator_family end) > 1
                        then 'reports_differ_on_initiator'
                end,
                case
                    when
                        count(distinct case
                            when target_class not in ('unknown', 'military_site_unstated') then target_class
                        end) > 1
                        then 'reports_differ_on_target'
                end,
                case when count(distinct violence_type) > 1 then 'reports_differ_on_kind_of_violence' end
            ),
            ''
        ) as doubts
    from judged
    group by incident_id

),

attacks as (

    select
        attacks.*,
        judged.incident_id as told_incident_id,
        row_number() over (
            partition by judged.incident_id, attacks.definition_id
            order by
                case attacks.site_evidence when 'coded' then 1 when 'text' then 2 else 3 end,
                case attacks.initiator_basis when 'text' then 1 when 'coded' then 2 else 3 end,
                case when attacks.doubts is null then 1 else 2 end,
                {{ rank_of_id_space('judged.id_space') }},
                attacks.report_id
        ) as evidence_number,
        max(case when attacks.definition_id = 'attack_on_military_position.strict' then 1 else 0 end)
            over (partition by judged.incident_id) as has_attribution
    from judged
    inner join {{ ref('int_attacks__counted') }} as attacks
        on judged.report_version_id = attacks.report_version_id

),

-- Whom one report names as the attacker, another one does not make unidentified.
best as (

    select
        attacks.*,
        opinions.weapon_modes as told_weapon_modes,
        opinions.is_complex_attack as is_told_complex,
        opinions.is_drone_attack as is_told_with_drone,
        opinions.is_cross_border_told as is_crossing_told,
        {{ attack_id('attacks.definition_id', 'attacks.told_incident_id') }} as told_attack_id,
        nullif(concat_ws(';', attacks.doubts, opinions.doubts), '') as told_doubts
    from attacks
    inner join opinions on attacks.told_incident_id = opinions.incident_id
    where
        attacks.evidence_number = 1
        and not (attacks.definition_id = 'attack_on_military_position.unattributed' and attacks.has_attribution = 1)

),

final as (

    select
        -- ids
        told_attack_id as attack_id,
        definition_id,
        definition_version,
        told_incident_id as incident_id,
        report_version_id,
        report_id,
        batch_id,

        -- what
        inclusion_reason,
        site_evidence,
        initiator_basis,
        initiator_family,
        target_class,
        told_weapon_modes as weapon_modes,
        is_told_complex as is_complex_attack,
        is_told_with_drone as is_drone_attack,
        is_crossing_told as is_cross_border_told,
        told_doubts as doubts,
        violence_type,

        -- history
        first_seen_at
    from best

)

select * from final
