{#-
    Facts of reports are built by difference: a row whose version is gone is deleted, a version that is missing is
    inserted, and everything else stays as it is. No watermark is kept, so a build heals whatever an earlier
    one left behind. `first_seen_at` belongs to the key because it is the one thing about a version that
    can change while its batch does not: when an earlier batch comes into use or goes out of it.

    Where a model holds all of the `versions`, it is compared only where it differs: of each moment at which versions were
    first seen, how many there are and the sum of their hashes must agree. A night changes few moments of many.
-#}

{#- A pre-hook: deletes from the model what `versions` does not hold any more. -#}
{% macro delete_vanished_versions(versions, key=['report_version_id', 'first_seen_at'], holds_all=false) -%}
    {%- if is_incremental() -%}
    {%- set moments = moments_that_differ(versions, key) if holds_all else none -%}
    delete from {{ this }} as built
    where
        {{ is_first_seen_at(moments, 'built') }}
        and not {{ is_held(versions, 'versions', key, moments) }}
    {%- endif -%}
{%- endmacro %}

{#-
    A condition on `versions`: true for those that the model does not hold yet. `all_of` is the relation that they come
    from, where the model holds all of it.
-#}
{% macro is_missing_version(key=['report_version_id', 'first_seen_at'], all_of=none) -%}
    {%- if is_incremental() -%}
    {%- set moments = moments_that_differ(all_of, key) if all_of else none -%}
    {{ is_first_seen_at(moments, 'versions') }}
    and not {{ is_held(this, 'built', key, moments) }}
    {%- else -%}
    true
    {%- endif -%}
{%- endmacro %}

{#- A condition: does `relation`, under the name of `built` or `versions`, hold the same version? -#}
{% macro is_held(relation, name, key, moments) -%}
    exists (
        select 1 from {{ relation }} as {{ name }}
        where
            {{ is_first_seen_at(moments, name) }}
            {%- for column in key %}
            and built.{{ column }} = versions.{{ column }}
            {%- endfor %}
    )
{%- endmacro %}

{#- A condition on rows: were they first seen at one of these moments? True where none are told. -#}
{% macro is_first_seen_at(moments, rows) -%}
    {%- if moments is none -%}
    true
    {%- elif moments -%}
    {{ rows }}.first_seen_at in (
        {%- for moment in moments %}
        cast('{{ moment }}' as timestamp){{ "," if not loop.last }}
        {%- endfor %}
    )
    {%- else -%}
    false
    {%- endif -%}
{%- endmacro %}

{#-
    The moments at which versions were first seen that the model and `versions` do not hold alike, as texts. They are
    looked up ahead, so that the rows of others are not even read.
-#}
{% macro moments_that_differ(versions, key) -%}
    {%- set differing -%}
        with

        expected as ({{ versions_by_moment(versions, key) }}),

        held as ({{ versions_by_moment(this, key) }})

        select cast(coalesce(expected.first_seen_at, held.first_seen_at) as {{ dbt.type_string() }}) as moment
        from expected
        full outer join held on expected.first_seen_at = held.first_seen_at
        where
            expected.version_count is null
            or held.version_count is null
            or expected.version_count <> held.version_count
            or expected.digest <> held.digest
    {%- endset -%}
    {{ return(run_query(differing).columns[0].values() | list if execute else []) }}
{%- endmacro %}

{% macro versions_by_moment(versions, key) -%}
    select
        first_seen_at,
        count(*) as version_count,
        {{ sum_of_hashes(key) }} as digest
    from {{ versions }}
    group by first_seen_at
{%- endmacro %}

{#- Depends on no order, and tells one row from two of the same. -#}
{% macro sum_of_hashes(columns) %}{{ return(adapter.dispatch('sum_of_hashes')(columns)) }}{% endmacro %}

{% macro default__sum_of_hashes(columns) -%}sum(hash({{ columns | join(', ') }})){%- endmacro %}

{% macro spark__sum_of_hashes(columns) -%}
    sum(cast(xxhash64({{ columns | join(', ') }}) as decimal(38, 0)))
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
