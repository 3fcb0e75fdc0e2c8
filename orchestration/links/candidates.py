"""Which pairs are looked at: reports of different id spaces, near enough in space and time for what both state.

Pairs come from equal keys (a cell of one degree and a bucket of eight days), so that a million reports never meet a
million. No more than the two reports of a pair decide whether it is a candidate: that is what lets a night redo only
the pairs of the reports that changed.
"""

from duckdb import DuckDBPyConnection

from orchestration.links.prepare import BUCKET_DAYS, CELL_DEGREES, DAYS_APART

KM_PER_DEGREE = 111.2
LONG_DAYS = 14
"""Reports that leave open more days than this are candidates only where a name or the toll speaks for it, too."""

WORST_TOLL = 5
"""Without coordinates, deaths from which an equal toll makes a candidate."""


def find_candidates(connection: DuckDBPyConnection, touched: str | None = None) -> None:
    """Make the table `candidates` (uid_l, uid_r) of the table `prepared`.

    Args:
        connection: holds `prepared`.
        touched: name of a table with a column `uid`; only pairs with one of these on at least one side.
    """
    connection.execute("""
        create or replace temp table sighted as
        select
            uid,
            cast(dense_rank() over (order by id_space) as integer) as space,
            country_code, latitude, longitude, cell_y, cell_x, first_day, last_day, reach_km, x, y, z, name1,
            toll, toll_low, toll_high
        from prepared
    """)
    if touched is None:
        pairs = _pairs("sighted", "sighted")
    else:
        for name, kind in (("touched_reports", "semi"), ("other_reports", "anti")):
            connection.execute(
                f"create or replace temp table {name} as select * from sighted {kind} join {touched} using (uid)"
            )
        pairs = " union all ".join(
            _pairs(left, right)
            for left, right in (
                ("touched_reports", "touched_reports"),
                ("touched_reports", "other_reports"),
                ("other_reports", "touched_reports"),
            )
        )
    connection.execute(f"create or replace temp table near_pairs as {pairs}")
    # Only the few pairs with long spans need the words, which are what is heavy.
    connection.execute(f"""
        create or replace table candidates as
        select uid_l, uid_r from near_pairs where is_sure
        union all
        select uid_l, uid_r
        from near_pairs
        inner join prepared as l on near_pairs.uid_l = l.uid
        inner join prepared as r on near_pairs.uid_r = r.uid
        where not is_sure and {_NAMED}
    """)


_NAMED = """(
    coalesce(l.name1 in (r.name1, r.name2), false)
    or coalesce(contains(r.mentions, l.name1), false)
    or coalesce(contains(l.mentions, r.name1), false)
)"""


def _pairs(left: str, right: str) -> str:
    """Pairs of a left and a right relation with the id space of the left before that of the right.

    The report with the larger reach is laid over all cells that it reaches, the other one lies in its own cell only:
    so every pair within reach is found, and found once. In time both are laid over all their buckets, and the pair
    counts in the first bucket that they share. `is_sure`: nothing else must speak for it.
    """
    return f"""
    select * from ({_pairs_in_cells(left, right, "left")})
    union all
    select * from ({_pairs_in_cells(left, right, "right")})
    union all
    select * from ({_pairs_without_cells(left, right)})
    """


def _pairs_in_cells(left: str, right: str, wide: str) -> str:
    """Pairs of reports with coordinates, where the report on one side reaches at least as far as the other."""
    # A degree of longitude shrinks towards the poles; over the date line nothing is linked.
    reach = {
        "latitude": f"reach_km / {KM_PER_DEGREE}",
        "longitude": f"reach_km / ({KM_PER_DEGREE} * greatest(cos(radians(latitude)), 0.05))",
    }
    spread = {
        name: "unnest(range("
        f"cast(floor(({name} - {degrees}) / {CELL_DEGREES}) as integer), "
        f"cast(floor(({name} + {degrees}) / {CELL_DEGREES}) as integer) + 1))"
        for name, degrees in reach.items()
    }
    across = f"""
        select *, {spread["longitude"]} as at_x
        from (select *, {spread["latitude"]} as at_y from {{relation}} where latitude is not null)
    """
    own = "select *, cell_y as at_y, cell_x as at_x from {relation} where latitude is not null"
    cells = {side: across if side == wide else own for side in ("left", "right")}
    reaches = "l.reach_km >= r.reach_km" if wide == "left" else "l.reach_km < r.reach_km"
    return f"""
    select l.uid as uid_l, r.uid as uid_r, {_is_sure()} as is_sure
    from ({_aimed(_in_buckets(cells["left"].format(relation=left)))}) as l
    inner join ({_in_buckets(cells["right"].format(relation=right))}) as r
        on l.at_y = r.at_y and l.at_x = r.at_x and l.bucket = r.bucket and l.aim = r.space
    where
        {reaches}
        and {_within_days()}
        and (l.x - r.x) * (l.x - r.x) + (l.y - r.y) * (l.y - r.y) + (l.z - r.z) * (l.z - r.z)
            <= greatest(l.reach_km, r.reach_km) * greatest(l.reach_km, r.reach_km)
    """


def _pairs_without_cells(left: str, right: str) -> str:
    """Pairs where a report has no point, or a whole country for it: the name of a place or a large toll must agree."""
    keyed = f"""
        select *, unnest([name1, case when toll >= {WORST_TOLL} then cast(toll as varchar) end]) as agreed
        from {{relation}}
    """
    return f"""
    select distinct l.uid as uid_l, r.uid as uid_r, true as is_sure
    from ({_aimed(_in_buckets(keyed.format(relation=left)))}) as l
    inner join ({_in_buckets(keyed.format(relation=right))}) as r
        on l.country_code = r.country_code and l.agreed = r.agreed and l.bucket = r.bucket and l.aim = r.space
    where
        (l.latitude is null or r.latitude is null)
        and {_within_days()}
        and {_IS_SHORT}
    """


_IS_SHORT = f"(l.last_day - l.first_day <= {LONG_DAYS} and r.last_day - r.first_day <= {LONG_DAYS})"


def _is_sure() -> str:
    return f"""(
        {_IS_SHORT}
        or coalesce(l.toll between r.toll_low and r.toll_high, false)
        or coalesce(r.toll between l.toll_low and l.toll_high, false)
    )"""


def _aimed(relation: str) -> str:
    """Once for each id space behind its own: pairs within one id space never meet."""
    return f"select *, unnest(range(space + 1, (select max(space) + 1 from sighted))) as aim from ({relation})"


def _in_buckets(relation: str) -> str:
    return f"""
        select
            *,
            (first_day - 1) // {BUCKET_DAYS} as first_bucket,
            unnest(range((first_day - 1) // {BUCKET_DAYS}, (last_day + 1) // {BUCKET_DAYS} + 1)) as bucket
        from ({relation})
    """


def _within_days() -> str:
    """Both reports leave open days at most `DAYS_APART` apart; counted in the first bucket that both lie in."""
    return f"""
        l.first_day <= r.last_day + {DAYS_APART}
        and r.first_day <= l.last_day + {DAYS_APART}
        and l.bucket = greatest(l.first_bucket, r.first_bucket)
    """
