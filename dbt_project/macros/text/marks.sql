{#-
    How a sentence becomes a short row of marks. Words are read once, kind by kind, and a letter is put in their place;
    what is left, in the order of the sentence, is who did what to whom:

        presumed jnim militants attacked a fama checkpoint at the entrance of tamban   ->   JAM_K

    J jihadists, U unidentified gunmen, R other groups, D communal militia, V volunteers of the state, M military,
    P police, N security forces of either kind, F UN or foreign forces, X a soldier alone or off duty, O state office,
    C civilians, T village, I infrastructure; B base or post, K checkpoint, G patrol or convoy, M_B a site and its
    owner; A attack, E explosive device, Y property destroyed, W abduction, H killed or wounded, Z a number of people, or deaths told,
    L clash, S act of a state, AS what both sides do, Q strike from the air, ! beaten off; < by, + together with, @ after, ^ within the attack,
    weapons: % suicide or vehicle bomb, * device, & indirect fire, = gunfire or storming, ~ drone, | aircraft; ` a border crossed;
    # nobody agrees on whom it hit.

    The words stand in the seed `text_rules`; what is said here is only which letter a kind writes, and in which order
    kinds are read.
-#}

{#- Kinds in the order of reading, with what they write. Kinds of one list are skipped together where none is found. -#}
{% macro marks() %}
    {{ return({
        'rarest_actors': [
            ('disputed_victims', '#'),
            ('hunted', 'S U'),
            ('defence_forces', 'M'),
            ('kamikaze_drone', '~'),
            ('state_drone_strike', 'Q~'),
            ('state_air_strike', 'Q|'),
            ('lone_personnel_at_home', 'X{1}'),
            ('group_site', 'J_B'),
        ],
        'rare_actors': [
            ('suicide_or_vehicle_bomb', 'A%'),
            ('foreign_site', 'F_B'),
            ('foreign_mover', 'F G'),
            ('un_or_foreign_force', 'F'),
            ('pro_government_militia', 'V'),
            ('communal_militia', 'D'),
            ('police_site', 'P_B'),
            ('police', 'P'),
            ('state_office', 'O'),
            ('lone_personnel_taken', 'W X'),
            ('lone_personnel_killed', 'H X'),
            ('lone_personnel', 'X'),
            ('security_forces', 'N'),
            ('infrastructure', 'I'),
            ('unidentified', 'U'),
            ('crossing', '`'),
            ('jihadist_attack', '{1} < J'),
        ],
        'jihadists': [
            ('jihadist', 'J'),
        ],
        'parts_of_military': [
            ('military_site_word', 'M_B'),
            ('people_of_site', 'M'),
            ('detachment', 'M,B'),
        ],
        'actors': [
            ('military', 'M'),
            ('civilians', 'C'),
        ],
        'sites': [
            ('village', 'T'),
            ('checkpoint', 'K'),
            ('site', 'B'),
            ('patrol_or_convoy', 'G'),
            ('vehicle', '{1}{2} G'),
        ],
        'owners': [
            ('owner_and', 'M_{1}{2}{3}'),
            ('owner_shared', 'M_{1}{3} {2}{4}'),
            ('owner_first', '{1}_{2}'),
            ('owner_after', '{2}_{1}'),
            ('not_at_site', ' '),
        ],
        'rarest_acts': [
            ('military_left', ' '),
            ('rocket_grenade', '='),
            ('shot_down', 'A'),
            ('shots_of', 'A= < {1}'),
            ('shot_by_group', '{1} H= {2}'),
            ('taken_away', 'W {1}{2}'),
            ('attackers_were', 'A {1} < {2}'),
            ('in_uniform', '{1}'),
            ('militia_answers', '! {1}{2}'),
            ('set_on_fire', 'Y {1}'),
            ('group_met', 'AS {1}'),
            ('group_operation', '{1} {2}A'),
        ],
        'rare_acts': [
            ('other_group', 'R'),
            ('drone_strike', 'Q~'),
            ('drone', '~'),
            ('air_strike', 'Q|'),
            ('ied_or_mine', 'E*'),
            ('indirect_fire', 'A&'),
            ('firefight', 'L='),
            ('abduction', 'W'),
            ('property', 'Y'),
            ('repelled', '!'),
            ('together', '+'),
            ('shot_at', 'A='),
            ('shots_fired', '='),
            ('shot', 'H='),
        ],
        'attacks_told_closely': [
            ('ambush', 'AG'),
            ('killed_some', 'HZ'),
            ('killed_in', 'H, {1}{2}'),
            ('assault', 'A='),
        ],
        'attacks': [
            ('attack', 'A'),
        ],
        'losses': [
            ('seizure', 'AS'),
            ('killed', 'H'),
            ('death', 'Z'),
        ],
        'acts': [
            ('gunfire', '='),
            ('clash', 'L'),
            ('state_act', 'S'),
        ],
        'links': [
            ('by', '<'),
            ('after', '@'),
            ('comma', ','),
        ],
        'ends': [
            ('attack_of', '{1} < {3}'),
            ('in_attack', '^{1}'),
            ('retaken', 'S{1} J'),
        ],
    }) }}
{% endmacro %}

{#- One expression that reads the kinds of a list, one after the other. -#}
{% macro marked(text, list_name, patterns) -%}
    {%- set expression = namespace(sql=text) -%}
    {%- for kind, mark in marks()[list_name] -%}
        {%- set expression.sql = text_rewritten(expression.sql, pattern_of([kind], patterns), mark) -%}
    {%- endfor -%}
    {{ expression.sql }}
{%- endmacro %}

{#- The same where a kind of the list is found at all; a look is cheaper than the reading. -#}
{% macro marked_if_found(text, list_name, patterns) -%}
    case
        when {{ text_matches(text, pattern_of(marks()[list_name] | map('first') | list, patterns)) }}
            then {{ marked(text, list_name, patterns) }}
        else {{ text }}
    end
{%- endmacro %}

{#-
    The steps from plain text to marks, as CTEs: `told` (contexts that tell of something else taken out), one for every
    list, as `marked_sites`, and at last `ordered`, with `marks` (weapons included) and `acts` (without them).
    `relation` has the plain text as `part`; `columns` go along. Of some lists most texts hold a kind: a look would
    only cost.
-#}
{% macro marking(relation, columns, patterns) -%}
{%- set kept = columns | join(',\n        ') -%}
told as (

    select
        {{ kept }},
        {{ without(text_rewritten('part', pattern_of(['own_words'], patterns), '{1}{2}'), ['excluded_context'], patterns) }}
            as text_told
    from {{ relation }}

),

{%- set step = namespace(name='told') %}
{%- for list_name in marks() %}

marked_{{ list_name }} as (

    select
        {{ kept }},
        {%- if list_name in ['jihadists', 'actors', 'attacks', 'links'] %}
        {{ marked('text_told', list_name, patterns) }} as text_told
        {%- elif list_name == 'owners' %}
        case
            when {{ text_matches('text_told', quoted_pattern('\\b(?:[A-Z]_)?[BK]\\b')) }}
                then {{ marked('text_told', list_name, patterns) }}
            else text_told
        end as text_told
        {%- else %}
        {{ marked_if_found('text_told', list_name, patterns) }} as text_told
        {%- endif %}
    from {{ step.name }}

),
{%- set step.name = 'marked_' ~ list_name %}
{%- endfor %}

compacted as (

    select
        {{ kept }},
        {{ text_replaced('text_told', quoted_pattern('[^A-Z<@^,:_+!%*&=~|`#]+'), '') }} as marks
    from {{ step.name }}

),

ordered as (

    select
        *,
        case
            when {{ text_matches('marks', quoted_pattern('[%*&=~|`#]')) }}
                then {{ text_replaced('marks', quoted_pattern('[%*&=~|`#]+'), '') }}
            else marks
        end as acts
    from compacted

)
{%- endmacro %}
