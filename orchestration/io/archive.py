"""Keep a payload exactly as received. The only writer of the lake's raw folder; it never changes what is there."""

import hashlib
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from orchestration.errors import RefusedError
from orchestration.feeds.spec import Feed
from orchestration.io.atomic import replaced_folder, write_text
from orchestration.io.fetched import Fetched
from orchestration.io.lake import FileFacts, Lake, Manifest, RawBatch, batch_id_of

READ_ONLY = 0o444


@dataclass(frozen=True)
class Archived:
    """Where a payload is kept.

    Attributes:
        batch: the batch that holds it.
        is_new: False when the same payload was there before.
        replaced_by: the batch that has since taken its place, when an old payload came again.
    """

    batch: RawBatch
    is_new: bool
    replaced_by: str | None = None


def archive(
    fetched: Fetched,
    feed: Feed,
    lake: Lake,
    *,
    sample_digests: frozenset[str] = frozenset(),
    again: bool = False,
    may_move: bool = False,
    now: datetime | None = None,
) -> Archived:
    """Copy a payload into the lake, once.

    The same payload again makes no new batch. One exception: a source that goes back to what it said before (A, B, A)
    has revised itself once more, so an answer fetched from it, or `again`, makes a new batch of the old bytes.

    Args:
        fetched: the payload.
        feed: the feed it belongs to.
        lake: where to.
        sample_digests: digests of payloads that are known to be synthetic.
        again: land an old payload again although a newer one of the same edition has come since.
        may_move: the files are ours to take (from the inbox): a new payload is moved, which spares a copy.
        now: the time of arrival; the present, unless a test says otherwise.

    Raises:
        RefusedError: the payload has no edition and the feed cannot do without, or belongs to another edition's feed.
    """
    edition = fetched.edition or feed.edition_of(fetched.source_name)
    if feed.needs_edition and not edition:
        raise RefusedError(
            source=fetched.source_name,
            problem="nothing says which edition this is",
            rule=f"a file name of {feed.title} or a stated edition",
            way_out=f"state {feed.needs_edition}",
        )
    files = tuple(_facts(path) for path in fetched.files)
    sha256 = files[0].sha256 if len(files) == 1 else _sha256("".join(file.sha256 for file in files).encode())
    batches = lake.raw_batches(feed.name)
    # The id names the payload, so the manifests of years of other days stay closed.
    named_alike = [batch for batch in batches if batch.batch_id.endswith(f"-{sha256[:12]}")]
    same_payload = [batch for batch in named_alike if batch.manifest.sha256 == sha256]
    if same_payload:
        same_edition = [batch for batch in batches if batch.manifest.edition == edition]
        known, newest = same_payload[-1], (same_edition or same_payload)[-1]
        if known.manifest.edition != edition or newest.batch_id == known.batch_id:
            return Archived(known, is_new=False)
        if fetched.origin == "file" and not again:
            return Archived(known, is_new=False, replaced_by=newest.batch_id)
    fetched_at = now or datetime.now(UTC)
    manifest = Manifest(
        feed=feed.name,
        batch_id=batch_id_of(fetched_at, sha256),
        fetched_at=fetched_at,
        origin=fetched.origin,
        source_name=fetched.source_name,
        request=fetched.request,
        edition=edition,
        scope=fetched.scope_kind or feed.scope_kind,
        purpose=fetched.purpose,
        records_expected=fetched.records_expected,
        files=files,
        sha256=sha256,
        byte_count=sum(file.byte_count for file in files),
        is_synthetic=sha256 in sample_digests,
        licence=feed.licence,
        citation=feed.citation,
    )
    folder = lake.raw(feed.name) / manifest.batch_id
    with replaced_folder(folder) as building:
        keep = shutil.move if may_move else shutil.copyfile
        for path in fetched.files:
            keep(path, building / path.name)
            (building / path.name).chmod(READ_ONLY)
        write_text(building / "manifest.json", manifest.model_dump_json(indent=2))
    return Archived(RawBatch(folder), is_new=True)


def _facts(path: Path) -> FileFacts:
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return FileFacts(name=path.name, byte_count=path.stat().st_size, sha256=digest)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
