-- An override names a column that can be overridden, and its value fits there. The test itself says which does not.
{{ config(meta={'dagster': {'ref': {'name': 'overrides'}}}) }}
-- depends_on: {{ ref('overrides') }}
{{ misplaced_overrides() }}
