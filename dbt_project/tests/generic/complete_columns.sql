{#- None of these columns has a null: for seeds and views, whose columns no contract can declare not null. -#}
{% test complete_columns(model, columns) %}
select {{ columns | join(', ') }}
from {{ model }}
where
    {%- for column in columns %}
    {{ "or " if not loop.first }}{{ column }} is null
    {%- endfor %}
{% endtest %}
