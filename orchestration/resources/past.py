"""The warehouse as it stood at a moment: built from the lake beside the nightly one, which never knows of it.

    data/build/as_of/<moment>/warehouse.duckdb   the marts of the batches that had arrived by then
    data/build/as_of/<moment>/built.digest       what it was built from; while that holds, it is not built again

What was published at a moment is another question: the releases of that time answer it.
"""

import hashlib
import os
import re
import shutil
import subprocess
from collections import deque
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from pathlib import Path

import polars as pl

from orchestration.errors import RefusedError
from orchestration.feeds import all_feeds
from orchestration.io.atomic import replaced_folder, write_text
from orchestration.io.lake import Lake
from orchestration.resources.dbt import (
    dbt_executable,
    directories,
    environment,
    project_digest,
    rows_follow_from,
    variables,
)
from orchestration.settings import Settings

MARTS = ("agg_attacks_by_year", "agg_attacks_by_year_overall", "agg_incidents_by_country_month", "fct_feed_batches")
"""What is asked of the past. dbt builds these and what they are made from."""

KEPT = 3
"""So many moments are kept, the last asked for; each is a build file of its own."""

STEP = re.compile(r"(\d+) of (\d+) OK")
"""How dbt says how far it is."""

LAST_WORDS = 20
"""So many lines of dbt's output stand in the message when it fails."""


def parsed_moment(text: str) -> datetime:
    """A moment in UTC, without a zone as the lake has it; a day stands for its end.

    Raises:
        RefusedError: the text is neither a day nor a moment.
    """
    try:
        if len(text) == len("2026-03-01"):
            return datetime.combine(date.fromisoformat(text), time.max)
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise RefusedError(
            source=text,
            problem="this is neither a day nor a moment",
            rule="a day (2026-03-01, which stands for its end) or a moment in UTC (2026-03-01T02:00)",
            way_out="write it so",
        ) from error
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def batches_until(settings: Settings, moment: datetime) -> pl.DataFrame:
    """The batch records of all feeds that had arrived by the moment, in the order of their arrival.

    Raises:
        RefusedError: nothing had arrived by then.
    """
    lake = Lake(settings.lake_dir)
    records = pl.concat([lake.batches(feed) for feed in all_feeds()])
    found = records.filter(pl.col("fetched_at") <= moment).sort("fetched_at", "batch_id")
    if found.is_empty():
        first = records.get_column("fetched_at").min()
        raise RefusedError(
            source=f"{moment:%Y-%m-%d %H:%M} UTC",
            problem="nothing had arrived by then",
            rule=f"a moment after the first batch, which came at {first}" if first else "a lake with batches",
            way_out="ask for a later moment" if first else "run `incidents run`",
        )
    return found


def past_warehouse(settings: Settings, moment: datetime, say: Callable[[str], None]) -> Path:
    """The build file of the warehouse as it stood at a moment, built now if it is not there yet.

    Args:
        settings: where everything lies.
        moment: UTC, without a zone.
        say: told in words how far the build is.

    Raises:
        RefusedError: nothing had arrived by then.
        RuntimeError: dbt could not build it.
    """
    batches = batches_until(settings, moment)
    target = settings.build_dir / "as_of" / f"{moment:%Y%m%dT%H%M%S}"
    digest = _digest(settings, moment, batches)
    stamp = target / "built.digest"
    if not stamp.exists() or stamp.read_text() != digest:
        say(f"Building the warehouse as it stood on {moment:%Y-%m-%d at %H:%M} UTC, from {len(batches)} batches")
        with replaced_folder(target) as building:
            _build(settings, moment, building, say)
            shutil.rmtree(building / "dbt", ignore_errors=True)
            write_text(building / "built.digest", digest)
    os.utime(target)
    _forget_all_but_newest(target.parent)
    return target / settings.build_file.name


def _digest(settings: Settings, moment: datetime, batches: pl.DataFrame) -> str:
    """Everything that the rows follow from: models, contracts, and the batches as they were landed."""
    landed = batches.select("batch_id", "status", "contract_version", "records_landed", "withdrawal_count").rows()
    facts = (
        rows_follow_from(settings),
        project_digest(settings),
        settings.synthetic,
        settings.counted_id_space,
        str(moment),
        landed,
    )
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def _build(settings: Settings, moment: datetime, folder: Path, say: Callable[[str], None]) -> None:
    command = [dbt_executable(), "--no-use-colors", "build", "--exclude-resource-type", "test", "unit_test"]
    command += ["--select", *(f"+{mart}" for mart in MARTS)]
    command += [*variables(settings, as_of=moment.isoformat(sep=" ", timespec="microseconds")), *directories(settings)]
    with subprocess.Popen(  # noqa: S603 - our own executable and paths
        command,
        env=os.environ | environment(settings, folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as dbt:
        last_words: deque[str] = deque(maxlen=LAST_WORDS)
        for line in dbt.stdout or ():
            last_words.append(line)
            if step := STEP.search(line):
                say(f"{step[1]} of {step[2]} models and seeds")
    if dbt.returncode:
        raise RuntimeError(f"dbt could not build the warehouse as of {moment}:\n{''.join(last_words)}")


def _forget_all_but_newest(folder: Path) -> None:
    moments = sorted((path for path in folder.iterdir() if not path.name.startswith(".")), key=_last_asked_for)
    for path in moments[:-KEPT]:
        shutil.rmtree(path, ignore_errors=True)


def _last_asked_for(path: Path) -> float:
    return path.stat().st_mtime
