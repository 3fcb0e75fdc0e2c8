{#- How names of administrative areas are read: what they are called stands in seeds. -#}

{#- The key of a name without the word for what it is: region, cercle, province and the like, in English and French, and what joins it. -#}
{% macro admin_key(text) -%}
    {%- set words = '\\b(?:regions?|cercles?|provinces?|departments?|departements?|districts?|communes?|'
        ~ 'arrondissements?|prefectures?|governorates?)\\b(?: (?:de la|de l|de|du|des|d|of)\\b)?' -%}
    {{ name_key(text_replaced(name_key(text), quoted_pattern(words))) }}
{%- endmacro %}
