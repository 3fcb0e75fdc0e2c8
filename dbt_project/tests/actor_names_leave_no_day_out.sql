-- The times of a name that means different groups follow each other without a gap, from always to still.
with

names as (

    select
        {{ name_key('actor_name') }} as name_key,
        coalesce(valid_from_date, cast('0001-01-01' as date)) as valid_from_date,
        coalesce(valid_until_date, cast('9999-12-31' as date)) as valid_until_date
    from {{ ref('actor_names') }}

),

followed as (

    select
        *,
        lag(valid_until_date) over (partition by name_key order by valid_from_date) as previous_until_date,
        lead(valid_from_date) over (partition by name_key order by valid_from_date) as next_from_date
    from names

)

select * from followed
where
    coalesce({{ dbt.dateadd('day', 1, 'previous_until_date') }}, cast('0001-01-01' as date)) <> valid_from_date
    or (next_from_date is null and valid_until_date <> cast('9999-12-31' as date))
