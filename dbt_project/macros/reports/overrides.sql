{#-
    What we hold against the word of a source, from the seed `overrides`. Applied at the end of every staging model, so
    that everything after it speaks of one value. A row that names `raw.COLUMN` was applied before the record landed
    (orchestration/io/overrides.py); the record bears the name among its warnings, and here it is only told.
-#}

{#-
    The columns that the seed overrides for a feed, those of the vocabulary in its order. Read from the seed as built: a
    feed without overrides, as most are, then costs no join.
-#}
{% macro overridden_columns(feed) %}
    {%- set named = [] -%}
    {%- if execute -%}
        {%- set overrides = adapter.get_relation(target.database, generate_schema_name('seeds', none), 'overrides') -%}
        {%- if overrides -%}
            {%- set query = 'select distinct column_name from ' ~ overrides ~ " where feed = '" ~ feed ~ "'" -%}
            {%- for row in run_query(query) -%}
                {%- do named.append(row['column_name']) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endif -%}
    {%- set received = [] -%}
    {%- for column in named | sort if column.startswith('raw.') -%}
        {%- do received.append(column) -%}
    {%- endfor -%}
    {{ return({'of_reports': event_columns().keys() | select('in', named) | list, 'of_records': received}) }}
{% endmacro %}

{#-
    The rows of a staging model as they go on: with what is overridden, and which columns that is. What a batch covers is
    told by the source's own country and day, whatever we hold against them: `covered_country_code`, `covered_date`.
-#}
{% macro with_overrides(events, feed) -%}
{%- set named = overridden_columns(feed) -%}
{%- set overridden = named.of_reports -%}
-- depends_on: {{ ref('overrides') }}
select
    -- ids
    events.report_id,
    events.id_space,
    events.feed,
    events.source_event_id,
    events.batch_id,
    events.record_number,
    events.record_hash,

    -- what it says
    {%- for column, type in event_columns().items() %}
    {%- if column in overridden %}
    case when overrides.has_{{ column }} = 1 then cast(overrides.{{ column }} as {{ type }}) else events.{{ column }} end
        as {{ column }},
    {%- else %}
    events.{{ column }},
    {%- endif %}
    {%- endfor %}

    -- quality
    events.warnings,
    {%- if overridden or named.of_records %}
    nullif(
        concat_ws(
            ';'
            {%- for column in named.of_records | map('replace', "'", "''") %},
            case when ';' || events.warnings || ';' like '%;{{ column }};%' then '{{ column }}' end
            {%- endfor %}
            {%- for column in overridden %},
            case when overrides.has_{{ column }} = 1 then '{{ column }}' end
            {%- endfor %}
        ),
        ''
    ) as overridden_columns,
    {%- else %}
    cast(null as {{ dbt.type_string() }}) as overridden_columns,
    {%- endif %}

    -- what covers it
    events.source_country_code as covered_country_code,
    events.occurred_date as covered_date
from {{ events }} as events
{%- if overridden %}
left join (
    select
        source_event_id
        {%- for column in overridden %},
        max(case when column_name = '{{ column }}' then value end) as {{ column }},
        max(case when column_name = '{{ column }}' then 1 end) as has_{{ column }}
        {%- endfor %}
    from {{ ref('overrides') }}
    where feed = '{{ feed }}'
    group by source_event_id
) as overrides
    on events.source_event_id = overrides.source_event_id
{%- endif %}
{%- endmacro %}

{#-
    The rows of the seed that cannot be applied, with the reason. The first of them is said aloud, in place of a count.
    Whether a feed has the column of `raw.COLUMN` is known where its contract is: landing has looked at that.
-#}
{% macro misplaced_overrides() -%}
{%- set problems -%}
with

overrides as (

    select * from {{ ref('overrides') }}

),

feeds as (

    select feed from {{ ref('feeds') }}

),

fitted as (

    select
        overrides.*,
        feeds.feed is not null as has_feed,
        case
            when column_name like 'raw.%' then true
            {%- for column, type in event_columns().items() %}
            when column_name = '{{ column }}'
                then value is null or try_cast(value as {{ type }}) is not null
            {%- endfor %}
        end as fits
    from overrides
    left join feeds on overrides.feed = feeds.feed

)

select
    feed,
    source_event_id,
    column_name,
    value,
    case
        when not has_feed then 'no feed bears this name'
        when fits is null then 'no column of a report bears this name'
        else 'the value is none of its column'
    end as problem
from fitted
where not has_feed or fits is null or not fits
{%- endset -%}
{%- set built = adapter.get_relation(target.database, generate_schema_name('seeds', none), 'overrides') if execute -%}
{%- for row in (run_query(problems) if built else []) -%}
    {{ exceptions.raise_compiler_error(
        "overrides.csv, " ~ row['feed'] ~ " " ~ row['source_event_id'] ~ ", column " ~ row['column_name'] ~ ": "
        ~ row['problem'] ~ " (value: " ~ row['value'] ~ "). Expected: a feed of feeds.csv; one of "
        ~ event_columns() | join(', ') ~ ", or raw. and a column of the feed's own records. Way out: mend the row or "
        ~ "take it out."
    ) }}
{%- endfor -%}
{{ problems }}
{%- endmacro %}
