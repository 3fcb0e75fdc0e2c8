{#- Every feed that takes part in the warehouse, one line each. -#}
{% set feeds = [
    ref('stg_acled__events'),
    ref('stg_ucdp_ged__events'),
    ref('stg_ucdp_candidate__events'),
    ref('stg_gtd__events'),
    ref('stg_incident_file__events'),
    ref('stg_gdelt__events'),
] %}

{% for events in feeds %}
select
    -- ids
    report_id,
    id_space,
    feed,
    source_event_id,
    batch_id,
    record_number,
    record_hash,

    -- what
    violence_type,
    event_type,
    source_event_type,
    conflict_name,
    dyad_name,
    side_a_name,
    side_b_name,
    side_a_source_id,
    side_b_source_id,
    associated_actor_names,
    target_types,
    weapon_types,
    is_suicide_attack,
    is_doubtful,
    related_source_event_ids,
    headline,
    source_office,
    source_original,
    has_source_review_pending,
    event_clarity,

    -- where
    source_country_code,
    country_name,
    region_name,
    admin1_name,
    admin2_name,
    admin3_name,
    place_name,
    place_description,
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
    wounded_count,
    source_count,

    -- quality
    warnings,
    overridden_columns,

    -- what covers it
    covered_country_code,
    covered_date
from {{ events }}
{{ "union all" if not loop.last }}
{% endfor %}
