{#-
    How every id of a report is made. What is not here: ids of definitions and claims, which are seeds.
    An id says what it identifies before it is hashed, so that no two kinds of thing can share one.
-#}

{#- One record of one feed. Feeds of one id space (UCDP yearly and candidate) speak of the same report. -#}
{% macro report_id(id_space, source_event_id) -%}
    md5({{ id_space }} || ':' || {{ source_event_id }})
{%- endmacro %}

{#- What one batch said about a report; where we hold something against it, with a digest of what. -#}
{% macro report_version_id(report_id, batch_id, record_number, overrides_digest=none) -%}
    md5(
        {{ report_id }} || '|' || {{ batch_id }} || '|' || {{ record_number }}
        {%- if overrides_digest %}
        || coalesce('|' || {{ overrides_digest }}, '')
        {%- endif %}
    )
{%- endmacro %}

{#- What happened. Until reports are linked, every report is an incident of its own. -#}
{% macro incident_id(report_id) -%}
    md5('incident:' || {{ report_id }})
{%- endmacro %}

{#- A side that nobody knows: by the id that the feed gives it, by its name where there is no id. Others have the id of
    their group in the seed `actor_groups`, or one that a rule makes. -#}
{% macro unresolved_actor_id(id_space, source_actor_id, actor_name) -%}
    md5('actor:' || {{ id_space }} || ':' || coalesce({{ source_actor_id }}, {{ actor_name }}))
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
    md5(
        'place:' || {{ id_space }}
        {%- for part in [source_country_code, admin1_name, admin2_name, admin3_name, place_name, place_precision] %}
        || '|' || coalesce({{ part }}, '')
        {%- endfor %}
        {%- for part in [latitude, longitude] %}
        || '|' || coalesce(cast(cast(round({{ part }} * 1000000) as bigint) as {{ dbt.type_string() }}), '')
        {%- endfor %}
    )
{%- endmacro %}
