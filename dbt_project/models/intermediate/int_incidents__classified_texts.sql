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
{#- What belongs to these is taken out of a text before the state's own military is looked for. -#}
{%- set others = [
    'un_or_foreign_site',
    'un_or_foreign_force',
    'police_site',
    'police_force',
    'state_office',
    'pro_government_militia',
    'lone_personnel',
] %}

with

actors as (

    select * from {{ ref('int_actors__resolved') }}

),

-- What counts is done by a group of the jihadist family, or by one that the feed could not name. No other incident
-- needs a look at its texts, which are the costly part of it.
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
        coalesce(side_a.family = 'state_forces' or side_b.family = 'state_forces', false) as has_state_side,
        coalesce(side_a.is_pro_government or side_b.is_pro_government, false) as has_pro_government_side,
        coalesce(side_a.family = 'communal_militia' or side_b.family = 'communal_militia', false)
            as has_militia_side
    from {{ ref('int_reports__told') }} as versions
    left join actors as side_a on versions.side_a_name = side_a.actor_name
    left join actors as side_b on versions.side_b_name = side_b.actor_name
    where
        versions.violence_type is not null
        and (
            side_a.is_jihadist
            or side_b.is_jihadist
            or side_a.family = 'unidentified'
            or side_b.family = 'unidentified'
        )
        and {{ is_missing_version() }}

),

-- The time of arrival narrows the scan for texts to what arrived together with a missing version.
incidents as (

    select
        versions.incident_id,
        reports.violence_type,
        reports.headline,
        versions.report_version_id,
        versions.report_id,
        versions.id_space,
        versions.batch_id,
        versions.country_code,
        versions.occurred_date,
        versions.first_seen_at,
        versions.is_coded_jihadist,
        versions.has_state_side,
        versions.has_pro_government_side,
        versions.has_militia_side,
        concat_ws(';', reports.place_name, reports.place_description) as place
    from {{ ref('int_reports__told') }} as reports
    inner join versions
        on
            reports.report_version_id = versions.report_version_id
            and reports.valid_from = versions.valid_from

),

-- Only these texts can change what an incident counts as: a battle's, those of a fight with a militia, which may have
-- begun as an attack on a village, and those of a killing whose side the feed could not name.
texts as (

    select
        report_version_id,
        false as is_place,
        {{ normalized_text('headline') }} as plain_text
    from incidents
    where
        headline is not null
        and (
            violence_type = 'state_based'
            or (violence_type = 'non_state' and has_militia_side)
            or (violence_type = 'one_sided' and not is_coded_jihadist)
        )

    union all

    select
        report_version_id,
        true as is_place,
        {{ normalized_text('place') }} as plain_text
    from incidents
    where
        violence_type = 'state_based'
        and {{ tells_of('place', 'place_worth_reading', patterns) }}

),

-- A field holds the headlines of several articles. They are kept apart, so that the attack in one and the camp in
-- another do not make an attack on a camp.
parts as (

    select
        report_version_id,
        is_place,
        {{ text_parts('plain_text', ';') }}
    from texts

),

told as (

    select
        report_version_id,
        is_place,
        {{ without('part', ['excluded_context'], patterns) }} as text_told
    from parts

),

owned as (

    select
        *,
        {{ without('text_told', others, patterns) }} as text_owned
    from told

),

signs as (

    select
        {%- for kind in [
            'attack',
            'repelled',
            'state_initiated',
            'clash',
            'fighting',
            'jihadist',
            'unidentified',
            'other_group',
            'civilians',
            'militia_resisted',
            'patrol_or_convoy',
            'infrastructure',
        ] %}
        not is_place and {{ tells_of('text_told', kind, patterns) }} as has_{{ kind }},
        {%- endfor %}
        {%- for kind in others %}
        text_owned <> text_told and {{ tells_of('text_told', kind, patterns) }} as has_{{ kind }},
        {%- endfor %}
        {%- for kind in ['military', 'military_site', 'open_site', 'checkpoint'] %}
        {{ tells_of('text_owned', kind, patterns) }} as has_{{ kind }},
        {%- endfor %}
        is_place,
        report_version_id
    from owned

),

-- An attack is the group's, unless the sentence tells of an act of the state that does not answer one.
acts as (

    select
        *,
        has_attack and (has_repelled or not has_state_initiated) as is_attack,
        has_attack or has_state_initiated or has_clash or has_fighting as is_violence,
        -- The camp in a sentence about a clash may be anybody's.
        not is_place and (has_military_site or (has_open_site and has_military and not has_clash)) as has_fixed_site
    from signs

),

summed as (

    select
        report_version_id,

        -- who began
        bool_or(is_attack) as tells_attack,
        bool_or(is_attack and has_jihadist) as tells_attack_by_jihadists,
        bool_or(is_attack and has_unidentified) as tells_attack_by_unidentified,
        bool_or(is_attack and has_other_group) as tells_attack_by_others,
        bool_or(has_state_initiated) as tells_state_initiated,
        bool_or(has_clash) as tells_clash,
        bool_or(is_violence) as tells_violence,

        -- where
        bool_or(has_fixed_site) as tells_fixed_site,
        bool_or(is_attack and has_fixed_site) as tells_attack_on_fixed_site,
        bool_or(is_attack and has_fixed_site and has_checkpoint) as tells_attack_on_checkpoint,
        bool_or(is_attack and has_open_site and not has_fixed_site) as tells_attack_on_open_site,
        bool_or(is_place and has_military_site) as is_at_military_site,
        bool_or(is_place and has_open_site) as is_at_open_site,
        bool_or(is_place and has_checkpoint) as is_at_checkpoint,
        bool_or(has_patrol_or_convoy) as tells_patrol_or_convoy,

        -- whom
        bool_or(not is_place and has_military) as tells_military,
        bool_or(is_attack and has_military) as tells_attack_on_military,
        bool_or((is_place or is_violence) and has_un_or_foreign_site) as tells_un_or_foreign_site,
        bool_or(is_violence and has_un_or_foreign_force) as tells_un_or_foreign_force,
        bool_or((is_place or is_violence) and (has_police_site or has_police_force)) as tells_police,
        bool_or((is_place or is_violence) and has_state_office) as tells_state_office,
        bool_or(is_violence and has_pro_government_militia) as tells_pro_government_militia,
        bool_or(not is_place and has_lone_personnel) as tells_lone_personnel,
        bool_or(has_civilians) as tells_civilians,
        bool_or(has_civilians and has_militia_resisted) as tells_militia_resisted,
        bool_or(is_violence and has_infrastructure) as tells_infrastructure
    from acts
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
        incidents.is_coded_jihadist,
        incidents.has_state_side,
        incidents.has_pro_government_side,
        incidents.has_militia_side,

        -- what is told
        {%- for sign in [
            'tells_attack',
            'tells_attack_by_jihadists',
            'tells_attack_by_unidentified',
            'tells_attack_by_others',
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
        ] %}
        coalesce(summed.{{ sign }}, false) as {{ sign }},
        {%- endfor %}

        -- history
        incidents.first_seen_at
    from incidents
    left join summed on incidents.report_version_id = summed.report_version_id

)

select * from final
