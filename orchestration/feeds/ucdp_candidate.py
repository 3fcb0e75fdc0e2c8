"""UCDP Candidate: monthly, preliminary; superseded by the yearly release that covers its year."""

from datetime import timedelta

from orchestration.feeds import ucdp
from orchestration.feeds.spec import Feed
from orchestration.feeds.ucdp_fetch import fetch_candidates, unfetched
from schemas.ucdp import UCDP_EVENTS

FEED = Feed(
    name="ucdp_candidate",
    title="UCDP Candidate Events Dataset (monthly)",
    publisher=ucdp.PUBLISHER,
    homepage="https://ucdp.uu.se/downloads/",
    licence="CC BY 4.0",
    citation=ucdp.CITATION_CANDIDATE,
    may_redistribute=True,
    id_space="ucdp",
    scope_kind="window",
    cadence="monthly, about three weeks after the month",
    freshness=timedelta(days=75),
    revision_lag=timedelta(days=365),
    volume=(1, 200_000),
    max_quarantined_share=0.02,
    contract=UCDP_EVENTS,
    layouts=(ucdp.RELEASE, ucdp.WEB_EXPORT),
    year_column="year",
    country_column="country_id",
    edition_of=ucdp.candidate_edition,
    scope_of=ucdp.candidate_scope,
    needs_edition="the month it covers, such as --edition 23.0.4 for April 2023",
    connector=fetch_candidates,
    unfetched=unfetched,
)
