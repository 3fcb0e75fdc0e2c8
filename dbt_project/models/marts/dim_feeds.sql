with

facts as (

    select * from {{ ref('feeds') }}

),

batches as (

    select * from {{ ref('fct_feed_batches') }}

),

-- What a feed says of itself with its newest batch fills what the seed does not know.
arrivals as (

    select
        feed,
        max_by(licence, fetched_at) as licence,
        max_by(citation, fetched_at) as citation,
        max_by(edition, fetched_at) filter (where is_used) as newest_edition,
        count(*) filter (where is_used) as used_batch_count,
        count(*) filter (where status = 'refused') as refused_batch_count,
        min(covers_from_date) filter (where is_used) as covers_from_date,
        max(covers_until_date) filter (where is_used) as covers_until_date,
        max(fetched_at) filter (where is_used) as last_fetched_at,
        coalesce(max(case when is_used and is_synthetic then 1 end), 0) = 1 as is_synthetic
    from batches
    group by feed

),

final as (

    select
        -- ids
        coalesce(facts.feed, arrivals.feed) as feed,

        -- what
        coalesce(facts.title, facts.feed, arrivals.feed) as title,
        facts.publisher,
        coalesce(arrivals.licence, facts.licence) as licence,
        coalesce(arrivals.citation, facts.citation) as citation,
        facts.homepage,
        arrivals.newest_edition,
        coalesce(arrivals.is_synthetic, false) as is_synthetic,

        -- when
        arrivals.covers_from_date,
        arrivals.covers_until_date,
        arrivals.last_fetched_at,

        -- measures
        coalesce(arrivals.used_batch_count, 0) as used_batch_count,
        coalesce(arrivals.refused_batch_count, 0) as refused_batch_count
    from facts
    full outer join arrivals on facts.feed = arrivals.feed

)

select * from final
