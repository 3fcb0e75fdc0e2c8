"""What must become of the records of a file that was written row by row."""

from collections.abc import Mapping
from typing import Any, Protocol


class Told(Protocol):
    """A file, which of its records break which rule, and how many are copies."""

    @property
    def path(self) -> str:
        """Its place in the sample."""
        ...

    @property
    def record_count(self) -> int:
        """All of its records."""
        ...

    @property
    def rules(self) -> Mapping[int, str]:
        """By the number of a record, the rule that it breaks."""
        ...

    @property
    def copies(self) -> int:
        """Exact copies of other records."""
        ...


def truth_of(file: Told) -> dict[str, Any]:
    """The file's entry in the truth."""
    return {
        "file": file.path,
        "records_read": file.record_count,
        "records_landed": file.record_count - len(file.rules) - file.copies,
        "records_quarantined": len(file.rules),
        "records_duplicate": file.copies,
        "quarantined": [{"record_number": number, "rule": rule} for number, rule in file.rules.items()],
    }
