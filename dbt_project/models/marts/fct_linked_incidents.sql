{#-
    What is said of an incident that several reports tell of: who and what by the leading report, which is the first in
    the order of id spaces; when, where and how many by the report that says it most precisely, and by the same order
    where several do. A report that covers several incidents lends them nothing but its name.
-#}

with

members as (

    select
        linked.incident_id,
        linked.relation,
        reports.*,
        {{ rank_of_id_space('reports.id_space') }} as feed_rank,
        {{ rank_of_date_precision('reports.date_precision') }} as date_rank,
        {{ rank_of_place_precision('reports.place_precision') }} as place_rank,
        -- A figure with its bounds, a figure, none.
        case
            when reports.fatality_count_best is null then 3
            when reports.fatality_count_low is null or reports.fatality_count_high is null then 2
            else 1
        end as toll_rank,
        -- The days between which it happened, whatever the form in which the precision is stated.
        case
            when reports.date_precision = 'month' then cast(date_trunc('month', reports.occurred_date) as date)
            when reports.date_precision = 'year' then cast(date_trunc('year', reports.occurred_date) as date)
            when reports.date_precision = 'week' and reports.occurred_until_date = reports.occurred_date
                then {{ moved_date('reports.occurred_date', -6, 'day') }}
            else reports.occurred_date
        end as earliest_date,
        case
            when reports.date_precision = 'month' and reports.occurred_until_date = reports.occurred_date
                then {{ moved_date(moved_date("date_trunc('month', reports.occurred_date)", 1, 'month'), -1, 'day') }}
            when reports.date_precision = 'year' and reports.occurred_until_date = reports.occurred_date
                then {{ moved_date(moved_date("date_trunc('year', reports.occurred_date)", 1, 'year'), -1, 'day') }}
            when reports.date_precision = 'week' and reports.occurred_until_date = reports.occurred_date
                then {{ moved_date('reports.occurred_date', 6, 'day') }}
            else coalesce(reports.occurred_until_date, reports.occurred_date)
        end as latest_date,
        coalesce(reports.fatality_count_low, reports.fatality_count_best) as lowest_count,
        coalesce(reports.fatality_count_high, reports.fatality_count_best) as highest_count
    from {{ ref('int_incidents__linked') }} as linked
    inner join {{ ref('fct_reports') }} as reports on linked.report_id = reports.report_id

),

telling as (

    select
        *,
        row_number() over (partition by incident_id order by feed_rank, report_id) as lead_number,
        row_number() over (partition by incident_id order by date_rank, feed_rank, report_id) as date_number,
        row_number() over (partition by incident_id order by place_rank, feed_rank, report_id) as place_number,
        row_number() over (partition by incident_id order by toll_rank, feed_rank, report_id) as toll_number,
        min(date_rank) over (partition by incident_id) as best_date_rank,
        min(place_rank) over (partition by incident_id) as best_place_rank,
        min(toll_rank) over (partition by incident_id) as best_toll_rank
    from members
    where relation = 'tells'

),

leading_reports as (

    select * from telling
    where lead_number = 1

),

dated as (

    select * from telling
    where date_number = 1

),

placed as (

    select * from telling
    where place_number = 1

),

counted as (

    select * from telling
    where toll_number = 1

),

told as (

    select
        incident_id,
        case
            when count(*) = 1 then 'only_report'
            when sum(case when date_rank = best_date_rank then 1 else 0 end) = 1 then 'most_precise'
            else 'order_of_feeds'
        end as date_rule,
        case
            when count(*) = 1 then 'only_report'
            when sum(case when place_rank = best_place_rank then 1 else 0 end) = 1 then 'most_precise'
            else 'order_of_feeds'
        end as place_rule,
        case
            when count(*) = 1 then 'only_report'
            when sum(case when toll_rank = best_toll_rank then 1 else 0 end) = 1 then 'most_precise'
            else 'order_of_feeds'
        end as toll_rule,
        min(lowest_count) as lowest_count,
        max(highest_count) as highest_count,
        max(earliest_date) > min(latest_date) as has_date_disagreement,
        coalesce(max(lowest_count) > min(highest_count), false) as has_toll_disagreement,
        count(distinct country_code) > 1 as has_country_disagreement
    from telling
    group by incident_id

),

-- Places that both reports know well, further apart than a place that is near may lie from the true one.
distant as (

    select distinct left_reports.incident_id
    from {{ ref('int_report_links') }} as links
    inner join telling as left_reports on links.report_id_left = left_reports.report_id
    inner join telling as right_reports
        on
            links.report_id_right = right_reports.report_id
            and left_reports.incident_id = right_reports.incident_id
    where
        links.distance_km > 25
        and left_reports.place_rank <= 2
        and right_reports.place_rank <= 2

),

placed_apart as (

    select
        told.incident_id,
        distant.incident_id is not null as has_place_disagreement
    from told
    left join distant on told.incident_id = distant.incident_id

),

summed as (

    select
        incident_id,
        cast(count(*) as integer) as report_count,
        cast(count(distinct feed) as integer) as feed_count,
        {{ joined_distinct('feed') }} as feeds,
        max(valid_from) as valid_from,
        min(case when relation = 'tells' then first_seen_at end) as first_seen_at,
        max(case when is_synthetic then 1 else 0 end) = 1 as is_synthetic
    from members
    group by incident_id

),

kinds as (

    select
        incident_id,
        violence_type
    from (
        select
            incident_id,
            violence_type,
            row_number() over (partition by incident_id order by lead_number) as kind_number
        from telling
        where violence_type is not null
    ) as typed
    where kind_number = 1

),

final as (

    select
        -- ids
        leading_reports.incident_id,
        leading_reports.report_version_id,
        leading_reports.report_id,
        leading_reports.feed,
        leading_reports.batch_id,
        leading_reports.side_a_actor_id,
        leading_reports.side_b_actor_id,
        placed.place_id,

        -- what
        kinds.violence_type,
        leading_reports.conflict_name,
        leading_reports.dyad_name,
        leading_reports.side_a_name,
        leading_reports.side_b_name,
        leading_reports.side_a_source_id,
        leading_reports.side_b_source_id,
        leading_reports.has_source_review_pending,
        leading_reports.event_clarity,

        -- where
        placed.country_code,
        placed.source_country_code,
        placed.country_name,
        placed.region_name,
        placed.admin1_name,
        placed.admin2_name,
        placed.place_name,
        placed.place_precision,
        placed.latitude,
        placed.longitude,
        placed.priogrid_gid,

        -- when
        dated.occurred_date,
        dated.occurred_until_date,
        dated.date_precision,
        dated.occurred_year,

        -- measures
        counted.fatality_count_best,
        told.lowest_count as fatality_count_low,
        told.highest_count as fatality_count_high,
        counted.fatality_count_side_a,
        counted.fatality_count_side_b,
        counted.fatality_count_civilians,
        counted.fatality_count_unknown,
        leading_reports.source_count,
        summed.report_count,
        summed.feed_count,

        -- what chose them
        summed.feeds,
        dated.feed as date_feed,
        told.date_rule,
        placed.feed as place_feed,
        told.place_rule,
        counted.feed as toll_feed,
        told.toll_rule,

        -- where they disagree
        told.has_date_disagreement,
        placed_apart.has_place_disagreement,
        told.has_toll_disagreement,
        told.has_country_disagreement,

        -- quality
        leading_reports.warnings,
        summed.is_synthetic,

        -- history
        summed.first_seen_at,
        summed.valid_from
    from leading_reports
    inner join dated on leading_reports.incident_id = dated.incident_id
    inner join placed on leading_reports.incident_id = placed.incident_id
    inner join counted on leading_reports.incident_id = counted.incident_id
    inner join told on leading_reports.incident_id = told.incident_id
    inner join placed_apart on leading_reports.incident_id = placed_apart.incident_id
    inner join summed on leading_reports.incident_id = summed.incident_id
    left join kinds on leading_reports.incident_id = kinds.incident_id
)

select * from final
