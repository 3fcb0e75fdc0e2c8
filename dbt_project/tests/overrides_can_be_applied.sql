-- An override names a column that can be overridden, and its value fits there.
{{ config(meta={'dagster': {'ref': {'name': 'overrides'}}}) }}

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
                then value is null or {{ dbt.safe_cast('value', type) }} is not null
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
