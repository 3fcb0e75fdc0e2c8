{#-
    After `as` in a CTE that reads all records and is used more than once. Each use then reads the files again, and only the
    columns and rows that it needs. Without it DuckDB keeps all columns of all records, and that costs far more. Engines
    without the words do so by themselves.
-#}
{% macro read_anew() -%}{{ adapter.dispatch('read_anew')() }}{%- endmacro %}

{% macro default__read_anew() -%}not materialized{%- endmacro %}

{% macro spark__read_anew() -%}{%- endmacro %}
