{{ config(materialized='table') }}
{#-
    What each of several reports of an incident would count by itself: what its feed says where no other feed is asked.
    Reports that tell alone are not here, for their incident says the same. Without links this is empty.
-#}

with

linked as (

    select
        report_id,
        incident_id
    from {{ ref('int_incidents__linked') }}
    where is_best_link

),

-- Found by narrow columns; the others are never read.
reports as (

    select
        reports.report_id,
        reports.report_version_id,
        linked.incident_id,
        reports.feed,
        reports.side_a_actor_id,
        reports.side_b_actor_id,
        reports.place_id,
        reports.fatality_count_low,
        reports.fatality_count_best,
        reports.fatality_count_high,
        reports.fatality_count_civilians
    from {{ ref('fct_reports') }} as reports
    inner join linked on reports.report_id = linked.report_id

),

final as (

    select
        -- ids
        attacks.definition_id,
        attacks.report_id,
        reports.incident_id,
        attacks.id_space,
        reports.feed,
        reports.side_a_actor_id,
        reports.side_b_actor_id,
        reports.place_id,

        -- what
        attacks.initiator_family,
        attacks.site_evidence,
        attacks.target_class,
        attacks.weapon_modes,
        attacks.is_complex_attack,
        attacks.is_drone_attack,
        attacks.is_cross_border_told,

        -- where and when
        attacks.country_code,
        attacks.occurred_date,

        -- measures
        reports.fatality_count_low,
        reports.fatality_count_best,
        reports.fatality_count_high,
        reports.fatality_count_civilians
    from reports
    inner join {{ ref('int_attacks__counted') }} as attacks
        on reports.report_version_id = attacks.report_version_id

)

select * from final
