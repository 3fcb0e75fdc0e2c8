"""A whole warehouse in a folder of its own, driven through the command as a user drives it."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from orchestration.settings import PROJECT_ROOT

DICTIONARY = Path("build") / "dictionary"
_dictionaries: list[Path] = []
"""Where a warehouse of this process has left its dictionary: it is made from the project alone, whatever the data."""

SECRETS = ("UCDP_ACCESS_TOKEN", "ACLED_USERNAME", "ACLED_PASSWORD")
INCIDENTS = str(Path(sys.executable).with_name("incidents"))


@dataclass
class Warehouse:
    """One data folder and one Dagster instance, both below `root`."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)
    first_report: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        home = self.root / "home"
        home.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT_ROOT / "dagster.yaml", home)

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def published(self) -> Path:
        return self.data / "published" / "warehouse.duckdb"

    def written_at(self) -> tuple[int, int]:
        """When the build file and the file that readers open were last written."""
        build = self.data / "build" / "warehouse.duckdb"
        return build.stat().st_mtime_ns, self.published.stat().st_mtime_ns

    def command(self, *arguments: str | Path, code: int | None = 0) -> subprocess.CompletedProcess[str]:
        """Run `incidents` and expect an exit code."""
        self._share_dictionary()
        done = subprocess.run(
            [INCIDENTS, *map(str, arguments)],
            env={
                **{name: value for name, value in os.environ.items() if name not in SECRETS},
                "INCIDENTS_DATA_DIR": str(self.data),
                "DAGSTER_HOME": str(self.root / "home"),
                "NO_COLOR": "1",
                "COLUMNS": "200",
                **self.environment,
            },
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        if code is not None and done.returncode != code:
            raise AssertionError(f"incidents {arguments} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
        return done

    def _share_dictionary(self) -> None:
        """Spare the second warehouse of a process the five seconds in which the dictionary is made."""
        mine = self.data / DICTIONARY
        made = next((path for path in _dictionaries if any(path.glob("*/static_index.html"))), None)
        if made is None:
            _dictionaries.append(mine)
        elif not mine.exists():
            shutil.copytree(made, mine)

    def json(self, *arguments: str | Path, code: int | None = 0) -> Any:
        """Run a command with --json and read what it prints."""
        return json.loads(self.command(*arguments, "--json", code=code).stdout)

    def query(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Ask the published warehouse."""
        with duckdb.connect(str(self.published), read_only=True) as connection:
            return connection.execute(sql, list(parameters)).fetchall()

    def build_query(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Ask the build file."""
        with duckdb.connect(str(self.data / "build" / "warehouse.duckdb"), read_only=True) as connection:
            return connection.execute(sql, list(parameters)).fetchall()
