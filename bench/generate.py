"""Generate a UCDP-like release of any size for `make bench`: `python -m bench.generate OUT.csv --rows 300000`.

Everything is invented and set-based: DuckDB makes the rows from their numbers, so three million of them take seconds
and little memory, and the same seed gives the same file. Text lengths, shares of dirt and the spread over countries
and years follow what real releases look like; no figure made from such a file means anything.
"""

import argparse
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from scripts.sample import kinds

COUNTRIES = Path(__file__).with_name("countries.csv")
FIRST_ID = 20_000_001
"""Above the ids of UCDP and of the sample."""

PLACES_PER_COUNTRY = 120
MEMORY_LIMIT = "1GB"

OFFICES = ("Synthetic Wire", "Invented Daily", "Agence Synthétique", "Synthetic Monitor of the North")

STATE_BASED_HEADLINES = tuple(
    headline
    for kind in (kinds.ATTACK_ON_SITE, kinds.CLASH, kinds.AMBUSH, kinds.ARMY_OPERATION, kinds.NEAR_SITE, kinds.POLICE)
    for headline in kind.headlines
)
OTHER_HEADLINES = (*kinds.ATTACK_ON_CIVILIANS.headlines, *kinds.COMMUNAL.headlines)
ENDINGS = (
    "",
    ", officials say",
    " as violence spreads",
    "",
    ", residents report days after the event",
    "",
    "",
    ": a summary of what is known so far, with figures that different sources give differently",
)


@dataclass(frozen=True, slots=True)
class Edition:
    """What is generated: how many rows, from which id on, over which days.

    Attributes:
        rows: how many records.
        first_id: id of the first; ids go up by one.
        first_day: first day of the period.
        last_day: last day of it; later days are more frequent in a period of years.
        seed: another seed, another file.
    """

    rows: int
    first_id: int
    first_day: date
    last_day: date
    seed: int


def release(rows: int, seed: int) -> Edition:
    """A yearly release: 1989 to 2023."""
    return Edition(rows, FIRST_ID, date(1989, 1, 1), date(2023, 12, 31), seed)


def candidate_month(rows: int, seed: int, after: Edition) -> Edition:
    """The candidate month after a release, 24.0.1: only new events."""
    return Edition(rows, after.first_id + after.rows, date(2024, 1, 1), date(2024, 1, 31), seed + 1)


def generate(edition: Edition, path: Path, *, threads: int = 2) -> int:
    """Write one file; its size in bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(config={"threads": threads, "memory_limit": MEMORY_LIMIT}) as connection:
        _prepare(connection, edition)
        target = str(path).replace("'", "''")
        connection.execute(
            f"copy ({_ROWS}) to '{target}' (format csv, header, force_quote *)",
            {
                "rows": edition.rows,
                "first_id": edition.first_id,
                "first_day": edition.first_day,
                "places": PLACES_PER_COUNTRY,
                "days": (edition.last_day - edition.first_day).days + 1,
            },
        ).fetchall()
    return path.stat().st_size


def _prepare(connection: duckdb.DuckDBPyConnection, edition: Edition) -> None:
    """Small tables from which rows are put together, and `draw`, a repeatable number from a row and a purpose."""
    connection.execute(_DRAW.format(seed=edition.seed))
    connection.execute(_COUNTRIES, {"file": str(COUNTRIES)})
    connection.execute(_PLACES, {"places": PLACES_PER_COUNTRY})
    connection.execute(
        "create table texts as select $offices as offices, $state as state, $other as other, $ends as ends",
        {
            "offices": list(OFFICES),
            "state": [_as_template(headline) for headline in STATE_BASED_HEADLINES],
            "other": [_as_template(headline) for headline in OTHER_HEADLINES],
            "ends": list(ENDINGS),
        },
    )


def _as_template(headline: str) -> str:
    """Only the place and the number differ from row to row; the other words stay general."""
    words = {"place": "{place}", "n": "{n}", "other": "the border", "country": "Sahel", "demonym": "government"}
    return headline.format(**words, french_name="Sahel", french_demonym="nationale")


_DRAW = """
create macro draw(i, purpose, below) as (hash({seed} * 1000000000000 + i * 64 + purpose) % below)::integer
"""

_COUNTRIES = """
create table countries as
with listed as (
    select
        row_number() over () - 1 as country_number,
        country,
        country_id,
        region,
        latitude,
        longitude,
        spread,
        weight,
        string_split(groups, '|') as groups,
    from read_csv($file, header = true)
)

-- as many rows a country as it has weight: a number drawn among them picks a country
select
    row_number() over (order by country_number) - 1 as ticket,
    listed.* exclude (weight),
from listed, range(weight)
"""

_PLACES = """
create table places as
with numbered as (
    select
        countries.*,
        place,
        country_number * $places + place as place_number,
    from (select distinct on (country_number) * from countries) as countries, range($places) as series (place)
),

named as (
    select
        *,
        upper(['t', 'b', 'k', 'm', 'd', 'g', 's', 'n'][draw(place_number, 1, 8) + 1])
        || ['ani', 'oro', 'ari', 'ube', 'essa', 'inta'][draw(place_number, 2, 6) + 1]
        || ['ko', 'dou', 'ra', 'mbe', 'ssi', 'la', 'gou'][draw(place_number, 3, 7) + 1]
        || ['', '', '', 'ré', 'bala', 'na', 'kani', 'wo'][draw(place_number, 4, 8) + 1] as place_name,
    from numbered
)

select
    place_number,
    place,
    country_number,
    place_name,
    place_name || ['ville', 'ba', ' District', ' Nord'][place % 4 + 1] || ' region' as adm_1,
    place_name || ' district' as adm_2,
    round(latitude + (draw(place_number, 5, 2001) - 1000) / 1000 * spread, 6) as latitude,
    round(longitude + (draw(place_number, 6, 2001) - 1000) / 1000 * spread, 6) as longitude,
from named
order by place_number
"""

_ROWS = r"""
with drawn as (
    select
        i,
        $first_id + i as id,
        draw(i, 10, (select count(*) from countries)) as ticket,
        draw(i, 11, $places) as place,
        draw(i, 12, 100) as type_share,
        draw(i, 13, 2) + 1 as group_number,
        -- the larger of two draws: later days are more frequent, as in the real release
        $first_day + greatest(draw(i, 14, $days), draw(i, 15, $days)) as first_date,
        draw(i, 16, 100) as date_share,
        draw(i, 17, 100) as place_share,
        draw(i, 18, 1000) as source_share,
        draw(i, 19, 1000) as warned_share,
        draw(i, 20, 5000) as faulty_share,
        -- the least of three draws: most events have few deaths
        least(draw(i, 21, 40), draw(i, 22, 40), draw(i, 23, 40)) as deaths_near,
        least(draw(i, 24, 12), draw(i, 25, 12), draw(i, 26, 12)) as deaths_far,
        draw(i, 27, 1000000) as words,
    from range($rows) as series (i)
),

placed as (
    select
        drawn.*,
        countries.country,
        countries.country_id,
        countries.region,
        countries.country_number,
        countries.groups,
        countries.groups[group_number] as group_name,
        places.place_name,
        places.adm_1,
        places.adm_2,
        case when faulty_share = 0 then 0 else places.latitude end as latitude,
        case when faulty_share = 0 then 0 else places.longitude end as longitude,
        case when type_share < 62 then 1 when type_share < 80 then 2 else 3 end as type_of_violence,
        case
            when date_share < 83 then 1
            when date_share < 97 then 2
            when date_share < 98 then 3
            when date_share < 99 or $days < 366 then 4
            else 5
        end as date_prec,
        case
            when place_share < 46 then 1
            when place_share < 66 then 2
            when place_share < 85 then 3
            when place_share < 95 then 4
            when place_share < 99 then 5
            else 6
        end as where_prec,
        case
            when source_share < 750 then 1
            when source_share < 905 then 2
            when source_share < 990 then 3
            else 2 * (source_share - 988)
        end as source_count,
    from drawn
    inner join countries on countries.ticket = drawn.ticket
    inner join places on places.place_number = countries.country_number * $places + drawn.place
),

dated as (
    select
        *,
        year(first_date) as year,
        case date_prec
            when 4 then date_trunc('month', first_date)::date
            when 5 then date_trunc('year', first_date)::date
            else first_date
        end as date_start,
        case date_prec
            when 1 then first_date
            when 2 then least(first_date + 1 + words % 5, make_date(year(first_date), 12, 31))
            when 3 then least(first_date + 6, make_date(year(first_date), 12, 31))
            when 4 then last_day(first_date)
            else make_date(year(first_date), 12, 31)
        end as date_end,
        case when type_of_violence = 1 then 'Government of ' || country else groups[1] end as side_a,
        case type_of_violence when 1 then group_name when 2 then groups[2] else 'Civilians' end as side_b,
        case type_of_violence when 1 then 1 + group_number else 3 end as side_b_number,
        case when type_of_violence = 3 or warned_share between 4 and 5 then 0 else deaths_near end as deaths_b,
        case when type_of_violence = 3 or warned_share between 4 and 5 then 0 else deaths_far end as deaths_a,
        case when type_of_violence = 3 and not warned_share between 4 and 5 then deaths_near + 1 else 0 end
            as deaths_civilians,
        case when type_of_violence < 3 and not warned_share between 4 and 5 then 1 else 0 end as deaths_unknown,
    from placed
),

told as (
    select
        dated.*,
        deaths_a + deaths_b + deaths_civilians + deaths_unknown as best,
        strftime(first_date + 1 + words % 3, '%Y-%m-%d') as told_on,
        strftime(first_date + 2 + words % 7, '%Y-%m-%d') as told_later,
        offices[words % 4 + 1] as office,
        offices[(words // 4) % 4 + 1] as other_office,
        replace(
            replace(
                case
                    when type_of_violence = 1 then state[words % len(state) + 1]
                    else other[words % len(other) + 1]
                end,
                '{place}',
                place_name
            ),
            '{n}',
            (2 + deaths_near)::varchar
        )
        || ends[(words // 100) % len(ends) + 1] as headline,
        country || ': ' || strftime(first_date, '%B %Y') || ends[(words // 700) % len(ends) + 1]
        || case when words % 37 = 0 then e'\n\nUpdated' else '' end as other_headline,
    from dated, texts
),

sourced as (
    select
        *,
        case source_count
            when 1 then office
            when 2 then office || ';' || other_office
            else office || ';' || other_office || repeat(';' || office, source_count - 2)
        end as source_office,
        case source_count
            when 1 then told_on
            when 2 then told_on || ';' || told_later
            else told_on || ';' || told_later || repeat(';' || told_on, source_count - 2)
        end as source_date,
        case source_count
            when 1 then headline
            when 2 then headline || ';' || other_headline
            else headline || ';' || other_headline || repeat(';' || headline, source_count - 2)
        end as source_headline,
        '"' || office || ',' || told_on || ',' || headline || '"' as article,
        '"' || other_office || ',' || told_later || ',' || other_headline || '"' as other_article,
    from told
)

select
    case when faulty_share = 5 then '' else id::varchar end as id,
    concat_ws('-', upper(country[:3]), year, type_of_violence, 10000 + country_number, id) as relid,
    year,
    (type_share % 7 > 0)::integer as active_year,
    case when warned_share between 6 and 7 then 'Check deaths' else 'Clear' end as code_status,
    case when faulty_share = 1 then '9' else type_of_violence::varchar end as type_of_violence,
    10000 + 10 * country_number + type_of_violence as conflict_dset_id,
    10000 + 10 * country_number + type_of_violence as conflict_new_id,
    case when type_of_violence = 1 then country || ': Government' else side_a || ' - ' || side_b end as conflict_name,
    20000 + 10 * country_number + 3 * group_number + type_of_violence as dyad_dset_id,
    20000 + 10 * country_number + 3 * group_number + type_of_violence as dyad_new_id,
    side_a || ' - ' || side_b as dyad_name,
    10 * country_number + least(type_of_violence, 2) as side_a_dset_id,  -- 1 the state, 2 and 3 its groups
    10 * country_number + least(type_of_violence, 2) as side_a_new_id,
    side_a,
    case when type_of_violence = 3 then 9999 else 10 * country_number + side_b_number end as side_b_dset_id,
    case when type_of_violence = 3 then 1 else 10 * country_number + side_b_number end as side_b_new_id,
    side_b,
    case when warned_share between 2 and 3 then -1 else source_count end as number_of_sources,
    case source_count
        when 1 then article
        when 2 then article || ';' || other_article
        else article || ';' || other_article || repeat(';' || article, source_count - 2)
    end as source_article,
    source_office,
    source_date,
    source_headline,
    case when words % 22 = 0 then '' else 'synthetic benchmark' end as source_original,
    where_prec,
    case
        when where_prec = 6 then country
        when where_prec = 4 then adm_1
        when where_prec = 3 then adm_2
        else place_name || ' town'
    end as where_coordinates,
    case
        when words % 40 = 0 then ''
        when words % 25 = 0 then place_name || e' area\n\non the road to the next town of ' || adm_1
        when words % 3 = 0 then place_name || ', ' || adm_2
        else 'area of ' || place_name || ', ' || adm_1
    end as where_description,
    case when where_prec = 6 then '' else adm_1 end as adm_1,
    case when where_prec in (4, 6) then '' else adm_2 end as adm_2,
    printf('%.6f', latitude) as latitude,
    printf('%.6f', longitude) as longitude,
    'POINT (' || longitude::varchar || ' ' || latitude::varchar || ')' as geom_wkt,
    floor((latitude + 90) * 2)::bigint * 720 + floor((longitude + 180) * 2)::bigint + 1 + (warned_share = 8)::integer
        as priogrid_gid,
    country,
    country_id,
    region,
    1 + (words % 11 = 0)::integer as event_clarity,
    date_prec,
    strftime(date_start, '%Y-%m-%d 00:00:00.000') as date_start,
    strftime(case when faulty_share = 2 then date_start - 10 else date_end end, '%Y-%m-%d 00:00:00.000') as date_end,
    deaths_a,
    case when faulty_share = 3 then 'n/a' else deaths_b::varchar end as deaths_b,
    deaths_civilians,
    deaths_unknown,
    best,
    case when warned_share < 2 then greatest(best - 1, 0) else best + words % 4 end as high,
    best - least(best, words % 3) as low,
    case when type_of_violence = 1 then country_id::varchar else '' end as gwnoa,
    '' as gwnob,
from sourced
"""


def main() -> None:
    """Generate a release and, where it is asked for, the candidate month that follows it."""
    parser = argparse.ArgumentParser(description="Generate UCDP-like files for the benchmark.")
    parser.add_argument("out", type=Path, help="the release to write, named like GEDEvent_v24_1.csv")
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--delta", type=Path, help="a candidate month to write too, named like GEDEvent_v24_0_1.csv")
    parser.add_argument("--delta-rows", type=int, default=10_000)
    asked = parser.parse_args()
    yearly = release(asked.rows, asked.seed)
    _report(asked.out, generate(yearly, asked.out), asked.rows)
    if asked.delta:
        month = candidate_month(asked.delta_rows, asked.seed, yearly)
        _report(asked.delta, generate(month, asked.delta), asked.delta_rows)


def _report(path: Path, size: int, rows: int) -> None:
    sys.stdout.write(f"{path}: {rows:,} rows, {size:,} bytes, {size / max(rows, 1):.0f} a row\n")


if __name__ == "__main__":
    main()
