{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='report_id',
        on_schema_change='fail',
        pre_hook=[
            "{{ open_ledger() }}",
            "{{ forget_another_history(this) }}",
            "{{ forget_another_history(ledger()) }}",
        ],
        post_hook=["{{ write_ledger() }}", "{{ write_override_ledger() }}"],
    )
}}
{%- set has_overrides = has_overrides() %}
{#- dbt notes what a model reads before it builds anything, and then no build is an incremental one. -#}
{%- if not execute %}{% do observations() %}{% endif %}

with

batches as (

    select
        arrival_number,
        batch_id,
        fetched_at
    from {{ ref('int_batches__used') }}

),

observations as (

    select
        *,
        least(next_answer_arrival, next_withdrawal_arrival) as next_word_arrival
    {%- if is_incremental() %}
    from (
        {{ observations(changed_since=last_arrival_in_ledger(), or_where=is_overridden_otherwise()) }}
    ) as changed_observations
    {%- else %}
    from {{ ref('int_reports__observed') }}
    {%- endif %}

),

compared as (

    select
        *,
        first_value(arrival_number) over sightings as first_arrival,
        lag(record_hash) over sightings as previous_record_hash,
        lag(feed) over sightings as previous_feed,
        lag(next_word_arrival) over sightings as previous_word_arrival,
        lead(arrival_number) over sightings as next_arrival
    from observations
    window sightings as (partition by id_space, source_event_id order by arrival_number, record_number)

),

-- A batch that should have held the report and came before its next sighting did not hold it. One that takes the
-- report back ends it as well.
judged as (

    select
        *,
        case
            when previous_record_hash is null then 'new'
            when previous_word_arrival < arrival_number then 'reinstated'
            when previous_record_hash <> record_hash then 'revised'
            when previous_feed <> feed then 'confirmed'
        end as change_type,
        case
            when next_arrival is null or next_word_arrival < next_arrival then next_word_arrival
        end as withdrawn_arrival,
        case
            when next_arrival is not null and next_word_arrival >= next_arrival then null
            when next_word_arrival = next_withdrawal_arrival then next_withdrawal_evidence
            when next_word_arrival is not null then 'absent'
        end as evidence
    from compared

),

-- What is left are the sightings that open a version and those after which the report was withdrawn.
bounded as (

    select
        *,
        count(change_type) over sightings as version_number,
        lead(coalesce(change_type, 'withdrawn')) over sightings as following_reason,
        lead(case when change_type is null then evidence end) over sightings as following_evidence,
        lead(case when change_type is null then withdrawn_arrival else arrival_number end)
            over sightings as following_arrival
    from judged
    where change_type is not null or withdrawn_arrival is not null
    window sightings as (partition by id_space, source_event_id order by arrival_number, record_number)

),

versions as (

    select
        *,
        {{ report_id('id_space', 'source_event_id') }} as report_id,
        case when withdrawn_arrival is null then following_reason else 'withdrawn' end as end_reason,
        coalesce(withdrawn_arrival, following_arrival) as end_arrival,
        case when withdrawn_arrival is null then following_evidence else evidence end as withdrawal_evidence
    from bounded
    where change_type is not null

),

final as (

    select
        -- ids
        {{ report_version_id(
            'versions.report_id',
            'opening.batch_id',
            'case when versions.batch_id = opening.batch_id then cast(versions.record_number as '
            ~ dbt.type_string() ~ ') else versions.batch_id end',
            'overrides.digest' if has_overrides,
        ) }} as report_version_id,
        versions.report_id,
        versions.id_space,
        versions.source_event_id,
        versions.feed,
        versions.batch_id,
        versions.record_number,
        versions.record_hash,

        -- what
        versions.version_number,
        versions.change_type,
        opening.batch_id as opened_by_batch_id,
        versions.end_reason,
        ending.batch_id as ended_by_batch_id,
        versions.end_arrival is null as is_current,
        coalesce(versions.end_reason = 'withdrawn', false) as is_withdrawn,
        versions.withdrawal_evidence,

        -- where
        versions.source_country_code,

        -- when
        versions.occurred_year,
        earliest.fetched_at as first_seen_at,
        opening.fetched_at as valid_from,
        ending.fetched_at as valid_to
    from versions
    inner join batches as opening on versions.arrival_number = opening.arrival_number
    inner join batches as earliest on versions.first_arrival = earliest.arrival_number
    left join batches as ending on versions.end_arrival = ending.arrival_number
    {%- if has_overrides %}
    left join {{ override_digests() }} as overrides
        on
            versions.feed = overrides.feed
            and versions.source_event_id = overrides.source_event_id
    {%- endif %}

)

select * from final
