-- What each batch did to a figure sums to the figure, and no part is left over in a batch. The history is that of the
-- reports of one id space, each counted by itself: what the links did to the figures is not among it.
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
        attacks.definition_id,
        coalesce(attacks.country_code, 'unresolved') as country_code,
        extract(year from attacks.occurred_date) as year,
        count(*) as attack_count
    from {{ ref('int_attacks__counted') }} as attacks
    inner join {{ ref('int_reports__current') }} as reports
        on attacks.report_version_id = reports.report_version_id
    where attacks.id_space = '{{ var("counted_id_space", "ucdp") }}'
    group by
        attacks.definition_id,
        coalesce(attacks.country_code, 'unresolved'),
        extract(year from attacks.occurred_date)

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
