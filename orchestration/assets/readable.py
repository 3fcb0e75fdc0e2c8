"""Tables that a person wants to read beside an asset in the UI, of marts whose first rows would not tell.

The preview of every other mart is made where the warehouse is (`assets.warehouse`).
"""

from typing import Any

import dagster as dg
import duckdb

from orchestration.assets.common import table

READABLE = {
    "agg_claims_compared": (
        "claims",
        """
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
        from marts.agg_claims_compared
        order by source, period_from_date, claim_id, counting_basis
        limit 200
        """,
    ),
}
"""By mart: the name of the metadata, and what to ask the build file."""


def readable_table(connection: duckdb.DuckDBPyConnection, mart: str) -> dict[str, dg.MetadataValue]:
    """What people read of a mart, as metadata; nothing where the preview is enough."""
    if mart not in READABLE:
        return {}
    name, query = READABLE[mart]
    found = connection.execute(query)
    columns = [column[0] for column in found.description or []]
    rows: list[dict[str, Any]] = [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
    return {name: table(rows)}
