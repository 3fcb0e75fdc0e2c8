{{ config(materialized='table') }}

with

batches as (

    select * from {{ source('batches', 'received') }}

),

used as (

    select
        batch_id,
        feed,
        id_space,
        edition,
        coalesce(purpose, 'records') as purpose,
        -- A batch of withdrawals names its reports; what it does not name, it says nothing of.
        case when coalesce(purpose, 'records') = 'records' then scope_kind else 'delta' end as scope_kind,
        scope_key,
        covers_from,
        covers_until,
        country_scope,
        authority,
        is_synthetic,
        records_landed as landed_record_count,
        coalesce(withdrawal_count, 0) as withdrawal_count,
        fetched_at,
        row_number() over (order by fetched_at, batch_id) as arrival_number
    from batches
    where
        status = 'landed'
        and {{ has_arrived('fetched_at') }}
        {%- if not var('include_synthetic') %}
        and not is_synthetic
        {%- endif %}

)

select * from used
