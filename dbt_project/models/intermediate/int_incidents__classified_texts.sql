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

-- Only these texts can change what an incident counts as: a battle's, those of a fight among groups, which one of them
-- began, perhaps as an attack on a village, those of a killing whose side the feed could not name, and all that say
-- how it was done where the feed codes more than sides. The time of arrival narrows the scan for texts to what arrived
-- together with a missing version.
incidents as (

    select
        versions.incident_id,
        reports.violence_type,
        reports.event_type,
        reports.source_event_type,
        reports.target_types,
        reports.weapon_types,
        reports.is_suicide_attack,
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
        case
            when
                reports.violence_type is null
                or reports.violence_type in ('state_based', 'non_state')
                or (reports.violence_type = 'one_sided' and not versions.is_coded_jihadist)
                or versions.id_space <> 'ucdp'
                then reports.headline
        end as headline,
        case
            when reports.violence_type is null or reports.violence_type = 'state_based'
                then concat_ws(';', reports.place_name, reports.place_description)
        end as place
    from {{ ref('int_reports__told') }} as reports
    inner join versions
        on
            reports.report_version_id = versions.report_version_id
            and reports.valid_from = versions.valid_from

),

-- One article tells of many events, and a later version of a report mostly says the same: a text is read once.
texts as (

    select distinct
        false as is_place,
        headline as text_read
    from incidents
    where headline is not null

    union all

    select distinct
        true as is_place,
        place as text_read
    from incidents
    where {{ tells_of('place', 'place_worth_reading', patterns) }}

),

plain_texts as (

    select
        *,
        {{ normalized_text('text_read') }} as plain_text
    from texts

),

-- A field holds the headlines of several articles, or the sentences of a note. They are kept apart, so that the attack
-- in one and the camp in another do not make an attack on a camp.
cut_texts as (

    select
        is_place,
        text_read,
        case when is_place then plain_text else {{ sentences_apart('plain_text') }} end as plain_text
    from plain_texts

),

parts as {{ computed_once() }} (

    select
        is_place,
        text_read,
        {{ numbered_text_parts('plain_text', ';') }}
    from cut_texts

),

-- Agencies send the same words to many: a sentence is read once.
sentences as (

    select distinct
        is_place,
        part
    from parts

),

{{ marking('sentences', ['is_place', 'part'], patterns) }},

marked as {{ computed_once() }} (

    select
        is_place,
        part,
        marks,
        acts
    from ordered

),

-- Many sentences leave the same marks.
orders as (

    select distinct
        is_place,
        marks,
        acts
    from marked

),

signs as (

    select
        *,
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
    from orders

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

packed as (

    select
        is_place,
        marks,
        case when is_attack then target_rank end as attack_rank,
        case when not is_attack and not is_state_act and has_clash then target_rank end as clash_rank,
        case when is_state_act then target_rank end as state_rank,
        case when not is_attack and not is_state_act then target_rank end as other_rank,
        {{ packed_signs() }} as signs
    from targets

),

summed as (

    select
        parts.is_place,
        parts.text_read,
        bit_or(packed.signs) as signs,
        min(case when packed.attack_rank > 4 then 100 * parts.part_number else 0 end + packed.attack_rank)
            as attack_rank,
        min(packed.clash_rank) as clash_rank,
        min(packed.state_rank) as state_rank,
        min(packed.other_rank) as other_rank
    from parts
    inner join marked
        on
            parts.is_place = marked.is_place
            and parts.part = marked.part
    inner join packed
        on
            marked.is_place = packed.is_place
            and marked.marks = packed.marks
    group by parts.is_place, parts.text_read

),

-- Where nothing was read, nothing is told.
told_incidents as (

    select
        incidents.*,
        headlines.attack_rank,
        headlines.clash_rank,
        headlines.state_rank,
        headlines.other_rank,
        coalesce(headlines.signs, 0) | coalesce(places.signs, 0) as signs
    from incidents
    left join summed as headlines
        on
            incidents.headline = headlines.text_read
            and not headlines.is_place
    left join summed as places
        on
            incidents.place = places.text_read
            and places.is_place

),

unpacked as (

    select
        *,
        {{ unpacked_signs(told_signs() | list + told_weapons() | list) }}
    from told_incidents

),

final as (

    select
        -- ids
        incident_id,
        report_version_id,
        report_id,
        id_space,
        batch_id,

        -- where and when
        country_code,
        occurred_date,

        -- what is coded
        violence_type,
        event_type,
        source_event_type,
        target_types,
        weapon_types,
        is_suicide_attack,
        is_coded_jihadist,
        is_coded_unidentified,
        has_state_side,
        has_pro_government_side,
        has_militia_side,
        has_foreign_side,

        -- what is told
        {%- for sign in told_signs() %}
        {{ sign }},
        {%- endfor %}
        case
        coalesce(
            attack_rank % 100,
            clash_rank,
            case when not tells_clash then coalesce(state_rank, other_rank) end
        )
            {%- for class, condition in target_classes %}
            when {{ loop.index }} then '{{ class }}'
            {%- endfor %}
        end as told_target_class,
        {%- for sign in told_weapons() %}
        {{ sign }},
        {%- endfor %}

        -- history
        first_seen_at
    from unpacked

)

select * from final
