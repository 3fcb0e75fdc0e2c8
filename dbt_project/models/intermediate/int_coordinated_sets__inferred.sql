{{ config(materialized='table') }}
{#-
    Same-day multi-location attacks, inferred. Two attacks go together where they are of one day, by one group or by groups
    in alliance on that day, 10 to 300 km apart. A set is built around a centre and never a chain: each of its attacks
    goes together with the centre. The centre is an attack that goes together with more others than any of those does
    (of equals, the first by id); what goes together with several centres joins the one with most; what no centre is
    near enough for may form sets of its own, once more. Who is left then is in no set.
-#}

with

attackers as (

    select * from {{ ref('int_attackers__placed') }}

),

-- By day and group: no attack is ever compared with those of other days. Each two once.
near as (

    select distinct
        one.incident_id,
        other.incident_id as other_incident_id,
        {{ distance_km('one.latitude', 'one.longitude', 'other.latitude', 'other.longitude') }} as distance_km
    from attackers as one
    inner join {{ ref('int_attackers__fellows') }} as fellows
        on
            one.attacker_actor_id = fellows.actor_id
            and one.occurred_date between fellows.valid_from_date and fellows.valid_until_date
    inner join attackers as other
        on
            one.occurred_date = other.occurred_date
            and fellows.fellow_actor_id = other.attacker_actor_id
            and one.incident_id < other.incident_id
            and abs(one.latitude - other.latitude) < 2.8

),

links as (

    select
        incident_id,
        other_incident_id,
        distance_km
    from near
    where distance_km between 10 and 300

    union all

    select
        other_incident_id as incident_id,
        incident_id as other_incident_id,
        distance_km
    from near
    where distance_km between 10 and 300

),

fellow_counts as (

    select
        incident_id,
        count(*) as fellow_count
    from links
    group by incident_id

),

ranked as (

    select
        links.incident_id,
        links.other_incident_id,
        links.distance_km,
        rivals.fellow_count as other_fellow_count,
        rivals.fellow_count > mine.fellow_count
        or (rivals.fellow_count = mine.fellow_count and links.other_incident_id < links.incident_id) as is_outranked
    from links
    inner join fellow_counts as mine on links.incident_id = mine.incident_id
    inner join fellow_counts as rivals on links.other_incident_id = rivals.incident_id

),

{% for round in (1, 2) %}
{%- set known = 'ranked' if round == 1 else 'rest' %}
centres_{{ round }} as (

    select incident_id from {{ known }}
    group by incident_id
    having max(case when is_outranked then 1 else 0 end) = 0

),

joined_{{ round }} as (

    select
        {{ known }}.incident_id,
        {{ known }}.other_incident_id as centre_incident_id,
        {{ known }}.distance_km,
        row_number() over (
            partition by {{ known }}.incident_id
            order by {{ known }}.other_fellow_count desc, {{ known }}.other_incident_id
        ) as choice
    from {{ known }}
    inner join centres_{{ round }} as centres on {{ known }}.other_incident_id = centres.incident_id

),
{% if round == 1 %}
rest as (

    select ranked.*
    from ranked
    left join joined_1 as mine on ranked.incident_id = mine.incident_id
    left join joined_1 as theirs on ranked.other_incident_id = theirs.incident_id
    left join joined_1 as around_mine on ranked.incident_id = around_mine.centre_incident_id and around_mine.choice = 1
    left join joined_1 as around_theirs
        on ranked.other_incident_id = around_theirs.centre_incident_id and around_theirs.choice = 1
    where
        mine.incident_id is null
        and theirs.incident_id is null
        and around_mine.incident_id is null
        and around_theirs.incident_id is null

),
{% endif %}
{%- endfor %}

followers as (

    select
        incident_id,
        centre_incident_id,
        distance_km
    from joined_1
    where choice = 1

    union all

    select
        incident_id,
        centre_incident_id,
        distance_km
    from joined_2
    where choice = 1

),

final as (

    select
        incident_id,
        centre_incident_id,
        distance_km
    from followers

    union all

    select distinct
        centre_incident_id as incident_id,
        centre_incident_id,
        0.0 as distance_km
    from followers

)

select * from final
