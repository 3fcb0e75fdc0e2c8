{#-
    What the linked figures would be if a link needed a higher probability: what is then held together by no link counts
    apart. Nothing is linked anew, so thresholds below the model's own have no rows.
-#}
{%- set steps = var('id_spaces_in_order') | length %}

with

thresholds as (

    {%- for threshold in (0, 0.5, 0.8, 0.95) %}
    select cast({{ threshold }} as double) as link_threshold
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

-- A report that covers several incidents speaks for the one that it goes best with, as in the figures.
members as (

    select
        incident_id,
        report_id
    from {{ ref('int_incidents__linked') }}
    where relation = 'tells' or is_best_link

),

-- Most links are sure, and hold at every threshold.
weak_reports as (

    select report_id_left as report_id
    from {{ ref('int_report_links') }}
    where
        decision = 'linked'
        and match_probability < 0.95

),

weak_incidents as (

    select distinct members.incident_id
    from members
    inner join weak_reports on members.report_id = weak_reports.report_id

),

speaking as (

    select members.*
    from members
    inner join weak_incidents on members.incident_id = weak_incidents.incident_id

),

told_links as (

    select
        links.report_id_left as report_id,
        links.report_id_right as other_report_id,
        case when links.decision = 'must_link' then 1 else links.match_probability end as match_probability
    from {{ ref('int_report_links') }} as links
    inner join speaking as left_reports on links.report_id_left = left_reports.report_id
    inner join speaking as right_reports
        on
            links.report_id_right = right_reports.report_id
            and left_reports.incident_id = right_reports.incident_id
    where links.is_linked

),

reports_with_links as (

    select report_id from told_links
    union
    select other_report_id as report_id from told_links

),

-- What belongs to an incident by no link of its own stays with it, whatever the threshold.
bound_reports as (

    select
        speaking.report_id,
        min(partners.report_id) as other_report_id
    from speaking
    inner join speaking as partners
        on
            speaking.incident_id = partners.incident_id
            and speaking.report_id <> partners.report_id
    left join reports_with_links on speaking.report_id = reports_with_links.report_id
    where reports_with_links.report_id is null
    group by speaking.report_id

),

links as (

    select
        report_id,
        other_report_id,
        match_probability
    from told_links

    union all

    select
        other_report_id as report_id,
        report_id as other_report_id,
        match_probability
    from told_links

    union all

    select
        report_id,
        other_report_id,
        1 as match_probability
    from bound_reports

    union all

    select
        other_report_id as report_id,
        report_id as other_report_id,
        1 as match_probability
    from bound_reports

),

standing_links as (

    select
        thresholds.link_threshold,
        links.report_id,
        links.other_report_id
    from links
    inner join thresholds on links.match_probability >= thresholds.link_threshold

),

steps_0 as (

    select
        thresholds.link_threshold,
        speaking.incident_id,
        speaking.report_id,
        speaking.report_id as told_with
    from speaking
    cross join thresholds

),

-- Step by step, every report learns of the first one that it is still linked with.
{%- for step in range(1, steps) %}

steps_{{ step }} as (

    select
        mine.link_threshold,
        mine.incident_id,
        mine.report_id,
        least(mine.told_with, coalesce(min(partners.told_with), mine.told_with)) as told_with
    from steps_{{ step - 1 }} as mine
    left join standing_links as links
        on
            mine.link_threshold = links.link_threshold
            and mine.report_id = links.report_id
    left join steps_{{ step - 1 }} as partners
        on
            links.link_threshold = partners.link_threshold
            and links.other_report_id = partners.report_id
    group by mine.link_threshold, mine.incident_id, mine.report_id, mine.told_with

),
{%- endfor %}

told as (

    select distinct
        members.link_threshold,
        members.incident_id,
        members.told_with,
        attacks.definition_id
    from steps_{{ steps - 1 }} as members
    inner join {{ ref('int_attacks__reported') }} as attacks on members.report_id = attacks.report_id

),

attributed as (

    select distinct
        link_threshold,
        told_with
    from told
    where definition_id = 'attack_on_military_position.strict'

),

linked_incidents as (

    select distinct incident_id from speaking

),

places as (

    select
        incidents.incident_id,
        incidents.occurred_date,
        coalesce(incidents.country_code, 'unresolved') as country_code
    from {{ ref('fct_linked_incidents') }} as incidents
    inner join linked_incidents on incidents.incident_id = linked_incidents.incident_id

),

-- Whom one report names as the attacker, another one of the same incident does not make unidentified.
weak_counts as (

    select
        told.link_threshold,
        told.definition_id,
        places.country_code,
        cast(extract(year from places.occurred_date) as integer) as year,
        count(*) as attack_count
    from told
    inner join places on told.incident_id = places.incident_id
    left join attributed
        on
            told.link_threshold = attributed.link_threshold
            and told.told_with = attributed.told_with
            and told.definition_id = 'attack_on_military_position.unattributed'
    where attributed.told_with is null
    group by told.link_threshold, told.definition_id, places.country_code, extract(year from places.occurred_date)

),

linked_counts as (

    select
        definition_id,
        country_code,
        cast(extract(year from occurred_date) as integer) as year,
        sum(attack_count) as attack_count
    from {{ ref('int_attacks__daily') }}
    where is_incident
    group by definition_id, country_code, extract(year from occurred_date)

),

-- What all links count, and how much more there is of the incidents that hang on a weak one.
changes as (

    select
        weak_counts.link_threshold,
        weak_counts.definition_id,
        weak_counts.country_code,
        weak_counts.year,
        weak_counts.attack_count - coalesce(with_all_links.attack_count, 0) as attack_count_more
    from weak_counts
    left join weak_counts as with_all_links
        on
            weak_counts.definition_id = with_all_links.definition_id
            and weak_counts.country_code = with_all_links.country_code
            and weak_counts.year = with_all_links.year
            and with_all_links.link_threshold = 0

),

grid as (

    select
        thresholds.link_threshold,
        linked_counts.definition_id,
        linked_counts.country_code,
        linked_counts.year
    from linked_counts
    cross join thresholds

    union

    select
        link_threshold,
        definition_id,
        country_code,
        year
    from changes

),

final as (

    select
        -- ids
        grid.definition_id,
        definitions.definition_version,

        -- what
        grid.link_threshold,

        -- where and when
        grid.country_code,
        grid.year,

        -- measures
        cast(coalesce(linked_counts.attack_count, 0) + coalesce(changes.attack_count_more, 0) as bigint)
            as attack_count,
        cast(coalesce(changes.attack_count_more, 0) as bigint) as attack_count_more,

        -- quality
        {{ contains_synthetic_data() }} as contains_synthetic_data
    from grid
    inner join {{ ref('dim_definitions') }} as definitions on grid.definition_id = definitions.definition_id
    left join linked_counts
        on
            grid.definition_id = linked_counts.definition_id
            and grid.country_code = linked_counts.country_code
            and grid.year = linked_counts.year
    left join changes
        on
            grid.link_threshold = changes.link_threshold
            and grid.definition_id = changes.definition_id
            and grid.country_code = changes.country_code
            and grid.year = changes.year

)

select * from final
