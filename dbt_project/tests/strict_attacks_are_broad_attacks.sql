-- Whatever the strict definition counts, the broad one counts too.
select strict_attacks.incident_id
from {{ ref('fct_attacks') }} as strict_attacks
left join {{ ref('fct_attacks') }} as broad_attacks
    on
        strict_attacks.incident_id = broad_attacks.incident_id
        and broad_attacks.definition_id = 'attack_on_military_position.broad'
where
    strict_attacks.definition_id = 'attack_on_military_position.strict'
    and broad_attacks.incident_id is null
