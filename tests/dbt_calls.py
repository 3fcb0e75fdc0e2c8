"""dbt by itself, over a lake and a build file of a test's own."""

import os
import subprocess

from orchestration.resources.dbt import UNASKED, dbt_executable, directories, environment
from orchestration.settings import Settings


def dbt(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Call dbt as the nightly job would; how it ended is for the test to judge."""
    return subprocess.run(
        [dbt_executable(), "--quiet", "--no-use-colors", *UNASKED, *arguments, *directories(settings)],
        env=os.environ | environment(settings),
        capture_output=True,
        text=True,
        check=False,
    )
