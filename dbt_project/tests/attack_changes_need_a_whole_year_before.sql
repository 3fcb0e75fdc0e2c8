-- A change is told only against a year before that is wholly covered and had attacks; exact only of a whole year.
select
    this_year.definition_id,
    this_year.counting_basis,
    this_year.attacker_family,
    this_year.country_code,
    this_year.year
from {{ ref('agg_attacks_by_year') }} as this_year
left join {{ ref('agg_attacks_by_year') }} as year_before
    on
        this_year.definition_id = year_before.definition_id
        and this_year.counting_basis = year_before.counting_basis
        and this_year.attacker_family = year_before.attacker_family
        and this_year.country_code = year_before.country_code
        and this_year.year = year_before.year + 1
where
    this_year.yoy_change_pct is not null
    and (
        year_before.year is null
        or year_before.is_partial_year
        or year_before.attack_count = 0
        or (this_year.yoy_change_bound = 'exact') = this_year.is_partial_year
    )
