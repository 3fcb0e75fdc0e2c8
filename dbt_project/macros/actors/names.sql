{#-
    How names of sides and of places are read. What a name means stands in seeds; which of them is asked first, in
    `int_actor_members__resolved`.
-#}

{#- Lower case, without accents, a blank for everything that is no letter or digit: what two spellings share. -#}
{% macro name_key(text) -%}
    nullif(trim({{ text_replaced(without_accents('lower(' ~ text ~ ')'), quoted_pattern('[^a-z0-9]+')) }}), '')
{%- endmacro %}

{#- A name without the years that a feed adds to it: '(2013-2020)', '(2022-)'. -#}
{% macro without_period(text) -%}
    trim({{ text_replaced(text, quoted_pattern(' *[(][0-9]{4} *[-–] *([0-9]{4})? *[)] *')) }})
{%- endmacro %}

{#- True for what stands in brackets or before a colon to shorten a name: 'JNIM', 'FAMa', 'CSP-PSD'. -#}
{% macro is_acronym(text) -%}
    {{ text_matches(text, quoted_pattern('^[A-Z][A-Za-z0-9/-]{0,10}[A-Z0-9][a-z]?$')) }}
{%- endmacro %}

{#- The first group of a pattern in a text; an empty text where it is not found. -#}
{% macro text_extracted(text, pattern, group=1) %}
    {{ return(adapter.dispatch('text_extracted')(text, pattern, group)) }}
{% endmacro %}

{% macro default__text_extracted(text, pattern, group) -%}
    regexp_extract({{ text }}, {{ pattern }}, {{ group }})
{%- endmacro %}

{#-
    The rules of the seed `actor_rules` in their order, as a list of rows. Read from the seed as built, and not by `ref`,
    because an engine compiles a pattern only once where it is a constant. The model that calls this names the seed in a
    `depends_on` comment.
-#}
{% macro actor_rules() %}
    {%- set found = [] -%}
    {%- if execute -%}
        {%- set rules = adapter.get_relation(target.database, generate_schema_name('seeds', none), 'actor_rules') -%}
        {%- if rules -%}
            {%- for rule in run_query('select rule_id, pattern from ' ~ rules ~ ' order by rule_number') -%}
                {%- do found.append({'rule_id': rule['rule_id'], 'pattern': rule['pattern']}) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endif -%}
    {{ return(found) }}
{% endmacro %}

{#- The id of the first rule that finds its pattern in a key; null where none does. -#}
{% macro rule_of(key, rules) -%}
    case
        {%- for rule in rules %}
        when {{ text_matches(key, quoted_pattern(rule['pattern'])) }} then '{{ rule['rule_id'] }}'
        {%- else %}
        when false then ''
        {%- endfor %}
    end
{%- endmacro %}

{#- What a rule's only group holds, which is where a country or a people is named. -#}
{% macro named_in_rule(key, rule_id, rules) -%}
    case {{ rule_id }}
        {%- for rule in rules if '(.+' in rule['pattern'] %}
        when '{{ rule['rule_id'] }}' then {{ text_extracted(key, quoted_pattern(rule['pattern'])) }}
        {%- else %}
        when '' then ''
        {%- endfor %}
    end
{%- endmacro %}
