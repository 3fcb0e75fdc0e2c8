{#-
    The reports of which more than the newest word counts: their `entangled_words`, the `lives` of these from one batch to
    another, and by which of them each report is `spoken` for. It goes on from the CTEs `words` and `withdrawn_spans`.
-#}
{% macro entangled_words() -%}
{%- set never = 9223372036854775807 %}
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
{%- endmacro %}
