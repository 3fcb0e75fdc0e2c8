{#-
    Facts of reports are built by difference: a row whose version is gone is deleted, a version that is missing is
    inserted, and everything else stays as it is. No watermark is kept, so a build heals whatever an earlier
    one left behind. `first_seen_at` belongs to the key because it is the one thing about a version that
    can change while its batch does not: when an earlier batch comes into use or goes out of it.
-#}

{% macro is_same_version(key) -%}
    {%- for column in key %}
    {{ "and " if not loop.first }}built.{{ column }} = versions.{{ column }}
    {%- endfor %}
{%- endmacro %}

{#- A pre-hook: deletes from the model what `versions` does not hold any more. -#}
{% macro delete_vanished_versions(versions, key=['report_version_id', 'first_seen_at']) -%}
    {%- if is_incremental() -%}
    delete from {{ this }} as built
    where not exists (select 1 from {{ versions }} as versions where {{ is_same_version(key) }})
    {%- endif -%}
{%- endmacro %}

{#- A condition on `versions`: true for those that the model does not hold yet. -#}
{% macro is_missing_version(key=['report_version_id', 'first_seen_at']) -%}
    {%- if is_incremental() -%}
    not exists (select 1 from {{ this }} as built where {{ is_same_version(key) }})
    {%- else -%}
    true
    {%- endif -%}
{%- endmacro %}

{#-
    After `as` in a CTE that must be computed before anything is joined to it. Without it DuckDB may join the wide texts
    of all reports first and look for the missing versions among the result.
-#}
{% macro computed_first() -%}
    {%- if is_incremental() -%}{{ computed_once() }}{%- endif -%}
{%- endmacro %}

{#-
    After `as` in a costly CTE that is read more than once: DuckDB may compute it for each reader. Engines without the
    word do without.
-#}
{% macro computed_once() %}{{ return(adapter.dispatch('computed_once')()) }}{% endmacro %}

{% macro default__computed_once() -%}materialized{%- endmacro %}

{% macro spark__computed_once() -%}{%- endmacro %}
