{#-
    What the feeds code, in our words. GTD is the only feed that codes whom it hit: target subtypes 27 and 36 are fixed
    sites (GTD Codebook, August 2021). ACLED codes how, by its sub-events; GTD by types and subtypes of weapons.
-#}

{#- Class of what GTD codes as the target; null where it codes none of ours. The military goes first. -#}
{% macro coded_target_class(target_types) -%}
    case
        when {{ target_types }} is null then null
        {%- for class, subtypes in [
            ('military_checkpoint', ['Military Checkpoint']),
            ('military_base_or_post', ['Military Barracks/Base/Headquarters/Checkpost', 'Military Recruiting Station/Academy']),
            ('military_patrol_or_convoy', ['Military Unit/Patrol/Convoy', 'Military Transportation/Vehicle']),
            ('military_personnel', ['Military Personnel', 'Non-combatant Personnel']),
            ('military_site_unstated', ['Military']),
            ('police', ['Police']),
            ('armed_group', ['Terrorists/Non-State Militia']),
            ('state_office', ['Government (General)', 'Government (Diplomatic)']),
            ('infrastructure', ['Utilities', 'Telecommunication', 'Transportation', 'Airports & Aircraft']),
            ('civilians', [
                'Private Citizens & Property',
                'Business',
                'Religious Figures/Institutions',
                'Educational Institution',
                'Journalists & Media',
                'NGO',
                'Tourists',
                'Civilian targeting',
            ]),
        ] %}
        when
            {%- for subtype in subtypes %}
            {{ "or " if not loop.first }}{{ target_types }} like '%{{ subtype }}%'
            {%- endfor %}
            then '{{ class }}'
        {%- endfor %}
    end
{%- endmacro %}

{#- True where the codes say that a weapon was used: ACLED's sub-event, GTD's weapons. -#}
{% macro codes_weapon(weapon) -%}
    {%- set sub_events = {
        'suicide_or_vehicle_bomb': ['Suicide bomb'],
        'ied_or_mine': ['Remote explosive/landmine/IED'],
        'indirect_fire': ['Shelling/artillery/missile attack'],
        'assault': ['Grenade'],
        'drone': [],
        'air_strike': [],
    } -%}
    {%- set weapons = {
        'suicide_or_vehicle_bomb': ['Suicide (carried bodily by human being)', 'Vehicle'],
        'ied_or_mine': ['Landmine', 'Remote Trigger', 'Pressure Trigger', 'Time Fuse', 'Sticky Bomb', 'Unknown Explosive Type'],
        'indirect_fire': ['Projectile (rockets, mortars, RPGs, etc.)'],
        'assault': ['Firearms', 'Grenade', 'Melee'],
        'drone': [],
        'air_strike': [],
    } -%}
    {%- set looks = [] -%}
    {%- for sub_event in sub_events[weapon] -%}
        {%- do looks.append("source_event_type like '%: " ~ sub_event ~ "'") -%}
    {%- endfor -%}
    {%- for type in weapons[weapon] -%}
        {%- do looks.append("weapon_types like '%" ~ type ~ "%'") -%}
    {%- endfor -%}
    {%- if weapon == 'suicide_or_vehicle_bomb' -%}
        {%- do looks.append('is_suicide_attack') -%}
    {%- endif -%}
    coalesce({{ looks | join(' or ') if looks else 'false' }}, false)
{%- endmacro %}
