-- A decision speaks of two id spaces, and no two decisions contradict each other whatever their order.
{{ config(meta={'dagster': {'ref': {'name': 'link_decisions'}}}) }}

with

decisions as (

    select
        decision,
        least(left_id_space || ':' || left_source_event_id, right_id_space || ':' || right_source_event_id) as one,
        greatest(left_id_space || ':' || left_source_event_id, right_id_space || ':' || right_source_event_id) as other,
        left_id_space = right_id_space as is_within_one_id_space
    from {{ ref('link_decisions') }}

)

select
    one,
    other
from decisions
group by one, other
having count(distinct decision) > 1 or max(case when is_within_one_id_space then 1 else 0 end) = 1
