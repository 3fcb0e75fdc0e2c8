{#-
    What reports say, in the vocabulary of the warehouse, for the versions that a model does not hold yet: what stands now
    in `fct_reports` and what stood before in `fct_superseded_reports`. `more_columns` of the versions come behind.
-#}
{% macro reports_of_versions(versions, key=['report_version_id', 'first_seen_at'], more_columns=[]) -%}
with

versions as (

    select * from {{ versions }}

),

missing as {{ computed_first() }} (

    select * from versions
    where {{ is_missing_version(key, all_of=versions) }}

),

batches as (

    select
        batch_id,
        is_synthetic
    from {{ ref('int_batches__used') }}

),

country_codes as (

    select
        id_space,
        source_country_code,
        country_code
    from {{ ref('int_country_codes__resolved') }}

),

actors as (

    select * from {{ ref('int_actors__identified') }}

),

reports as (

    select * from {{ ref('int_reports__unioned') }}

),

final as (

    select
        -- ids
        missing.report_version_id,
        missing.report_id,
        reports.id_space,
        reports.feed,
        reports.source_event_id,
        reports.batch_id,
        reports.record_number,
        side_a.actor_id as side_a_actor_id,
        side_b.actor_id as side_b_actor_id,
        {{ place_id(
            'reports.id_space',
            'reports.source_country_code',
            'reports.admin1_name',
            'reports.admin2_name',
            'reports.admin3_name',
            'reports.place_name',
            'reports.place_precision',
            'reports.latitude',
            'reports.longitude',
        ) }} as place_id,

        -- what
        reports.violence_type,
        reports.event_type,
        reports.source_event_type,
        reports.conflict_name,
        reports.dyad_name,
        reports.side_a_name,
        reports.side_b_name,
        reports.side_a_source_id,
        reports.side_b_source_id,
        reports.associated_actor_names,
        reports.target_types,
        reports.weapon_types,
        reports.is_suicide_attack,
        reports.is_doubtful,
        reports.related_source_event_ids,
        reports.headline,
        reports.source_office,
        reports.source_original,
        reports.has_source_review_pending,
        reports.event_clarity,

        -- where
        country_codes.country_code,
        reports.source_country_code,
        reports.country_name,
        reports.region_name,
        reports.admin1_name,
        reports.admin2_name,
        reports.admin3_name,
        reports.place_name,
        reports.place_description,
        reports.place_precision,
        reports.latitude,
        reports.longitude,
        reports.priogrid_gid,

        -- when
        reports.occurred_date,
        reports.occurred_until_date,
        reports.date_precision,
        reports.occurred_year,

        -- measures
        reports.fatality_count_best,
        reports.fatality_count_low,
        reports.fatality_count_high,
        reports.fatality_count_side_a,
        reports.fatality_count_side_b,
        reports.fatality_count_civilians,
        reports.fatality_count_unknown,
        reports.wounded_count,
        reports.source_count,

        -- quality
        reports.warnings,
        reports.overridden_columns,
        batches.is_synthetic,

        -- history
        missing.first_seen_at,
        missing.valid_from
        {%- for column in more_columns %},
        missing.{{ column }}
        {%- endfor %}
    from reports
    inner join missing
        on
            reports.batch_id = missing.batch_id
            and reports.record_number = missing.record_number
    inner join batches on reports.batch_id = batches.batch_id
    left join country_codes
        on
            reports.id_space = country_codes.id_space
            and reports.source_country_code = country_codes.source_country_code
    left join actors as side_a
        on
            coalesce(reports.side_a_name, reports.side_a_source_id) = side_a.actor_name
            and reports.id_space = side_a.id_space
            and coalesce(reports.side_a_source_id, '') = side_a.source_actor_key
            and reports.occurred_date between side_a.valid_from_date and side_a.valid_until_date
    left join actors as side_b
        on
            coalesce(reports.side_b_name, reports.side_b_source_id) = side_b.actor_name
            and reports.id_space = side_b.id_space
            and coalesce(reports.side_b_source_id, '') = side_b.source_actor_key
            and reports.occurred_date between side_b.valid_from_date and side_b.valid_until_date

)

select * from final
{%- endmacro %}
