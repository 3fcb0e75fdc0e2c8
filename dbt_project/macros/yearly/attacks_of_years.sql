{#-
    CTEs for the tables that say of the attacks of a year what they were like: `attacks`, each with its year and area and
    with what counts it, and the counting bases. `attack_years` adds what is known of the year.
-#}
{%- macro attacks_of_years() -%}
{{ counting_bases() }},

feeds as (

    select distinct
        feed,
        id_space
    from {{ ref('int_batches__used') }}

),

-- An incident that one report tells of is that report, too; what each of several reports says stands beside it.
told_attacks as (
    {%- set columns = [
        'definition_id', 'incident_id', 'feed', 'side_a_actor_id', 'side_b_actor_id', 'country_code', 'occurred_date',
        'place_id', 'target_class', 'weapon_modes', 'is_complex_attack', 'is_drone_attack', 'is_cross_border_told',
        'fatality_count_best', 'fatality_count_civilians',
    ] %}

    select
        {%- for column in columns %}
        {{ column }},
        {%- endfor %}
        true as is_incident,
        report_count = 1 as is_report
    from {{ ref('fct_attacks') }}

    union all

    select
        {%- for column in columns %}
        {{ column }},
        {%- endfor %}
        false as is_incident,
        true as is_report
    from {{ ref('int_attacks__reported') }}

),

attacks as (

    select
        told_attacks.definition_id,
        told_attacks.incident_id,
        feeds.id_space,
        told_attacks.is_incident,
        told_attacks.is_report,
        coalesce(told_attacks.country_code, 'unresolved') as country_code,
        cast(extract(year from told_attacks.occurred_date) as integer) as year,
        told_attacks.side_a_actor_id,
        told_attacks.side_b_actor_id,
        told_attacks.place_id,
        told_attacks.target_class,
        told_attacks.weapon_modes,
        told_attacks.is_complex_attack,
        told_attacks.is_drone_attack,
        told_attacks.is_cross_border_told,
        told_attacks.fatality_count_best,
        told_attacks.fatality_count_civilians
    from told_attacks
    inner join feeds on told_attacks.feed = feeds.feed

)
{%- endmacro %}

{#- A CTE: what is known of the year, on each counting basis. -#}
{%- macro attack_years() -%}
yearly as (

    select
        definition_id,
        definition_version,
        counting_basis,
        country_code,
        year,
        is_partial_year,
        year_label,
        attack_count
    from {{ ref('agg_attacks_by_year') }}
    where
        attacker_family = 'all'
        and attack_count > 0

)
{%- endmacro %}

{#- Whom a counting basis counts: `cells` with `id_space`, `is_incident` and `is_report`, joined with `bases`. -#}
{%- macro is_on_basis(cells='cells') -%}
(bases.counting_basis = 'linked' and {{ cells }}.is_incident)
            or (bases.counting_basis <> 'linked' and {{ cells }}.is_report and bases.part in ('all', {{ cells }}.id_space))
{%- endmacro %}

{#-
    CTEs, ending with `counts`: what stands in `cells`, by id space and by what counts it, summed for each counting basis.
    Of the parts of a basis the largest one speaks for a row; only `largest_feed` has several.
-#}
{%- macro counts_by_basis(keys, measures, size='attack_count') -%}
part_counts as (

    select
        bases.counting_basis,
        bases.part
        {%- for key in keys %},
        cells.{{ key }}
        {%- endfor %}
        {%- for measure in measures %},
        sum(cells.{{ measure }}) as {{ measure }}
        {%- endfor %}
    from cells
    inner join bases
        on
            {{ is_on_basis() }}
    group by bases.counting_basis, bases.part, {{ 'cells.' ~ (keys | join(', cells.')) }}

),

counts as (

    select * from part_counts
    qualify
        row_number() over (
            partition by counting_basis, {{ keys | join(', ') }}
            order by {{ size }} desc, part
        ) = 1

)
{%- endmacro %}
