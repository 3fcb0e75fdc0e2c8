{% set never = 9223372036854775807 %}

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

held_days as (

    select distinct
        arrival_number,
        scoped_country_code,
        covered_date
    from records

),

-- A record lies in the cell of its country and day. A record dated outside the days that all issues of its scope key
-- cover keeps the key in its cell: a later issue can speak of it, whatever the days of that one. Where it lies outside
-- the days of its own issue, no window of those days should have held it: only a later issue, or a full batch, can.
holdings as (

    select
        batches.id_space,
        held_days.scoped_country_code,
        held_days.covered_date,
        case
            when held_days.covered_date between batches.shared_from and batches.shared_until then ''
            when
                batches.scope_kind <> 'delta'
                and held_days.covered_date not between batches.covers_from and batches.covers_until
                then 'outside:' || coalesce(batches.scope_key, '')
            else coalesce(batches.scope_key, '')
        end as stray_scope_key,
        batches.arrival_number,
        batches.authority
    from held_days
    inner join batches on held_days.arrival_number = batches.arrival_number

),

cells as (

    select distinct
        id_space,
        scoped_country_code,
        covered_date,
        stray_scope_key
    from holdings

),

coverings as (

    select
        cells.id_space,
        cells.scoped_country_code,
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
            or batches.country_scope like '%,' || cells.scoped_country_code || ',%'
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
                partition by id_space, scoped_country_code, covered_date, stray_scope_key
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
            partition by id_space, scoped_country_code, covered_date, stray_scope_key
            order by arrival_number
            range between 1 following and unbounded following
        ) as next_later_arrival,
        min(case when is_covering and not is_outranked then arrival_number end) over (
            partition by id_space, scoped_country_code, covered_date, stray_scope_key
            order by authority
            range between current row and unbounded following
        ) as first_equal_authority_arrival
    from ranked

),

heard as (

    select
        id_space,
        scoped_country_code,
        covered_date,
        stray_scope_key,
        arrival_number,
        case
            when next_later_arrival >= first_equal_authority_arrival then next_later_arrival
            when next_later_arrival < first_equal_authority_arrival then first_equal_authority_arrival
        end as next_answer_arrival
    from answered
    where
        not is_covering
        and not is_outranked

),

-- A batch's word is outlasted where an earlier word of its id space is answered later, or never.
outlasted as (

    select
        id_space,
        arrival_number,
        max(last_answer_arrival) over (
            partition by id_space
            order by arrival_number
            rows between unbounded preceding and 1 preceding
        ) > first_answer_arrival as is_outlasted
    from (
        select
            id_space,
            arrival_number,
            min(next_answer_arrival) as first_answer_arrival,
            max(coalesce(next_answer_arrival, {{ never }})) as last_answer_arrival
        from heard
        group by id_space, arrival_number
    ) as batch_answers

),

words as {{ read_anew() }} (

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
        records.is_read,
        heard.next_answer_arrival
    from records
    inner join heard
        on
            records.arrival_number = heard.arrival_number
            and records.scoped_country_code = heard.scoped_country_code
            and records.covered_date = heard.covered_date

),

doubted as (

    select distinct
        words.id_space,
        words.source_event_id
    from words
    inner join outlasted on words.arrival_number = outlasted.arrival_number
    where outlasted.is_outlasted or not words.is_read

),

doubted_words as (

    select words.*
    from words
    inner join doubted
        on
            words.id_space = doubted.id_space
            and words.source_event_id = doubted.source_event_id

),

-- The few reports of which more than the newest word counts: an older one outlasts it, or it lies in quarantine.
entangled as (

    select distinct
        later.id_space,
        later.source_event_id
    from doubted_words as later
    left join doubted_words as earlier
        on
            later.id_space = earlier.id_space
            and later.source_event_id = earlier.source_event_id
            and later.arrival_number > earlier.arrival_number
            and later.next_answer_arrival < coalesce(earlier.next_answer_arrival, {{ never }})
    where earlier.arrival_number is not null or not later.is_read

),

entangled_words as (

    select
        doubted_words.*,
        withdrawn_spans.arrival_number as next_withdrawal_arrival,
        batches.authority,
        batches.scope_kind = 'delta' as is_delta
    from doubted_words
    inner join entangled
        on
            doubted_words.id_space = entangled.id_space
            and doubted_words.source_event_id = entangled.source_event_id
    inner join batches on doubted_words.arrival_number = batches.arrival_number
    left join withdrawn_spans
        on
            doubted_words.id_space = withdrawn_spans.id_space
            and doubted_words.source_event_id = withdrawn_spans.source_event_id
            and doubted_words.arrival_number >= withdrawn_spans.previous_arrival
            and doubted_words.arrival_number < withdrawn_spans.arrival_number

),

-- A delta names the report itself: its word takes the place of all that were given with no more authority.
replaced as (

    select
        earlier.id_space,
        earlier.source_event_id,
        earlier.arrival_number,
        min(later.arrival_number) as replaced_arrival
    from entangled_words as earlier
    inner join entangled_words as later
        on
            earlier.id_space = later.id_space
            and earlier.source_event_id = later.source_event_id
            and earlier.arrival_number < later.arrival_number
            and earlier.authority <= later.authority
    where later.is_delta
    group by earlier.id_space, earlier.source_event_id, earlier.arrival_number

),

lives as (

    select
        entangled_words.*,
        least(
            entangled_words.next_answer_arrival, entangled_words.next_withdrawal_arrival, replaced.replaced_arrival
        ) as end_arrival
    from entangled_words
    left join replaced
        on
            entangled_words.id_space = replaced.id_space
            and entangled_words.source_event_id = replaced.source_event_id
            and entangled_words.arrival_number = replaced.arrival_number

),

moments as (

    select
        id_space,
        source_event_id,
        arrival_number as moment
    from lives

    union

    select
        id_space,
        source_event_id,
        end_arrival as moment
    from lives
    where end_arrival is not null

),

-- At each moment the newest word that stands and could be read is what the report says. Where all that stand are in
-- quarantine, it goes on as it was.
standing as (

    select
        moments.id_space,
        moments.source_event_id,
        moments.moment,
        max(case when lives.is_read then lives.arrival_number end) as speaking_arrival,
        count(lives.arrival_number) = 0 as is_over
    from moments
    left join lives
        on
            moments.id_space = lives.id_space
            and moments.source_event_id = lives.source_event_id
            and moments.moment >= lives.arrival_number
            and moments.moment < coalesce(lives.end_arrival, {{ never }})
    group by moments.id_space, moments.source_event_id, moments.moment

),

spoken as (

    select
        *,
        lag(speaking_arrival) over told_in_order as previous_speaking_arrival,
        min(case when is_over then moment end) over (
            partition by id_space, source_event_id
            order by moment
            rows between 1 following and unbounded following
        ) as over_arrival
    from standing
    window told_in_order as (partition by id_space, source_event_id order by moment)

),

final as (

    select
        words.id_space,
        words.source_event_id,
        words.feed,
        words.batch_id,
        words.record_number,
        words.record_hash,
        words.occurred_year,
        words.source_country_code,
        words.arrival_number,
        withdrawn_spans.arrival_number as next_withdrawal_arrival,
        withdrawn_spans.evidence as next_withdrawal_evidence,
        words.next_answer_arrival
    from words
    left join withdrawn_spans
        on
            words.id_space = withdrawn_spans.id_space
            and words.source_event_id = withdrawn_spans.source_event_id
            and words.arrival_number >= withdrawn_spans.previous_arrival
            and words.arrival_number < withdrawn_spans.arrival_number
    where
        words.is_read
        -- Inside of another expression, `in` is looked up for each word. By itself it is a join, for which DuckDB would
        -- put all words in a hash table and not the few that are entangled.
        and not coalesce(
            (words.arrival_number, words.record_number) in (
                select
                    arrival_number,
                    record_number
                from entangled_words
            ),
            false
        )

    union all

    select
        lives.id_space,
        lives.source_event_id,
        lives.feed,
        lives.batch_id,
        lives.record_number,
        lives.record_hash,
        lives.occurred_year,
        lives.source_country_code,
        spoken.moment as arrival_number,
        withdrawals.arrival_number as next_withdrawal_arrival,
        withdrawals.evidence as next_withdrawal_evidence,
        case when withdrawals.arrival_number is null then spoken.over_arrival end as next_answer_arrival
    from spoken
    inner join lives
        on
            spoken.id_space = lives.id_space
            and spoken.source_event_id = lives.source_event_id
            and spoken.speaking_arrival = lives.arrival_number
    left join withdrawals
        on
            spoken.id_space = withdrawals.id_space
            and spoken.source_event_id = withdrawals.source_event_id
            and spoken.over_arrival = withdrawals.arrival_number
    where spoken.previous_speaking_arrival is distinct from spoken.speaking_arrival

)

select * from final
