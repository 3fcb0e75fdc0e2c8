"""What every way into the warehouse hands over: files as received, and where they came from.

Not here: archiving them (the raw layer does that) or reading them (the feed's module does that).
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

ScopeKind = Literal["full", "window", "issue", "delta"]
"""`full` and `window` batches speak for their dates and countries; an `issue` for the records that an earlier issue of
the same thing brought; a `delta` only for the records that it names."""

Purpose = Literal["records", "withdrawals", "sweep"]
"""A payload brings records, or ids that the source took back, or all ids that it has in a window."""


@dataclass(frozen=True)
class Fetched:
    """One delivery of one feed: complete, or it would not exist.

    Attributes:
        files: in a temporary directory, bytes exactly as received, named as they shall be kept.
        origin: how it came.
        source_name: the URL without secrets, or the file's name.
        request: what was asked for, without secrets.
        edition: the source's own version ('25.1', '26.0.7'); None where none is known.
        records_expected: what the source says it has; None where it says nothing.
        scope_kind: what it speaks for, where that is not what the feed's files speak for.
        purpose: what it brings.
        licence: its own, where it is not the feed's.
        citation: its own, where it is not the feed's.
    """

    files: tuple[Path, ...]
    origin: Literal["file", "api", "download"]
    source_name: str
    request: dict[str, str | int] = field(default_factory=dict[str, str | int])
    edition: str | None = None
    records_expected: int | None = None
    scope_kind: ScopeKind | None = None
    purpose: Purpose = "records"
    licence: str | None = None
    citation: str | None = None
