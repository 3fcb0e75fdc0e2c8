{#-
    The text rules as one pattern a kind. The seed `text_rules` holds one pattern a row, so that each can be read,
    tested and blamed alone; an engine compiles a pattern only once where it is a constant, so a model gets the
    patterns of a kind joined into one.
-#}

{#-
    A dictionary from a kind to its pattern. Read from the seed as built, and not by `ref`, because a unit test puts
    its own rows in the place of a `ref`. The model that calls this names the seed in a `depends_on` comment.
-#}
{% macro text_patterns() %}
    {%- set alternatives = {} -%}
    {%- if execute -%}
        {%- set rules = adapter.get_relation(target.database, generate_schema_name('seeds', none), 'text_rules') -%}
        {%- if rules -%}
            {%- for rule in run_query('select kind, pattern from ' ~ rules ~ ' order by kind, rule_id') -%}
                {%- do alternatives.setdefault(rule['kind'], []).append('(?:' ~ rule['pattern'] ~ ')') -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endif -%}
    {%- set patterns = {} -%}
    {%- for kind, found in alternatives.items() -%}
        {%- do patterns.update({kind: found | join('|')}) -%}
    {%- endfor -%}
    {{ return(patterns) }}
{% endmacro %}

{#- The kinds' patterns as one; one that matches nothing where there are none, as while dbt only parses. -#}
{% macro pattern_of(kinds, patterns) %}
    {%- set found = [] -%}
    {%- for kind in kinds if kind in patterns -%}
        {%- do found.append(patterns[kind]) -%}
    {%- endfor -%}
    {{ return(quoted_pattern(found | join('|') if found else '[^\\s\\S]()()()()')) }}
{% endmacro %}

{#- True where a rule of the kind is found in the text. -#}
{% macro tells_of(text, kind, patterns) -%}
    {{ text_matches(text, pattern_of([kind], patterns)) }}
{%- endmacro %}

{#- The text without what the rules of the kinds find in it. Most texts hold no find, and a look is cheap. -#}
{% macro without(text, kinds, patterns) -%}
    {%- set pattern = pattern_of(kinds, patterns) -%}
    case when {{ text_matches(text, pattern) }} then {{ text_replaced(text, pattern) }} else {{ text }} end
{%- endmacro %}
