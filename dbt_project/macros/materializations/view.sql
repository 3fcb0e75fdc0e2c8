{#- A view that takes the place of the one before, or of a table of its name, in a single transaction; see `table`. -#}
{% materialization view, adapter='duckdb' %}
  {%- set former = load_cached_relation(this) -%}
  {%- set built = this.incorporate(type='view') -%}

  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}

  {{ drop_relation_if_exists(former) }}
  {% call statement('main') -%}
    {{ get_create_view_as_sql(built, sql) }}
  {%- endcall %}
  {% do persist_docs(built, model) %}

  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {{ adapter.commit() }}
  {{ run_hooks(post_hooks, inside_transaction=False) }}

  {{ return({'relations': [built]}) }}
{% endmaterialization %}
