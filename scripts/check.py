"""Everything that `make check` looks at: ruff, pyright, sqlfluff, dbt, locks, generated docs."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from orchestration.resources.dbt import set_environment
from orchestration.settings import PROJECT_ROOT, Settings

BIN = Path(sys.executable).parent
DBT = ["--project-dir", "dbt_project", "--profiles-dir", "dbt_project"]
CHECKS = {
    "ruff": [BIN / "ruff", "check", "."],
    "format": [BIN / "ruff", "format", "--check", "--quiet", "."],
    "pyright": [BIN / "pyright", "--pythonpath", sys.executable],
    "dbt parse": [BIN / "dbt", "--quiet", "--no-use-colors", "parse", *DBT],
    "sqlfluff": [BIN / "sqlfluff", "lint", "--disable-progress-bar", "--processes", "2", "."],
    "locks": [sys.executable, "-m", "scripts.lock", "--check"],
    "docs": [sys.executable, "-m", "scripts.make_docs", "--check"],
}


def main() -> int:
    """Run every check, show what the failing ones say, and return how many failed."""
    with tempfile.TemporaryDirectory() as folder:
        set_environment(Settings(data_dir=Path(folder)))
        os.environ["PYRIGHT_PYTHON_IGNORE_WARNINGS"] = "1"
        results = {name: _run(name, [str(word) for word in command]) for name, command in CHECKS.items()}
    failed = [name for name, is_clean in results.items() if not is_clean]
    verdict = f", failed: {', '.join(failed)}" if failed else ""
    sys.stdout.write(f"{len(results) - len(failed)} checks clean{verdict}\n")
    return len(failed)


def _run(name: str, command: list[str]) -> bool:
    started = time.monotonic()
    folder = PROJECT_ROOT / "dbt_project" if name == "sqlfluff" else PROJECT_ROOT  # it reads its settings from there
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603
    sys.stdout.write(f"{'ok    ' if done.returncode == 0 else 'FAILED'} {name} ({time.monotonic() - started:.1f} s)\n")
    if done.returncode:
        sys.stdout.write(done.stdout + done.stderr)
    sys.stdout.flush()
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
