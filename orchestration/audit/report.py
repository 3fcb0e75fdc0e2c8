"""What an audit found: the verdict, in figures and in words. How it was found lives in `profiles` and `checkpoint`."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

Severity = Literal["critical", "warning"]


class ExpectationResult(BaseModel):
    """One expectation and what became of it.

    Attributes:
        name: its name, by which an operator can accept a change that is real.
        expectation: the expectation in words.
        severity: critical stops a release; a warning is shown, and the release goes out.
        observed: the figures, the rows that broke the bound first.
        bound: what was allowed.
        success: whether every row kept the bound.
        is_accepted: whether the operator said that this run may break it.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    expectation: str
    severity: Severity
    observed: str
    bound: str
    success: bool
    is_accepted: bool = False

    @property
    def is_blocking(self) -> bool:
        """Whether this result alone stops the release."""
        return not self.success and self.severity == "critical" and not self.is_accepted

    def __str__(self) -> str:
        return f"{self.expectation} [{self.name}]: {self.observed}. Expected: {self.bound}."


class AuditReport(BaseModel):
    """The verdict over the finished marts.

    Attributes:
        results: one for each expectation, in the order of their table.
        data_docs: the first page of the Data Docs.
        compared_with: the release before, or None when there was none to compare with.
        comparison_note: why nothing was compared, empty when it was.
    """

    model_config = ConfigDict(frozen=True)

    results: tuple[ExpectationResult, ...]
    data_docs: Path
    compared_with: str | None = None
    comparison_note: str = ""

    @property
    def passed(self) -> bool:
        """Whether a release may go out."""
        return not self.failures

    @property
    def failures(self) -> tuple[ExpectationResult, ...]:
        """The critical expectations that were broken and that nobody accepted."""
        return tuple(result for result in self.results if result.is_blocking)

    @property
    def warnings(self) -> tuple[ExpectationResult, ...]:
        """What was broken and is released all the same."""
        return tuple(result for result in self.results if not result.success and not result.is_blocking)

    @property
    def headline(self) -> str:
        """The verdict in one line."""
        verdict = "passed" if self.passed else "FAILED"
        return (
            f"Audit {verdict}: {_counted(len(self.results), 'expectation')}, "
            f"{_counted(len(self.failures), 'critical failure')}, {_counted(len(self.warnings), 'warning')}"
        )

    def __str__(self) -> str:
        """A text for a terminal or an error: expectation, figures, bound, and where to read more."""
        lines = [f"{self.headline}."]
        lines += [f"  ✘ {failure}" for failure in self.failures]
        lines += [f"  ! {warning}" for warning in self.warnings]
        if self.comparison_note:
            lines.append(f"  {self.comparison_note}")
        lines.append(f"Data Docs: {self.data_docs}")
        if not self.passed:
            names = ", ".join(dict.fromkeys(failure.name for failure in self.failures))
            lines.append(
                "The last release stays in place. Way out: repair the data or the model that made these figures;"
                f" if they are right, accept by name and run again: {names}."
            )
        return "\n".join(lines)


def _counted(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"
