{#-
    The CTE `heard` and those that lead to it: the days of a country on which a batch's records count, and with which later
    batch they end by its silence. All of it is decided per cell of country and day, never per record. It goes on from
    the CTEs of told_records.sql.
-#}
{% macro heard_words() -%}
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
{%- endmacro %}
