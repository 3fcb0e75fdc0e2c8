-- All feeds together count what each of them does, and the largest of them is one of them.
with

figures as (

    select
        definition_id,
        attacker_family,
        country_code,
        year,
        sum(case when counting_basis like 'feed:%' then attack_count else 0 end) as told_count,
        max(case when counting_basis like 'feed:%' then attack_count else 0 end) as largest_told_count,
        sum(case when counting_basis = 'sum_of_feeds' then attack_count else 0 end) as sum_count,
        sum(case when counting_basis = 'largest_feed' then attack_count else 0 end) as largest_count
    from {{ ref('agg_attacks_by_year') }}
    group by definition_id, attacker_family, country_code, year

)

select * from figures
where
    told_count <> sum_count
    or largest_told_count <> largest_count
