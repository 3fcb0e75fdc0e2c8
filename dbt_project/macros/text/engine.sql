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

{#-
    Lower case, without accents, hashes and double quotes, with plain apostrophes and dashes, a semicolon for every
    line end: what the patterns are written for. Two names that lower case turns into words, UN (French: a) and
    IS, are spelled out before. Most texts hold only plain characters: the slow steps look before they work.
-#}
{% macro normalized_text(text) -%}
    {%- set united_nations = quoted_pattern('\\bU\\.?N\\b\\.?') -%}
    {%- set islamic_state = quoted_pattern('\\bIS\\b') -%}
    {%- set spelled_out = text_replaced(text, united_nations, 'united nations') -%}
    {%- set spelled_out = text_replaced(spelled_out, islamic_state, 'islamic state') -%}
    {{ plain_characters('lower(' ~ spelled_out ~ ')') }}
{%- endmacro %}

{% macro plain_characters(text) -%}
    case
        when {{ text_matches(text, quoted_pattern('[^ !$-_a-~]')) }}
            then
                translate(
                    {{ without_accents(text) }},
                    '’‘´`–—‑' || chr(10) || chr(13) || '“”„«»"#',
                    '''''''''---;;'
                )
        else {{ text }}
    end
{%- endmacro %}

{% macro without_accents(text) %}{{ return(adapter.dispatch('without_accents')(text)) }}{% endmacro %}

{% macro default__without_accents(text) -%}
    strip_accents({{ text }})
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
