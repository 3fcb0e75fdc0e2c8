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
        reports.weapon_modes,
        reports.is_drone_attack,
        reports.is_cross_border_told
    from speaking
    inner join current_reports on speaking.report_id = current_reports.report_id
    inner join {{ ref('int_incidents__classified') }} as reports
        on current_reports.report_version_id = reports.report_version_id

),

-- What is unknown contradicts nothing, and neither does an unnamed site of the military another target of it.
opinions as (

    select
        incident_id,
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
        ) as doubts,
        -- What one report says of weapons, another one does not take back.
        {%- for weapon, mark in weapon_marks() %}
        max(case when ';' || weapon_modes || ';' like '%;{{ weapon }};%' then 1 else 0 end) as is_with_{{ weapon }},
        {%- endfor %}
        min(case when weapon_modes = 'none' then 1 else 0 end) as is_without_weapons,
        max(case when is_drone_attack then 1 else 0 end) = 1 as is_drone_attack,
        max(case when is_cross_border_told then 1 else 0 end) = 1 as is_cross_border_told
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

    select * from attacks
    where
        evidence_number = 1
        and not (definition_id = 'attack_on_military_position.unattributed' and has_attribution = 1)

),

final as (

    select
        -- ids
        md5('attack:' || best.definition_id || ':' || best.told_incident_id) as attack_id,
        best.definition_id,
        best.definition_version,
        best.told_incident_id as incident_id,
        best.report_version_id,
        best.report_id,
        best.batch_id,

        -- what
        best.inclusion_reason,
        best.site_evidence,
        best.initiator_basis,
        best.initiator_family,
        best.target_class,
        coalesce(
            nullif(
                concat_ws(
                    ';'
                    {%- for weapon, mark in weapon_marks() %},
                    case when opinions.is_with_{{ weapon }} = 1 then '{{ weapon }}' end
                    {%- endfor %}
                ),
                ''
            ),
            case when opinions.is_without_weapons = 1 then 'none' else 'unknown' end
        ) as weapon_modes,
        opinions.is_with_suicide_or_vehicle_bomb
        + opinions.is_with_indirect_fire
        + opinions.is_with_assault
        + opinions.is_with_drone >= 2 as is_complex_attack,
        opinions.is_drone_attack,
        opinions.is_cross_border_told,
        nullif(concat_ws(';', best.doubts, opinions.doubts), '') as doubts,
        best.violence_type,

        -- history
        best.first_seen_at
    from best
    inner join opinions on best.told_incident_id = opinions.incident_id

)

select * from final
