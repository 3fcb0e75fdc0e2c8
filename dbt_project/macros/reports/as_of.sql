{#-
    The past. History follows from the batches, so the warehouse of a moment is the one of the batches that had arrived by
    then: the variable `as_of` bounds a whole build, the macro `as_of` the reports of a build that knows what came after.
    Both count by the definitions of today.
-#}

{#- A moment (UTC) as a literal; a day stands for its end. -#}
{% macro moment_literal(moment) -%}
    cast('{{ moment }}{{ " 23:59:59.999999" if moment | length == 10 }}' as timestamp)
{%- endmacro %}

{#- True for a batch that takes part in this build: all of them, unless it is built as of a moment. -#}
{% macro has_arrived(fetched_at) -%}
    {%- if var('as_of', none) -%}
    {{ fetched_at }} <= {{ moment_literal(var('as_of') | string) }}
    {%- else -%}
    true
    {%- endif -%}
{%- endmacro %}

{#- The reports as they stood at a moment, as a subquery to select from: `from {{ as_of('2026-03-01') }} as reports`. -#}
{% macro as_of(moment) -%}
    {%- set columns = ['report_version_id', 'report_id', 'id_space', 'feed', 'source_event_id', 'batch_id', 'country_code']
        + event_columns().keys() | list + ['first_seen_at', 'valid_from'] -%}
    (
        select {{ columns | join(', ') }}
        from {{ ref('fct_reports') }}
        where valid_from <= {{ moment_literal(moment) }}
        union all
        select {{ columns | join(', ') }}
        from {{ ref('fct_superseded_reports') }}
        where
            valid_from <= {{ moment_literal(moment) }}
            and valid_to > {{ moment_literal(moment) }}
    )
{%- endmacro %}
