"""The pairs of reports that linking has scored, and its decision on each.

Splink does the work, in `orchestration.links`; dbt gives it the reports and what reviewers decided, and takes pairs.
"""


def model(dbt, session):  # noqa: ANN001, ANN201, D103 - as dbt calls it
    dbt.config(materialized="table")
    from orchestration.resources.links import link_reports

    pairs = link_reports(dbt.ref("int_reports__linkable"), dbt.ref("link_decisions"))
    return session.read_parquet(str(pairs)).select("*, decision in ('linked', 'must_link') as is_linked")
