"""Run a command and watch the memory of its processes. Linux only: it reads /proc."""

import os
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

INTERVAL_S = 0.02
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass
class Measured:
    """What a command took.

    Attributes:
        seconds: wall time.
        samples: (time since the epoch, resident bytes of the largest process).
        output: what it printed.
    """

    seconds: float = 0.0
    samples: list[tuple[float, int]] = field(default_factory=list)
    output: str = ""

    def peak(self, start: float = 0.0, end: float = float("inf")) -> int:
        """The largest process's resident bytes between two times."""
        return max((size for moment, size in self.samples if start <= moment <= end), default=0)


def measured(command: list[str], environment: dict[str, str]) -> Measured:
    """Run a command to its end.

    Raises:
        RuntimeError: it failed; its output is in the message.
    """
    result = Measured()
    started = time.monotonic()
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        stop = threading.Event()
        watcher = threading.Thread(target=_watch, args=(process.pid, result.samples, stop))
        watcher.start()
        result.output, _ = process.communicate()
        stop.set()
        watcher.join()
    result.seconds = time.monotonic() - started
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}:\n{result.output}")
    return result


def _watch(root: int, samples: list[tuple[float, int]], stop: threading.Event) -> None:
    while not stop.wait(INTERVAL_S):
        samples.append((time.time(), max(map(_resident, _family(root)), default=0)))


def _family(root: int) -> list[int]:
    """The process and all that descend from it."""
    found, waiting = [], [root]
    while waiting:
        process = waiting.pop()
        found.append(process)
        for children in Path(f"/proc/{process}/task").glob("*/children"):
            try:
                waiting.extend(map(int, children.read_text().split()))
            except OSError:
                continue
    return found


def _resident(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * PAGE_BYTES
    except (OSError, IndexError):
        return 0
