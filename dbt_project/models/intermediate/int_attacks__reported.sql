{{ config(materialized='table') }}
{#-
    What each of several reports of an incident would count by itself: what its feed says where no other feed is asked.
    Reports that tell alone are not here, for their incident says the same. Without links this is empty.
-#}

with

linked as (

    select distinct report_id from {{ ref('int_incidents__linked') }}

),

-- Found by narrow columns; the others are never read.
reports as (

    select
        reports.report_id,
        reports.report_version_id,
        reports.feed,
        reports.side_a_actor_id,
        reports.side_b_actor_id,
        reports.fatality_count_low,
        reports.fatality_count_best,
        reports.fatality_count_high
    from {{ ref('fct_reports') }} as reports
    inner join linked on reports.report_id = linked.report_id

),

final as (

    select
        -- ids
        attacks.definition_id,
        attacks.report_id,
        attacks.id_space,
        reports.feed,
        reports.side_a_actor_id,
        reports.side_b_actor_id,

        -- what
        attacks.initiator_family,
        attacks.site_evidence,

        -- where and when
        attacks.country_code,
        attacks.occurred_date,

        -- measures
        reports.fatality_count_low,
        reports.fatality_count_best,
        reports.fatality_count_high
    from reports
    inner join {{ ref('int_attacks__counted') }} as attacks
        on reports.report_version_id = attacks.report_version_id

)

select * from final
