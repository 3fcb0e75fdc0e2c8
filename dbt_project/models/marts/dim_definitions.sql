select
    definition_id,
    version as definition_version,
    title,
    text,
    source
from {{ ref('definitions') }}
