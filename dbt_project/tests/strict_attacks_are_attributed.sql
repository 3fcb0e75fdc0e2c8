-- An attack is by the family or by somebody unidentified, never both.
select incident_id
from {{ ref('fct_attacks') }}
where definition_id in ('attack_on_military_position.strict', 'attack_on_military_position.unattributed')
group by incident_id
having count(*) > 1
