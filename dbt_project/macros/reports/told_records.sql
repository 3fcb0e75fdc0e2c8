{#-
    The CTEs with what batches hold of reports: `batches` that take part, and their `records`. Whether anybody listens to a
    record is told in heard_words.sql.
-#}
{% macro told_records() -%}
batches as (

    select
        batch_id,
        id_space,
        arrival_number,
        authority,
        scope_kind,
        scope_key,
        country_scope,
        covers_from,
        covers_until,
        -- The days that every issue under one scope key covers.
        max(covers_from) over (partition by id_space, scope_key) as shared_from,
        min(covers_until) over (partition by id_space, scope_key) as shared_until
    from {{ ref('int_batches__used') }}

),

-- The countries that some batch of the id space is about and others are not. All other countries are one to us: what
-- covers one of them covers them all, and there are far fewer cells to look at.
scopes as (

    select
        id_space,
        {{ dbt.listagg('country_scope', "';'") }} as country_scopes
    from (
        select distinct
            id_space,
            country_scope
        from batches
        where country_scope is not null
    ) as batch_scopes
    group by id_space

),

-- A record in quarantine says of a report that the source still has it, and nothing that could be read. It is taken as
-- a word about the country and the day that the report told last.
set_aside as (

    select distinct
        batches.id_space,
        records.source_event_id,
        batches.arrival_number
    from {{ source('quarantine', 'records') }} as records
    inner join batches on records._batch_id = batches.batch_id
    where records.source_event_id is not null

),

read_before as (

    select
        set_aside.id_space,
        set_aside.source_event_id,
        set_aside.arrival_number,
        reports.covered_country_code,
        reports.covered_date,
        batches.arrival_number as read_arrival,
        row_number() over (
            partition by set_aside.id_space, set_aside.source_event_id, set_aside.arrival_number
            order by batches.arrival_number desc
        ) as newest_first
    from {{ ref('int_reports__unioned') }} as reports
    inner join batches on reports.batch_id = batches.batch_id
    inner join set_aside
        on
            reports.id_space = set_aside.id_space
            and reports.source_event_id = set_aside.source_event_id
    where batches.arrival_number <= set_aside.arrival_number

),

told as {{ read_anew() }} (

    select
        id_space,
        source_event_id,
        feed,
        batch_id,
        record_number,
        record_hash,
        occurred_year,
        source_country_code,
        covered_country_code,
        covered_date,
        true as is_read
    from {{ ref('int_reports__unioned') }}

    union all

    select
        read_before.id_space,
        read_before.source_event_id,
        null as feed,
        batches.batch_id,
        null as record_number,
        null as record_hash,
        null as occurred_year,
        null as source_country_code,
        read_before.covered_country_code,
        read_before.covered_date,
        false as is_read
    from read_before
    inner join batches on read_before.arrival_number = batches.arrival_number
    where
        read_before.newest_first = 1
        and read_before.read_arrival < read_before.arrival_number

),

records as {{ read_anew() }} (

    select
        told.id_space,
        told.source_event_id,
        told.feed,
        told.batch_id,
        told.record_number,
        told.record_hash,
        told.occurred_year,
        told.source_country_code,
        told.covered_date,
        told.is_read,
        batches.arrival_number,
        case
            when scopes.country_scopes like '%,' || coalesce(told.covered_country_code, '') || ',%'
                then coalesce(told.covered_country_code, '')
            else '*'
        end as scoped_country_code
    from told
    inner join batches on told.batch_id = batches.batch_id
    left join scopes on batches.id_space = scopes.id_space

),
{%- endmacro %}
