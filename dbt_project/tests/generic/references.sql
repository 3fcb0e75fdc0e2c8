{#-
    What each of these columns names is there, where it names something: a row says which column names what is not in
    the other model, and how often. `columns` gives the model and its column for each. One test for all columns of a
    model; see `vocabularies`.
-#}
{% test references(model, columns) %}
{%- for column, target in columns.items() %}
select
    '{{ column }}' as column_name,
    cast(named.{{ column }} as {{ dbt.type_string() }}) as missing,
    count(*) as row_count
from {{ model }} as named
left join {{ target[0] }} as known on named.{{ column }} = known.{{ target[1] }}
where
    named.{{ column }} is not null
    and known.{{ target[1] }} is null
group by named.{{ column }}
{{ "union all" if not loop.last }}
{%- endfor %}
{% endtest %}
