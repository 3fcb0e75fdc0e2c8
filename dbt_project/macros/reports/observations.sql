{#-
    What reports say one after the other, and when nobody says so any more; the columns are explained in
    int_reports__observed.yml. Of all reports, or of those only that a batch later than `changed_since`, an arrival number,
    has changed, and those that meet `or_where`, a condition on records. A night needs no others.
-#}
{% macro observations(changed_since=none, or_where='false') -%}
with

{{ told_records() }}

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

{{ heard_words() }}
{%- if changed_since %}

-- A batch that came since changes the reports that it holds, those that it is the first to answer, and those that it takes
-- back. All words of these are looked at again; no word of any other report has a part in what they say.
touched as (

    select
        arrival_number,
        scoped_country_code,
        covered_date
    from heard
    where
        arrival_number > {{ changed_since }}
        or next_answer_arrival > {{ changed_since }}

),

changed_reports as (

    select
        records.id_space,
        records.source_event_id
    from records
    inner join touched
        on
            records.arrival_number = touched.arrival_number
            and records.scoped_country_code = touched.scoped_country_code
            and records.covered_date = touched.covered_date

    union

    select
        id_space,
        source_event_id
    from withdrawals
    where arrival_number > {{ changed_since }}

    union

    select
        id_space,
        source_event_id
    from records
    where {{ or_where }}

),
{%- endif %}

words as {% if not changed_since %}{{ read_anew() }} {% endif %}(

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
    {%- if changed_since %}
    inner join changed_reports
        on
            records.id_space = changed_reports.id_space
            and records.source_event_id = changed_reports.source_event_id
    {%- endif %}

),

{{ entangled_words() }}

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
{%- endmacro %}
