"""Resolve the locks: every package with its hashes, for Python 3.11 to 3.13, without addresses.

    python -m scripts.lock            write requirements.lock and requirements-dev.lock
    python -m scripts.lock --check    fail when they no longer fit pyproject.toml; needs no internet

The check asks whether each requirement of pyproject.toml is met by the version that is locked: that a newer version
exists somewhere does not make a lock wrong.
"""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from orchestration.settings import PROJECT_ROOT

DEV, RUN = Path("requirements-dev.lock"), Path("requirements.lock")
UV = Path(sys.executable).with_name("uv")
OPTIONS = ["--universal", "--generate-hashes", "--no-strip-extras", "--python-version", "3.11", "--quiet"]
PINNED = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^\]]*\])?==([^ ;\\]+)", re.MULTILINE | re.IGNORECASE)


def main() -> int:
    """Write or check the locks."""
    if "--check" in sys.argv:
        problems = [*_unmet(DEV, ["build", "dev"]), *_unmet(RUN, ["build"]), *_apart(), *_addresses()]
        sys.stdout.writelines(f"{problem}\n" for problem in problems)
        return bool(problems)
    _compile(DEV, ["--extra", "build", "--extra", "dev"])
    _compile(RUN, ["--extra", "build", "--constraints", str(DEV)])
    return 0


def _compile(lock: Path, options: list[str]) -> None:
    command = [str(UV), "pip", "compile", "pyproject.toml", *OPTIONS, *options, "--output-file", str(lock)]
    subprocess.run([*command, "--custom-compile-command", "make lock"], cwd=PROJECT_ROOT, check=True)  # noqa: S603


def _pins(lock: Path) -> dict[str, set[str]]:
    """The locked versions by name; a package may have one for each Python."""
    pins: dict[str, set[str]] = {}
    for name, version in PINNED.findall((PROJECT_ROOT / lock).read_text(encoding="utf-8")):
        pins.setdefault(canonicalize_name(name), set()).add(version)
    return pins


def _unmet(lock: Path, extras: list[str]) -> list[str]:
    project = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *(line for extra in extras for line in project["optional-dependencies"][extra])]
    pins = _pins(lock)
    return [
        f"{lock}: {line} is not met by {', '.join(sorted(pins.get(canonicalize_name(need.name), set()))) or 'nothing'}"
        for line in wanted
        for need in [Requirement(line)]
        if not any(need.specifier.contains(version) for version in pins.get(canonicalize_name(need.name), set()))
    ]


def _apart() -> list[str]:
    dev = _pins(DEV)
    apart = (name for name, pins in _pins(RUN).items() if not pins <= dev.get(name, set()))
    return [f"{RUN} and {DEV} lock {name} apart" for name in apart]


def _addresses() -> list[str]:
    texts = {lock: (PROJECT_ROOT / lock).read_text(encoding="utf-8") for lock in (DEV, RUN)}
    return [f"{lock} names an address" for lock, text in texts.items() if "://" in text]


if __name__ == "__main__":
    sys.exit(main())
