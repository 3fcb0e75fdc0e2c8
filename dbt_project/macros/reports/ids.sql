{#-
    How every id of a report is made. What is not here: ids of definitions and claims, which are seeds.
    An id says what it identifies before it is hashed, so that no two kinds of thing can share one.
-#}

{#-
    64 bits of a digest, as text. Ids are half of what a fact weighs, and no codec makes them smaller. Of ten million
    things two share an id with a chance of one in 370,000, and the tests of keys would tell.
-#}
{% macro short_digest(text) -%}
    left(md5({{ text }}), 16)
{%- endmacro %}

{#- One record of one feed. Feeds of one id space (UCDP yearly and candidate) speak of the same report. -#}
{% macro report_id(id_space, source_event_id) -%}
    {{ short_digest(id_space ~ " || ':' || " ~ source_event_id) }}
{%- endmacro %}

{#- What one batch said about a report; where we hold something against it, with a digest of what. -#}
{% macro report_version_id(report_id, batch_id, record_number, overrides_digest=none) -%}
    {%- set told = report_id ~ " || '|' || " ~ batch_id ~ " || '|' || " ~ record_number -%}
    {%- set held = " || coalesce('|' || " ~ overrides_digest ~ ", '')" if overrides_digest else '' -%}
    {{ short_digest(told ~ held) }}
{%- endmacro %}

{#- What happened, by the report that told of it first; to ask each report for it costs no digest. -#}
{% macro incident_id(report_id) -%}
    'i' || {{ report_id }}
{%- endmacro %}

{#- One definition that counts one incident. -#}
{% macro attack_id(definition_id, incident_id) -%}
    {{ short_digest("'attack:' || " ~ definition_id ~ " || ':' || " ~ incident_id) }}
{%- endmacro %}

{#- A side that nobody knows: by the id that the feed gives it, by its name where there is no id. Others have the id of
    their group in the seed `actor_groups`, or one that a rule makes. -#}
{% macro unresolved_actor_id(id_space, source_actor_id, actor_name) -%}
    {{ short_digest("'actor:' || " ~ id_space ~ " || ':' || coalesce(" ~ source_actor_id ~ ', ' ~ actor_name ~ ')') }}
{%- endmacro %}

{#-
    A place as a report tells it: its names from the country down, how precisely it is known, and its coordinates in
    millionths of a degree. What is not told stays empty.
-#}
{% macro place_id(
    id_space,
    source_country_code,
    admin1_name,
    admin2_name,
    admin3_name,
    place_name,
    place_precision,
    latitude,
    longitude
) -%}
    {%- set told = ["'place:' || " ~ id_space] -%}
    {%- for part in [source_country_code, admin1_name, admin2_name, admin3_name, place_name, place_precision] -%}
        {%- do told.append('coalesce(' ~ part ~ ", '')") -%}
    {%- endfor -%}
    {%- for part in [latitude, longitude] -%}
        {%- set millionths = 'cast(round(' ~ part ~ ' * 1000000) as bigint)' -%}
        {%- do told.append('coalesce(cast(' ~ millionths ~ ' as ' ~ dbt.type_string() ~ "), '')") -%}
    {%- endfor -%}
    {{ short_digest(told | join(" || '|' || ")) }}
{%- endmacro %}
