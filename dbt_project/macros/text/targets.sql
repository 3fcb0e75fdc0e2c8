{#-
    What was hit, by the marks of one sentence (see `marks`): the first that holds, the most telling ones first. A
    class may stand twice. Columns are those of `int_incidents__classified_texts`.
-#}
{% macro told_target_classes() %}
    {{ return([
        ('armed_group', 'is_state_act and has_group'),
        ('military_checkpoint', 'has_military_checkpoint or (has_site_of_those_named and has_checkpoint)'),
        ('military_base_or_post', 'has_military_base or has_site_of_those_named'),
        ('un_or_foreign_base', 'is_attack and has_foreign_site and not has_military'),
        ('un_or_foreign_base', 'is_attack and open_site and has_foreign and not has_military and not has_police'),
        ('military_personnel', 'has_lone_personnel and not has_military'),
        ('civilians', 'is_attack and civilians_hit'),
        ('state_office', 'is_attack and office_hit and has_state_office'),
        ('civilians', 'is_state_act and has_civilians'),
        ('armed_group', 'is_state_act'),
        ('military_personnel', 'has_abduction_alone and has_military and has_group'),
        ('military_patrol_or_convoy', 'has_military and is_on_the_move'),
        ('military_site_unstated', 'has_military'),
        ('un_or_foreign_base', 'has_foreign_site'),
        ('un_or_foreign_patrol_or_convoy', 'has_foreign and is_on_the_move'),
        ('police', 'has_police'),
        ('state_office', 'has_state_office'),
        ('armed_group', 'has_volunteers or has_militia'),
        ('unknown', 'has_foreign'),
        ('civilians', 'has_civilians'),
        ('infrastructure', 'has_infrastructure'),
        ('unknown', 'is_attack and open_site and not has_checkpoint'),
        ('military_checkpoint', 'is_attack and open_site'),
        ('armed_group', 'group_killed and not is_attack'),
        ('armed_group', "has_clash and has_group and acts like '%J%J%'"),
        ('armed_group', "is_attack and (acts like '%J@_%' escape '@' or (agent = 'other' and acts like '%J%'))"),
    ]) }}
{% endmacro %}

{#- Weapon modes that a text can tell, with their marks. `air_strike` is not among what attackers can do. -#}
{% macro weapon_marks() %}
    {{ return([
        ('suicide_or_vehicle_bomb', '!%'),
        ('ied_or_mine', '*'),
        ('indirect_fire', '&'),
        ('assault', '='),
        ('drone', '~'),
        ('air_strike', '|'),
    ]) }}
{% endmacro %}
