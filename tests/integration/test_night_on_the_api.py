"""Nights that fetch: the real command against local servers that speak the APIs and commit their faults."""

from calendar import monthrange
from datetime import UTC, date, datetime

import pytest

from orchestration.feeds.spec import Content
from orchestration.feeds.ucdp import candidate_scope
from orchestration.resources.ucdp import candidate_editions
from tests.servers import acled
from tests.servers.ucdp import TOKEN, make_events, serving
from tests.warehouse import Warehouse

YEARLY = "25.1"
pytestmark = pytest.mark.xdist_group("api")


def editions() -> dict[str, list[dict]]:
    """The yearly edition, and every month that a night of today asks for."""
    made = {YEARLY: make_events(1200, date(2020, 1, 1), date(2024, 12, 31))}
    for number, name in enumerate(candidate_editions(YEARLY, datetime.now(UTC).date())):
        scope = candidate_scope(name, Content("", None, ()))
        assert scope.covers_from and scope.covers_until
        assert scope.covers_until.day == monthrange(scope.covers_until.year, scope.covers_until.month)[1]
        made[name] = make_events(10, scope.covers_from, scope.covers_until, 1_000_000 + 1000 * number)
    return made


def test_a_night_on_the_api_and_one_whose_token_is_rejected(tmp_path_factory: pytest.TempPathFactory):
    warehouse = Warehouse(tmp_path_factory.mktemp("api"))
    served = editions()
    with serving(served) as server:
        warehouse.environment |= {
            "UCDP_ACCESS_TOKEN": TOKEN,
            "INCIDENTS_UCDP_API_URL": f"{server.url}/api",
            "INCIDENTS_UCDP_GED_VERSION": YEARLY,
        }
        report = warehouse.json("run")
        assert report["new_batches"] == len(served)
        assert warehouse.query("select count(*) from fct_reports") == [(sum(map(len, served.values())),)]

        again = warehouse.json("run")
        assert (again["new_batches"], again["release"]["is_unchanged"]) == (0, True)

        server.fail("token_rejected", times=None, detail=TOKEN)
        failed = warehouse.command("run", code=1)
    assert "UCDP_ACCESS_TOKEN" in failed.stderr
    assert "The night went without something" in failed.stderr
    assert warehouse.query("select release_id from release") == [(report["release"]["release_id"],)]
    assert TOKEN not in failed.stdout + failed.stderr
    written = [path for path in warehouse.root.rglob("*") if path.is_file() and path.stat().st_size < 50_000_000]
    assert not [path for path in written if TOKEN.encode() in path.read_bytes()]


def test_a_night_without_a_token_is_skipped_and_says_so(tmp_path_factory: pytest.TempPathFactory):
    warehouse = Warehouse(tmp_path_factory.mktemp("no_token"))
    done = warehouse.command("run", code=None)
    assert "skipped because UCDP_ACCESS_TOKEN is not set" in done.stderr
    assert "skipped because ACLED_USERNAME and ACLED_PASSWORD are not set" in done.stderr
    status = warehouse.command("status").stdout
    assert "UCDP_ACCESS_TOKEN" in status
    assert "ACLED_PASSWORD" in status


def test_nights_on_acleds_api_bring_windows_changes_and_deletions(tmp_path_factory: pytest.TempPathFactory):
    warehouse = Warehouse(tmp_path_factory.mktemp("acled"))
    now = datetime.now(UTC)
    events = acled.make_events("Mali", 60, now.year - 1, int(now.timestamp()) - 90 * 86_400)
    with acled.serving(events) as server:
        warehouse.environment |= {
            "ACLED_USERNAME": acled.USERNAME,
            "ACLED_PASSWORD": acled.PASSWORD,
            "INCIDENTS_ACLED_API_URL": f"{server.url}/api",
            "INCIDENTS_ACLED_TOKEN_URL": f"{server.url}{acled.TOKEN_PATH}",
            "INCIDENTS_ACLED_COUNTRIES": "Mali",
            "INCIDENTS_ACLED_FROM_DATE": f"{now.year - 1}-01-01",
            "INCIDENTS_UCDP_SOURCE": "off",
        }

        def night() -> tuple[int, list]:
            # Its audit misses incidents, which the reports of ACLED alone do not make: that is not tried here.
            report = warehouse.json("run", code=None)
            return report["new_batches"], report["failed_checks"]

        assert night() == (1, [])
        assert warehouse.build_query("select count(*) from marts.fct_reports where feed = 'acled'") == [(60,)]

        gone, changed = events[7], events[8]
        server.events.remove(gone)
        changed |= {"fatalities": "99", "timestamp": str(int(now.timestamp()))}
        server.deleted = [{"event_id_cnty": gone["event_id_cnty"], "deleted_timestamp": str(int(now.timestamp()))}]
        assert night() == (2, [])
        assert night() == (0, [])
    changes = warehouse.build_query(
        "select change_type, withdrawal_evidence, left(md5('acled:' || $1), 16) = report_id,"
        " left(md5('acled:' || $2), 16) = report_id"
        " from marts.fct_report_changes where change_type != 'new' order by change_type",
        changed["event_id_cnty"],
        gone["event_id_cnty"],
    )
    assert changes == [("revised", None, True, False), ("withdrawn", "deleted", False, True)]
