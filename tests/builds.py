"""Small build files made by hand: the marts as dbt leaves them, in a few hundred invented rows."""

from pathlib import Path

import duckdb

from orchestration.audit import AuditReport

REPORTS = """
create table marts.fct_reports as
with

numbers as (

    select
        range as number,
        2020 + (range % 4)::integer as occurred_year,
        ['MLI', 'BFA', 'NER'][1 + (range // 4 % 3)::integer] as country_code,
    from range(1200)

)

select
    md5('version' || number) as report_version_id,
    md5('ucdp:' || number) as report_id,
    'ucdp' as id_space,
    case when occurred_year = 2023 then 'ucdp_candidate' else 'ucdp_ged' end as feed,
    number::varchar as source_event_id,
    case when occurred_year = 2023 then 'batch-2' else 'batch-1' end as batch_id,
    number as record_number,
    ['state_based', 'non_state', 'one_sided'][1 + (number % 3)::integer] as violence_type,
    'Attack ''number'' ' || number as headline,
    country_code,
    case country_code when 'MLI' then 'Mali' when 'BFA' then 'Burkina Faso' else 'Niger' end as country_name,
    case when number % 3 = 0 then 'exact' else 'near' end as place_precision,
    14.0 + number / 1000 as latitude,
    -2.0 + number / 1000 as longitude,
    make_date(occurred_year, 1, 1) + (number % 360)::integer as occurred_date,
    case when number % 5 = 0 then 'week' else 'day' end as date_precision,
    occurred_year,
    (number % 7 + 1)::integer as fatality_count_best,
    (number % 7)::integer as fatality_count_low,
    (number % 7 + 3)::integer as fatality_count_high,
    getvariable('is_synthetic') as is_synthetic,
from numbers
"""

MARTS = """
create table marts.fct_incidents as
select
    md5('incident' || report_id) as incident_id,
    report_version_id,
    report_id,
    feed,
    feed as date_feed,
    feed as place_feed,
    feed as toll_feed,
    country_code,
    occurred_date,
    occurred_year,
    fatality_count_low,
    fatality_count_best,
    fatality_count_high,
from marts.fct_reports;

create table marts.fct_attacks as
select
    incident_id,
    report_id,
    'attack_on_military_position.broad' as definition_id,
    1 as definition_version,
    'the family against the military' as inclusion_reason,
    country_code,
    occurred_date,
    occurred_year,
    fatality_count_low,
    fatality_count_best,
    fatality_count_high,
from marts.fct_incidents
where fatality_count_best > 2;

create table marts.fct_report_changes as
select
    md5(report_version_id || '|new') as report_change_id,
    report_version_id,
    report_id,
    batch_id,
    feed,
    'new' as change_type,
    country_code,
    occurred_year,
    timestamp '2023-12-01 02:00:00' as changed_at,
from marts.fct_reports;

create table marts.agg_attacks_by_year as
select
    definition_id,
    definition_version,
    'linked' as counting_basis,
    'all' as attacker_family,
    country_code,
    occurred_year as year,
    count(*) as attack_count,
    lag(count(*)) over (partition by definition_id, country_code order by occurred_year) as attack_count_year_before,
    0.0::double as yoy_change_pct,
    sum(fatality_count_low)::bigint as fatality_count_low,
    sum(fatality_count_best)::bigint as fatality_count_best,
    sum(fatality_count_high)::bigint as fatality_count_high,
from marts.fct_attacks
group by definition_id, definition_version, country_code, occurred_year;

create table marts.agg_incidents_by_country_month as
select country_code, date_trunc('month', occurred_date)::date as month_start_date, count(*) as incident_count,
from marts.fct_incidents
group by all;

create table marts.fct_feed_batches as
select
    batch_id,
    feed,
    'landed' as status,
    true as is_used,
    getvariable('is_synthetic') as is_synthetic,
    'CC BY 4.0' as licence,
    case feed when 'ucdp_ged' then 'Sundberg & Melander (2013)' else 'Hegre et al. (2020)' end as citation,
    min(occurred_date) as covers_from_date,
    max(occurred_date) as covers_until_date,
    timestamp '2023-12-01 02:00:00' as fetched_at,
    count(*) + 2 as read_record_count,
    count(*) as landed_record_count,
    2::bigint as quarantined_record_count,
    0::bigint as duplicate_record_count,
    count(*) as new_report_count,
    0::bigint as withdrawn_report_count,
from marts.fct_reports
group by batch_id, feed;

create table marts.dim_feeds as
select distinct feed, feed as title, licence, citation from marts.fct_feed_batches;

create table marts.dim_dates as
select distinct occurred_date as calendar_date from marts.fct_reports;

create table marts.dim_definitions as
select 'attack_on_military_position.broad' as definition_id, 1 as definition_version, 'Broad' as title;

create table marts.quarantined_records as
select feed, batch_id, 7::bigint as record_number, 'best above high' as reason, null::integer as occurred_year,
from marts.fct_feed_batches;

comment on table marts.fct_reports is 'One row a report; the newest version that was not withdrawn.';
comment on column marts.fct_reports.headline is 'The headline, as the feed''s source has it.';
create schema staging;
create table staging.stg_secret as select 1 as never_published;
"""


def make_build(build_file: Path, *, is_synthetic: bool = False) -> Path:
    """A build file of 1,200 reports in three countries and four years, from two feeds."""
    build_file.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(build_file)) as connection:
        connection.execute(f"set variable is_synthetic = {str(is_synthetic).lower()}")
        connection.execute("create schema marts")
        connection.execute(REPORTS)
        connection.execute(MARTS)
    return build_file


def change(build_file: Path, *statements: str) -> None:
    """Change the marts, as a night's run or a broken model would."""
    with duckdb.connect(str(build_file)) as connection:
        for statement in statements:
            connection.execute(statement)


def rows(database: Path, query: str) -> list[tuple[object, ...]]:
    """What a reader gets."""
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(query).fetchall()


def passed(folder: Path) -> AuditReport:
    """A verdict that lets a release out, with a page of Data Docs."""
    docs = folder / "data_docs"
    docs.mkdir(parents=True, exist_ok=True)
    (docs / "index.html").write_text("<h1>Audit passed</h1>", encoding="utf-8")
    return AuditReport(results=(), data_docs=docs / "index.html")
