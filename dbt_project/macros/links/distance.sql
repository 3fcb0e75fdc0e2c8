{#- Great-circle distance between two points in degrees, in km, on a sphere of 6,371 km. -#}
{% macro distance_km(latitude, longitude, other_latitude, other_longitude) -%}
    (
        12742 * asin(least(1.0, sqrt(
            power(sin(radians({{ other_latitude }} - {{ latitude }}) / 2), 2)
            + cos(radians({{ latitude }})) * cos(radians({{ other_latitude }}))
            * power(sin(radians({{ other_longitude }} - {{ longitude }}) / 2), 2)
        )))
    )
{%- endmacro %}
