{#-
    One row a field that differs: `field`, `value_before` and `value_after` as text. The relation holds every column of the
    vocabulary twice, as `before_<column>` and `after_<column>`. A select a column is what every engine understands.
-#}
{% macro changed_fields(relation, kept_columns) -%}
    {%- for column in event_columns() %}
    select
        {%- for kept in kept_columns %}
        {{ kept }},
        {%- endfor %}
        '{{ column }}' as field,
        cast(before_{{ column }} as {{ dbt.type_string() }}) as value_before,
        cast(after_{{ column }} as {{ dbt.type_string() }}) as value_after
    from {{ relation }}
    where before_{{ column }} is distinct from after_{{ column }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
{%- endmacro %}
