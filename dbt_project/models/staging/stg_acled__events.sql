{#-
    ACLED events of every vintage in the common vocabulary. Codes are those of the ACLED Codebook and of its editions
    before 2019. The codes of actors land as words already (`schemas/acled.py`).
-#}
{%- set crowd_size = quoted_pattern('\\s*\\[size=[^\\]]*\\]') -%}

with

source as (

    select * from {{ source('landing', 'acled') }}

),

-- The six types since 2019, and what became of the older ones. Riots and protests were one type: who took part tells
-- them apart, and where nobody is named the type stays unknown.
typed as (

    select
        *,
        case
            when lower(trim(event_type)) in ('battles', 'battle-no change of territory') then 'battle'
            when lower(trim(event_type)) = 'battle-government regains territory' then 'battle'
            when lower(trim(event_type)) = 'battle-non-state actor overtakes territory' then 'battle'
            when lower(trim(event_type)) in ('explosions/remote violence', 'remote violence')
                then 'explosion_or_remote_violence'
            when lower(trim(event_type)) = 'violence against civilians' then 'violence_against_civilians'
            when lower(trim(event_type)) = 'riots' then 'riot'
            when lower(trim(event_type)) = 'protests' then 'protest'
            when lower(trim(event_type)) = 'riots/protests' and 'Rioters' in (inter1, inter2) then 'riot'
            when lower(trim(event_type)) = 'riots/protests' and 'Protesters' in (inter1, inter2) then 'protest'
            when lower(trim(event_type)) in ('strategic developments', 'strategic development')
                then 'strategic_development'
            when lower(trim(event_type)) in ('headquarters or base established', 'non-violent transfer of territory')
                then 'strategic_development'
            when lower(trim(event_type)) = 'non-violent activity by a conflict actor' then 'strategic_development'
        end as common_event_type
    from source

),

-- What an actor is where it matters who fought whom. Forces outside of their own country (8) are armies, peacekeepers
-- and private firms alike: only the name says that one is a state's, as ACLED names every army and police.
with_actors as (

    select
        *,
        case
            when inter1 = 'State forces' then 'state'
            when inter1 in ('Rebel group', 'Political militia', 'Identity militia') then 'group'
            when inter1 = 'Civilians' then 'civilians'
            when inter1 = 'External/Other forces' and actor1 like 'Military Forces of %' then 'state'
            when inter1 = 'External/Other forces' and actor1 like 'Police Forces of %' then 'state'
            when inter1 = 'External/Other forces' then 'force'
        end as actor1_role,
        case
            when inter2 = 'State forces' then 'state'
            when inter2 in ('Rebel group', 'Political militia', 'Identity militia') then 'group'
            when inter2 = 'Civilians' then 'civilians'
            when inter2 = 'External/Other forces' and actor2 like 'Military Forces of %' then 'state'
            when inter2 = 'External/Other forces' and actor2 like 'Police Forces of %' then 'state'
            when inter2 = 'External/Other forces' then 'force'
        end as actor2_role
    from typed

),

renamed as (

    select
        -- ids
        {{ report_id("'acled'", 'event_id_cnty') }} as report_id,
        'acled' as id_space,
        'acled' as feed,
        event_id_cnty as source_event_id,
        batch_id,
        _record_number as record_number,
        _record_hash as record_hash,

        -- what
        case
            -- By the codebook an armed group and unarmed people, whoever is named.
            when common_event_type = 'violence_against_civilians' then 'one_sided'
            -- Demonstrations and strategic developments are no armed violence between organised parties.
            when coalesce(common_event_type, '') not in ('battle', 'explosion_or_remote_violence') then null
            -- A shell or a mine that hits civilians alone; the other side must be armed and organised.
            when actor1_role in ('state', 'group', 'force') and actor2_role = 'civilians' then 'one_sided'
            when actor2_role in ('state', 'group', 'force') and actor1_role = 'civilians' then 'one_sided'
            -- A government is a party, and the other one is not.
            when actor1_role = 'state' and actor2_role = 'group' then 'state_based'
            when actor1_role = 'group' and actor2_role = 'state' then 'state_based'
            -- Organised groups among themselves.
            when actor1_role = 'group' and actor2_role = 'group' then 'non_state'
            -- Two forces of states may be two states or mutineers of one; a mine without a second actor, rioters, and
            -- forces that are nobody's by their name: the codes do not tell, so it stays unknown.
        end as violence_type,
        common_event_type as event_type,
        case
            when sub_event_type is null then event_type
            else event_type || ': ' || sub_event_type
        end as source_event_type,
        cast(null as varchar) as conflict_name,
        cast(null as varchar) as dyad_name,
        actor1 as side_a_name,
        actor2 as side_b_name,
        cast(null as varchar) as side_a_source_id,
        cast(null as varchar) as side_b_source_id,
        case
            when assoc_actor_1 is null then assoc_actor_2
            when assoc_actor_2 is null then assoc_actor_1
            else assoc_actor_1 || '; ' || assoc_actor_2
        end as associated_actor_names,
        civilian_targeting as target_types,
        case
            when common_event_type = 'explosion_or_remote_violence' then sub_event_type
        end as weapon_types,
        -- A suicide bomb that begins a battle is coded as the battle: that nothing is said means nothing.
        case when lower(sub_event_type) = 'suicide bomb' then true end as is_suicide_attack,
        cast(null as boolean) as is_doubtful,
        cast(null as varchar) as related_source_event_ids,
        -- Older notes carry the size of a crowd behind the text; newer ones have it among the tags.
        nullif(trim({{ text_replaced('notes', crowd_size, '') }}), '') as headline,
        source as source_office,
        cast(null as varchar) as source_original,
        cast(null as boolean) as has_source_review_pending,
        cast(null as integer) as event_clarity,

        -- where: the name is the only code of a country that every vintage has
        trim(country) as source_country_code,
        trim(country) as country_name,
        region as region_name,
        admin1 as admin1_name,
        admin2 as admin2_name,
        admin3 as admin3_name,
        location as place_name,
        cast(null as varchar) as place_description,
        case geo_precision
            when 1 then 'exact'
            when 2 then 'near'
            when 3 then 'admin1'
        end as place_precision,
        latitude,
        longitude,
        cast(
            floor((latitude + 90) * 2) * 720 + floor((longitude + 180) * 2) + 1 as bigint
        ) as priogrid_gid,

        -- when: one day is given, and date_precision says how far the true one may lie from it
        event_date as occurred_date,
        event_date as occurred_until_date,
        case time_precision
            when 1 then 'day'
            when 2 then 'week'
            when 3 then 'month'
        end as date_precision,
        year as occurred_year,

        -- measures: one figure, without bounds and without sides
        fatalities as fatality_count_best,
        cast(null as integer) as fatality_count_low,
        cast(null as integer) as fatality_count_high,
        cast(null as integer) as fatality_count_side_a,
        cast(null as integer) as fatality_count_side_b,
        cast(null as integer) as fatality_count_civilians,
        cast(null as integer) as fatality_count_unknown,
        cast(null as integer) as wounded_count,
        cast(length(source) - length(replace(source, ';', '')) + 1 as integer) as source_count,

        -- quality
        _warnings as warnings
    from with_actors

)

{{ with_overrides('renamed', 'acled') }}
