{#-
    A table that takes the place of the one before in a single transaction: a reader sees either, and what fails leaves
    the old one. dbt's own way builds beside it, renames both and drops one afterwards, as other engines need it; that
    is five statements more for each of fifty tables.
-#}
{% materialization table, adapter='duckdb', supported_languages=['sql', 'python'] %}
  {%- set former = load_cached_relation(this) -%}
  {%- set built = this.incorporate(type='table') -%}

  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}

  {{ drop_relation_if_exists(former) }}
  {% call statement('main', language=model['language']) -%}
    {{ create_table_as(False, built, compiled_code, model['language']) }}
  {%- endcall %}
  {% do persist_docs(built, model) %}

  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {{ adapter.commit() }}
  {{ run_hooks(post_hooks, inside_transaction=False) }}

  {{ return({'relations': [built]}) }}
{% endmaterialization %}
