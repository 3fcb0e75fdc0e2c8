"""Start a job as a Dagster run that the UI shows like any other, and say how it ended."""

import contextlib
import logging
import os
import warnings
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from orchestration.settings import PROJECT_ROOT, Settings


@dataclass(frozen=True)
class RunOutcome:
    """How a run ended.

    Attributes:
        run_id: as the UI knows it.
        is_success: did every step end well?
        failures: what each failed step says, without a stack trace.
        failed_checks: failed asset checks of severity ERROR.
        new_batches: how many payloads were new.
        is_unchanged: did the run find the published content as it was?
        unchanged_since: the release that stands because nothing had changed since, so that nothing was built.
    """

    run_id: str
    is_success: bool
    failures: tuple[str, ...]
    failed_checks: tuple[str, ...]
    new_batches: int
    is_unchanged: bool
    unchanged_since: str | None


@contextlib.contextmanager
def dagster_home(settings: Settings) -> Generator[None]:
    """Work in DAGSTER_HOME (the project, unless it is set): the paths in `dagster.yaml` are relative to it."""
    home = Path(os.environ.setdefault("DAGSTER_HOME", str(PROJECT_ROOT)))
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    before = Path.cwd()
    os.chdir(home)
    try:
        yield
    finally:
        os.chdir(before)


def run_job(
    settings: Settings, name: str, ops: Mapping[str, Any], *, days: tuple[date, date] | None = None
) -> RunOutcome:
    """Run a job in this process against the instance of the UI.

    Args:
        settings: where everything lies.
        name: the job's name.
        ops: run config by op.
        days: first and last day, for a job whose assets have a partition for each day.
    """
    with dagster_home(settings), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import dagster as dg
        from dagster._core.storage.tags import (  # what a back-fill of the UI sets, too; it has no public name
            ASSET_PARTITION_RANGE_END_TAG,
            ASSET_PARTITION_RANGE_START_TAG,
        )

        from orchestration.console.progress import PROGRESS, only_progress
        from orchestration.definitions import defs

        logging.getLogger("dagster").setLevel(logging.ERROR)
        logging.getLogger("dagster.builtin").setLevel(logging.WARNING)  # how dagster-dbt calls dbt is no news
        tags = {"incidents/started_by": "incidents"}
        if days:
            first, last = (day.isoformat() for day in days)
            tags |= {ASSET_PARTITION_RANGE_START_TAG: first, ASSET_PARTITION_RANGE_END_TAG: last}
        with only_progress(), dg.DagsterInstance.get() as instance:
            result = defs.resolve_job_def(name).execute_in_process(
                instance=instance,
                run_config={"ops": dict(ops), "loggers": {PROGRESS: {}}},
                raise_on_error=False,
                tags=tags,
            )
        unchanged_since = next(_observed(result, "release_id"), None)
        return RunOutcome(
            run_id=result.run_id,
            is_success=result.success,
            failures=tuple(_failures(result)),
            failed_checks=tuple(_failed_checks(result)),
            new_batches=sum(_noted(result, "raw", "new_batches")),
            is_unchanged=unchanged_since is not None or any(_noted(result, "published", "is_unchanged")),
            unchanged_since=unchanged_since,
        )


def _failures(result: Any) -> Iterator[str]:  # noqa: ANN401 - importing Dagster's types would cost a second
    for event in result.all_events:
        if event.is_step_failure:
            data = event.step_failure_data
            if data.user_failure_data and data.user_failure_data.description:
                yield data.user_failure_data.description
            elif data.error:
                cause = data.error.cause or data.error
                yield f"{event.step_key}: {cause.message.strip()}"


def _failed_checks(result: Any) -> Iterator[str]:  # noqa: ANN401
    for evaluation in result.get_asset_check_evaluations():
        if not evaluation.passed and evaluation.severity.value == "ERROR":
            name = f"{evaluation.asset_key.to_user_string()} · {evaluation.check_name}"
            yield f"{name}: {evaluation.description}" if evaluation.description else name


def _noted(result: Any, layer: str, name: str) -> Iterator[int]:  # noqa: ANN401
    """A figure from the metadata of a layer's materialisations."""
    for event in result.all_events:
        if event.is_step_materialization and event.asset_key and event.asset_key.path[0] == layer:
            noted = event.materialization.metadata.get(name)
            if noted is not None:
                yield int(noted.value)


def _observed(result: Any, name: str) -> Iterator[str]:  # noqa: ANN401
    """What was noted of a release that stands."""
    for event in result.all_events:
        if event.event_type_value == "ASSET_OBSERVATION" and event.asset_key.path[0] == "published":
            yield str(event.asset_observation_data.asset_observation.metadata[name].value)
