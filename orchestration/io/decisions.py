"""What people have decided about single batches, and which batches still wait for a decision.

decisions/<feed>/<batch_id>.json in the lake. A decision is an input like the payload itself: it is not made again from
raw, so it belongs to what is backed up. What a batch is refused or held for is decided in `landing`.
"""

import getpass
from datetime import UTC, datetime
from typing import Any, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict

from orchestration.errors import RefusedError
from orchestration.io.atomic import write_text
from orchestration.io.lake import Lake

SET_BACK = ("refused", "held")
"""States of a batch that takes no part in the figures."""


class Decision(BaseModel):
    """One word of one person on one batch.

    Attributes:
        verdict: `accepted` (a held batch takes part, as long as no more of it is quarantined than when it was accepted)
            or `dismissed` (a refused or held batch is no longer warned of).
        records_quarantined: how many records of the batch were quarantined when it was decided on.
        why: the reason, for those who ask later.
        decided_by: the user's name on the machine.
        decided_at: when (UTC).
    """

    model_config = ConfigDict(frozen=True)

    feed: str
    batch_id: str
    verdict: Literal["accepted", "dismissed"]
    records_quarantined: int
    why: str
    decided_by: str
    decided_at: datetime

    def __str__(self) -> str:
        """As it stands in a batch record."""
        return f"{self.verdict} by {self.decided_by} on {self.decided_at:%Y-%m-%d}: {self.why}"


def decision_on(lake: Lake, feed: str, batch_id: str) -> Decision | None:
    """What was decided about a batch, if anything was.

    Raises:
        RefusedError: the note of the decision was edited by hand.
    """
    path = lake.decision(feed, batch_id)
    if not path.exists():
        return None
    try:
        return Decision.model_validate_json(path.read_bytes())
    except ValueError as error:
        raise RefusedError(
            source=str(path),
            problem="the note of a decision cannot be read",
            rule="a note as `incidents accept` and `incidents dismiss` write it",
            way_out="remove the file and decide again",
            place="the file as a whole",
        ) from error


def decide(lake: Lake, record: dict[str, Any], verdict: Literal["accepted", "dismissed"], why: str) -> Decision:
    """Write down a decision about a batch, given its record; a later one takes the place of an earlier one.

    Raises:
        RefusedError: there is nothing to decide.
    """
    wanted = ("held",) if verdict == "accepted" else SET_BACK
    if record["status"] not in wanted:
        raise RefusedError(
            source=f"{record['source_name']} (batch {record['batch_id']})",
            problem=f"it has {record['status']}" if record["status"] == "landed" else f"it was {record['status']}",
            rule=f"a batch that was {' or '.join(wanted)}",
            way_out="`incidents status` names the batches that wait for a decision",
            place="the batch as a whole",
        )
    decision = Decision(
        feed=record["feed"],
        batch_id=record["batch_id"],
        verdict=verdict,
        records_quarantined=record["records_quarantined"],
        why=why,
        decided_by=getpass.getuser(),
        decided_at=datetime.now(UTC),
    )
    write_text(lake.decision(decision.feed, decision.batch_id), decision.model_dump_json(indent=2))
    lake.write_batch_record({**record, "decision": str(decision)})
    return decision


def undecided(lake: Lake, feed: str) -> pl.DataFrame:
    """The records of the batches that were refused or held, not dismissed, and not replaced by a later good issue."""
    batches = lake.batches(feed)
    set_back = batches.filter(pl.col("status").is_in(SET_BACK))
    if set_back.is_empty():
        return set_back
    # Files without an edition that share a name need not be issues of the same thing; answers of a server are.
    issue = pl.when(pl.col("origin") == "file").then("edition").otherwise(pl.coalesce("edition", "source_name"))
    good = batches.filter(pl.col("status") == "landed").select(
        issue.alias("issue"), pl.col("fetched_at").alias("good_at")
    )
    replaced = (
        set_back.with_columns(issue.alias("issue"))
        .join(good, on="issue")
        .filter(pl.col("good_at") > pl.col("fetched_at"))
        .get_column("batch_id")
    )
    is_dismissed = pl.col("decision").fill_null("").str.starts_with("dismissed")
    return set_back.filter(~pl.col("batch_id").is_in(replaced.implode()), ~is_dismissed)
