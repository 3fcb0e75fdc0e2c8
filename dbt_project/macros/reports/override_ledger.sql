{#-
    A row of the seed `overrides` that is added, changed or taken out touches the versions of the reports that it names,
    and no others. What is overridden of a report is part of the id of its versions; so the facts, which are built by
    difference, drop the versions as they were and take in those that we now have. A second ledger beside that of the
    batches (macros/reports/ledger.sql) says which overrides `int_reports__versioned` was built with.

    Whether there are any is looked up while the model is compiled: without them, as on most nights, nothing of this is
    part of the query. Rows such as `raw.best` are none of this: they land the records again.
-#}

{% macro override_ledger() -%}
    {{ return(this.incorporate(path={'identifier': this.identifier ~ '_overrides'})) }}
{%- endmacro %}

{#- A row a record that is overridden, with a digest of how; as a subquery. None where the seed was never built. -#}
{% macro override_digests() -%}
    {%- set seed = adapter.get_relation(target.database, generate_schema_name('seeds', none), 'overrides') if execute -%}
    (
        {%- if seed %}
        select
            feed,
            source_event_id,
            md5({{ dbt.listagg("column_name || '=' || coalesce(value, '')", "chr(31)", "order by column_name") }}) as digest
        from {{ seed }}
        where column_name not like 'raw.%'
        group by feed, source_event_id
        {%- else %}
        select
            cast(null as {{ dbt.type_string() }}) as feed,
            cast(null as {{ dbt.type_string() }}) as source_event_id,
            cast(null as {{ dbt.type_string() }}) as digest
        where false
        {%- endif %}
    )
{%- endmacro %}

{% macro has_rows(rows) -%}
    {{ return(run_query('select 1 from ' ~ rows ~ ' as found limit 1') | length > 0) }}
{%- endmacro %}

{% macro has_overrides() -%}
    {{ return(execute and has_rows(override_digests())) }}
{%- endmacro %}

{#- The records that are overridden now in another way than when the model was built; as a subquery. -#}
{% macro changed_overrides() -%}
    (
        select feed, source_event_id
        from (
            (select * from {{ override_digests() }} as now except select * from {{ override_ledger() }})
            union all
            (select * from {{ override_ledger() }} except select * from {{ override_digests() }} as now)
        ) as changed
    )
{%- endmacro %}

{#- A condition on records: true for these. A unit test knows its model by name only, and has no ledger. -#}
{% macro is_overridden_otherwise() -%}
    {%- set has_ledger = execute and this is not string and load_relation(override_ledger()) is not none -%}
    {%- if has_ledger and has_rows(changed_overrides()) -%}
    (feed, source_event_id) in {{ changed_overrides() }}
    {%- else -%}
    false
    {%- endif -%}
{%- endmacro %}

{#- A post-hook: the overrides that the model is built with. -#}
{% macro write_override_ledger() -%}
    create or replace table {{ override_ledger() }} as select * from {{ override_digests() }} as now
{%- endmacro %}
