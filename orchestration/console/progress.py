"""Progress of a Dagster run on the terminal, told by the run's own events."""

import logging
import os
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import dagster as dg
from dagster import DagsterEventType
from rich.console import Console

PROGRESS = "progress"

WORDS = {
    "raw": "archiving",
    "landing": "validating",
    "warehouse": "building the models and testing them",
    "audit": "auditing",
    "published": "publishing",
}

SKIPPING = "Skipping step "
"""How Dagster begins to say of a step what its event says, too."""

_terminal: TextIO | None = None
"""The terminal, while `only_progress` keeps everything else off it."""


@contextmanager
def only_progress() -> Generator[None]:
    """Keep all output of the run off the terminal but its progress; Dagster keeps the rest in the step's own log."""
    global _terminal
    saved = [os.dup(1), os.dup(2)]
    sys.stdout.flush()
    sys.stderr.flush()
    with Path(os.devnull).open("w") as nowhere, os.fdopen(os.dup(2), "w", buffering=1) as _terminal:
        try:
            os.dup2(nowhere.fileno(), 1)
            os.dup2(nowhere.fileno(), 2)
            yield
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for descriptor, original in enumerate(saved, start=1):
                os.dup2(original, descriptor)
                os.close(original)
    _terminal = None


class ProgressHandler(logging.Handler):
    """Writes a line when a step starts and ends, and what the steps themselves have to say."""

    def __init__(self, terminal: TextIO) -> None:
        super().__init__(level=logging.DEBUG)
        self._console = Console(file=terminal, highlight=False, emoji=False, soft_wrap=True)
        self._started: dict[str, float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Show the events that a person waits for."""
        event = getattr(record, "dagster_event", None)
        if event is None:
            self._say(record)
        elif event.event_type is DagsterEventType.STEP_START:
            self._started[event.step_key] = time.monotonic()
            self._console.print(f"[dim]…[/] {_in_words(event.step_key)}")
        elif event.event_type is DagsterEventType.STEP_SUCCESS:
            self._end(event.step_key, "[green]✓[/]")
        elif event.event_type is DagsterEventType.STEP_FAILURE:
            self._end(event.step_key, "[red]✗[/]")
        elif event.event_type is DagsterEventType.STEP_SKIPPED:
            self._console.print(f"[dim]–[/] {_in_words(event.step_key)} [dim]skipped[/]")
        elif event.event_type is DagsterEventType.ASSET_CHECK_EVALUATION:
            self._check(event.asset_check_evaluation_data)

    def _end(self, step: str, sign: str) -> None:
        seconds = time.monotonic() - self._started.get(step, time.monotonic())
        self._console.print(f"{sign} {_in_words(step)} [dim]{seconds:.1f} s[/]")

    def _check(self, check: dg.AssetCheckEvaluation) -> None:
        if not check.passed:
            colour = "red" if check.severity is dg.AssetCheckSeverity.ERROR else "yellow"
            name = f"{check.asset_key.to_user_string()} · {check.check_name}"
            self._console.print(f"  [{colour}]check failed:[/] {name}", check.description or "", markup=True)

    def _say(self, record: logging.LogRecord) -> None:
        if record.levelno >= logging.INFO:
            message = getattr(record, "dagster_meta", {}).get("orig_message") or record.getMessage()
            if message.startswith(SKIPPING):
                return
            style = "yellow" if record.levelno >= logging.WARNING else "dim"
            self._console.print(f"  {message}", style=style, markup=False)


def _in_words(step: str) -> str:
    layer, _, name = step.partition("__")
    if name.endswith("_checks") or layer.endswith("_checks"):
        return f"checking {step.removeprefix('landing_').removesuffix('_checks')}"
    return f"{WORDS.get(layer, layer)} {name}".strip()


@dg.logger
def progress_logger(init_context: dg.InitLoggerContext) -> logging.Logger:
    """The logger that `incidents` runs with."""
    del init_context
    logger = logging.Logger(PROGRESS)
    logger.addHandler(ProgressHandler(_terminal or sys.stderr))
    return logger
