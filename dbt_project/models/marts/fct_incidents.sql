{#-
    An incident of one report is that report; those of several reports stand in `fct_linked_incidents`. A view, as both
    tell all of it already, and a mart is read from files that go by another name than here: so what it reads are marts,
    named without their database.
-#}
{{ config(materialized='view') }}

with

-- Every report that tells of an incident together with others has its line among what became of it.
linked_reports as (

    select report_id from {{ ref('fct_incident_changes').include(database=false) }}

),

single_reports as (

    select reports.*
    from {{ ref('fct_reports').include(database=false) }} as reports
    where
        {{ makes_incidents('reports.id_space') }}
        and reports.report_id not in (select linked_reports.report_id from linked_reports)

),

single_incidents as (

    select
        -- ids
        {{ incident_id('report_id') }} as incident_id,
        report_version_id,
        report_id,
        feed,
        batch_id,
        side_a_actor_id,
        side_b_actor_id,
        place_id,

        -- what
        violence_type,
        conflict_name,
        dyad_name,
        side_a_name,
        side_b_name,
        side_a_source_id,
        side_b_source_id,
        has_source_review_pending,
        event_clarity,

        -- where
        country_code,
        source_country_code,
        country_name,
        region_name,
        admin1_name,
        admin2_name,
        place_name,
        place_precision,
        latitude,
        longitude,
        priogrid_gid,

        -- when
        occurred_date,
        occurred_until_date,
        date_precision,
        occurred_year,

        -- measures
        fatality_count_best,
        fatality_count_low,
        fatality_count_high,
        fatality_count_side_a,
        fatality_count_side_b,
        fatality_count_civilians,
        fatality_count_unknown,
        source_count,
        1 as report_count,
        1 as feed_count,

        -- what chose them
        feed as feeds,
        feed as date_feed,
        'only_report' as date_rule,
        feed as place_feed,
        'only_report' as place_rule,
        feed as toll_feed,
        'only_report' as toll_rule,

        -- where they disagree
        false as has_date_disagreement,
        false as has_place_disagreement,
        false as has_toll_disagreement,
        false as has_country_disagreement,

        -- quality
        warnings,
        is_synthetic,

        -- history
        first_seen_at,
        valid_from
    from single_reports

),

final as (

    select * from single_incidents

    union all

    select
        -- ids
        incident_id,
        report_version_id,
        report_id,
        feed,
        batch_id,
        side_a_actor_id,
        side_b_actor_id,
        place_id,

        -- what
        violence_type,
        conflict_name,
        dyad_name,
        side_a_name,
        side_b_name,
        side_a_source_id,
        side_b_source_id,
        has_source_review_pending,
        event_clarity,

        -- where
        country_code,
        source_country_code,
        country_name,
        region_name,
        admin1_name,
        admin2_name,
        place_name,
        place_precision,
        latitude,
        longitude,
        priogrid_gid,

        -- when
        occurred_date,
        occurred_until_date,
        date_precision,
        occurred_year,

        -- measures
        fatality_count_best,
        fatality_count_low,
        fatality_count_high,
        fatality_count_side_a,
        fatality_count_side_b,
        fatality_count_civilians,
        fatality_count_unknown,
        source_count,
        report_count,
        feed_count,

        -- what chose them
        feeds,
        date_feed,
        date_rule,
        place_feed,
        place_rule,
        toll_feed,
        toll_rule,

        -- where they disagree
        has_date_disagreement,
        has_place_disagreement,
        has_toll_disagreement,
        has_country_disagreement,

        -- quality
        warnings,
        is_synthetic,

        -- history
        first_seen_at,
        valid_from
    from {{ ref('fct_linked_incidents').include(database=false) }}

)

select * from final
