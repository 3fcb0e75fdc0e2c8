"""How a command's process ends: at once, with everything closed and written."""

import atexit
import os
import sys
from typing import NoReturn


def end_at_once(code: object) -> NoReturn:
    """End this process as `sys.exit(code)` would, but leave to the system what was imported.

    Python would take it apart, object by object, for one or two seconds.
    """
    atexit._run_exitfuncs()  # pyright: ignore[reportPrivateUsage] - what closes files, dbt's build file among them
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))
