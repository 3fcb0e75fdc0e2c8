{#-
    What a text can tell, by the marks of its sentences (see `marks`): a sign and when a sentence gives it. A text tells
    what any of its sentences does. A sentence's signs are one number, a bit a sign: to sum forty columns costs more
    than to read the words. Columns are those of `int_incidents__classified_texts`.
-#}
{% macro told_signs() %}
    {%- set signs = {
        'who began': {
            'tells_attack': 'is_attack',
            'tells_attack_by_jihadists': "agent = 'jihadist'",
            'tells_attack_by_unidentified': "agent = 'unidentified'",
            'tells_attack_by_others': "agent = 'other'",
            'tells_attack_by_militia': "agent = 'militia'",
            'tells_state_initiated': 'is_state_act',
            'tells_clash': 'not is_place and has_clash',
            'tells_violence': 'not is_place and is_violence',
        },
        'where': {
            'tells_fixed_site': 'not is_place and is_violence and (has_military_site or has_site_of_those_named)',
            'tells_attack_on_fixed_site': 'is_attack and (has_military_site or has_site_of_those_named)',
            'tells_attack_on_checkpoint':
                'is_attack and (has_military_checkpoint or (has_site_of_those_named and has_checkpoint))',
            'tells_attack_on_open_site':
                'is_attack and open_site and not has_military_site and not has_site_of_those_named',
            'is_at_military_site': 'is_place and has_military_site',
            'is_at_open_site': 'is_place and open_site',
            'is_at_checkpoint': 'is_place and has_checkpoint',
            'tells_patrol_or_convoy': 'not is_place and is_on_the_move',
        },
        'whom': {
            'tells_military': 'not is_place and has_military',
            'tells_attack_on_military': 'is_attack and has_military',
            'tells_un_or_foreign_site': '(is_place or is_violence) and has_foreign_site',
            'tells_un_or_foreign_force': 'not is_place and is_violence and has_foreign',
            'tells_police': '(is_place or is_violence) and has_police',
            'tells_state_office': '(is_place or is_violence) and has_state_office',
            'tells_pro_government_militia': 'not is_place and is_violence and has_volunteers',
            'tells_lone_personnel': 'not is_place and has_lone_personnel',
            'tells_civilians': 'not is_place and has_civilians',
            'tells_militia_resisted': 'not is_place and militia_resisted',
            'tells_infrastructure': 'not is_place and is_violence and has_infrastructure',
        },
        'how': {
            'tells_property': 'not is_place and has_property',
            'tells_weapons_at_work': 'not is_place and (has_attack or has_killed or has_clash)',
            'tells_disputed_victims': "not is_place and marks like '%#%'",
            'tells_crossing': "not is_place and marks like '%`%'",
        },
    } -%}
    {%- set found = {} -%}
    {%- for group in signs.values() -%}
        {%- do found.update(group) -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}

{#- The same for weapons: those of the attackers, and in a sentence about an act of the state, those of the state. -#}
{% macro told_weapons() %}
    {%- set signs = {} -%}
    {%- for weapon, mark in weapon_marks() -%}
        {%- set is_told = "marks like '%" ~ mark ~ "%' escape '!'" -%}
        {%- set by_attackers = 'not is_place and not is_state_act and not (group_killed and agent is null)' -%}
        {%- do signs.update({
            'tells_' ~ weapon: by_attackers ~ ' and ' ~ is_told,
            'tells_state_' ~ weapon: 'is_state_act and ' ~ is_told,
        }) -%}
    {%- endfor -%}
    {{ return(signs) }}
{% endmacro %}

{#- The signs of a sentence as one number, which `bit_or` sums. -#}
{% macro packed_signs() -%}
    cast(0 as bigint)
    {%- for condition in told_signs().values() | list + told_weapons().values() | list %}
    + case when {{ condition }} then {{ 2 ** loop.index0 }} else 0 end
    {%- endfor %}
{%- endmacro %}

{#- A column for each of the named signs, read from the packed ones. -#}
{% macro unpacked_signs(names) -%}
    {%- set all = told_signs() | list + told_weapons() | list -%}
    {%- for sign in names %}
    (signs & {{ 2 ** all.index(sign) }}) <> 0 as {{ sign }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
