{#- The cell of PRIO-GRID, half a degree wide, that a point lies in; unknown where the point is. Source: the PRIO-GRID
codebook: cells are numbered eastwards from 180° W, row by row from the south pole. -#}
{% macro priogrid_cell(latitude, longitude) -%}
    cast(floor(({{ latitude }} + 90) * 2) * 720 + floor(({{ longitude }} + 180) * 2) + 1 as bigint)
{%- endmacro %}
