{{ config(materialized='table') }}

{#- Every column that linking writes: which comparisons there are is the engine's to say. -#}
select
    *,
    decision in ('linked', 'must_link') as is_linked
from {{ source('links', 'pairs') }}
