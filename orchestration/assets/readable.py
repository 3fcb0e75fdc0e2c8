"""Tables that a person wants to read beside an asset in the UI, of marts whose first rows would not tell.

The preview of every other mart is made where the warehouse is (`assets.warehouse`).
"""

from typing import Any

import dagster as dg
import duckdb

from orchestration.assets.common import table


def _in_a_line(report: str) -> str:
    return f"""concat_ws(', ', {report}.feed || ' ' || {report}.source_event_id, {report}.occurred_date,
            {report}.place_name, {report}.fatality_count_best || ' dead', left({report}.headline, 120))"""


READABLE = {
    "int_report_links": {
        "by_pair_of_feeds": """
        select
            id_space_left as "left",
            id_space_right as "right",
            count(*) as pairs,
            count(*) filter (where is_linked) as linked,
            count(*) filter (where decision = 'below_threshold') as "below the threshold",
            count(*) filter (where decision = 'outcompeted') as outcompeted,
            count(*) filter (where starts_with(decision, 'must')) as "decided by reviewers"
        from intermediate.int_report_links
        group by id_space_left, id_space_right
        order by id_space_left, id_space_right
        """,
        "least_certain": f"""
        select
            match_probability as probability,
            replace(decision, '_', ' ') as decision,
            distance_km as km,
            day_gap as days,
            {_in_a_line("one")} as "one report",
            {_in_a_line("other")} as "other report"
        from intermediate.int_report_links as links
        inner join intermediate.int_reports__linkable as one on links.report_id_left = one.report_id
        inner join intermediate.int_reports__linkable as other on links.report_id_right = other.report_id
        where decision in ('linked', 'below_threshold')
        order by abs(match_probability - 0.5), report_id_left, report_id_right
        limit 20
        """,
    },
    "agg_claims_compared": {
        "claims": """
        select
            source,
            case
                when month(period_from_date) = 1 and day(period_from_date) = 1
                    and month(period_until_date) = 12 and day(period_until_date) = 31
                    and year(period_from_date) = year(period_until_date)
                    then year(period_from_date)::varchar
                else period_from_date || ' – ' || period_until_date
            end || case when is_partial_period then '*' else '' end as period,
            coalesce(country_codes, region_name) as "where",
            counted as what,
            claim_label as claim,
            our_label as ours,
            counting_basis as basis,
            replace(verdict, '_', ' ') as verdict,
            explanation as why
        from marts.agg_claims_compared as compared
        where
            counting_basis is not distinct from 'linked'
            or not exists (
                select 1 from marts.agg_claims_compared as linked
                where linked.claim_id = compared.claim_id and linked.counting_basis = 'linked'
            )
        order by source, period_from_date, claim_id, counting_basis
        limit 200
        """,
    },
    "agg_attacks_by_year_overall": {
        "attacks": """
        select
            definition_id as definition,
            max(case when counting_basis = 'linked' then year_label end) as "year",
            max(case when counting_basis = 'linked' then count_label end) as attacks,
            max(case when counting_basis = 'linked' then change_label end) as increase,
            max(case when counting_basis = 'largest_feed' then count_label end) as "largest feed",
            max(case when counting_basis = 'sum_of_feeds' then count_label end) as "sum of feeds",
            string_agg(
                replace(counting_basis, 'feed:', '') || ' ' || count_label, ', ' order by counting_basis
            ) filter (where counting_basis like 'feed:%' and attack_count > 0) as "each feed",
            max(case when counting_basis = 'linked' then coverage_until_date end) as "covered until"
        from marts.agg_attacks_by_year_overall
        where attacker_family = 'all'
        group by definition_id, agg_attacks_by_year_overall.year
        having max(attack_count) > 0
        order by definition_id, agg_attacks_by_year_overall.year
        """,
    },
    "fct_coordinated_sets": {
        "sets": """
        select
            occurred_year::varchar as year,
            basis,
            count(*) as sets,
            sum(incident_count) as attacks,
            sum(military_position_count) as "on military positions",
            sum(case when is_in_several_countries then 1 else 0 end) as "in several countries",
            sum(incident_count_around_within_a_day) as "with the days beside it",
            sum(incident_count_around_from_25_km) as "from 25 km",
            sum(incident_count_around_within_150_km) as "within 150 km"
        from marts.fct_coordinated_sets
        group by occurred_year, basis
        order by occurred_year, basis
        """,
    },
}
"""By model: tables by the names that they get as metadata, each with what to ask the build file."""


def readable_tables(connection: duckdb.DuckDBPyConnection, model: str) -> dict[str, dg.MetadataValue]:
    """What people read of a model, as metadata; nothing where the preview is enough."""
    return {name: _answer(connection, query) for name, query in READABLE.get(model, {}).items()}


def _answer(connection: duckdb.DuckDBPyConnection, query: str) -> dg.MetadataValue:
    found = connection.execute(query)
    columns = [column[0] for column in found.description or []]
    rows: list[dict[str, Any]] = [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
    return table(rows)
