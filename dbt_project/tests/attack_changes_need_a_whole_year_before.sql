-- A change is told only against a year before that is wholly covered and had attacks, and is exact only of a whole year.
select
    this.definition_id,
    this.country_code,
    this.year
from {{ ref('agg_attacks_by_year') }} as this
left join {{ ref('agg_attacks_by_year') }} as before
    on
        this.definition_id = before.definition_id
        and this.country_code = before.country_code
        and this.year = before.year + 1
where
    this.yoy_change_pct is not null
    and (
        before.year is null
        or before.is_partial_year
        or before.attack_count = 0
        or (this.yoy_change_bound = 'exact') = this.is_partial_year
    )
