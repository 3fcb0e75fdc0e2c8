{#-
    Claims come in batches as reports do, and take no part in anything that counts: what is counted reads the batches that
    do not tell claims, and the claims read those that do.
-#}

{#- Does a batch bring claims? Feeds of claims share one id space, whatever they are called. -#}
{% macro tells_claims(id_space) -%}
    {{ id_space }} = 'claims'
{%- endmacro %}
