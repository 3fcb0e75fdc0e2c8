{#-
    Each of these columns has no words but its own, or none: a row says which column has another one, and how often. One
    test for all columns of a model, as a night spends more on asking dbt for a test than on its rows.
-#}
{% test vocabularies(model, words) %}
{%- for column, known in words.items() %}
select
    '{{ column }}' as column_name,
    cast({{ column }} as {{ dbt.type_string() }}) as stranger,
    count(*) as row_count
from {{ model }}
where {{ column }} not in ('{{ known | join("', '") }}')
group by {{ column }}
{{ "union all" if not loop.last }}
{%- endfor %}
{% endtest %}
