{{ config(materialized='table') }}
{#-
    Reports that tell of one thing make one incident; a report that covers several things makes none of its own, where
    others tell of each. A link reaches from an id space into another, and an incident holds one report of each at
    most: as many steps as there are id spaces lead from any of its reports to any other.
-#}
{%- set steps = var('id_spaces_in_order') | length %}

with

pairs as (

    select * from {{ ref('int_report_links') }}
    where is_linked

),

linked_reports as (

    select report_id_left as report_id from pairs
    union
    select report_id_right as report_id from pairs

),

-- The anchor of an incident is the report that was seen first; then by the order of id spaces.
reports as (

    select
        reports.report_id,
        reports.id_space,
        reports.first_seen_at,
        row_number() over (
            order by reports.first_seen_at, {{ rank_of_id_space('reports.id_space') }}, reports.report_id
        ) as seniority
    from {{ ref('int_reports__linkable') }} as reports
    inner join linked_reports on reports.report_id = linked_reports.report_id

),

-- Each link from both of its ends. A report `covers` the other one where it tells of that and of more.
links as (

    select
        report_id_left as report_id,
        report_id_right as other_report_id,
        match_probability,
        coalesce(relation = 'left_covers_several', false) as covers,
        coalesce(relation = 'right_covers_several', false) as is_covered
    from pairs

    union all

    select
        report_id_right as report_id,
        report_id_left as other_report_id,
        match_probability,
        coalesce(relation = 'right_covers_several', false) as covers,
        coalesce(relation = 'left_covers_several', false) as is_covered
    from pairs

),

covering as (

    select distinct report_id from links
    where covers

),

-- What else links two reports, and whether the other one covers several.
same_links as (

    select
        links.report_id,
        links.other_report_id,
        links.match_probability,
        covering.report_id is not null as is_with_covering
    from links
    left join covering on links.other_report_id = covering.report_id
    where not links.covers and not links.is_covered

),

-- What others cover is told of by itself.
told_of as (

    select distinct report_id from links
    where is_covered

),

-- A report that is linked with nothing but such reports tells of the same several things.
following as (

    select same_links.report_id
    from same_links
    left join covering on same_links.report_id = covering.report_id
    where covering.report_id is null
    group by same_links.report_id
    having
        min(case when same_links.is_with_covering then 1 else 0 end) = 1
        and same_links.report_id not in (select told_of.report_id from told_of)

),

telling as (

    select distinct
        links.report_id,
        reports.seniority
    from links
    inner join reports on links.report_id = reports.report_id
    left join covering on links.report_id = covering.report_id
    left join following on links.report_id = following.report_id
    where covering.report_id is null and following.report_id is null

),

steps_0 as (

    select
        report_id,
        seniority
    from telling

),

-- Step by step, every report learns of the most senior one that it is linked with.
{%- for step in range(1, steps) %}

steps_{{ step }} as (

    select
        mine.report_id,
        least(mine.seniority, coalesce(min(theirs.seniority), mine.seniority)) as seniority
    from steps_{{ step - 1 }} as mine
    left join same_links
        on
            mine.report_id = same_links.report_id
            and not same_links.is_with_covering
    left join steps_{{ step - 1 }} as theirs on same_links.other_report_id = theirs.report_id
    group by mine.report_id, mine.seniority

),
{%- endfor %}

told as (

    select
        members.report_id,
        anchors.report_id as anchor_report_id
    from steps_{{ steps - 1 }} as members
    inner join reports as anchors on members.seniority = anchors.seniority

),

probabilities as (

    select
        members.report_id,
        max(same_links.match_probability) as link_probability
    from told as members
    inner join same_links on members.report_id = same_links.report_id
    inner join told as neighbours
        on
            same_links.other_report_id = neighbours.report_id
            and members.anchor_report_id = neighbours.anchor_report_id
    group by members.report_id

),

covered as (

    select
        links.report_id,
        told.anchor_report_id,
        max(links.match_probability) as link_probability
    from links
    inner join told on links.other_report_id = told.report_id
    where links.covers
    group by links.report_id, told.anchor_report_id

),

-- What covers a report that itself covers several covers them as well; so does what tells the same as it.
covered_through_others as (

    select
        links.report_id,
        covered.anchor_report_id,
        max(links.match_probability) as link_probability
    from links
    inner join covered on links.other_report_id = covered.report_id
    left join following on links.report_id = following.report_id
    left join covered as directly
        on
            links.report_id = directly.report_id
            and covered.anchor_report_id = directly.anchor_report_id
    where
        (links.covers or following.report_id is not null)
        and directly.report_id is null
    group by links.report_id, covered.anchor_report_id

),

members as (

    select
        told.anchor_report_id,
        told.report_id,
        'tells' as relation,
        probabilities.link_probability
    from told
    left join probabilities on told.report_id = probabilities.report_id

    union all

    select
        anchor_report_id,
        report_id,
        'covers_several' as relation,
        link_probability
    from covered

    union all

    select
        anchor_report_id,
        report_id,
        'covers_several' as relation,
        link_probability
    from covered_through_others

),

counted as (

    select
        *,
        count(*) over (partition by anchor_report_id) as report_count,
        row_number() over (
            partition by report_id
            order by link_probability desc, anchor_report_id asc
        ) as link_number
    from members

),

final as (

    select
        -- ids
        {{ incident_id('counted.anchor_report_id') }} as incident_id,
        counted.report_id,
        reports.id_space,

        -- what
        counted.relation,
        counted.report_id = counted.anchor_report_id as is_anchor,
        counted.link_number = 1 as is_best_link,

        -- measures
        counted.link_probability,

        -- history
        reports.first_seen_at
    from counted
    inner join reports on counted.report_id = reports.report_id
    where counted.report_count > 1

)

select * from final
