-- What each batch did to a figure sums to the figure, and no part is left over in a batch.
{{ config(meta={'dagster': {'ref': {'name': 'agg_year_changes'}}}) }}

with

changes as (

    select * from {{ ref('agg_year_changes') }}

),

summed as (

    select
        definition_id,
        country_code,
        year,
        sum(new_count + revised_count + reclassified_count + withdrawn_count) as attack_count
    from changes
    group by definition_id, country_code, year

),

figures as (

    select
        definition_id,
        country_code,
        year,
        attack_count
    from {{ ref('agg_attacks_by_year') }}

)

select
    coalesce(summed.definition_id, figures.definition_id) as definition_id,
    coalesce(summed.country_code, figures.country_code) as country_code,
    coalesce(summed.year, figures.year) as year,
    summed.attack_count as summed_attack_count,
    figures.attack_count
from summed
full outer join figures
    on
        summed.definition_id = figures.definition_id
        and summed.country_code = figures.country_code
        and summed.year = figures.year
where coalesce(summed.attack_count, 0) <> coalesce(figures.attack_count, 0)

union all

select
    definition_id,
    country_code,
    year,
    attack_count - attack_count_before as summed_attack_count,
    attack_count
from changes
where attack_count - attack_count_before <> new_count + revised_count + reclassified_count + withdrawn_count
