{#-
    How two figures with bounds are compared. Each is the set of numbers that it leaves possible: 300 leaves itself, `300+`
    everything from 300 up. Ours lies between `our_low` and `our_high`, either null where nothing bounds it. Where all that
    ours leaves possible is what the claim says, the two agree; where nothing of it is, they differ; else nobody can tell.
-#}

{#- Ours with as many decimals as the claim has: who writes 150 % does not say 150.0 %. -#}
{% macro rounded_as(ours, claimed) -%}
    case
        when {{ claimed }} = round({{ claimed }}, 0) then round({{ ours }}, 0)
        when {{ claimed }} = round({{ claimed }}, 1) then round({{ ours }}, 1)
        else round({{ ours }}, 2)
    end
{%- endmacro %}

{#- Is all that ours leaves possible within the claim? A figure without an end above passes `more than` what it begins with. -#}
{% macro is_within_claim(low, high, claimed, bound) -%}
    case {{ bound }}
        when 'exact'
            then {{ rounded_as(low, claimed) }} = {{ claimed }} and {{ rounded_as(high, claimed) }} = {{ claimed }}
        when 'at_least' then {{ rounded_as(low, claimed) }} >= {{ claimed }}
        when 'more_than' then {{ low }} > {{ claimed }} or ({{ low }} = {{ claimed }} and {{ high }} is null)
    end
{%- endmacro %}

{#- Is nothing that ours leaves possible within the claim? -#}
{% macro is_outside_claim(low, high, claimed, bound) -%}
    case {{ bound }}
        when 'exact'
            then {{ rounded_as(low, claimed) }} > {{ claimed }} or {{ rounded_as(high, claimed) }} < {{ claimed }}
        when 'at_least' then {{ rounded_as(high, claimed) }} < {{ claimed }}
        when 'more_than' then {{ high }} <= {{ claimed }}
    end
{%- endmacro %}

{#- A number as people write it: without a fraction where it has none, else with one decimal. -#}
{% macro number_label(value) -%}
    replace(cast(cast({{ value }} as decimal(18, 1)) as {{ dbt.type_string() }}), '.0', '')
{%- endmacro %}

{#- A figure as it is published: 300+, >140%, 6×. -#}
{% macro figure_label(value, bound, unit) -%}
    case when {{ bound }} = 'more_than' then '>' when {{ bound }} = 'at_most' then '≤' else '' end
    || {{ number_label(value) }}
    || case {{ unit }} when 'increase_pct' then '%' when 'ratio' then '×' else '' end
    || case when {{ bound }} = 'at_least' then '+' else '' end
{%- endmacro %}
