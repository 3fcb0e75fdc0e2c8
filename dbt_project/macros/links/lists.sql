{#- The distinct values of a group in their order, joined with `;`. -#}
{% macro joined_distinct(value) %}{{ return(adapter.dispatch('joined_distinct')(value)) }}{% endmacro %}

{% macro default__joined_distinct(value) -%}
    string_agg(distinct {{ value }}, ';' order by {{ value }})
{%- endmacro %}

{% macro spark__joined_distinct(value) -%}
    array_join(array_sort(collect_set({{ value }})), ';')
{%- endmacro %}
