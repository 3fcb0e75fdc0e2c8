{#-
    Attacks that several reports tell of are judged anew each time, those that one report tells of are kept. Both live in
    one fact, so what belonged to the one kind and belongs to the other now has to leave before it is told again.
-#}

{#- True for a report that no link joins to another: it is an incident by itself. -#}
{% macro is_not_linked(report_id) -%}
    not exists (select 1 from {{ ref('int_incidents__linked') }} as linked where linked.report_id = {{ report_id }})
{%- endmacro %}

{#- A pre-hook: deletes what several reports told of, and what reports told of alone that are linked now. -#}
{% macro delete_linked(linked) -%}
    {%- if is_incremental() -%}
    delete from {{ this }} as built
    where
        built.report_count > 1
        or exists (select 1 from {{ linked }} as linked where linked.report_id = built.report_id)
    {%- endif -%}
{%- endmacro %}
