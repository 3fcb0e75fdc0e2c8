-- A rule that does not find its example, or finds its counter-example.
{{ config(meta={'dagster': {'ref': {'name': 'actor_rules'}}}) }}

select
    rule_id,
    example_match,
    example_no_match
from {{ ref('actor_rules') }}
where
    not {{ text_matches(name_key(without_period('example_match')), 'pattern') }}
    or {{ text_matches(name_key(without_period('example_no_match')), 'pattern') }}
