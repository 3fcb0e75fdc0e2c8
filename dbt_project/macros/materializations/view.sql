{% materialization view, adapter='duckdb' %}
  {%- set built = this.incorporate(type='view') -%}
  {{ make_room() }}
  {% call statement('main') -%}
    {{ get_create_view_as_sql(built, sql) }}
  {%- endcall %}
  {{ keep(built) }}
  {{ return({'relations': [built]}) }}
{% endmaterialization %}
