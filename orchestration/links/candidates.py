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
    """Make the table `candidates` (left uid, right uid) of the table `prepared`.

    Args:
        connection: holds `prepared`.
        touched: name of a table with a column `uid`; only pairs with one of these on at least one side.
    """
    if touched is None:
        connection.execute(f"create or replace table candidates as {_all_pairs('prepared', 'prepared')}")
        return
    connection.execute(f"create or replace temp table touched_reports as from prepared semi join {touched} using (uid)")
    connection.execute(f"create or replace temp table other_reports as from prepared anti join {touched} using (uid)")
    connection.execute(
        "create or replace table candidates as "
        f"{_all_pairs('touched_reports', 'touched_reports')} union all "
        f"{_all_pairs('touched_reports', 'other_reports')} union all "
        f"{_all_pairs('other_reports', 'touched_reports')}"
    )


def _all_pairs(left: str, right: str) -> str:
    """Pairs of a left and a right relation with left uid < right uid.

    The report with the larger reach is laid over all cells that it reaches, the other one lies in its own cell only:
    so every pair within reach is found, and found once. In time both are laid over all their buckets, and the pair
    counts in the first bucket that they share.
    """
    return f"""
    select * from ({_pairs_in_cells(left, right, "left")})
    union all
    select * from ({_pairs_in_cells(left, right, "right")})
    union all
    select * from ({_pairs_without_cells(left, right)})
    """


_COLUMNS = (
    "uid, id_space, country_code, first_day, last_day, days_around, reach_km, x, y, z, name1, name2, described1, "
    "described2, mentions, admin1, admin2, toll, toll_low, toll_high"
)
_NAMED = """(
        l.name1 in (r.name1, r.name2) or l.name2 in (r.name1, r.name2)
        or contains(r.mentions, l.name1) or contains(l.mentions, r.name1)
    )"""
_IS_SHORT = f"(l.last_day - l.first_day <= {LONG_DAYS} and r.last_day - r.first_day <= {LONG_DAYS})"


def _pairs_in_cells(left: str, right: str, wide: str) -> str:
    """Pairs of reports with coordinates, where the report on one side reaches at least as far as the other."""
    in_cells = f"""
        select *, unnest(range(
            cast(floor((latitude - reach_km / {KM_PER_DEGREE}) / {CELL_DEGREES}) as integer),
            cast(floor((latitude + reach_km / {KM_PER_DEGREE}) / {CELL_DEGREES}) as integer) + 1
        )) as at_y
        from {{relation}} where latitude is not null
    """
    # A degree of longitude shrinks towards the poles; over the date line nothing is linked.
    across = f"""
        select *, unnest(range(
            cast(floor((longitude - reach_km / ({KM_PER_DEGREE} * greatest(cos(radians(latitude)), 0.05)))
                / {CELL_DEGREES}) as integer),
            cast(floor((longitude + reach_km / ({KM_PER_DEGREE} * greatest(cos(radians(latitude)), 0.05)))
                / {CELL_DEGREES}) as integer) + 1
        )) as at_x
        from ({in_cells})
    """
    own = "select *, cell_y as at_y, cell_x as at_x from {relation} where latitude is not null"
    spread = {side: across if side == wide else own for side in ("left", "right")}
    reaches = "l.reach_km >= r.reach_km" if wide == "left" else "l.reach_km < r.reach_km"
    return f"""
    select l.uid as uid_l, r.uid as uid_r
    from ({_in_buckets(spread["left"].format(relation=left))}) as l
    inner join ({_in_buckets(spread["right"].format(relation=right))}) as r
        on l.at_y = r.at_y and l.at_x = r.at_x and l.bucket = r.bucket
    where
        l.uid < r.uid
        and l.id_space <> r.id_space
        and {reaches}
        and {_within_days()}
        and (l.x - r.x) * (l.x - r.x) + (l.y - r.y) * (l.y - r.y) + (l.z - r.z) * (l.z - r.z)
            <= greatest(l.reach_km, r.reach_km) * greatest(l.reach_km, r.reach_km)
        and ({_IS_SHORT} or l.toll between r.toll_low and r.toll_high or r.toll between l.toll_low and l.toll_high
            or {_NAMED})
    """


def _pairs_without_cells(left: str, right: str) -> str:
    """Pairs where a report has no point, or a whole country for it: the name of a place or a large toll must agree."""
    keyed = """
        select *, unnest([name1, case when toll >= {worst} then cast(toll as varchar) end]) as agreed
        from {relation}
    """
    left_keys, right_keys = (keyed.format(relation=relation, worst=WORST_TOLL) for relation in (left, right))
    return f"""
    select distinct l.uid as uid_l, r.uid as uid_r
    from ({_in_buckets(left_keys)}) as l
    inner join ({_in_buckets(right_keys)}) as r
        on l.country_code = r.country_code and l.agreed = r.agreed and l.bucket = r.bucket
    where
        l.uid < r.uid
        and l.id_space <> r.id_space
        and (l.latitude is null or r.latitude is null)
        and {_within_days()}
        and {_IS_SHORT}
    """


def _in_buckets(relation: str) -> str:
    bucket = f"// {BUCKET_DAYS}"
    return f"""
        select
            *,
            (first_day - 1) {bucket} as first_bucket,
            unnest(range((first_day - 1) {bucket}, (last_day + 1) {bucket} + 1)) as bucket
        from ({relation})
    """


def _within_days() -> str:
    """Both reports leave open days at most `DAYS_APART` apart; counted in the first bucket that both lie in."""
    return f"""
        l.first_day <= r.last_day + {DAYS_APART}
        and r.first_day <= l.last_day + {DAYS_APART}
        and l.bucket = greatest(l.first_bucket, r.first_bucket)
    """
