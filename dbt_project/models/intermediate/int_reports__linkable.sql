{{ config(materialized='table') }}

-- depends_on: {{ ref('link_decisions') }}
with

-- One id space alone has nobody to be linked with: then nothing is read at all.
arrived as (

    select distinct id_space
    from {{ ref('int_batches__used') }}
    where
        landed_record_count > 0
        and {{ makes_incidents('id_space') }}

),

counted as (

    select
        id_space,
        count(*) over () as id_space_count
    from arrived

),

linked_id_spaces as (

    select id_space from counted
    where id_space_count > 1

),

actors as (

    select
        actor_name,
        family
    from {{ ref('int_actors__resolved') }}

),

final as (

    select
        -- ids
        reports.report_id,
        reports.report_version_id,
        reports.id_space,
        reports.feed,
        reports.source_event_id,

        -- where
        reports.country_code,
        reports.latitude,
        reports.longitude,
        reports.place_precision,
        reports.place_name,
        reports.admin1_name,
        reports.admin2_name,
        reports.place_description,

        -- when
        reports.occurred_date,
        reports.occurred_until_date,
        reports.date_precision,

        -- what
        reports.violence_type,
        reports.event_type,
        reports.side_a_name,
        reports.side_b_name,
        side_a.family as side_a_family,
        side_b.family as side_b_family,
        reports.associated_actor_names,
        reports.headline,

        -- measures
        reports.fatality_count_best,
        reports.fatality_count_low,
        reports.fatality_count_high,

        -- history
        reports.first_seen_at,

        -- quality
        reports.is_synthetic
    from {{ ref('fct_reports') }} as reports
    inner join linked_id_spaces on reports.id_space = linked_id_spaces.id_space
    left join actors as side_a on reports.side_a_name = side_a.actor_name
    left join actors as side_b on reports.side_b_name = side_b.actor_name

)

select * from final
