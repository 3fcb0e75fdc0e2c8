"""UCDP GED: the yearly release, with the last word on the years that it covers."""

from datetime import timedelta

from orchestration.feeds import ucdp
from orchestration.feeds.spec import Feed
from orchestration.feeds.ucdp_fetch import fetch_yearly, unfetched
from schemas.ucdp import UCDP_EVENTS

FEED = Feed(
    name="ucdp_ged",
    title="UCDP Georeferenced Event Dataset (yearly)",
    publisher=ucdp.PUBLISHER,
    homepage="https://ucdp.uu.se/downloads/",
    licence="CC BY 4.0",
    citation=ucdp.CITATION_GED,
    may_redistribute=True,
    id_space="ucdp",
    scope_kind="full",
    cadence="yearly, in June",
    freshness=timedelta(days=400),
    revision_lag=timedelta(days=0),
    volume=(1, 5_000_000),
    max_quarantined_share=0.02,
    contract=UCDP_EVENTS,
    layouts=(ucdp.RELEASE, ucdp.WEB_EXPORT),
    year_column="year",
    country_column="country_id",
    edition_of=ucdp.yearly_edition,
    scope_of=ucdp.yearly_scope,
    connector=fetch_yearly,
    unfetched=unfetched,
)
