{#-
    How the engines handle text. Patterns are written in what RE2 (DuckDB) and java.util.regex (Spark) share: no
    look-around, no back-references. What the patterns say stands in the seed `text_rules`.
-#}

{#- A pattern as a literal of the engine's SQL. -#}
{% macro quoted_pattern(pattern) %}{{ return(adapter.dispatch('quoted_pattern')(pattern)) }}{% endmacro %}

{% macro default__quoted_pattern(pattern) -%}
    '{{ pattern | replace("'", "''") }}'
{%- endmacro %}

{% macro spark__quoted_pattern(pattern) -%}
    r"{{ pattern }}"
{%- endmacro %}

{#- True where the pattern, an SQL expression, is found anywhere in the text. A literal is compiled once. -#}
{% macro text_matches(text, pattern) %}{{ return(adapter.dispatch('text_matches')(text, pattern)) }}{% endmacro %}

{% macro default__text_matches(text, pattern) -%}
    regexp_matches({{ text }}, {{ pattern }})
{%- endmacro %}

{% macro spark__text_matches(text, pattern) -%}
    {{ text }} rlike {{ pattern }}
{%- endmacro %}

{#- The text with a blank, or another constant, in the place of every find. -#}
{% macro text_replaced(text, pattern, by=' ') %}
    {{ return(adapter.dispatch('text_replaced')(text, pattern, by)) }}
{% endmacro %}

{% macro default__text_replaced(text, pattern, by) -%}
    regexp_replace({{ text }}, {{ pattern }}, '{{ by }}', 'g')
{%- endmacro %}

{% macro spark__text_replaced(text, pattern, by) -%}
    regexp_replace({{ text }}, {{ pattern }}, '{{ by }}')
{%- endmacro %}

{#- The text with a template in the place of every find; `{1}` in it stands for the first group of the pattern. -#}
{% macro text_rewritten(text, pattern, template) %}
    {{ return(adapter.dispatch('text_rewritten')(text, pattern, template)) }}
{% endmacro %}

{% macro default__text_rewritten(text, pattern, template) -%}
    regexp_replace({{ text }}, {{ pattern }}, '{{ template | replace("{", "\\") | replace("}", "") }}', 'g')
{%- endmacro %}

{% macro spark__text_rewritten(text, pattern, template) -%}
    regexp_replace({{ text }}, {{ pattern }}, '{{ template | replace("{", "$") | replace("}", "") }}')
{%- endmacro %}

{#-
    Lower case, without accents, hashes and double quotes, with plain apostrophes and dashes, a semicolon for every
    line end: what the patterns are written for. Two names that lower case turns into words, UN (French: a) and
    IS, are spelled out before. Most texts hold neither, and only plain characters: the slow steps look before they work.
-#}
{% macro normalized_text(text) -%}
    {%- set united_nations = quoted_pattern('\\bU\\.?N\\b\\.?') -%}
    {%- set islamic_state = quoted_pattern('\\bIS\\b') -%}
    {%- set names_some = text ~ " like '%UN%' or " ~ text ~ " like '%U.N%' or " ~ text ~ " like '%IS%'" -%}
    {%- set spelled_out = text_replaced(text, united_nations, 'united nations') -%}
    {%- set spelled_out = text_replaced(spelled_out, islamic_state, 'islamic state') -%}
    {%- set spelled_out = 'case when ' ~ names_some ~ ' then ' ~ spelled_out ~ ' else ' ~ text ~ ' end' -%}
    {{ plain_characters(without_accents('lower(' ~ spelled_out ~ ')')) }}
{%- endmacro %}

{#- The plain text with a semicolon for every end of a sentence: a period behind a word of three letters or a number. -#}
{% macro sentences_apart(text) -%}
    case
        when {{ text }} like '%. %'
            then {{ text_rewritten(text, quoted_pattern("([a-z)'][a-z)']{2}|[0-9])[.?]+ +"), '{1};') }}
        else {{ text }}
    end
{%- endmacro %}

{% macro plain_characters(text) -%}
    case
        when {{ text_matches(text, quoted_pattern('[^ $\'(),-;?A-Za-z\\[\\]]')) }}
            then
                translate(
                    {{ text }},
                    '’‘´`–—‑' || chr(10) || chr(13) || '&“”„«»"#%*+<=>@^_|~!{}\\',
                    '''''''''---;;+'
                )
        else {{ text }}
    end
{%- endmacro %}

{% macro without_accents(text) %}{{ return(adapter.dispatch('without_accents')(text)) }}{% endmacro %}

{#- Two letters make up most of what is to be done, and cost many times as much to strip as to replace. -#}
{% macro default__without_accents(text) -%}
    strip_accents(replace(replace({{ text }}, 'é', 'e'), 'è', 'e'))
{%- endmacro %}

{% macro spark__without_accents(text) -%}
    translate({{ text }}, 'àâäáãéèêëíìîïóòôöõúùûüçñ', 'aaaaaeeeeiiiiooooouuuucn')
{%- endmacro %}

{#- One row a part of the text, `part`, cut at a constant separator. -#}
{% macro text_parts(text, separator) %}{{ return(adapter.dispatch('text_parts')(text, separator)) }}{% endmacro %}

{% macro default__text_parts(text, separator) -%}
    unnest(string_split({{ text }}, '{{ separator }}')) as part
{%- endmacro %}

{% macro spark__text_parts(text, separator) -%}
    explode(split({{ text }}, '{{ separator }}')) as part
{%- endmacro %}

{#- The same with `part_number`, from 1. -#}
{% macro numbered_text_parts(text, separator) %}
    {{ return(adapter.dispatch('numbered_text_parts')(text, separator)) }}
{% endmacro %}

{% macro default__numbered_text_parts(text, separator) -%}
    unnest(string_split({{ text }}, '{{ separator }}')) as part,
    generate_subscripts(string_split({{ text }}, '{{ separator }}'), 1) as part_number
{%- endmacro %}

{% macro spark__numbered_text_parts(text, separator) -%}
    posexplode(split({{ text }}, '{{ separator }}')) as (part_number, part)
{%- endmacro %}
