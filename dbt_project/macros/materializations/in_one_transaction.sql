{#-
    What a table and a view have in common: each takes the place of what bears its name in a single transaction, so that a
    reader sees either, and what fails leaves the former. dbt's own way builds beside it, renames both and drops one
    afterwards, as other engines need it; that is five statements more for each of fifty tables.
-#}

{#- Before the statement that creates: opens the transaction and makes room. -#}
{% macro make_room() -%}
  {%- set former = load_cached_relation(this) -%}
  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}
  {% if former is not none %}
    {#- A statement opens the transaction; `adapter.drop_relation` would drop ahead of it, for good. -#}
    {% call statement('make_room') -%}{{ get_drop_sql(former) }}{%- endcall %}
    {% do adapter.cache_dropped(former) %}
  {% endif %}
{%- endmacro %}

{#- After it: comments, and the end of the transaction. -#}
{% macro keep(built) -%}
  {% do persist_docs(built, model) %}
  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {{ adapter.commit() }}
  {{ run_hooks(post_hooks, inside_transaction=False) }}
{%- endmacro %}
