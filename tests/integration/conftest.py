"""What several modules of these tests look at."""

import pytest

from tests.warehouse import Warehouse


@pytest.fixture(scope="session")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """The whole job on the synthetic sample. Modules that ask for it are of the group `nightly`: it is run once."""
    warehouse = Warehouse(tmp_path_factory.mktemp("sample"))
    warehouse.first_report = warehouse.json("run", "--sample")
    return warehouse
