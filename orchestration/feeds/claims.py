"""Published figures of others: lists of claims, set beside our own figures and never counted.

The project's founding figures come with it (`founding_claims.csv`, in own words); any other list is added by hand, and
`incidents claims read` makes one out of an article. A list is told by its file's name: the same name again is the list
anew, and what is missing from it was taken back. Nothing here says how a claim is compared; that is dbt's business.
"""

import re
from datetime import timedelta

from orchestration.feeds.spec import Content, Feed, Layout, Scope
from schemas.claims import CLAIMS

FOUNDING = "orchestration/feeds/founding_claims.csv"


def edition(file_name: str) -> str | None:
    """The list that a file is an issue of: its name without endings, in lower case."""
    return re.sub(r"[^a-z0-9]+", "_", file_name.split(".")[0].lower()).strip("_") or None


def scope(edition: str | None, content: Content) -> Scope:
    """A file is the whole of its list, and says nothing of other lists."""
    del content
    return Scope(f"claims:{edition or 'unnamed'}", None, None, None, authority=0)


FEED = Feed(
    name="claims",
    title="Published figures",
    publisher="whoever published the figure; each claim names its source",
    homepage="https://schema.org/Claim",
    licence="facts in own words; each claim names the licence of its source",
    citation="each claim names its source",
    may_redistribute=True,
    id_space="claims",
    scope_kind="full",
    cadence="by hand",
    freshness=timedelta(days=3650),
    revision_lag=timedelta(days=0),
    volume=(1, 100_000),
    max_quarantined_share=0.2,
    contract=CLAIMS,
    layouts=(Layout("list of claims", CLAIMS.names, needs_header=True),),
    year_column="year",
    country_column="countries",
    edition_of=edition,
    scope_of=scope,
    unfetched=lambda _: "comes as files, the first of them with the project",
    tells="claims",
    shipped=(FOUNDING,),
    caution=(
        "Not reports but figures that somebody published: a source, a period, a scope, a value and its bound, and the "
        "definition of ours that fits best. They are compared (`agg_claims_compared`, `incidents claims`) and never "
        "counted: no figure of ours depends on one. See [claims](claims.md)."
    ),
)
