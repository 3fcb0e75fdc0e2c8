"""One night of one feed in a process of its own, under limits: FEED DATA_DIR LARGEST_FILE are its arguments.

Prints what became of the file and the peak of memory in bytes.
"""

import json
import resource
import sys
from pathlib import Path

from orchestration.assets.landing import land_what_is_new
from orchestration.assets.raw import RawConfig, take_in
from orchestration.feeds import all_feeds
from orchestration.settings import Settings

CPU_SECONDS = 120


def main(feed_name: str, data_dir: str, largest_file: str) -> None:
    """Take in what lies in the inbox, and land it."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(largest_file), int(largest_file)))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    settings = Settings(data_dir=Path(data_dir))
    feed = all_feeds()[feed_name]
    intake = take_in(feed, RawConfig(fetch=False), settings)
    records = land_what_is_new(feed, settings, lambda _: None)
    facts = {"problems": intake.problems, "records": records, "peak": peak_of_memory()}
    sys.stdout.write(json.dumps(facts, default=str))


def peak_of_memory() -> int:
    """The most bytes that this process has held. What `getrusage` says begins with what its parent held."""
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    main(*sys.argv[1:])
