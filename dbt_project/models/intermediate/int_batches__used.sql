{{ config(materialized='table') }}

with

batches as (

    select * from {{ source('batches', 'received') }}

),

landed as (

    select
        *,
        min(case when is_synthetic then 1 else 0 end) over () = 0 as has_real_beside_it
    from batches
    where
        status = 'landed'
        and {{ has_arrived('fetched_at') }}
        and not {{ tells_claims('id_space') }}

),

used as (

    select
        batch_id,
        feed,
        id_space,
        edition,
        scope_key,
        covers_from,
        covers_until,
        country_scope,
        authority,
        is_synthetic,
        records_landed as landed_record_count,
        fetched_at,
        coalesce(purpose, 'records') as purpose,
        coalesce(withdrawal_count, 0) as withdrawal_count,
        -- A batch of withdrawals names its reports; what it does not name, it says nothing of.
        case when coalesce(purpose, 'records') = 'records' then scope_kind else 'delta' end as scope_kind,
        row_number() over (order by fetched_at, batch_id) as arrival_number
    from landed
    {%- if var('synthetic') == 'auto' %}
    where not (is_synthetic and has_real_beside_it)
    {%- elif var('synthetic') == 'exclude' %}
    where not is_synthetic
    {%- endif %}

)

select * from used
