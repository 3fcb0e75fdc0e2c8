-- An override names a column that can be overridden, and its value fits there. The test itself says which does not.
{{ config(meta={'dagster': {'ref': {'name': 'overrides'}}}) }}
{% set problems %}
with

overrides as (

    select * from {{ ref('overrides') }}

),

fitted as (

    select
        *,
        case
            {%- for column, type in event_columns().items() %}
            when column_name = '{{ column }}'
                then value is null or try_cast(value as {{ type }}) is not null
            {%- endfor %}
        end as fits
    from overrides

)

select
    feed,
    source_event_id,
    column_name,
    value,
    case when fits is null then 'no column of a report bears this name' else 'the value is none of its column' end
        as problem
from fitted
where fits is null or not fits
{% endset %}
{% set built = adapter.get_relation(target.database, generate_schema_name('seeds', none), 'overrides') if execute %}
{% if built %}
    {% for row in run_query(problems) %}
        {{ exceptions.raise_compiler_error(
            "overrides.csv, " ~ row['feed'] ~ " " ~ row['source_event_id'] ~ ", column " ~ row['column_name'] ~ ": "
            ~ row['problem'] ~ " (value: " ~ row['value'] ~ "). Expected: one of " ~ event_columns() | join(', ')
            ~ ". Way out: mend the row or take it out."
        ) }}
    {% endfor %}
{% endif %}

{{ problems }}
