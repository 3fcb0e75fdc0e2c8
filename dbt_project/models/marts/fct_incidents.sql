{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook=[
            "{{ delete_vanished_versions(ref('fct_reports')) }}",
            "{{ delete_linked(ref('int_incidents__linked')) }}",
        ],
    )
}}

{#-
    An incident of one report is that report, and stays as it is while its report does. Those of several reports are few
    and are told anew in every build: which they are, and what each report adds, can change with any report of any feed.
-#}

with

{% if is_incremental() %}

-- Found by narrow columns, so that the texts of all the others are never read.
missing as {{ computed_first() }} (

    select
        versions.report_version_id,
        versions.batch_id
    from {{ ref('fct_reports') }} as versions
    where
        {{ makes_incidents('versions.id_space') }}
        and {{ is_not_linked('versions.report_id') }}
        and {{ is_missing_version() }}

),

reports as (

    select reports.*
    from {{ ref('fct_reports') }} as reports
    inner join missing
        on
            reports.report_version_id = missing.report_version_id
            and reports.batch_id = missing.batch_id

),

{% else %}

reports as (

    select reports.*
    from {{ ref('fct_reports') }} as reports
    where
        {{ makes_incidents('reports.id_space') }}
        and {{ is_not_linked('reports.report_id') }}

),

{% endif %}

single_reports as (

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
    from reports

),

final as (

    select * from single_reports

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
    from {{ ref('int_incidents__merged') }}

)

select * from final
