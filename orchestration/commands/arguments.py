"""What several commands take and check: feeds, batches, definitions, moments.

Imported by every call of `incidents`, so nothing heavy is imported here.
"""

from typing import Annotated, Any

import typer

FeedName = Annotated[str, typer.Argument(help="The feed, such as ucdp_ged.")]
BatchId = Annotated[str, typer.Argument(help="The batch, or the beginning of its id.")]
Why = Annotated[str, typer.Option(help="The reason, for those who ask later.")]
Definition = Annotated[str, typer.Option(help="Which definition of an attack the yearly table counts by.")]
Country = Annotated[
    str | None, typer.Option(help="ISO 3166 alpha-3 code, such as MLI; all covered countries if left out.")
]
AsOf = Annotated[
    str | None,
    typer.Option(help="A day (for its end) or a moment in UTC: answer as things stood then, by today's definitions."),
]
STRICT = "attack_on_military_position.strict"
"""The definition that the founding figures are closest to."""


def known_feed(feed: str) -> None:
    """Refuse a name that is no feed's."""
    from orchestration.feeds import all_feeds

    if feed not in all_feeds():
        raise typer.BadParameter(f"{feed!r} is not a feed; known are {', '.join(all_feeds())}", param_hint="FEED")


def batch_record(lake: Any, feed: str, batch: str) -> dict[str, Any]:  # noqa: ANN401 - importing it costs a second
    """The record of the one batch whose id begins with what was typed."""
    from orchestration.io.replay import unknown_batch

    known_feed(feed)
    found = [record for record in lake.batches(feed).to_dicts() if record["batch_id"].startswith(batch)]
    if len(found) != 1:
        raise unknown_batch(feed, batch)
    return found[0]
