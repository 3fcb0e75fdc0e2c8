{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook="{{ delete_vanished_versions(ref('int_reports__told')) }}",
    )
}}
-- depends_on: {{ ref('text_rules') }}
{%- set patterns = text_patterns() %}
{%- set target_classes = told_target_classes() %}

with

actors as (

    select * from {{ ref('int_actors__resolved') }}

),

-- What counts is done by a group of the jihadist family, or by one that the feed could not name. UCDP tells an event
-- by its sides, so no other event of its needs a look at its texts, which are the costly part of it. Other feeds say
-- less by their codes, or name a side that nobody knows: what they wrote is read.
versions as {{ computed_first() }} (

    select
        {{ incident_id('versions.report_id') }} as incident_id,
        versions.report_version_id,
        versions.report_id,
        versions.id_space,
        versions.batch_id,
        versions.country_code,
        versions.occurred_date,
        versions.first_seen_at,
        versions.valid_from,
        coalesce(side_a.is_jihadist or side_b.is_jihadist, false) as is_coded_jihadist,
        coalesce(side_a.family = 'unidentified' or side_b.family = 'unidentified', false) as is_coded_unidentified,
        coalesce(side_a.family = 'state_forces' or side_b.family = 'state_forces', false) as has_state_side,
        coalesce(side_a.is_pro_government or side_b.is_pro_government, false) as has_pro_government_side,
        coalesce(side_a.family = 'communal_militia' or side_b.family = 'communal_militia', false)
            as has_militia_side,
        coalesce(side_a.family = 'foreign_and_un_forces' or side_b.family = 'foreign_and_un_forces', false)
            as has_foreign_side
    from {{ ref('int_reports__told') }} as versions
    left join actors as side_a on versions.side_a_name = side_a.actor_name
    left join actors as side_b on versions.side_b_name = side_b.actor_name
    where
        (
            (
                versions.violence_type is not null
                and (
                    side_a.is_jihadist
                    or side_b.is_jihadist
                    or side_a.family = 'unidentified'
                    or side_b.family = 'unidentified'
                )
            )
            or (versions.id_space not in ('ucdp', 'gdelt'))
        )
        and {{ is_missing_version() }}

),

-- The time of arrival narrows the scan for texts to what arrived together with a missing version.
incidents as (

    select
        versions.incident_id,
        reports.violence_type,
        reports.event_type,
        reports.source_event_type,
        reports.target_types,
        reports.weapon_types,
        reports.is_suicide_attack,
        reports.headline,
        versions.report_version_id,
        versions.report_id,
        versions.id_space,
        versions.batch_id,
        versions.country_code,
        versions.occurred_date,
        versions.first_seen_at,
        versions.is_coded_jihadist,
        versions.is_coded_unidentified,
        versions.has_state_side,
        versions.has_pro_government_side,
        versions.has_militia_side,
        versions.has_foreign_side,
        concat_ws(';', reports.place_name, reports.place_description) as place
    from {{ ref('int_reports__told') }} as reports
    inner join versions
        on
            reports.report_version_id = versions.report_version_id
            and reports.valid_from = versions.valid_from

),

-- Only these texts can change what an incident counts as: a battle's, those of a fight among groups, which one of them
-- began, perhaps as an attack on a village, those of a killing whose side the feed could not name, and all that say
-- how it was done where the feed codes more than sides.
texts as (

    select
        report_version_id,
        false as is_place,
        {{ sentences_apart(normalized_text('headline')) }} as plain_text
    from incidents
    where
        headline is not null
        and (
            violence_type is null
            or violence_type = 'state_based'
            or violence_type = 'non_state'
            or (violence_type = 'one_sided' and not is_coded_jihadist)
            or id_space <> 'ucdp'
        )

    union all

    select
        report_version_id,
        true as is_place,
        {{ normalized_text('place') }} as plain_text
    from incidents
    where
        (violence_type is null or violence_type = 'state_based')
        and {{ tells_of('place', 'place_worth_reading', patterns) }}

),

-- A field holds the headlines of several articles, or the sentences of a note. They are kept apart, so that the attack
-- in one and the camp in another do not make an attack on a camp.
parts as (

    select
        report_version_id,
        is_place,
        {{ numbered_text_parts('plain_text', ';') }}
    from texts

),

-- Agencies send the same words to many, and one article tells of many events: a sentence is read once.
sentences as (

    select distinct
        is_place,
        part
    from parts

),

{{ marking('sentences', ['is_place', 'part'], patterns) }},

signs as (

    select
        is_place,
        part,
        marks,
        acts,
        {%- for kind in [
            'acts_by_jihadists',
            'acts_by_unidentified',
            'acts_by_others',
            'acts_by_militia',
            'acts_by_state',
            'killed_by_state',
            'answer',
            'beaten_off',
            'open_site',
            'civilians_hit',
            'office_hit',
            'militia_resisted',
            'group_killed',
        ] %}
        {{ tells_of('acts', kind, patterns) }} as {{ kind }},
        {%- endfor %}
        acts like '%L%' as has_clash,
        acts like '%A%' or acts like '%E%' or acts like '%X%H%' or acts like '%H%X%' as has_attack,
        acts like '%Y%' or acts like '%W%' as has_property,
        acts like '%W%' and not {{ text_matches('acts', quoted_pattern('[AELHY]')) }} as has_abduction_alone,
        acts like '%H%' as has_killed,
        acts like '%Z%' as has_dead,
        acts like '%S%' and acts not like '%AS%' as has_state_act,
        acts like '%Q%' as has_air,
        acts like '%M%' as has_military,
        acts like '%G%' or acts like '%E%' as is_on_the_move,
        acts like '%M@_B%' escape '@' as has_military_base,
        acts like '%M@_K%' escape '@' as has_military_checkpoint,
        acts like '%K%' as has_checkpoint,
        acts like '%F@_%' escape '@' as has_foreign_site,
        acts like '%F%' as has_foreign,
        acts like '%P%' as has_police,
        acts like '%V%' as has_volunteers,
        acts like '%D%' as has_militia,
        acts like '%X%' as has_lone_personnel,
        acts like '%O%' as has_state_office,
        acts like '%I%' as has_infrastructure,
        acts like '%C%' or acts like '%T%' as has_civilians,
        acts like '%J%' or acts like '%R%' or acts like '%U%' as has_group
    from ordered

),

-- Who acts in a sentence. An attack of which nobody says whose it is, is the group's, unless the sentence tells of an
-- act of the state that does not answer one.
agents as (

    select
        *,
        case
            when is_place then null
            when acts_by_jihadists and (answer or beaten_off or not acts_by_state) then 'jihadist'
            when answer and not acts_by_unidentified and not acts_by_others and not acts_by_militia then 'nobody_named'
            when acts_by_state and not beaten_off then 'state_forces'
            when acts_by_unidentified then 'unidentified'
            when acts_by_militia then 'militia'
            when acts_by_others then 'other'
            when killed_by_state and not has_attack then 'state_forces'
            when has_attack and (beaten_off or not (has_state_act or has_air)) then 'nobody_named'
            when (has_state_act or has_air) and not has_clash then 'state_forces'
        end as agent
    from signs

),

acts as (

    select
        *,
        coalesce(agent not in ('state_forces', 'militia'), false) as is_attack,
        coalesce(agent = 'state_forces', false) as is_state_act,
        agent is not null or has_clash or has_killed or has_dead or has_property as is_violence,
        has_military_base or has_military_checkpoint as has_military_site,
        -- The camp in a sentence about a clash may be anybody's.
        open_site
        and has_military
        and not has_clash
        and not has_military_base
        and not has_military_checkpoint
        and coalesce(agent <> 'state_forces', true)
            as has_site_of_those_named
    from agents

),

targets as (

    select
        *,
        case
            when is_place or not is_violence then null
            {%- for class, condition in target_classes %}
            when {{ condition }} then {{ loop.index + (6000 if class == 'unknown' else 0) }}
            {%- endfor %}
        end as target_rank
    from acts

),

told_parts as (

    select
        targets.*,
        parts.report_version_id,
        parts.part_number
    from parts
    inner join targets
        on
            parts.is_place = targets.is_place
            and parts.part = targets.part

),

summed as (

    select
        report_version_id,

        -- who began
        bool_or(is_attack) as tells_attack,
        bool_or(agent = 'jihadist') as tells_attack_by_jihadists,
        bool_or(agent = 'unidentified') as tells_attack_by_unidentified,
        bool_or(agent = 'other') as tells_attack_by_others,
        bool_or(agent = 'militia') as tells_attack_by_militia,
        bool_or(is_state_act) as tells_state_initiated,
        bool_or(not is_place and has_clash) as tells_clash,
        bool_or(not is_place and is_violence) as tells_violence,

        -- where
        bool_or(not is_place and is_violence and (has_military_site or has_site_of_those_named)) as tells_fixed_site,
        bool_or(is_attack and (has_military_site or has_site_of_those_named)) as tells_attack_on_fixed_site,
        bool_or(
            is_attack
            and (has_military_checkpoint or (has_site_of_those_named and has_checkpoint))
        ) as tells_attack_on_checkpoint,
        bool_or(is_attack and open_site and not has_military_site and not has_site_of_those_named)
            as tells_attack_on_open_site,
        bool_or(is_place and has_military_site) as is_at_military_site,
        bool_or(is_place and open_site) as is_at_open_site,
        bool_or(is_place and has_checkpoint) as is_at_checkpoint,
        bool_or(not is_place and is_on_the_move) as tells_patrol_or_convoy,

        -- whom
        bool_or(not is_place and has_military) as tells_military,
        bool_or(is_attack and has_military) as tells_attack_on_military,
        bool_or((is_place or is_violence) and has_foreign_site) as tells_un_or_foreign_site,
        bool_or(not is_place and is_violence and has_foreign) as tells_un_or_foreign_force,
        bool_or((is_place or is_violence) and has_police) as tells_police,
        bool_or((is_place or is_violence) and has_state_office) as tells_state_office,
        bool_or(not is_place and is_violence and has_volunteers) as tells_pro_government_militia,
        bool_or(not is_place and has_lone_personnel) as tells_lone_personnel,
        bool_or(not is_place and has_civilians) as tells_civilians,
        bool_or(not is_place and militia_resisted) as tells_militia_resisted,
        bool_or(not is_place and is_violence and has_infrastructure) as tells_infrastructure,
        min(
            case
                when is_attack then case when target_rank <= 4 then 0 else 100 * part_number end + target_rank
            end
        ) as attack_rank,
        min(case when not is_attack and not is_state_act and has_clash then target_rank end) as clash_rank,
        min(case when is_state_act then target_rank end) as state_rank,
        min(case when not is_attack and not is_state_act then target_rank end) as other_rank,

        -- how, by those who attacked and by the state
        {%- for weapon, mark in weapon_marks() %}
        bool_or(
            not is_place
            and not is_state_act
            and not (group_killed and agent is null)
            and marks like '%{{ mark }}%' escape '!'
        ) as tells_{{ weapon }},
        bool_or(is_state_act and marks like '%{{ mark }}%' escape '!') as tells_state_{{ weapon }},
        {%- endfor %}
        bool_or(not is_place and has_property) as tells_property,
        bool_or(not is_place and (has_attack or has_killed or has_clash)) as tells_weapons_at_work,
        bool_or(not is_place and marks like '%#%') as tells_disputed_victims,
        bool_or(not is_place and marks like '%`%') as tells_crossing
    from told_parts
    group by report_version_id

),

-- Where nothing was read, nothing is told.
final as (

    select
        -- ids
        incidents.incident_id,
        incidents.report_version_id,
        incidents.report_id,
        incidents.id_space,
        incidents.batch_id,

        -- where and when
        incidents.country_code,
        incidents.occurred_date,

        -- what is coded
        incidents.violence_type,
        incidents.event_type,
        incidents.source_event_type,
        incidents.target_types,
        incidents.weapon_types,
        incidents.is_suicide_attack,
        incidents.is_coded_jihadist,
        incidents.is_coded_unidentified,
        incidents.has_state_side,
        incidents.has_pro_government_side,
        incidents.has_militia_side,
        incidents.has_foreign_side,

        -- what is told
        {%- for sign in [
            'tells_attack',
            'tells_attack_by_jihadists',
            'tells_attack_by_unidentified',
            'tells_attack_by_others',
            'tells_attack_by_militia',
            'tells_state_initiated',
            'tells_clash',
            'tells_violence',
            'tells_fixed_site',
            'tells_attack_on_fixed_site',
            'tells_attack_on_checkpoint',
            'tells_attack_on_open_site',
            'is_at_military_site',
            'is_at_open_site',
            'is_at_checkpoint',
            'tells_patrol_or_convoy',
            'tells_military',
            'tells_attack_on_military',
            'tells_un_or_foreign_site',
            'tells_un_or_foreign_force',
            'tells_police',
            'tells_state_office',
            'tells_pro_government_militia',
            'tells_lone_personnel',
            'tells_civilians',
            'tells_militia_resisted',
            'tells_infrastructure',
            'tells_property',
            'tells_weapons_at_work',
            'tells_disputed_victims',
            'tells_crossing',
        ] %}
        coalesce(summed.{{ sign }}, false) as {{ sign }},
        {%- endfor %}
        case
        coalesce(
            summed.attack_rank % 100,
            summed.clash_rank,
            case when not summed.tells_clash then coalesce(summed.state_rank, summed.other_rank) end
        )
            {%- for class, condition in target_classes %}
            when {{ loop.index }} then '{{ class }}'
            {%- endfor %}
        end as told_target_class,
        {%- for weapon, mark in weapon_marks() %}
        coalesce(summed.tells_{{ weapon }}, false) as tells_{{ weapon }},
        coalesce(summed.tells_state_{{ weapon }}, false) as tells_state_{{ weapon }},
        {%- endfor %}

        -- history
        incidents.first_seen_at
    from incidents
    left join summed on incidents.report_version_id = summed.report_version_id

)

select * from final
