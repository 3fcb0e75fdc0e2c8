"""The last step of the night: a run in which something is missing does not end green.

A feed that could not be fetched or landed must not stop the others, so its steps end well and note their problems. Once
everything that could be done has been done, the release included, this step fails the run with all of them.

It is downstream of the feeds alone, because on a night without change the release is skipped, and with it everything
that waits for the release. That it comes last is a matter of its priority.
"""

from datetime import timedelta
from typing import Any

import dagster as dg

from orchestration.assets.common import OWNERS, PROBLEMS
from orchestration.assets.reference import BOUNDARIES, PLACES
from orchestration.feeds.spec import Feed

LAST = {"dagster/priority": "-100"}
NIGHT = timedelta(hours=5)
"""A verdict between 01:00 and 06:00 UTC keeps the promise of every night, whether or not there was news to release."""


def verdict_asset(feeds: list[Feed]) -> dg.AssetsDefinition:
    """The asset `published/verdict`."""
    of_feeds = [dg.AssetKey([layer, feed.name]) for feed in feeds for layer in ("raw", "landing")]
    watched = [*of_feeds, BOUNDARIES, PLACES]

    @dg.asset(
        key=["published", "verdict"],
        deps=watched,
        group_name="published",
        description="Fails the run when a feed is missing something, after everything else has been done.",
        owners=OWNERS,
        op_tags=LAST,
        freshness_policy=dg.FreshnessPolicy.cron(deadline_cron="0 6 * * *", lower_bound_delta=NIGHT),
    )
    def verdict(context: dg.AssetExecutionContext) -> dg.MaterializeResult[Any]:
        problems = problems_of_run(context.instance, context.run_id, watched)
        if problems:
            raise dg.Failure(
                description="The night went without something: " + " | ".join(problems),
                metadata={"problems": dg.MetadataValue.md("\n".join(f"- {problem}" for problem in problems))},
                allow_retries=False,
            )
        return dg.MaterializeResult(metadata={"problems": dg.MetadataValue.md("none")})

    return verdict


def problems_of_run(instance: dg.DagsterInstance, run_id: str, keys: list[dg.AssetKey]) -> list[str]:
    """What the given assets noted as missing in one run."""
    found: list[str] = []
    for key in keys:
        event = instance.get_latest_materialization_event(key)
        if event and event.run_id == run_id and event.asset_materialization:
            noted = event.asset_materialization.metadata.get(PROBLEMS)
            found += [f"{key.to_user_string()}: {line}" for line in (noted.value if noted else [])]  # pyright: ignore
    return found
