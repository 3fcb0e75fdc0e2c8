{% materialization table, adapter='duckdb', supported_languages=['sql', 'python'] %}
  {%- set built = this.incorporate(type='table') -%}
  {{ make_room() }}
  {% call statement('main', language=model['language']) -%}
    {{ create_table_as(False, built, compiled_code, model['language']) }}
  {%- endcall %}
  {{ keep(built) }}
  {{ return({'relations': [built]}) }}
{% endmaterialization %}
