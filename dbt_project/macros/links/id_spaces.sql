{#-
    Which id spaces make incidents, and which of them goes first where two reports are equally good. Both are
    variables: the order stands in `dbt_project.yml`, what is too weak to make an incident in the settings as well.
-#}

{#- True for an id space whose reports can be an incident by themselves. -#}
{% macro makes_incidents(id_space) -%}
    {%- set weak = var('weak_id_spaces', ['gdelt']) -%}
    {%- if weak -%}
    {{ id_space }} not in ('{{ weak | join("', '") }}')
    {%- else -%}
    true
    {%- endif -%}
{%- endmacro %}

{#- The place of an id space in the stated order; those that nobody placed come behind, by name. -#}
{% macro rank_of_id_space(id_space) -%}
    case {{ id_space }}
        {%- for name in var('id_spaces_in_order') %}
        when '{{ name }}' then {{ loop.index }}
        {%- endfor %}
        else {{ var('id_spaces_in_order') | length + 1 }}
    end
{%- endmacro %}

{#- How far from the day itself a stated date may lie: 1 is the day. What is not stated comes last. -#}
{% macro rank_of_date_precision(date_precision) -%}
    case {{ date_precision }}
        when 'day' then 1
        when 'days' then 2
        when 'week' then 3
        when 'month' then 4
        when 'year' then 5
        else 6
    end
{%- endmacro %}

{#- How far from the place itself coordinates may lie: 1 is the place. What is not stated comes last. -#}
{% macro rank_of_place_precision(place_precision) -%}
    case {{ place_precision }}
        when 'exact' then 1
        when 'near' then 2
        when 'admin2' then 3
        when 'linear_or_fuzzy' then 4
        when 'admin1' then 5
        when 'country' then 6
        when 'sea_or_air' then 7
        else 8
    end
{%- endmacro %}
