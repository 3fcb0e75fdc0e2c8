{{ config(materialized='table') }}

with

reports as (

    select * from {{ ref('int_reports__unioned') }}

),

-- A side without a name goes by the feed's id for it.
sides as (

    select
        id_space,
        side_a_source_id as source_actor_id,
        coalesce(side_a_name, side_a_source_id) as actor_name
    from reports

    union

    select
        id_space,
        side_b_source_id as source_actor_id,
        coalesce(side_b_name, side_b_source_id) as actor_name
    from reports

),

associated as (

    select distinct
        id_space,
        associated_actor_names
    from reports
    where associated_actor_names is not null

),

-- Feeds write those who act beside a side as one text.
companions as (

    select
        id_space,
        {{ text_parts('associated_actor_names', '; ') }}
    from associated

),

final as (

    select
        id_space,
        source_actor_id,
        actor_name
    from sides
    where actor_name is not null

    union

    select
        id_space,
        cast(null as {{ dbt.type_string() }}) as source_actor_id,
        trim(part) as actor_name
    from companions
    where trim(part) <> ''

)

select * from final
