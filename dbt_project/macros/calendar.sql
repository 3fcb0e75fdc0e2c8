{#- Dates, where DuckDB and Spark speak differently. -#}

{#- A select of one row a day, `calendar_date`, from the first to the last day inclusive. -#}
{% macro days_between(first_date, last_date) -%}
    {{ return(adapter.dispatch('days_between')(first_date, last_date)) }}
{%- endmacro %}

{% macro default__days_between(first_date, last_date) -%}
    select cast(unnest(generate_series({{ first_date }}, {{ last_date }}, interval 1 day)) as date) as calendar_date
{%- endmacro %}

{% macro spark__days_between(first_date, last_date) -%}
    select explode(sequence({{ first_date }}, {{ last_date }}, interval 1 day)) as calendar_date
{%- endmacro %}

{#- 1 is Monday, 7 is Sunday. -#}
{% macro day_of_week(date) -%}
    {{ return(adapter.dispatch('day_of_week')(date)) }}
{%- endmacro %}

{% macro default__day_of_week(date) -%}
    extract(isodow from {{ date }})
{%- endmacro %}

{% macro spark__day_of_week(date) -%}
    weekday({{ date }}) + 1
{%- endmacro %}
