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

Verdict = Literal["accepted", "dismissed", "withdrawn"]
DECIDABLE: dict[Verdict, tuple[str, ...]] = {
    "accepted": ("held",),
    "dismissed": ("refused", "held"),
    "withdrawn": ("landed",),
}
"""The states of a batch in which somebody can decide so."""
SET_BACK = ("refused", "held")
"""States of a batch that takes no part in the figures."""


class Decision(BaseModel):
    """One word of one person on one batch.

    Attributes:
        verdict: `accepted` (a held batch takes part, as long as no more of it is quarantined than when it was
            accepted), `dismissed` (a refused or held batch is no longer warned of) or `withdrawn` (a file that landed
            takes no part any more).
        records_quarantined: how many records of the batch were quarantined when it was decided on.
        why: the reason, for those who ask later.
        decided_by: the user's name on the machine.
        decided_at: when (UTC).
    """

    model_config = ConfigDict(frozen=True)

    feed: str
    batch_id: str
    verdict: Verdict
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


def decide(lake: Lake, record: dict[str, Any], verdict: Verdict, why: str) -> Decision:
    """Write down a decision about a batch, given its record; a later one takes the place of an earlier one.

    Raises:
        RefusedError: there is nothing to decide.
    """
    wanted = DECIDABLE[verdict]
    is_withdrawn = (record["decision"] or "").startswith("withdrawn")
    if verdict == "withdrawn" and (record["origin"] != "file" or record["scope_kind"] not in ("issue", "delta")):
        raise RefusedError(
            source=f"{record['source_name']} (batch {record['batch_id']})",
            problem="it is a release, a window of one, or an answer of the feed's server",
            rule="a file that speaks for its own records only",
            way_out="add a sound issue of it, which takes its place",
            place="the batch as a whole",
        )
    if record["status"] not in wanted or (is_withdrawn and verdict == "dismissed"):
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
    is_decided = pl.col("decision").fill_null("").str.contains("^(dismissed|withdrawn)")
    return set_back.filter(~pl.col("batch_id").is_in(replaced.implode()), ~is_decided)


def readings(lake: Lake, record: dict[str, Any]) -> list[dict[str, Any]]:
    """The landed batches that were read from the same file, the one given among them; oldest first."""
    if record["scope_kind"] != "issue":
        return [record]
    same = lake.batches(record["feed"]).filter(
        pl.col("status") == "landed", pl.col("scope_key") == record["scope_key"], pl.col("origin") == record["origin"]
    )
    return [each for each in same.to_dicts() if each["batch_id"] != record["batch_id"]] + [record]
