{#-
    The family of the attackers, from who began and the families of the sides that are jihadist (null where a side is
    not). Whom a text calls unidentified stays so, whatever the feed codes.
-#}
{% macro attacker_family(initiator_family, side_a_family, side_b_family) -%}
    case
        when {{ initiator_family }} = 'unidentified' then 'unidentified'
        when {{ side_a_family }} <> {{ side_b_family }} then 'several'
        else coalesce({{ side_a_family }}, {{ side_b_family }}, 'unidentified')
    end
{%- endmacro %}
