"""Keep a payload exactly as received. The only writer of the lake's raw folder; it never changes what is there."""

import hashlib
import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, count
from pathlib import Path

from orchestration.errors import RefusedError
from orchestration.feeds.spec import Feed
from orchestration.io.atomic import replaced_folder, write_text
from orchestration.io.fetched import Fetched
from orchestration.io.lake import FileFacts, Lake, Manifest, RawBatch, batch_id_of
from orchestration.io.payload import printable

READ_ONLY = 0o444
MANIFEST = "manifest.json"
SOUND_NAME = re.compile(r"[\w()+,=@\[\]-][\w ()+,.=@\[\]-]{0,99}(?<![ .])", re.ASCII)
RESERVED_NAMES = frozenset(
    {"CON", "PRN", "AUX", "NUL", *(f"{port}{number}" for port in ("COM", "LPT") for number in range(10))}
)
"""Names that stand for devices where the lake is copied to Windows."""


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
    may_link: bool = False,
    max_bytes: int | None = None,
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
        may_link: the files are ours to take (from the inbox): a new payload is linked, which spares a copy. Whoever
            gave them removes them once they are kept, and not before.
        max_bytes: a larger payload is refused before a byte of it is copied.
        now: the time of arrival; the present, unless a test says otherwise.

    Raises:
        RefusedError: the payload has no edition and the feed cannot do without, or belongs to another edition's feed;
            it is larger than it may be, or cannot be read.
    """
    refuse_too_large(fetched.files, fetched.source_name, max_bytes)
    edition = fetched.edition or feed.edition_of(fetched.source_name)
    if feed.needs_edition and not edition:
        raise RefusedError(
            source=printable(fetched.source_name),
            place="its name",
            problem="nothing says which edition this is",
            rule=f"a file name of {feed.title} or a stated edition",
            way_out=f"state {feed.needs_edition}",
        )
    files, sha256 = digested(fetched.files)
    batches = lake.raw_batches(feed.name)
    # The id names the payload, so the manifests of years of other days stay closed.
    named_alike = [batch for batch in batches if batch.batch_id.endswith(f"-{sha256[:12]}")]
    same_payload = [batch for batch in named_alike if batch.manifest.sha256 == sha256]
    if fetched.edition:
        # Who states an edition may set one right that was stated before: the same bytes are then another issue.
        same_payload = [batch for batch in same_payload if batch.manifest.edition == edition]
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
        source_name=printable(fetched.source_name),
        request=fetched.request,
        edition=edition,
        scope=fetched.scope_kind or (feed.scope_kind_of(edition) if feed.scope_kind_of else feed.scope_kind),
        purpose=fetched.purpose,
        records_expected=fetched.records_expected,
        files=files,
        sha256=sha256,
        byte_count=sum(file.byte_count for file in files),
        is_synthetic=sha256 in sample_digests,
        licence=fetched.licence or feed.licence,
        citation=fetched.citation or feed.citation,
    )
    return Archived(keep(manifest, fetched.files, lake, may_link=may_link), is_new=True)


def keep(manifest: Manifest, paths: Sequence[Path], lake: Lake, *, may_link: bool = False) -> RawBatch:
    """Write a new batch: the files as they are, and the manifest that tells of them in the same order."""
    folder = lake.raw(manifest.feed) / manifest.batch_id
    with replaced_folder(folder) as building:
        put = _linked if may_link else shutil.copyfile
        for path, file in zip(paths, manifest.files, strict=True):
            put(path, building / file.name)
            (building / file.name).chmod(READ_ONLY)
        write_text(building / MANIFEST, manifest.model_dump_json(indent=2))
    return RawBatch(folder)


def _linked(path: Path, target: Path) -> None:
    """Give the file a second name in the lake, or copy it where the disk, or another owner, forbids that."""
    try:
        if path.stat().st_uid != os.geteuid():
            raise PermissionError
        os.link(path, target)
    except OSError:
        shutil.copyfile(path, target)


def digested(paths: Sequence[Path]) -> tuple[tuple[FileFacts, ...], str]:
    """The facts of a payload's files, and the digest that names the payload.

    Raises:
        RefusedError: a file cannot be read.
    """
    names = _kept_names([path.name for path in paths])
    files = tuple(_facts(path, name) for path, name in zip(paths, names, strict=True))
    return files, files[0].sha256 if len(files) == 1 else _sha256("".join(file.sha256 for file in files).encode())


def _facts(path: Path, name: str) -> FileFacts:
    try:
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise RefusedError(
            source=printable(path.name),
            problem=f"it cannot be read ({error.strerror})",
            rule="a file that the warehouse may read",
            way_out="look at its permissions",
            place="the file as a whole",
        ) from error
    return FileFacts(name=name, byte_count=path.stat().st_size, sha256=digest)


def _kept_names(names: Sequence[str]) -> list[str]:
    """The names under which the files of a payload lie beside each other: no two alike, on any disk."""
    kept: list[str] = []
    for number, name in enumerate(names):
        possible = chain((kept_name(name, number),), (plain_name(name, each) for each in count(number)))
        taken = {other.lower() for other in kept}
        kept.append(next(each for each in possible if each.lower() not in taken))
    return kept


def kept_name(name: str, number: int) -> str:
    """The name under which a file is kept: its own, unless a disk or a reader could stumble over that."""
    if SOUND_NAME.fullmatch(name) and name.lower() != MANIFEST and name.split(".")[0].upper() not in RESERVED_NAMES:
        return name
    return plain_name(name, number)


def plain_name(name: str, number: int) -> str:
    """A name of ours for a file, of which only the kind is kept."""
    kind = re.sub(r"[^A-Za-z0-9.]", "", "".join(Path(name).suffixes[-2:]))[:20]
    return f"payload-{number:03}{kind}"


def refuse_too_large(
    paths: Sequence[Path], source: str, max_bytes: int | None, setting: str = "INCIDENTS_MAX_PAYLOAD_BYTES"
) -> None:
    """Look at the sizes of files before a byte of them is read.

    Raises:
        RefusedError: together they are larger than they may be.
    """
    size = sum(path.stat().st_size for path in paths if path.exists())
    if max_bytes is not None and size > max_bytes:
        raise RefusedError(
            source=printable(source),
            problem=f"it has {size:,} bytes",
            rule=f"at most {max_bytes:,} bytes",
            way_out=f"if the file is honest, raise {setting}",
            place="the file as a whole",
        )


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
