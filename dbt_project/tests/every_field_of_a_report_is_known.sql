-- The list of the vocabulary's columns is that of the union: what is in the one and not in the other.
-- depends_on: {{ ref('int_reports__unioned') }}
{% set others = [
    'report_id',
    'id_space',
    'feed',
    'source_event_id',
    'batch_id',
    'record_number',
    'record_hash',
    'warnings',
    'overridden_columns',
    'covered_country_code',
    'covered_date',
] %}
{% set listed = event_columns().keys() | list %}
{% set found = [] %}
{% if execute %}
{% for column in adapter.get_columns_in_relation(ref('int_reports__unioned')) %}
{% do found.append(column.name) %}
{% endfor %}
{% endif %}

with

odd_ones as (

    select cast(null as {{ dbt.type_string() }}) as column_name
    {% for column in found if column not in listed + others %}
    union all
    select '{{ column }}' as column_name
    {% endfor %}
    {% for column in listed if column not in found %}
    union all
    select '{{ column }}' as column_name
    {% endfor %}

)

select * from odd_ones
where column_name is not null
