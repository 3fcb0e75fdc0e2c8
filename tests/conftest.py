"""What every test shares: a data folder of its own, no telemetry, no secret from the machine it runs on."""

import os
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from orchestration.settings import PROJECT_ROOT, get_settings

hypothesis_settings.register_profile("suite", deadline=None, print_blob=True)
hypothesis_settings.load_profile("suite")

AT_REST = ("INCIDENTS_INBOX_SETTLE_SECONDS", "0")
"""What a test drops into the inbox is whole."""
os.environ.update([AT_REST])

REAL = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def dagster_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Dagster instance of the tests' own: their runs are not to be seen among those of the project."""
    home = tmp_path_factory.mktemp("dagster_home")
    configuration = (PROJECT_ROOT / "dagster.yaml").read_text()
    (home / "dagster.yaml").write_text(configuration.replace("data/dagster", str(home)))  # whatever folder a test is in
    return home


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, dagster_home: Path):
    """Nobody's settings or secrets leak into a test, and no run of a test into the project."""
    for name in list(os.environ):
        if name.startswith("INCIDENTS_") or name in {"UCDP_ACCESS_TOKEN", "ACLED_USERNAME", "ACLED_PASSWORD"}:
            monkeypatch.delenv(name)
    monkeypatch.setenv(*AT_REST)
    monkeypatch.setenv("DAGSTER_HOME", str(dagster_home))
    monkeypatch.setenv("GX_ANALYTICS_ENABLED", "false")
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real files beside the project."""
    if not REAL.exists():
        pytest.skip("the real files are not beside the project")
    return REAL
