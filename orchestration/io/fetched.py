"""What every way into the warehouse hands over: files as received, and where they came from.

Not here: archiving them (the raw layer does that) or reading them (the feed's module does that).
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class Fetched:
    """One delivery of one feed: complete, or it would not exist."""

    files: tuple[Path, ...]
    """In a temporary directory, bytes exactly as received, named as they shall be kept."""
    origin: Literal["file", "api", "download"]
    source_name: str
    """The URL without secrets, or the file's name."""
    request: dict[str, str | int] = field(default_factory=dict[str, str | int])
    """What was asked for, without secrets."""
    edition: str | None = None
    """The source's own version: '25.1', '26.0.7'."""
    records_expected: int | None = None
    """What the source says it has; None where it says nothing."""
