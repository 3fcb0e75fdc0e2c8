"""Who goes with whom: from scored pairs to links. Reads `pairs` and `prepared`, never a text.

The best pair of both its reports is one incident; then the best of those that remain. A report that is taken is out of
the running for its rivals, so a second attack at the same place finds its own. Each two reports of an incident must
be a scored pair themselves: there are no chains. What is left over is linked to a report that is taken only where that
report covers several: days, places or the sum of the tolls.
"""

from duckdb import DuckDBPyConnection

from orchestration.links.model import Model

COVERED_WEIGHT = {
    "the tolls add up": -1.0,
    "within the range": 0.0,
    "no deaths": 1.5,
    "no deaths, same day and place": 4.0,
    "beyond the range": 4.0,
}
"""Match weight, the toll left aside, from which a report that is left over is one of several that another covers: where
on invented feeds more than half of such pairs were true. Beyond the range, another day or place must speak for it."""

COVERED_DAYS = 31
"""The most days of a report for which another day within them says something."""


def resolve(connection: DuckDBPyConnection, model: Model) -> None:
    """Make the table `decided` of the table `pairs`.

    `pairs` has uid_l < uid_r, id_space_l, id_space_r, match_probability, match_weight, distance_km, day_gap,
    place_name_level and `overrule` (must_link, must_not_link or null). `decided` adds to uid_l and uid_r the columns
    `decision` and `relation`.
    """
    _rank(connection, model)
    _join_best(connection)
    _find_covered(connection)
    connection.execute(_DECIDED)


def _rank(connection: DuckDBPyConnection, model: Model) -> None:
    """Pairs that can be linked, in an order without ties that depends on the pairs alone."""
    connection.execute(f"""
        create or replace temp table running as
        select
            uid_l,
            uid_r,
            overrule is not distinct from 'must_link' as is_told,
            row_number() over (
                order by
                    (overrule is not distinct from 'must_link') desc,
                    round(match_weight, 6) desc,
                    round(coalesce(distance_km, 1000), 3),
                    day_gap,
                    uid_l,
                    uid_r
            ) as place
        from pairs
        where
            overrule is not distinct from 'must_link'
            or (overrule is null and match_probability >= {model.threshold})
    """)
    connection.execute("""
        create or replace temp table spaces as
        select id_space, 1 << (row_number() over (order by id_space) - 1) as bit
        from (select distinct id_space from prepared)
    """)
    # An incident is named by the least uid in it.
    connection.execute("""
        create or replace temp table groups as
        select uid, uid as incident, bit, bit as spaces
        from prepared inner join spaces using (id_space)
        semi join (select uid_l as uid from running union all select uid_r from running) using (uid)
    """)


def _join_best(connection: DuckDBPyConnection) -> None:
    """Join incidents that are the best of each other until none are left.

    In every round the first of all pairs is best for both its sides, so this ends, and gives what going through the
    pairs one by one would give. Incidents of several reports are joined only where each report of the one is a scored
    pair with each of the other: what two feeds say of one event and two others of the next is no chain.
    """
    has_chains = connection.execute("select count(*) > 2 from spaces").fetchall()[0][0]
    connection.execute("create or replace temp table open_pairs as select uid_l, uid_r, place, is_told from running")
    if has_chains:
        connection.execute("""
            create or replace temp table ties as
            select uid_l, uid_r from pairs
            semi join groups as a on pairs.uid_l = a.uid
            semi join groups as b on pairs.uid_r = b.uid
            where overrule is distinct from 'must_not_link'
        """)
    while True:
        connection.execute(_OFFERS)
        if has_chains:
            connection.execute(_WITHOUT_CHAINS)
        joined = connection.execute("""
            create or replace temp table joined as
            with sides as (
                select incident_l as incident, place from offers
                union all
                select incident_r, place from offers
            ),

            best as (select incident, min(place) as place from sides group by incident)

            select incident_l as kept, incident_r as gone
            from offers
            inner join best as a on offers.incident_l = a.incident and offers.place = a.place
            inner join best as b on offers.incident_r = b.incident and offers.place = b.place
        """).fetchall()[0][0]
        if not joined:
            return
        connection.execute("""
            create or replace temp table groups as
            with renamed as (
                select uid, coalesce(kept, incident) as incident, bit
                from groups left join joined on groups.incident = joined.gone
            )

            select uid, incident, bit, bit_or(bit) over (partition by incident) as spaces
            from renamed
        """)
        connection.execute("""
            create or replace temp table open_pairs as
            select uid_l, uid_r, place, is_told
            from open_pairs
            inner join groups as a on open_pairs.uid_l = a.uid
            inner join groups as b on open_pairs.uid_r = b.uid
            where (a.spaces & b.spaces) = 0
        """)


_OFFERS = """
    create or replace temp table offers as
    select
        least(a.incident, b.incident) as incident_l,
        greatest(a.incident, b.incident) as incident_r,
        min(place) as place,
        bool_or(is_told) as is_told,
        any_value(bit_count(a.spaces) * bit_count(b.spaces)) as crossings
    from open_pairs
    inner join groups as a on open_pairs.uid_l = a.uid
    inner join groups as b on open_pairs.uid_r = b.uid
    where (a.spaces & b.spaces) = 0
    group by all
"""

_WITHOUT_CHAINS = """
    create or replace temp table offers as
    with tied as (
        select
            least(a.incident, b.incident) as incident_l,
            greatest(a.incident, b.incident) as incident_r,
            count(*) as ties
        from ties
        inner join groups as a on ties.uid_l = a.uid
        inner join groups as b on ties.uid_r = b.uid
        where a.incident <> b.incident
        group by all
    )

    select offers.* from offers
    inner join tied using (incident_l, incident_r)
    where is_told or ties = crossings
"""


def _find_covered(connection: DuckDBPyConnection) -> None:
    """Pairs of a report that is taken with one that is left over, where the first covers several.

    What speaks for it: the toll of the wide report is reached only by both together; the day is another one of those
    that it leaves open, or its words name a place that its partner does not have. What speaks against it: its toll is
    met already. The toll of a part says nothing about the toll of the whole, so it takes no part in the weight.
    """
    connection.execute(f"""
        create or replace temp table covered as
        with sides as (
            select a.uid as wide, b.uid as partner
            from groups as a
            inner join groups as b on a.incident = b.incident and a.uid <> b.uid
        ),

        partners as (
            select
                sides.wide,
                told.id_space,
                told.uid,
                told.first_day,
                told.name1,
                told.toll
            from sides inner join prepared as told on sides.partner = told.uid
        ),

        directed as (
            select uid_l as wide, uid_r as narrow, match_weight - toll_weight as weight, distance_km, day_gap, overrule
            from pairs
            union all
            select uid_r, uid_l, match_weight - toll_weight, distance_km, day_gap, overrule
            from pairs
        ),

        left_over as (
            select
                directed.*,
                wide.id_space as wide_space,
                coalesce(partners.toll, 0) as partner_toll,
                coalesce(narrow.toll, 0) as narrow_toll,
                wide.toll,
                greatest(wide.toll_high, wide.toll) as toll_high,
                wide.last_day - wide.first_day between 1 and {COVERED_DAYS}
                and directed.day_gap = 0
                and narrow.first_day <> partners.first_day as is_other_day,
                (
                    coalesce(narrow.name1 in (wide.name1, wide.name2), false)
                    or coalesce(contains(wide.mentions, narrow.name1), false)
                ) and narrow.name1 is distinct from partners.name1 as is_other_place
            from directed
            inner join prepared as wide on directed.wide = wide.uid
            inner join prepared as narrow on directed.narrow = narrow.uid
            inner join partners on directed.wide = partners.wide and narrow.id_space = partners.id_space
            left join partners as served on directed.narrow = served.wide and wide.id_space = served.id_space
            where served.uid is null and directed.overrule is distinct from 'must_not_link'
        ),

        spanned as (
            select
                *,
                is_other_day or is_other_place as is_spanned,
                partner_toll + sum(narrow_toll) over (
                    partition by wide
                    order by round(weight, 6) desc, distance_km, narrow
                    rows between unbounded preceding and current row
                ) as toll_together
            from left_over
            where weight >= {COVERED_WEIGHT["the tolls add up"]} or overrule is not distinct from 'must_link'
        )

        select wide, narrow
        from spanned
        where
            overrule is not distinct from 'must_link'
            or weight >= case
                when narrow_toll = 0 and is_spanned then {COVERED_WEIGHT["no deaths"]}
                when narrow_toll = 0 then {COVERED_WEIGHT["no deaths, same day and place"]}
                when toll_together = toll then {COVERED_WEIGHT["the tolls add up"]}
                when coalesce(toll_together <= toll_high, is_spanned) then {COVERED_WEIGHT["within the range"]}
                when is_spanned and partner_toll < toll then {COVERED_WEIGHT["beyond the range"]}
            end
        qualify
            row_number() over (
                partition by narrow, wide_space
                order by (overrule is not distinct from 'must_link') desc, round(weight, 6) desc, distance_km, wide
            ) = 1
    """)


_DECIDED = """
    create or replace table decided as
    select
        pairs.uid_l,
        pairs.uid_r,
        case
            when pairs.overrule is not null then pairs.overrule
            when a.incident = b.incident or by_left.wide is not null or by_right.wide is not null then 'linked'
            when running.place is not null then 'outcompeted'
            else 'below_threshold'
        end as decision,
        case
            when pairs.overrule is not distinct from 'must_not_link' then null
            when a.incident = b.incident then 'same'
            when by_left.wide is not null then 'left_covers_several'
            when by_right.wide is not null then 'right_covers_several'
            when pairs.overrule = 'must_link' then 'left_covers_several'
        end as relation
    from pairs
    left join running on pairs.uid_l = running.uid_l and pairs.uid_r = running.uid_r
    left join groups as a on pairs.uid_l = a.uid
    left join groups as b on pairs.uid_r = b.uid
    left join covered as by_left on pairs.uid_l = by_left.wide and pairs.uid_r = by_left.narrow
    left join covered as by_right on pairs.uid_r = by_right.wide and pairs.uid_l = by_right.narrow
"""
