"""What an attack is, and what is expected of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from tests.corpus.bases import Base

Fate = Literal["landed", "quarantined", "refused"]


@dataclass(frozen=True)
class Attack:
    """One broken or hostile file.

    Attributes:
        name: how the test is called.
        make: the file's bytes, from a sound base.
        fate: `landed` (every record that is read lands or is a counted copy), `quarantined` (some records are set
            aside, the others land), `refused` (nothing of it lands).
        says: a regular expression found in the refusal, in a reason of the quarantine, or among the warnings.
        bad: how many records are set aside.
        warned: a warning that is counted.
        suffix: of the file's name, where that matters.
        cuts: does the file end in half a record? A release of which that is true is held.
        applies: does the base have what the attack breaks?
    """

    name: str
    make: Callable[[Base], bytes]
    fate: Fate
    says: str = ""
    bad: int = 1
    warned: str | None = None
    suffix: str | None = None
    cuts: bool = False
    applies: Callable[[Base], bool] = lambda _: True

    def met_by(self, base: Base) -> "Attack":
        """The attack with the fate that it has at a feed."""
        fate, says = base.fates.get(self.name, (self.fate, self.says))
        return replace(self, fate=fate, says=says)

    def __str__(self) -> str:
        return self.name
