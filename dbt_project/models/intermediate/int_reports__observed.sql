with

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

-- A record lies in the cell of its country and day. A record dated outside the days that all issues of its scope key
-- cover keeps the key in its cell: a later issue can speak of it, whatever the days of that one. Where it lies outside
-- the days of its own issue, no window of those days should have held it: only a later issue, or a full batch, can.
records as (

    select
        reports.id_space,
        reports.source_event_id,
        reports.feed,
        reports.batch_id,
        reports.record_number,
        reports.record_hash,
        reports.occurred_year,
        reports.source_country_code,
        reports.covered_date,
        batches.arrival_number,
        batches.authority,
        coalesce(reports.covered_country_code, '') as covered_country_code,
        case
            when reports.covered_date between batches.shared_from and batches.shared_until then ''
            when
                batches.scope_kind <> 'delta'
                and reports.covered_date not between batches.covers_from and batches.covers_until
                then 'outside:' || coalesce(batches.scope_key, '')
            else coalesce(batches.scope_key, '')
        end as stray_scope_key
    from {{ ref('int_reports__unioned') }} as reports
    inner join batches on reports.batch_id = batches.batch_id

),

-- Nobody has to be listened to for the source's own word that it took a report back: it ends what was said before it.
withdrawals as (

    select
        reports.id_space,
        reports.source_event_id,
        batches.arrival_number,
        min(reports.evidence) as evidence
    from {{ source('withdrawals', 'reports') }} as reports
    inner join batches on reports._batch_id = batches.batch_id
    group by reports.id_space, reports.source_event_id, batches.arrival_number

),

withdrawn_spans as (

    select
        id_space,
        source_event_id,
        evidence,
        arrival_number,
        coalesce(
            lag(arrival_number) over (partition by id_space, source_event_id order by arrival_number), 0
        ) as previous_arrival
    from withdrawals

),

holdings as (

    select distinct
        id_space,
        covered_country_code,
        covered_date,
        stray_scope_key,
        arrival_number,
        authority
    from records

),

cells as (

    select distinct
        id_space,
        covered_country_code,
        covered_date,
        stray_scope_key
    from holdings

),

coverings as (

    select
        cells.id_space,
        cells.covered_country_code,
        cells.covered_date,
        cells.stray_scope_key,
        batches.arrival_number,
        batches.authority
    from cells
    inner join batches
        on
            cells.id_space = batches.id_space
            and (
                (
                    cells.covered_date between batches.covers_from and batches.covers_until
                    and (batches.scope_kind = 'full' or cells.stray_scope_key not like 'outside:%')
                )
                or cells.stray_scope_key in (batches.scope_key, 'outside:' || batches.scope_key)
            )
    where
        batches.scope_kind in ('full', 'window', 'issue')
        and (
            batches.country_scope is null
            or batches.country_scope like '%,' || cells.covered_country_code || ',%'
        )

),

cell_batches as (

    select
        *,
        true as is_covering
    from coverings

    union all

    select
        *,
        false as is_covering
    from holdings

),

-- Nobody listens to a batch where one of more authority spoke before it.
ranked as (

    select
        *,
        coalesce(
            max(case when is_covering then authority end) over (
                partition by id_space, covered_country_code, covered_date, stray_scope_key
                order by arrival_number
                range between unbounded preceding and 1 preceding
            ) > authority,
            false
        ) as is_outranked
    from cell_batches

),

-- The batches that are listened to in a cell never lose authority over time. So the first one that is both
-- later than a holding and of no less authority is the later of the two minima.
answered as (

    select
        *,
        min(case when is_covering and not is_outranked then arrival_number end) over (
            partition by id_space, covered_country_code, covered_date, stray_scope_key
            order by arrival_number
            range between 1 following and unbounded following
        ) as next_later_arrival,
        min(case when is_covering and not is_outranked then arrival_number end) over (
            partition by id_space, covered_country_code, covered_date, stray_scope_key
            order by authority
            range between current row and unbounded following
        ) as first_equal_authority_arrival
    from ranked

),

final as (

    select
        records.id_space,
        records.source_event_id,
        records.feed,
        records.batch_id,
        records.record_number,
        records.record_hash,
        records.occurred_year,
        records.source_country_code,
        records.arrival_number,
        withdrawn_spans.arrival_number as next_withdrawal_arrival,
        withdrawn_spans.evidence as next_withdrawal_evidence,
        case
            when answered.next_later_arrival >= answered.first_equal_authority_arrival
                then answered.next_later_arrival
            when answered.next_later_arrival < answered.first_equal_authority_arrival
                then answered.first_equal_authority_arrival
        end as next_answer_arrival
    from records
    inner join answered
        on
            records.id_space = answered.id_space
            and records.covered_country_code = answered.covered_country_code
            and records.covered_date = answered.covered_date
            and records.stray_scope_key = answered.stray_scope_key
            and records.arrival_number = answered.arrival_number
    left join withdrawn_spans
        on
            records.id_space = withdrawn_spans.id_space
            and records.source_event_id = withdrawn_spans.source_event_id
            and records.arrival_number >= withdrawn_spans.previous_arrival
            and records.arrival_number < withdrawn_spans.arrival_number
    where
        not answered.is_covering
        and not answered.is_outranked

)

select * from final
