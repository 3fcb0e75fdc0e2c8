"""What the comparisons need to know of each report: one row a report, from its own words alone. No pairs here.

Only two columns depend on other reports: how common a place name is, and how crowded the report's surroundings are.
Both are coarse classes, so that a night's news changes them for few reports.
"""

from duckdb import DuckDBPyConnection

COLUMNS = {
    "report_id": "varchar",
    "id_space": "varchar",
    "source_event_id": "varchar",
    "country_code": "varchar",
    "occurred_date": "date",
    "occurred_until_date": "date",
    "date_precision": "varchar",
    "latitude": "double",
    "longitude": "double",
    "place_precision": "varchar",
    "place_name": "varchar",
    "admin1_name": "varchar",
    "admin2_name": "varchar",
    "violence_type": "varchar",
    "event_type": "varchar",
    "side_a_name": "varchar",
    "side_b_name": "varchar",
    "side_a_family": "varchar",
    "side_b_family": "varchar",
    "associated_actor_names": "varchar",
    "fatality_count_best": "integer",
    "fatality_count_low": "integer",
    "fatality_count_high": "integer",
    "headline": "varchar",
    "place_description": "varchar",
}
"""The columns of a report that linking reads, with their DuckDB types. All but the ids, the date and the id space may
be null."""

DAYS_AROUND = {"days": 5, "week": 7, "month": 31, "year": 366}
"""How far the true day may lie from a single day that is stated with less than day precision (ACLED's time_precision).
A report that states a span itself has said it already."""

CELL_DEGREES = 1.0
BUCKET_DAYS = 8
DAYS_APART = 2
"""True pairs lie at most this many days apart, beyond what both reports' own dates leave open."""

REACH_KM = {"exact": 50, "near": 60, "linear_or_fuzzy": 90, "admin2": 90, "admin1": 150, "sea_or_air": 150}
"""How far a candidate may lie, by the less precise of the two places. In Mali 95 % of true pairs lie within 35 km."""
REACH_UNSTATED_KM = 75

CROWDED = 64
"""Reports of other feeds in one cell and bucket above which the reach is halved; halved again at four times as many."""

DESCRIBED_PLACES = 4
"""How many places of a description are compared with the other report's text."""

TEXT_LENGTH = 3000
"""Characters of a text that are read: a summary of a month names every place of a country."""

# Written differently for one sound. French writes ou where English writes u or w, dj for j, ph for f.
_SOUNDS = (
    ("timbuktu", "tombouctou"), ("tombuktu", "tombouctou"),
    ("ou", "u"), ("oo", "u"), ("w", "u"), ("dj", "j"), ("dg", "j"), ("gue", "ge"), ("gui", "gi"), ("gh", "g"),
    ("ck", "k"), ("qu", "k"), ("ch", "x"), ("sh", "x"), ("c", "k"), ("q", "k"), ("ph", "f"), ("x", "ch"), ("kh", "k"),
    ("y", "i"), ("bb", "b"), ("dd", "d"), ("ff", "f"), ("gg", "g"), ("kk", "k"), ("ll", "l"), ("mm", "m"), ("nn", "n"),
    ("pp", "p"), ("rr", "r"), ("ss", "s"), ("tt", "t"), ("ii", "i"), ("uu", "u"), ("aa", "a"), ("ee", "e"),
)  # fmt: skip

_KINDS_OF_PLACE = (
    "town|village|city|commune|cercle|circle|region|province|department|departement|district|division|county|state|"
    "governorate|prefecture|municipality|locality|area|sector|section|zone|camp|base|airport|airbase|forest|"
    "mountains?|mount|hills?|dunes|desert|wetland|river|lake|valley|plateau|island|mine|well|wells|market|road|route|"
    "axis|border|between|near|around|the|of|and|de|du|des|la|le|les|et|entre|ville|foret|quartier|neighbou?rhood|suburb|"
    "military|refugee|north|south|east|west|northern|southern|eastern|western|central|nord|sud|est|ouest|not|far|from|"
    "to|towards|vers|a|an|on|at|by|with|km|kilomet(er|re)s?|miles?|outside|outskirts|vicinity|proche|pres|dans|halfway|"
    "localite|localities|villages|communes|rural|urban|rurale|cercles|areas"
)
_AREAS = "cercle|circle|region|province|department|departement|district|governorate|prefecture|county|state"

WORDS = ("words_digest", "mentions", *(f"described{number}" for number in range(1, DESCRIBED_PLACES + 1)))
"""The columns of a prepared report that its texts alone decide."""

_WORDS_DIGEST = "hash(coalesce(headline, ''), coalesce(place_description, ''))"

PARTIES = {
    "al_qaeda_affiliated": 1,
    "islamic_state_affiliated": 2,
    "state_forces": 4,
    "communal_militia": 8,
    # UCDP puts French and UN forces on the side of the government that they help; ACLED names them.
    "foreign_and_un_forces": 4,
    "civilians": 32,
    "unidentified": 64,
    "other": 128,
}
"""A bit for each family of actors that feeds tell apart; a report's `parties` holds those of both sides."""

_PARTY_BY_NAME = {
    "^civilian": "civilians",
    "^(protesters|rioters|journalist|health worker|labou?r)": "civilians",
    "^(unidentified|unknown|xxx)": "unidentified",
    "(jnim|al.?qaeda|aqim|ansar ?d|ansaroul|support of islam|katiba|mujao|murabit)": "al_qaeda_affiliated",
    "(islamic state|^isgs?$|^issp|^iswap?$)": "islamic_state_affiliated",
    "^(operation|minusma|g5|un |united nations|mission|wagner|africa corps)": "foreign_and_un_forces",
    "^(military|police|government|gendarm|private security)": "state_forces",
    "(militia|dozo|dan na amb|self.?defen|gatia|msa|vdp|volunteers|hunters)": "communal_militia",
}
"""The family of an actor that `dim_actors` does not resolve, by the words that feeds use; first match wins."""


def define_macros(connection: DuckDBPyConnection) -> None:
    """The functions of text that preparing needs, as temporary macros."""
    folded = "s"
    for written, sound in _SOUNDS:
        folded = f"replace({folded}, '{written}', '{sound}')"
    connection.execute(
        "create or replace temp macro plain(s) as regexp_replace(regexp_replace(lower(strip_accents(s)), "
        "'[''’`´ʼ]', '', 'g'), '[^a-z0-9/]+', ' ', 'g')"
    )
    connection.execute(f"create or replace temp macro folded(s) as {folded}")
    # Names with the words that say what kind of place they are cut out, and `/` in their stead.
    cut = (
        "regexp_replace(regexp_replace(' ' || replace(s, '/', ' / ') || ' ', ' +', ' ', 'g'), "
        f"' (({_KINDS_OF_PLACE}) )+', ' / ', 'g')"
    )
    connection.execute(
        f"create or replace temp macro without_kinds(s) as trim(regexp_replace({cut}, '[ /]*/[ /]*', '/', 'g'), ' /')"
    )


def prepare(connection: DuckDBPyConnection, reports: str, known: str | None = None) -> None:
    """Make the table `prepared` of a relation with the columns of a report.

    Args:
        connection: where the tables are made.
        reports: name of a table or view with `COLUMNS`.
        known: relation with the words of reports as an earlier run worked them out: report_id and `WORDS`.
    """
    define_macros(connection)
    connection.execute(f"create or replace temp table place_names as {_place_names(reports)}")
    connection.execute(f"create or replace temp table party_names as {_party_names(reports)}")
    connection.execute(f"create or replace temp table facts as {_facts(reports)}")
    # Texts are long: they are read once, and written once.
    if known is None:
        connection.execute(f"create or replace table prepared as {_with_words(reports)}")
        return
    connection.execute(f"""
        create or replace temp view reworded as
        select reports.* from {reports} as reports
        anti join {known} as known
            on reports.report_id = known.report_id and {_WORDS_DIGEST} = known.words_digest
    """)
    connection.execute(f"""
        create or replace table prepared as
        {_with_words("reworded")}
        union all by name
        select facts.*, {", ".join(f"known.{name}" for name in WORDS)}
        from facts
        inner join {reports} as reports using (report_id)
        inner join {known} as known
            on facts.report_id = known.report_id and {_WORDS_DIGEST} = known.words_digest
    """)


def _place_names(reports: str) -> str:
    """Distinct names of places and divisions, folded: each is worked out once, not once a report."""
    return f"""
    with written as (
        select distinct place_name as name from {reports} where place_name is not null
        union
        select distinct admin1_name from {reports} where admin1_name is not null
        union
        select distinct admin2_name from {reports} where admin2_name is not null
    ),

    parted as (
        select
            name,
            regexp_matches(plain(name), '(^| )({_AREAS})( |$)') as is_area,
            string_split(without_kinds(plain(regexp_replace(name, '[,;()–]| - ', '/', 'g'))), '/') as parts
        from written
    )

    select
        name,
        is_area,
        case when length(parts[1]) > 2 then '|' || replace(folded(parts[1]), ' ', '') || '|' end as key1,
        case when length(parts[2]) > 2 then '|' || replace(folded(parts[2]), ' ', '') || '|' end as key2
    from parted
    """


def _party_names(reports: str) -> str:
    family = " ".join(f"when family = '{family}' then {bit}" for family, bit in PARTIES.items() if family != "other")
    by_name = " ".join(
        f"when regexp_matches(lower(name), '{words}') then {PARTIES[family]}"
        for words, family in _PARTY_BY_NAME.items()
    )
    return f"""
    with named as (
        select distinct side_a_name as name, side_a_family as family from {reports} where side_a_name is not null
        union
        select distinct side_b_name, side_b_family from {reports} where side_b_name is not null
    )

    select name, family, case {family} {by_name} else {PARTIES["other"]} end as party
    from named
    """


def _facts(reports: str) -> str:
    """All but the words: when, where, how many, who."""
    around = " ".join(f"when '{word}' then {days}" for word, days in DAYS_AROUND.items())
    reach = " ".join(f"when '{word}' then {km}" for word, km in REACH_KM.items())
    vague = "('admin1', 'admin2', 'country', 'sea_or_air')"
    return f"""
    with told as (
        select
            row_number() over (order by id_space, report_id) as uid,
            report_id,
            id_space,
            source_event_id,
            coalesce(country_code, '') as country_code,
            occurred_date,
            coalesce(occurred_until_date, occurred_date) as occurred_until_date,
            case
                when occurred_until_date > occurred_date then 0
                else coalesce(case date_precision {around} end, 0)
            end as days_around,
            place_precision,
            place_name,
            admin1_name,
            admin2_name,
            case when place_precision = 'country' or longitude is null then null else latitude end as latitude,
            case when place_precision = 'country' or latitude is null then null else longitude end as longitude,
            coalesce(case place_precision {reach} end, {REACH_UNSTATED_KM}) as stated_reach_km,
            violence_type,
            event_type,
            side_a_name, side_a_family, side_b_name, side_b_family,
            fatality_count_best as toll,
            least(fatality_count_best, fatality_count_low, fatality_count_high) as toll_low,
            greatest(fatality_count_best, fatality_count_low, fatality_count_high) as toll_high
        from {reports}
    ),

    placed as (
        select
            told.* exclude (
                side_a_name, side_a_family, side_b_name, side_b_family, admin1_name, admin2_name, place_name
            ),
            case when place.is_area or place_precision in {vague} then null else place.key1 end as name1,
            case when place.is_area or place_precision in {vague} then null else place.key2 end as name2,
            admin1.key1 as admin1,
            admin2.key1 as admin2,
            coalesce(side_a.party, 0) | coalesce(side_b.party, 0) as parties,
            cast(floor(latitude / {CELL_DEGREES}) as integer) as cell_y,
            cast(floor(longitude / {CELL_DEGREES}) as integer) as cell_x,
            cast((occurred_date - date '1900-01-01') - days_around as integer) as first_day,
            cast((occurred_until_date - date '1900-01-01') + days_around as integer) as last_day
        from told
        left join place_names as place on told.place_name = place.name
        left join place_names as admin1 on told.admin1_name = admin1.name
        left join place_names as admin2 on told.admin2_name = admin2.name
        left join party_names as side_a
            on told.side_a_name = side_a.name and told.side_a_family is not distinct from side_a.family
        left join party_names as side_b
            on told.side_b_name = side_b.name and told.side_b_family is not distinct from side_b.family
    ),

    crowds as (
        select cell_y, cell_x, first_day // {BUCKET_DAYS} as bucket, count(*) as reports
        from placed
        where cell_y is not null
        group by cell_y, cell_x, first_day // {BUCKET_DAYS}
    ),

    commonness as (
        select country_code, name1, count(*) as reports, sum(count(*)) over (partition by country_code) as of_all
        from placed
        group by country_code, name1
    )

    select
        placed.*,
        cast(stated_reach_km * case
            when crowds.reports <= {CROWDED} then 1
            when crowds.reports <= {4 * CROWDED} then 0.5
            when crowds.reports <= {16 * CROWDED} then 0.25
            else 0.125
        end as double) as reach_km,
        coalesce(commonness.reports >= 20 and commonness.reports >= 0.005 * commonness.of_all, false) as is_common_name,
        6371 * cos(radians(latitude)) * cos(radians(longitude)) as x,
        6371 * cos(radians(latitude)) * sin(radians(longitude)) as y,
        6371 * sin(radians(latitude)) as z
    from placed
    left join crowds
        on
            placed.cell_y = crowds.cell_y
            and placed.cell_x = crowds.cell_x
            and placed.first_day // {BUCKET_DAYS} = crowds.bucket
    left join commonness on placed.country_code = commonness.country_code and placed.name1 = commonness.name1
    """


def _with_words(reports: str) -> str:
    """The facts, and the words of the report: places that its text names, those of its description by themselves."""
    capitals = r"#?\p{Lu}[\p{L}''’]+(?:[ -]\p{Lu}[\p{L}''’]+){0,2}"
    described = ", ".join(
        f"case when length(described[{number}]) > 3 then '|' || described[{number}] || '|' end as described{number}"
        for number in range(1, DESCRIBED_PLACES + 1)
    )
    return f"""
    with worded as (
        select
            facts.*,
            {_WORDS_DIGEST} as words_digest,
            folded(plain(
                array_to_string(regexp_extract_all(left(headline, {TEXT_LENGTH}), '{capitals}'), '/')
            )) as told,
            folded(without_kinds(plain(
                regexp_replace(left(place_description, {TEXT_LENGTH}), '[,;().–\n]| - ', '/', 'g')
            ))) as described
        from {reports} as reports inner join facts using (report_id)
    )

    select
        * exclude (told, described, runs),
        '|' || coalesce(replace(replace(told, '/', '|'), ' ', '|') || '|', '')
        || coalesce(replace(replace(runs, '/', '|'), ' ', '|') || '|', '')
        || coalesce(replace(replace(told, ' ', ''), '/', '|') || '|', '')
        || coalesce(replace(replace(runs, ' ', ''), '/', '|') || '|', '') as mentions,
        {described}
    from (select * replace (string_split(replace(described, ' ', ''), '/') as described), described as runs from worded)
    """
