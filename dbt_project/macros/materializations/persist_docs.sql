{#-
    What a table and its columns mean, into the file: one statement for all of it. dbt's own way looks up the columns of
    each table twice, to find out which of them there are; ours promise theirs by contract. A table to which a night only
    adds rows bears its comments since it was made, and another project is built anew.
-#}
{% macro duckdb__persist_docs(relation, model, for_relation, for_columns) -%}
  {%- set comments = [] -%}
  {%- if for_relation and config.persist_relation_docs() and model.description -%}
    {%- do comments.append('comment on ' ~ relation.type ~ ' ' ~ relation ~ ' is ' ~ duckdb_escape_comment(model.description)) -%}
  {%- endif -%}
  {%- if for_columns and config.persist_column_docs() -%}
    {%- for name, column in model.columns.items() -%}
      {%- do comments.append('comment on column ' ~ relation ~ '.' ~ name ~ ' is ' ~ duckdb_escape_comment(column.description)) -%}
    {%- endfor -%}
  {%- endif -%}
  {%- if comments and not is_incremental() -%}
    {% call statement('comments') -%}{{ comments | join(';\n') }}{%- endcall %}
  {%- endif -%}
{%- endmacro %}
