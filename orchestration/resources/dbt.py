"""How dbt is called: its environment, its manifest, and when everything must be built anew.

What the models mean is dbt's own business; nothing here names one.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.version import Version

from orchestration.feeds import all_feeds
from orchestration.io.atomic import write_text
from orchestration.io.overrides import received_overrides
from orchestration.resources.dagster_dbt_alone import DbtCliResource
from orchestration.resources.links import FOLDER as LINKS_FOLDER
from orchestration.resources.links import links_dir
from orchestration.settings import Settings

DECIDED_BY_PEOPLE = ("seeds/overrides.csv", "seeds/link_decisions.csv")
"""The models themselves find out what a new row of these changes."""

UNASKED = ("--no-write-json", "--log-level-file", "info")
"""What dbt writes of its own accord and nobody reads costs a sixth of a night without news. Compiled SQL stays."""

OLD_INVOCATION = timedelta(days=7)
"""Logs of single dbt invocations are kept this long."""


def dbt_executable() -> str:
    """The dbt beside this Python, also when the environment is not on the PATH; see `dbt_process`."""
    return str(Path(sys.executable).with_name("incidents-dbt"))


def environment(settings: Settings, build_dir: Path | None = None) -> dict[str, str]:
    """What dbt must know: where the lake and the build file are. No secret is among it.

    Args:
        settings: where everything lies.
        build_dir: where to build, if not where the nightly job does.
    """
    folder = build_dir or settings.build_dir
    return {
        "INCIDENTS_LAKE_DIR": str(settings.lake_dir),
        "INCIDENTS_BUILD_FILE": str(folder / settings.build_file.name),
        LINKS_FOLDER: str(links_dir(folder)),
        "INCIDENTS_THREADS": str(settings.threads),
        "INCIDENTS_MEMORY_LIMIT": settings.memory_limit,
        "DBT_TARGET_PATH": str(folder / "dbt"),
        "DBT_LOG_PATH": str(folder / "dbt" / "logs"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
    }


def set_environment(settings: Settings) -> None:
    """Tell dbt, in this process's environment, where the lake and the build file are."""
    os.environ.update(environment(settings))


def project_digest(settings: Settings, *but: str) -> str:
    """A digest of everything in the dbt project but some files: a change in it means that old rows may be wrong."""
    digest, left_out = hashlib.sha256(), {settings.dbt_project_dir / name for name in but}
    for path in sorted(settings.dbt_project_dir.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts and path not in left_out:
            digest.update(str(path.relative_to(settings.dbt_project_dir)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def prepared_manifest(settings: Settings) -> Path:
    """The project's manifest, parsed again only when the project has changed."""
    set_environment(settings)
    manifest = settings.build_dir / "dbt" / "manifest.json"
    stamp = settings.build_dir / "dbt" / "manifest.digest"
    digest = f"{project_digest(settings)} {settings.lake_dir} {variables(settings)}"
    if manifest.exists() and stamp.exists() and stamp.read_text() == digest:
        return manifest
    settings.build_file.parent.mkdir(parents=True, exist_ok=True)
    parse = subprocess.run(  # noqa: S603 - our own executable and paths
        [dbt_executable(), "--quiet", "--no-use-colors", "parse", *variables(settings), *directories(settings)],
        capture_output=True,
        text=True,
        check=False,
    )
    if parse.returncode:
        raise RuntimeError(f"dbt could not parse {settings.dbt_project_dir}:\n{parse.stdout}{parse.stderr}")
    write_text(stamp, digest)
    return manifest


def variables(settings: Settings, **more: str) -> list[str]:
    """Dbt's variables. Parsing and building are given the same ones: with others dbt would parse everything again."""
    given = {
        "synthetic": settings.synthetic,
        "revision_lag_days": {name: feed.revision_lag.days for name, feed in all_feeds().items()},
        "counted_id_space": settings.counted_id_space,
        "weak_id_spaces": list(settings.weak_id_spaces),
    }
    return ["--vars", json.dumps(given | more)]


class Dbt(DbtCliResource):
    """Dagster's way to call dbt, without two things that it does ahead of every call and that nobody here asks for.

    It starts dbt once more to hear its version, and it loads a second dbt into this process to ask about columns.
    Together they took five seconds, a quarter of a night without news.
    """

    @cached_property
    def _cli_version(self) -> Version:
        return Version(metadata.version("dbt-core"))

    def _initialize_dbt_core_adapter(self, args: Sequence[str]) -> Any:  # noqa: ANN401, ARG002 - as in the base
        return None


def dbt_resource(settings: Settings) -> DbtCliResource:
    """The resource through which the assets call dbt."""
    return Dbt(
        project_dir=str(settings.dbt_project_dir),
        profiles_dir=str(settings.dbt_project_dir),
        dbt_executable=dbt_executable(),
        global_config_flags=list(UNASKED),
    )


def dictionary(settings: Settings) -> Path:
    """The data dictionary as one static page, made again only when the project has changed."""
    with dictionary_being_made(settings):
        return _dictionary_page(settings)


@contextmanager
def dictionary_being_made(settings: Settings) -> Generator[None]:
    """Make the dictionary beside whatever the block does. It is made from the project alone, so both can run at once.

    Raises:
        RuntimeError: dbt could not make it.
    """
    page = _dictionary_page(settings)
    if page.exists():
        yield
        return
    folder = page.parent
    shutil.rmtree(folder.parent, ignore_errors=True)
    folder.mkdir(parents=True)
    manifest = prepared_manifest(settings)
    for made in (manifest, manifest.with_name("partial_parse.msgpack")):
        shutil.copy(made, folder)  # so that dbt need not compile, which would open the build file
    command = [
        dbt_executable(),
        "--quiet",
        "--no-use-colors",
        "docs",
        "generate",
        "--static",
        "--empty-catalog",
        "--no-compile",
    ]
    command += ["--target-path", str(folder), *variables(settings), *directories(settings)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as docs:  # noqa: S603
        yield
        said, _ = docs.communicate()
    if docs.returncode:
        raise RuntimeError(f"dbt could not write the dictionary:\n{said}")
    # What goes out says nothing of the machine that made it.
    text = page.read_text(encoding="utf-8").replace(str(settings.lake_dir), "lake")
    write_text(page, text.replace(str(settings.dbt_project_dir), "dbt_project"))


def _dictionary_page(settings: Settings) -> Path:
    return settings.build_dir / "dictionary" / project_digest(settings) / "static_index.html"


def must_build_anew(settings: Settings) -> bool:
    """Were the build file's rows made by another version of models or contracts, or never to their end?"""
    built = _built_stamp(settings)
    return not settings.build_file.exists() or not built.exists() or built.read_text() != rows_follow_from(settings)


def start_building(settings: Settings) -> None:
    """Until `finish_building` says otherwise, a full build is half done."""
    _built_stamp(settings).unlink(missing_ok=True)
    _forget_old_invocations(settings)


def finish_building(settings: Settings, built_from: str) -> None:
    """Note what every model has been built from, as it stood when the build began (`rows_follow_from`)."""
    write_text(_built_stamp(settings), built_from)


def rows_follow_from(settings: Settings) -> str:
    """The models, and what lands the same batches again with other rows: contracts, selections, received overrides.

    Overrides of reports and decisions on links are not among it: the models themselves find out what they change.
    """
    contracts = " ".join(
        f"{name}:{feed.contract.version}:{feed.selection(settings) or ''}:{received_overrides(feed).digest or ''}"
        for name, feed in all_feeds().items()
    )
    digest = project_digest(settings, *DECIDED_BY_PEOPLE)
    return f"{digest} {contracts} {settings.counted_id_space} {settings.weak_id_spaces}"


def _built_stamp(settings: Settings) -> Path:
    return settings.build_dir / "built.digest"


def but_standing_seeds(settings: Settings) -> list[str]:
    """Leave out, as arguments, the seeds that stand as the last full build left them, and the tests of them alone.

    They follow from the project, and another project is built anew; but for what people decide.
    """
    decided = [Path(name).stem for name in DECIDED_BY_PEOPLE]
    seeds = sorted(path.stem for path in (settings.dbt_project_dir / "seeds").glob("*.csv"))
    standing = " ".join(seed for seed in seeds if seed not in decided)
    # Cautiously: a test that looks from a model into a seed is a test of the model.
    return ["--exclude", standing, "--indirect-selection", "cautious"]


def directories(settings: Settings) -> list[str]:
    """Where dbt finds the project and its profile, as arguments."""
    return ["--project-dir", str(settings.dbt_project_dir), "--profiles-dir", str(settings.dbt_project_dir)]


def _forget_old_invocations(settings: Settings) -> None:
    oldest = time.time() - OLD_INVOCATION.total_seconds()
    for folder in (settings.build_dir / "dbt").glob("*-*-*"):
        if folder.is_dir() and folder.stat().st_mtime < oldest:
            shutil.rmtree(folder, ignore_errors=True)
