"""dbt's own command, started so that Python hardly ever looks for garbage: `incidents-dbt`.

A dbt process lives for one command and keeps nearly all that it makes, some hundred thousand objects that belong
together. To look through them again and again was a twelfth of its work.
"""

import gc
import sys

ALLOCATIONS_BETWEEN_LOOKS = 200_000
"""Python's own default is 700."""


def main() -> None:
    """Run dbt with this process's arguments, and end as it ends."""
    gc.set_threshold(ALLOCATIONS_BETWEEN_LOOKS, 50, 100)
    from dbt.cli.main import cli

    sys.exit(cli())
