"""Who goes with whom: from scored pairs to links. Reads `pairs` and `prepared`, never a text.

The best pair of both its reports is one incident; then the best of those that remain. A report that is taken is out of
the running for its rivals, so a second attack at the same place finds its own. Each two reports of an incident must
be a scored pair themselves: there are no chains. What is left over is linked to a report that is taken only where that
report covers several: days, places or the sum of the tolls.
"""

from duckdb import DuckDBPyConnection

from orchestration.links.model import Model

COVER_PROBABILITY = 0.5
"""Match probability from which a pair can be one of several that a report covers."""


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
            match_probability,
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
        select uid, uid as incident, bit as spaces
        from prepared inner join spaces using (id_space)
        semi join (select uid_l as uid from running union all select uid_r from running) using (uid)
    """)


def _join_best(connection: DuckDBPyConnection) -> None:
    """Join incidents that are the best of each other until none are left.

    In every round the first of all pairs is best for both its sides, so this ends, and gives what going through the
    pairs one by one would give.
    """
    is_simple = connection.execute("select count(*) <= 2 from spaces").fetchall()[0][0]
    connection.execute("create or replace temp table open_pairs as select uid_l, uid_r, place from running")
    while True:
        connection.execute(f"""
            create or replace temp table offers as
            select a.incident as incident_l, b.incident as incident_r, min(place) as place
            from open_pairs
            inner join groups as a on open_pairs.uid_l = a.uid
            inner join groups as b on open_pairs.uid_r = b.uid
            where (a.spaces & b.spaces) = 0
            group by a.incident, b.incident
            {"" if is_simple else _NO_CHAINS}
        """)
        joined = connection.execute("""
            create or replace temp table joined as
            with sides as (
                select incident_l as incident, place from offers
                union all
                select incident_r, place from offers
            ),

            best as (select incident, min(place) as place from sides group by incident)

            select
                least(incident_l, incident_r) as kept,
                greatest(incident_l, incident_r) as gone
            from offers
            inner join best as a on offers.incident_l = a.incident and offers.place = a.place
            inner join best as b on offers.incident_r = b.incident and offers.place = b.place
        """).fetchall()[0][0]
        if not joined:
            return
        connection.execute("""
            create or replace temp table groups as
            with renamed as (
                select uid, coalesce(kept, incident) as incident, groups.spaces
                from groups left join joined on groups.incident = joined.gone
            ),

            wholes as (
                select incident, bit_or(spaces) as spaces
                from renamed
                group by incident
            )

            select uid, incident, wholes.spaces
            from renamed inner join wholes using (incident)
        """)
        connection.execute("""
            create or replace temp table open_pairs as
            select uid_l, uid_r, place
            from open_pairs
            inner join groups as a on open_pairs.uid_l = a.uid
            inner join groups as b on open_pairs.uid_r = b.uid
            where (a.spaces & b.spaces) = 0
        """)


# Two incidents of several reports are joined only where each report of the one is a scored pair with each of the other.
_NO_CHAINS = """
    having count(*) > 0 and (
        select count(*)
        from pairs
        inner join groups as c on pairs.uid_l = c.uid
        inner join groups as d on pairs.uid_r = d.uid
        where
            pairs.overrule is distinct from 'must_not_link'
            and (
                (c.incident = a.incident and d.incident = b.incident)
                or (c.incident = b.incident and d.incident = a.incident)
            )
    ) = bit_count(any_value(a.spaces)) * bit_count(any_value(b.spaces))
"""


def _find_covered(connection: DuckDBPyConnection) -> None:
    """Pairs of a report that is taken with one that is left over, where the first covers several.

    It does where it leaves open several days, among them that of the other, or where its words name the other's place,
    as long as the tolls together stay within its own. The best comes first; each left-over report is covered once.
    """
    connection.execute(
        """
        create or replace temp table covered as
        with linked as (
            select least(a.uid, b.uid) as uid_l, greatest(a.uid, b.uid) as uid_r
            from groups as a
            inner join groups as b on a.incident = b.incident and a.uid < b.uid
        ),

        told as (
            select uid, id_space, last_day > first_day as has_days, toll, toll_high, name2 is not null as has_places
            from prepared
        ),

        sides as (
            select uid_l as wide, uid_r as narrow from linked
            union all
            select uid_r, uid_l from linked
        ),

        taken as (
            select wide.uid, narrow.id_space as other_space, sum(narrow.toll) as toll
            from sides
            inner join told as wide on sides.wide = wide.uid
            inner join told as narrow on sides.narrow = narrow.uid
            group by all
        ),

        directed as (
            select uid_l as wide, uid_r as narrow, place, match_probability from running
            union all
            select uid_r, uid_l, place, match_probability from running
        ),

        left_over as (
            select
                directed.*,
                narrow.toll as narrow_toll,
                taken.toll as taken_toll,
                greatest(wide.toll_high, wide.toll) as toll_room,
                row_number() over (partition by directed.narrow, wide.id_space order by directed.place) as choice
            from directed
            inner join told as wide on directed.wide = wide.uid
            inner join told as narrow on directed.narrow = narrow.uid
            inner join taken on directed.wide = taken.uid and narrow.id_space = taken.other_space
            inner join pairs
                on
                    least(directed.wide, directed.narrow) = pairs.uid_l
                    and greatest(directed.wide, directed.narrow) = pairs.uid_r
            left join taken as served on directed.narrow = served.uid and wide.id_space = served.other_space
            where
                served.uid is null
                and (
                    pairs.overrule is not distinct from 'must_link'
                    or (
                        directed.match_probability >= """
        + str(COVER_PROBABILITY)
        + """
                        and pairs.day_gap = 0
                        and (
                            wide.has_days
                            or wide.has_places
                            or pairs.place_name_level in ('name_in_text', 'described_place_in_text')
                        )
                    )
                )
        )

        select wide, narrow
        from left_over
        where choice = 1
        qualify
            coalesce(
                coalesce(taken_toll, 0) + sum(coalesce(narrow_toll, 0)) over (
                    partition by wide order by place rows between unbounded preceding and current row
                ) <= toll_room + greatest(1, 0.1 * toll_room),
                true
            )
    """
    )


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
