"""When a batch does not take part: what a refusal says, and when one that can be read is held all the same.

How a payload is read and what is written of it is the business of `landing`; what people decide, that of `decisions`.
"""

from orchestration.errors import RefusedError
from orchestration.feeds.spec import Feed
from orchestration.io.decisions import Decision
from orchestration.io.lake import RawBatch
from orchestration.io.payload import printable
from orchestration.io.tally import Tally

FEW = 4
"""So few quarantined records say nothing about a batch, whatever their share."""


def why_held(raw: RawBatch, feed: Feed, tally: Tally, decision: Decision | None) -> str | None:
    """Why a batch that can be read takes no part in the figures; None where it does."""
    if decision and decision.verdict == "withdrawn":
        return str(_taken_back(raw, feed, decision))
    looked_at = tally.records_read - tally.filtered
    is_suspect = tally.quarantined > max(FEW, looked_at * feed.max_quarantined_share)
    is_without_valid = bool(tally.quarantined) and not tally.landed
    is_accepted = (
        decision is not None and decision.verdict == "accepted" and tally.quarantined <= decision.records_quarantined
    )
    # What is cut off cannot say what it does not hold: every record behind the cut would be withdrawn.
    is_cut_off = tally.is_cut_off and raw.manifest.scope in ("full", "window")
    if is_accepted or not (is_suspect or is_without_valid or is_cut_off):
        return None
    if is_cut_off and not (is_suspect or is_without_valid):
        return str(_cut_off(raw, feed))
    share = f"{tally.quarantined / looked_at:.1%}"
    return str(
        RefusedError(
            source=raw.manifest.source_name,
            problem=f"{tally.quarantined:,} of {looked_at:,} records ({share}) broke the contract: the batch is held",
            rule=f"at most {feed.max_quarantined_share:.1%}, and at least one valid record",
            way_out=(
                f"look at `incidents quarantine {feed.name}`; add a sound issue, or "
                f"`incidents accept {feed.name} {raw.batch_id} --why …` if it is right as it is"
            ),
            place="the batch as a whole",
        )
    )


def _cut_off(raw: RawBatch, feed: Feed) -> RefusedError:
    return RefusedError(
        source=raw.manifest.source_name,
        problem="its last record is not whole, as where a download broke off: the batch is held",
        rule=f"an issue of {feed.title} to its end, because a report that it does not hold counts as withdrawn",
        way_out=(
            f"fetch the file again, or `incidents accept {feed.name} {raw.batch_id} --why …` if only its last line is "
            "odd"
        ),
        place="its end",
    )


def _taken_back(raw: RawBatch, feed: Feed, decision: Decision) -> RefusedError:
    return RefusedError(
        source=raw.manifest.source_name,
        problem=f"it was taken back: {decision.why}",
        rule="a batch that nobody has taken back",
        way_out=f"`incidents accept {feed.name} {raw.batch_id} --why …` lets it take part again",
        place="the batch as a whole",
    )


def incomplete(raw: RawBatch, feed: Feed, tally: Tally) -> RefusedError:
    """Fewer or more records were read than the source said it has."""
    return RefusedError(
        source=raw.manifest.source_name,
        problem=(
            f"{tally.records_read:,} records were read of the {raw.manifest.records_expected:,} that the source said "
            "it has"
        ),
        rule="every record of a complete answer",
        way_out=f"report it, and once it is repaired `incidents quarantine replay {feed.name}`",
        place="the batch as a whole",
    )


def unforeseen(raw: RawBatch, feed: Feed, error: Exception) -> RefusedError:
    """What a parser raised instead of a refusal: a payload may fail, but not the night of all the other feeds."""
    return RefusedError(
        source=raw.manifest.source_name,
        problem=f"the parser failed ({type(error).__name__}: {printable(str(error))[:200]})",
        rule=f"a payload of {feed.title} as it was published",
        way_out=(
            "fetch it again; if it is sound, this is a defect of the warehouse: report it, and once it is repaired "
            f"`incidents quarantine replay {feed.name} --batch {raw.batch_id}`"
        ),
        place="somewhere in the payload",
    )
