{#- Why a claim is judged as it is, in words; the columns are those of `agg_claims_compared` before its last step. -#}
{% macro explained_comparison() -%}
    case reason
        when 'same_figure' then 'the same figure'
        when 'within_bound' then 'ours keeps within what is claimed'
        when 'other_unit' then 'not a number of events'
        when 'scope_not_covered'
            then
                case
                    when region_name is not null then 'no figure of ours is made for this region'
                    when country_codes is null then 'no country is named'
                    else 'a country code is unknown'
                end
        when 'definition_not_held'
            then
                case
                    when definition_id is null then 'no definition of ours counts this'
                    else 'nothing here is counted as ' || definition_id
                end
        when 'counted_by_year' then definition_id || ' is counted by whole years, and this period is another one'
        when 'period_not_covered' then 'nothing that came in covers the period'
        when 'base_period_not_covered' then 'nothing that came in covers the period that it is compared with'
        when 'no_increase_from_zero' then 'the period that it is compared with has no event, so there is no increase'
        when 'bound_only'
            then
                case when unit = 'statement' then 'no feed tells of one, which does not say that there was none: ' else '' end
                || 'ours is a bound ('
                || case
                    when covered_day_count = 0 then 'nothing tells how much of the period is covered'
                    else covered_day_count || ' of ' || period_day_count || ' days are covered, the last of them '
                        || cast(coverage_until_date as {{ dbt.type_string() }})
                end
                || ') that the claim does not contradict'
        else
            'ours is ' || case when reason = 'beyond_bound' then 'at least ' else '' end
            || {{ number_label('abs(difference)') }}
            || case unit when 'increase_pct' then ' points' when 'ratio' then ' times' else '' end
            || case when difference > 0 then ' above' else ' below' end
            || case when definition_fit = 'nearest' then ', by the nearest definition' else '' end
    end
{%- endmacro %}
