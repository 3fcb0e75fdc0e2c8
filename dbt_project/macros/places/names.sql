{#- How names of administrative areas are read: what they are called stands in seeds. -#}

{#-
    The key of a name without the word for what it is and what joins that to it, in English and French: 'Gao region',
    'Cercle de Douentza'.
-#}
{% macro admin_key(text) -%}
    {%- set words = '\\b(?:regions?|cercles?|provinces?|departments?|departements?|districts?|communes?|'
        ~ 'arrondissements?|prefectures?|governorates?)\\b(?: (?:de la|de l|de|du|des|d|of)\\b)?' -%}
    {{ name_key(text_replaced(name_key(text), quoted_pattern(words))) }}
{%- endmacro %}
