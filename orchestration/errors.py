"""Errors that a user can act on. What lives elsewhere: failures of single records (see `schemas`)."""

from dataclasses import dataclass


@dataclass
class RefusedError(Exception):
    """A whole payload was refused; nothing of it was landed.

    Attributes:
        source: the file, member or URL as the user knows it, without secrets.
        problem: what is wrong, with the value that shows it.
        rule: what was expected.
        way_out: what the user can do about it.
        place: record, line or byte where it was seen, if it has one.
    """

    source: str
    problem: str
    rule: str
    way_out: str
    place: str | None = None

    def __str__(self) -> str:
        where = f"{self.source}, {self.place}" if self.place else self.source
        return f"{where}: {self.problem}. Expected: {self.rule}. Way out: {self.way_out}."
