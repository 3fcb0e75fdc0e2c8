with

facts as (

    select * from {{ ref('feeds') }}

),

arrivals as (

    select
        feed,
        max_by(licence, fetched_at) as licence,
        max_by(citation, fetched_at) as citation,
        max_by(edition, fetched_at) filter (where is_used) as newest_edition,
        min(covers_from_date) filter (where is_used) as covers_from_date,
        max(covers_until_date) filter (where is_used) as covers_until_date,
        max(fetched_at) filter (where is_used) as last_fetched_at,
        count(*) filter (where is_used) as used_batch_count,
        count(*) filter (where status = 'refused') as refused_batch_count,
        count(*) filter (where is_used and is_synthetic) as synthetic_batch_count
    from {{ ref('fct_feed_batches') }}
    group by feed

),

-- What a feed says of itself with its newest batch goes before what the seed knows.
described as (

    select
        facts.publisher,
        facts.homepage,
        arrivals.newest_edition,
        arrivals.covers_from_date,
        arrivals.covers_until_date,
        arrivals.last_fetched_at,
        coalesce(facts.feed, arrivals.feed) as feed,
        coalesce(facts.title, arrivals.feed) as title,
        coalesce(arrivals.licence, facts.licence) as licence,
        coalesce(arrivals.citation, facts.citation) as citation,
        coalesce(arrivals.used_batch_count, 0) as used_batch_count,
        coalesce(arrivals.refused_batch_count, 0) as refused_batch_count,
        coalesce(arrivals.synthetic_batch_count, 0) > 0 as is_synthetic
    from facts
    full outer join arrivals on facts.feed = arrivals.feed

),

final as (

    select
        -- ids
        feed,

        -- what
        title,
        publisher,
        licence,
        citation,
        homepage,
        newest_edition,
        is_synthetic,

        -- when
        covers_from_date,
        covers_until_date,
        last_fetched_at,

        -- measures
        used_batch_count,
        refused_batch_count
    from described

)

select * from final
