"""dbt's own command without a collector of garbage: `incidents-dbt`.

A dbt process lives for one command and keeps nearly all that it makes, some hundred thousand objects that belong
together. To look through them again and again was a twelfth of its work, and won 40 MB.
"""

import gc
import sys


def main() -> None:
    """Run dbt with this process's arguments, and end as it ends."""
    gc.disable()
    from dbt.cli.main import cli

    sys.exit(cli())
