-- Whatever the strict definition counts, the broad one counts too.
select strict.incident_id
from {{ ref('fct_attacks') }} as strict
left join {{ ref('fct_attacks') }} as broad
    on
        strict.incident_id = broad.incident_id
        and broad.definition_id = 'attack_on_military_position.broad'
where
    strict.definition_id = 'attack_on_military_position.strict'
    and broad.incident_id is null
