"""Nights on ACLED's API: what is asked for, what is kept, what is withdrawn, and what a failure costs."""

import logging
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from orchestration.feeds import acled_fetch, all_feeds
from orchestration.feeds.acled_windows import Window, all_windows, changes_of, swept_window_of, window_of
from orchestration.settings import Settings
from tests.acled_nights import Nights, quick
from tests.servers.acled import (
    DELETED_PATH,
    PASSWORD,
    TOKEN_PATH,
    USERNAME,
    AcledServer,
    make_event,
    make_events,
    serving,
)

FIRST = date(2023, 11, 20)
STAMP = 1_690_000_000
"""When everything was uploaded: 2023-07-22, long before the first night."""
HOUR, DAY = 3600, 86_400
FIRST_STAMP = 1_700_445_600
"""The first night at two, in seconds since 1970."""
WINDOWS = [
    "Mali 2022-01-01..2022-12-31",
    "Mali 2023-01-01..2023-11-19",  # its newest event: what came after may not be published yet
    "Niger 2022-01-01..2022-12-31",
    "Niger 2023-01-01..2023-11-13",
]


@pytest.fixture(name="server")
def _server(monkeypatch: pytest.MonkeyPatch) -> Iterator[AcledServer]:
    events = [
        *make_events("Mali", 125, 2022, STAMP),
        *make_events("Mali", 60, 2023, STAMP, first_number=500),
        *make_events("Niger", 40, 2022, STAMP),
        *make_events("Niger", 30, 2023, STAMP, first_number=500),
    ]
    with quick(monkeypatch), serving([event for event in events if event["event_date"] <= "2023-11-19"]) as server:
        yield server


@pytest.fixture(name="nights")
def _nights(server: AcledServer, tmp_path: Path) -> Nights:
    return Nights(server, tmp_path / "data")


def later(days: int) -> date:
    return FIRST + timedelta(days=days)


def event(server: AcledServer, event_id: str) -> dict:
    return next(event for event in server.events if event["event_id_cnty"] == event_id)


# -- windows --


def test_the_first_night_fetches_every_window_and_lands_every_event(nights: Nights, server: AcledServer) -> None:
    night = nights.night(FIRST)
    assert night.problem is None
    assert night.editions == WINDOWS
    assert {manifest.scope for manifest in night.new} == {"window"}
    assert set(nights.landed().get_column("event_id_cnty")) == {row["event_id_cnty"] for row in server.events}
    assert [manifest.records_expected for manifest in night.new] == [125, 54, 40, 27]


def test_a_night_without_news_makes_no_batch_and_few_requests(nights: Nights) -> None:
    nights.night(FIRST)
    night = nights.night(later(1))
    assert night.new == []
    assert night.requests == 1 + 2 + 1, "a login, the changes of two countries, the deletions"
    (said,) = night.skipped
    assert said.startswith("nothing new: changes in Mali since 2023-11-13")


def test_windows_are_told_from_editions() -> None:
    window = window_of("Burkina Faso 2023-01-01..2023-12-31")
    assert window == Window("Burkina Faso", date(2023, 1, 1), date(2023, 12, 31))
    assert (window.edition, window_of(window.sweep_edition)) == ("Burkina Faso 2023-01-01..2023-12-31", None)
    assert swept_window_of(window.sweep_edition) == window
    assert [window_of(name) for name in (None, "", "changes in Mali 1..2", "deleted 1..2", "Mali 2023")] == [None] * 5
    assert changes_of("changes in Mali 1..2") is not None


def test_windows_are_years_and_end_before_an_embargo() -> None:
    settings = Settings(
        acled_countries="Mali, Burkina Faso ,", acled_from_date=date(2021, 5, 1), acled_embargo_days=365
    )  # type: ignore[arg-type]
    assert [window.edition for window in all_windows(settings, FIRST)] == [
        "Mali 2021-05-01..2021-12-31",
        "Mali 2022-01-01..2022-11-20",
        "Burkina Faso 2021-05-01..2021-12-31",
        "Burkina Faso 2022-01-01..2022-11-20",
    ]


def test_the_running_year_is_fetched_again_after_a_week_and_speaks_up_to_its_newest_event(
    nights: Nights, server: AcledServer
) -> None:
    nights.night(FIRST)
    server.events.append(make_event("Mali", 900, date(2023, 11, 25), FIRST_STAMP + 6 * DAY))
    assert [changes_of(edition) is None for edition in nights.night(later(6)).editions] == [False]
    assert nights.night(later(8)).editions == ["Mali 2023-01-01..2023-11-25"], "Niger's answer is the same as before"


def test_a_year_that_is_over_is_fetched_whole_when_all_of_it_is_published(nights: Nights) -> None:
    nights.night(FIRST)
    nights.server.last_update += 1  # else the bytes are the same, and the payload is known
    assert nights.night(date(2024, 1, 5)).editions == [WINDOWS[1], WINDOWS[3]]
    assert nights.night(date(2024, 1, 6)).editions == [], "the new year has no event yet, which is told by nobody"
    nights.server.last_update += 1
    editions = nights.night(date(2024, 2, 5)).editions
    assert editions == ["Mali 2023-01-01..2023-12-31", "Niger 2023-01-01..2023-12-31"]


def test_a_night_that_is_cut_short_is_gone_on_with(nights: Nights) -> None:
    nights.settings = {"acled_daily_requests": 8}
    night = nights.night(FIRST)
    assert night.editions == WINDOWS[:2]
    assert night.problem is None
    assert "the budget of 8 requests" in night.skipped[0]
    assert "2 of 4 windows are there; the next night goes on" in night.skipped[0]
    (nights.root / "state" / "acled_requests.json").unlink()
    assert nights.night(later(1)).editions == WINDOWS[2:]


def test_a_night_whose_batches_did_not_land_is_gone_on_with(nights: Nights) -> None:
    nights.night(FIRST, land=False)
    assert nights.night(later(1), land=False).new == [], "what lies in raw is known"
    assert nights.night(later(2)).new == []
    assert len(nights.landed()) == 246


def test_a_year_without_events_is_told_by_the_window_that_follows(nights: Nights) -> None:
    nights.settings = {"acled_from_date": date(2020, 6, 1)}
    night = nights.night(FIRST)
    assert night.problem is None
    assert night.editions == [
        f"Mali 2020-06-01{WINDOWS[0][15:]}",
        WINDOWS[1],
        f"Niger 2020-06-01{WINDOWS[2][16:]}",
        WINDOWS[3],
    ]
    assert nights.night(later(1)).requests == 1 + 2 + 1, "it is not asked for again"
    nights.settings |= {"acled_sweep_windows": 8}
    assert nights.night(later(2)).new == []


def test_the_feed_itself_lands_windows_changes_and_withdrawals(nights: Nights, server: AcledServer) -> None:
    nights.feed = all_feeds()["acled"]
    nights.night(FIRST)
    event(server, "MLI7").update(fatalities="99", timestamp=str(FIRST_STAMP + HOUR))
    server.deleted = [{"event_id_cnty": "MLI8", "deleted_timestamp": str(FIRST_STAMP + HOUR)}]
    for gone in ("MLI8", "NIG7"):
        server.events.remove(event(server, gone))
    nights.settings = {"acled_sweep_windows": 4}
    nights.night(later(1))
    batches = nights.lake.batches("acled")
    assert batches.select("status", "purpose", "scope_kind", "records_landed", "records_quarantined").rows() == [
        *(("landed", "records", "window", count, 0) for count in (125, 54, 40, 27)),
        ("landed", "records", "delta", 1, 0),
        ("landed", "withdrawals", "delta", 0, 0),
        ("landed", "sweep", "delta", 0, 0),
        ("landed", "records", "window", 39, 0),
    ]
    first = batches.row(0, named=True)
    assert (first["covers_from"], first["covers_until"], first["country_scope"]) == (
        date(2022, 1, 1),
        date(2022, 12, 31),
        ",Mali,",
    )
    assert nights.withdrawals() == [("MLI8", "deleted"), ("NIG7", "swept")]


# -- changes --


def test_changed_and_new_events_come_as_a_delta(nights: Nights, server: AcledServer) -> None:
    nights.night(FIRST)
    event(server, "MLI7").update(fatalities="99", timestamp=str(FIRST_STAMP + HOUR))
    server.events.append(make_event("Mali", 900, date(2023, 11, 20), FIRST_STAMP + 2 * HOUR))
    night = nights.night(later(1))
    assert night.editions == [f"changes in Mali {FIRST_STAMP - 7 * DAY}..{FIRST_STAMP + 2 * HOUR}"]
    assert [manifest.scope for manifest in night.new] == ["delta"]
    rows = nights.landed().filter(_batch_id=night.new[0].batch_id)
    assert sorted(rows.select("event_id_cnty", "fatalities").rows()) == [("MLI7", 99), ("MLI900", 4)]
    assert nights.night(later(2)).new == [], "the overlap brings them again, and they are known"


def test_changes_are_asked_for_since_the_newest_that_is_known(nights: Nights, server: AcledServer) -> None:
    nights.night(FIRST)
    event(server, "MLI7").update(timestamp=str(FIRST_STAMP + 20 * DAY))
    nights.night(later(21))
    nights.night(later(22))
    since = [int(request.query["timestamp"]) for request in server.asked() if "timestamp" in request.query]
    assert since[-2] == FIRST_STAMP + 13 * DAY, "Mali: seven days before the newest change"
    assert since[-1] == FIRST_STAMP - 7 * DAY + 2, "Niger: before the first window, since nothing has changed"


def test_changes_while_windows_are_still_missing_are_not_lost(nights: Nights, server: AcledServer) -> None:
    nights.settings = {"acled_daily_requests": 5}
    nights.night(FIRST)
    event(server, "MLI7").update(fatalities="99", timestamp=str(FIRST_STAMP + DAY))
    nights.settings = {}
    assert any("changes in Mali" in str(edition) for edition in nights.night(later(30)).editions)


def test_a_record_in_quarantine_is_no_news_either(nights: Nights, server: AcledServer) -> None:
    nights.night(FIRST)
    event(server, "MLI7").update(fatalities="-1", timestamp=str(FIRST_STAMP + HOUR))
    assert len(nights.night(later(1)).new) == 1
    assert nights.night(later(2)).new == []


# -- deletions --


def test_deletions_are_withdrawals_by_the_sources_word(nights: Nights, server: AcledServer) -> None:
    nights.night(FIRST)
    server.deleted = [{"event_id_cnty": "MLI7", "deleted_timestamp": str(FIRST_STAMP + HOUR)}]
    server.events.remove(event(server, "MLI7"))
    night = nights.night(later(1))
    assert night.editions == [f"deleted {FIRST_STAMP - 7 * DAY}..{FIRST_STAMP + HOUR}"]
    assert [(manifest.purpose, manifest.scope) for manifest in night.new] == [("withdrawals", "delta")]
    assert nights.withdrawals() == [("MLI7", "deleted")]
    assert nights.night(later(2)).new == [], "they are told again, and known"


# -- sweeps --


def test_a_missing_id_becomes_a_withdrawal_and_its_window_is_fetched_again(nights: Nights, server: AcledServer) -> None:
    nights.night(FIRST)
    server.events.remove(event(server, "MLI7"))
    nights.settings = {"acled_sweep_windows": 4}
    night = nights.night(later(1))
    assert night.editions == ["ids of Mali 2022-01-01..2022-12-31", "Mali 2022-01-01..2022-12-31"]
    assert [manifest.purpose for manifest in night.new] == ["sweep", "records"]
    assert nights.withdrawals() == [("MLI7", "swept")]
    swept = next(request for request in server.asked() if "fields" in request.query)
    assert swept.query["fields"] == "event_id_cnty|event_date|country|timestamp"
    assert nights.night(later(2)).new == []


def test_an_id_or_version_that_is_not_known_has_its_window_fetched_again(nights: Nights, server: AcledServer) -> None:
    nights.night(FIRST)
    server.events.append(make_event("Niger", 900, date(2022, 3, 1), STAMP - DAY))  # no change tells of it
    event(server, "MLI7").update(timestamp=str(STAMP - DAY))
    nights.settings = {"acled_sweep_windows": 4}
    assert nights.night(later(1)).editions == [WINDOWS[0], WINDOWS[2]]
    assert nights.withdrawals() == []
    assert nights.night(later(2)).new == []


def test_a_sweep_that_finds_nothing_costs_only_its_requests(nights: Nights) -> None:
    nights.night(FIRST)
    nights.settings = {"acled_sweep_windows": 2}
    night = nights.night(later(1))
    assert night.new == []
    assert "ids of" in night.skipped[0]


def test_sweeps_go_round_the_whole_history(nights: Nights, server: AcledServer) -> None:
    nights.night(FIRST)
    nights.settings = {"acled_sweep_windows": 1, "acled_refetch_days": 30}
    asked_before = len(server.requests)
    for day in range(1, 5):
        nights.night(later(day))
    swept = {
        (request.query["country"], request.query["event_date"][:4])
        for request in server.requests[asked_before:]
        if "fields" in request.query
    }
    assert swept == {(country, year) for country in ("Mali", "Niger") for year in ("2022", "2023")}


def test_a_sweep_that_the_events_contradict_withdraws_nothing(
    nights: Nights, server: AcledServer, caplog: pytest.LogCaptureFixture
) -> None:
    nights.night(FIRST)
    nights.settings = {"acled_sweep_windows": 4}
    given = server._visible

    def without_one_id(query: dict) -> list:
        rows = given(query)
        return [row for row in rows if row["event_id_cnty"] != "MLI7"] if "fields" in query else rows

    server._visible = without_one_id  # type: ignore[method-assign]
    assert nights.night(later(1)).new == []
    assert nights.withdrawals() == []
    assert "ids were missing from a sweep but not from the events" in caplog.text


def test_what_was_deleted_or_withdrawn_is_not_missing_once_more(nights: Nights, server: AcledServer) -> None:
    nights.night(FIRST)
    server.deleted = [{"event_id_cnty": "MLI7", "deleted_timestamp": str(FIRST_STAMP + HOUR)}]
    server.events.remove(event(server, "MLI7"))
    nights.settings = {"acled_sweep_windows": 4}
    assert [manifest.purpose for manifest in nights.night(later(1)).new] == ["withdrawals"]
    assert nights.night(later(2)).new == []


def test_an_event_that_came_back_is_known_again(nights: Nights, server: AcledServer) -> None:
    nights.night(FIRST)
    gone = event(server, "MLI7")
    server.events.remove(gone)
    nights.settings = {"acled_sweep_windows": 4}
    nights.night(later(1))
    server.events.append(gone)
    assert nights.night(later(3)).editions == [WINDOWS[0]]
    assert nights.night(later(4)).new == []


def test_an_event_that_moved_to_another_year_is_not_missing_from_the_first(nights: Nights, server: AcledServer) -> None:
    nights.night(FIRST)
    event(server, "MLI7").update(event_date="2023-02-01", timestamp=str(FIRST_STAMP + HOUR))
    nights.settings = {"acled_sweep_windows": 4}
    night = nights.night(later(1))
    assert [changes_of(edition) is not None for edition in night.editions] == [True]
    assert nights.withdrawals() == []


# -- what must fail --


def test_a_country_without_rights_fails_alone(nights: Nights, server: AcledServer) -> None:
    server.rights = {"Niger"}
    night = nights.night(FIRST)
    assert night.editions == WINDOWS[2:]
    assert (
        "ACLED Mali 2022-01-01..2022-12-31: success with 0 records, and the account sees not one event of Mali"
        in str(night.problem)
    )
    assert "Niger" not in str(night.problem)


def test_rights_that_were_lost_withdraw_nothing(nights: Nights, server: AcledServer) -> None:
    nights.night(FIRST)
    event(server, "MLI7").update(timestamp=str(FIRST_STAMP + HOUR))
    nights.night(later(1))
    server.rights = {"Niger"}
    nights.settings = {"acled_sweep_windows": 4}
    night = nights.night(later(2))
    assert night.new == []
    assert "changes in Mali since" in str(night.problem)
    assert "although 1 that were uploaded since are in the lake: the account may have lost" in str(night.problem)
    night = nights.night(later(9))
    assert "ACLED Mali 2023-01-01..2023-11-29: success with 0 records, although 54 events" in str(night.problem)
    assert nights.withdrawals() == []


def test_a_sweep_that_lost_most_ids_is_not_believed(nights: Nights, server: AcledServer) -> None:
    nights.night(FIRST)
    server.events = [row for row in server.events if row["country"] != "Mali" or row["event_date"] > "2022-10"]
    nights.settings = {"acled_sweep_windows": 4}
    night = nights.night(later(1))
    assert night.new == []
    assert "although 125 events of it are in the lake" in str(night.problem)


def test_an_embargo_fails_with_its_reason_and_keeps_what_is_whole(nights: Nights, server: AcledServer) -> None:
    server.embargo = date(2023, 6, 30)
    night = nights.night(FIRST)
    assert night.editions == [WINDOWS[0], WINDOWS[2]]
    assert "sees events up to 2023-06-30 only (an embargo of 12 months)" in str(night.problem)
    nights.settings = {"acled_embargo_days": 143}
    assert nights.night(later(0)).problem is None


def test_a_fault_of_one_window_costs_only_its_country(nights: Nights, server: AcledServer) -> None:
    server.fail("no_data")
    night = nights.night(FIRST)
    assert night.editions == WINDOWS[2:]
    assert "an error inside HTTP 200" in str(night.problem)
    assert nights.night(later(1)).editions == WINDOWS[:2]


@pytest.mark.parametrize("kind", ["error_500", "token_rejected", "slow"])
def test_a_server_that_is_down_ends_the_night_and_the_next_one_goes_on(
    kind: str, nights: Nights, server: AcledServer
) -> None:
    server.fail(kind, page=2, times=None)
    night = nights.night(FIRST)
    assert night.editions == []
    assert night.problem is not None
    assert len({request.query.get("country") for request in server.asked()}) == 1, "no other country was tried"
    server.faults.clear()
    assert nights.night(later(1)).problem is None


def test_deletions_that_fail_leave_the_events(nights: Nights, server: AcledServer) -> None:
    server.fail("html", path=DELETED_PATH)
    night = nights.night(FIRST)
    assert night.editions == WINDOWS
    assert "/api/deleted/read" in str(night.problem)


# -- credentials --


@pytest.mark.parametrize(
    ("username", "password", "reason"),
    [
        (None, None, "skipped because ACLED_USERNAME and ACLED_PASSWORD are not set"),
        (SecretStr(USERNAME), SecretStr(" "), "skipped because ACLED_PASSWORD is not set"),
    ],
)
def test_without_credentials_the_feed_is_skipped(
    username: SecretStr | None, password: SecretStr | None, reason: str, nights: Nights, server: AcledServer
) -> None:
    nights.settings = {"acled_username": username, "acled_password": password}
    assert nights.night(FIRST).skipped == [reason]
    assert server.requests == []
    assert acled_fetch.unfetched(Settings(acled_username=username, acled_password=password)) == reason


def test_credentials_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACLED_USERNAME", USERNAME)
    monkeypatch.setenv("ACLED_PASSWORD", PASSWORD)
    settings = Settings()
    assert acled_fetch.unfetched(settings) is None
    assert PASSWORD not in repr(settings)


def test_a_wrong_password_ends_the_night_at_once(nights: Nights, server: AcledServer) -> None:
    server.fail("invalid_grant", path=TOKEN_PATH, times=None)
    night = nights.night(FIRST)
    assert "check ACLED_USERNAME and ACLED_PASSWORD" in str(night.problem)
    assert len(server.requests) == 1


def test_no_secret_is_in_the_lake_or_the_state(
    nights: Nights, server: AcledServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    nights.night(FIRST)
    server.fail("error_inside", times=None)
    night = nights.night(later(1))
    secrets = [PASSWORD, USERNAME, *server.issued]
    assert night.problem is not None
    written = [path.read_bytes() for path in nights.root.rglob("*") if path.is_file()]
    assert written
    for secret in secrets:
        assert not [content for content in written if secret.encode() in content]
        assert secret not in caplog.text + str(night.problem)
