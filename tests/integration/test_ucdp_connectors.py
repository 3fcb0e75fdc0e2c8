"""The UCDP connectors against a server that speaks the API and misbehaves in every way that was seen or feared."""

import json
import logging
import traceback
import zipfile
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from orchestration.io.fetched import Fetched
from orchestration.resources.http import (
    AccessDeniedError,
    BudgetExhaustedError,
    FetchError,
    HttpLimits,
    NotFoundError,
    RequestBudget,
)
from orchestration.resources.paging import KeptPages
from orchestration.resources.ucdp import (
    NotFetched,
    UcdpConnector,
    UcdpSource,
    api_path,
    candidate_editions,
    covered_until_year,
    download_path,
)
from tests.servers.ucdp import TOKEN, UcdpServer, make_events, serving

EDITION = "25.0.1"
LONG_AFTER = date(2026, 8, 3)
QUICK = HttpLimits(read_timeout_s=0.3, connect_timeout_s=1, attempts=3, first_wait_s=0, max_wait_s=0)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")


@pytest.fixture(name="server")
def _server() -> Iterable[UcdpServer]:
    with serving({EDITION: make_events(45, date(2025, 1, 1), date(2025, 1, 31))}) as server:
        yield server


def connector(server: UcdpServer, budget: RequestBudget | None = None, **source: object) -> UcdpConnector:
    settings = {"page_size": 10} | source
    address = UcdpSource(f"{server.url}/api", f"{server.url}/downloads", **settings)  # type: ignore[arg-type]
    return UcdpConnector(address, QUICK, budget, SecretStr(TOKEN), sleep=lambda _: None)


def fetch(server: UcdpServer, into: Path, **source: object) -> Fetched:
    (fetched,) = connector(server, **source).from_api([EDITION], into, today=LONG_AFTER)
    assert isinstance(fetched, Fetched)
    return fetched


def failure(server: UcdpServer, into: Path, **source: object) -> str:
    """Fetch what cannot be fetched; nothing may be left on the disk."""
    with pytest.raises(FetchError) as caught:
        fetch(server, into, **source)
    assert list(into.iterdir()) == []
    assert EDITION in str(caught.value)
    return str(caught.value)


def ids(fetched: Fetched) -> list[int]:
    return [event["id"] for file in fetched.files for event in json.loads(file.read_bytes())["Result"]]


def expected_ids(server: UcdpServer) -> list[int]:
    return [event["id"] for event in server.editions[EDITION]]


# -- the API --


def test_api_keeps_all_pages_as_received(server: UcdpServer, tmp_path: Path) -> None:
    fetched = fetch(server, tmp_path)
    assert [file.name for file in fetched.files] == [f"page-0000{number}.json" for number in range(1, 6)]
    assert ids(fetched) == expected_ids(server), "the last page, too, although it is short"
    first = json.loads(fetched.files[0].read_bytes())
    assert first == server.page(EDITION, {"pagesize": "10"})
    assert fetched.origin == "api"
    assert fetched.source_name == f"{server.url}/api/gedevents/{EDITION}"
    assert fetched.request == {"pagesize": 10}
    assert (fetched.edition, fetched.records_expected) == (EDITION, 45)


@pytest.mark.parametrize("numbered_from", [0, 1])
@pytest.mark.parametrize("is_configured", [True, False])
def test_api_pages_may_be_numbered_from(
    numbered_from: int, is_configured: bool, server: UcdpServer, tmp_path: Path
) -> None:
    server.first_page = numbered_from
    fetched = fetch(server, tmp_path, first_page=numbered_from if is_configured else None)
    assert ids(fetched) == expected_ids(server)
    asked = [request.query.get("page") for request in server.requests]
    assert asked[1:] == [str(numbered_from + offset) for offset in range(1, 5)]


@pytest.mark.parametrize(("numbered_from", "configured"), [(0, 1), (1, 0)])
def test_api_with_the_wrong_first_page_number_fails(
    numbered_from: int, configured: int, server: UcdpServer, tmp_path: Path
) -> None:
    server.first_page = numbered_from
    assert "check the first page's number" in failure(server, tmp_path, first_page=configured)


@pytest.mark.parametrize("cap_moves_pages", [True, False])
def test_api_goes_on_when_the_server_caps_the_page_size(
    cap_moves_pages: bool, server: UcdpServer, tmp_path: Path
) -> None:
    server.page_size_cap, server.cap_moves_pages = 7, cap_moves_pages
    assert ids(fetch(server, tmp_path, page_size=20)) == expected_ids(server)


def test_api_single_page_needs_no_next_page(server: UcdpServer, tmp_path: Path) -> None:
    assert ids(fetch(server, tmp_path, page_size=45)) == expected_ids(server)
    assert len(server.requests) == 1


def test_api_sends_filters_and_names_them(server: UcdpServer, tmp_path: Path) -> None:
    fetched = fetch(server, tmp_path, filters={"Country": "432"})
    assert all(request.query["Country"] == "432" for request in server.requests)
    assert fetched.request == {"Country": "432", "pagesize": 10}


def test_api_never_goes_where_next_page_url_points(server: UcdpServer, tmp_path: Path) -> None:
    server.fail("next_elsewhere", times=None)
    assert ids(fetch(server, tmp_path)) == expected_ids(server)
    assert {request.host.partition(":")[0] for request in server.requests} == {"127.0.0.1"}


@pytest.mark.parametrize(
    "kind",
    [
        *("rate_limit_400", "bad_request", "rate_limit_429", "rate_limit_inside", "error_500"),
        *("cut_short", "end_without_length", "drop", "slow"),
    ],
)
def test_api_survives(kind: str, server: UcdpServer, tmp_path: Path) -> None:
    server.fail(kind, page=3)
    assert ids(fetch(server, tmp_path)) == expected_ids(server)
    assert len(server.requests) == 6


@pytest.mark.parametrize(
    ("kind", "page"),
    [
        ("page_repeated", 3),
        ("total_changes", 3),
        ("page_empty", 3),
        ("page_short", 2),
        ("page_short", 5),
        ("page_long", 5),
    ],
)
def test_api_begins_anew_when_pages_do_not_belong_together(
    kind: str, page: int, server: UcdpServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server.fail(kind, page=page)
    assert ids(fetch(server, tmp_path)) == expected_ids(server)
    assert [request.query.get("page") for request in server.requests].count(None) == 2
    assert "attempt 1 of 3 at all pages" in caplog.text


def test_api_data_that_change_during_paging_are_fetched_anew(server: UcdpServer, tmp_path: Path) -> None:
    newcomer = make_events(1, date(2025, 1, 9), date(2025, 1, 9), 1)
    given = server.page

    def page(edition: str, query: dict[str, str]) -> dict:
        answer = given(edition, query)
        if query.get("page") == "2" and newcomer:
            server.editions[EDITION].insert(0, newcomer.pop())
        return answer

    server.page = page  # type: ignore[method-assign]
    assert ids(fetch(server, tmp_path)) == expected_ids(server)
    assert len(expected_ids(server)) == 46


@pytest.mark.parametrize(
    ("kind", "complaint"),
    [
        ("page_repeated", "10 events were on an earlier page already"),
        ("total_changes", "TotalCount changed from 45 to 46"),
        ("total_as_text", "TotalCount: Input should be a valid integer"),
        ("result_missing", "Result: Field required"),
        ("result_no_list", "Result: Input should be a valid array"),
        ("record_no_object", "Result.0: Input should be an object"),
        ("page_empty", "0 records on this page make 20, but TotalCount is 45"),
        ("end_without_length", "Invalid JSON: EOF"),
        ("html", "an HTML page in place of data: <!DOCTYPE html> <html>"),
        ("error_inside", "TotalCount: Field required; Result: Field required"),
        ("empty", "the answer is empty"),
        ("redirect", "redirects to http://localhost, another host"),
    ],
)
def test_api_fails_as_a_whole_on(kind: str, complaint: str, server: UcdpServer, tmp_path: Path) -> None:
    server.fail(kind, page=3, times=None)
    text = failure(server, tmp_path)
    assert complaint in text
    assert "page=3" in text


@pytest.mark.parametrize(
    ("kind", "page", "request_count", "complaint"),
    [
        ("page_short", 4, 18, "0 records on this page make 44, but TotalCount is 45"),
        ("page_long", 5, 15, "6 records on this page make 46, but TotalCount is 45"),
    ],
)
def test_api_received_must_equal_the_total(
    kind: str, page: int, request_count: int, complaint: str, server: UcdpServer, tmp_path: Path
) -> None:
    server.fail(kind, page=page, times=None)
    text = failure(server, tmp_path)
    assert complaint in text
    assert "given up after 3 attempts at all pages" in text
    assert len(server.requests) == request_count


# -- an edition that is cut off --


def kept(server: UcdpServer, tmp_path: Path, **given: object) -> UcdpConnector:
    return replace(connector(server), keep_in=tmp_path / "kept", **given)


def attempt(asking: UcdpConnector, tmp_path: Path) -> Fetched | FetchError:
    """One night on the edition."""
    try:
        (fetched,) = asking.from_api([EDITION], tmp_path / "into", today=LONG_AFTER)
    except FetchError as problem:
        assert list((tmp_path / "into").iterdir()) == []
        return problem
    assert isinstance(fetched, Fetched)
    assert not (tmp_path / "kept" / EDITION).exists(), "nothing is kept of what is complete"
    return fetched


def pages_asked(server: UcdpServer, since: int) -> list[str]:
    return [request.query.get("page", "1") for request in server.requests[since:]]


@pytest.mark.parametrize("kind", ["error_500", "token_rejected", "html", "cut_short"])
def test_api_goes_on_where_the_night_before_was_cut_off(kind: str, server: UcdpServer, tmp_path: Path) -> None:
    server.fail(kind, page=4, times=None)
    assert isinstance(attempt(kept(server, tmp_path), tmp_path), FetchError)
    server.faults.clear()
    before = len(server.requests)
    fetched = attempt(kept(server, tmp_path), tmp_path)
    assert isinstance(fetched, Fetched)
    assert ids(fetched) == expected_ids(server)
    assert [file.name for file in fetched.files] == [f"page-0000{number}.json" for number in range(1, 6)]
    assert pages_asked(server, before) == ["3", "4", "5"], "the last page that came shows that nothing has changed"


def test_api_goes_on_after_the_budget_of_a_day_is_used_up(server: UcdpServer, tmp_path: Path) -> None:
    def asking(today: date) -> UcdpConnector:
        return kept(server, tmp_path, budget=RequestBudget(tmp_path / "requests.json", 3, lambda: today))

    assert isinstance(attempt(asking(date(2026, 8, 3)), tmp_path), BudgetExhaustedError)
    fetched = attempt(asking(date(2026, 8, 4)), tmp_path)
    assert isinstance(fetched, Fetched)
    assert ids(fetched) == expected_ids(server)
    assert pages_asked(server, 0) == ["1", "2", "3", "3", "4", "5"]


def test_api_does_not_go_on_when_the_total_has_changed(server: UcdpServer, tmp_path: Path) -> None:
    server.fail("error_500", page=4, times=None)
    attempt(kept(server, tmp_path), tmp_path)
    server.faults.clear()
    server.editions[EDITION] = make_events(46, date(2025, 1, 1), date(2025, 1, 31), 700_001)
    before = len(server.requests)
    fetched = attempt(kept(server, tmp_path), tmp_path)
    assert isinstance(fetched, Fetched)
    assert ids(fetched) == expected_ids(server)
    assert pages_asked(server, before) == ["3", "1", "2", "3", "4", "5"]


@pytest.mark.parametrize("spoilt", ["request.json", "page-00001.json"])
def test_api_does_not_go_on_with_what_cannot_be_read(spoilt: str, server: UcdpServer, tmp_path: Path) -> None:
    server.fail("error_500", page=4, times=None)
    attempt(kept(server, tmp_path), tmp_path)
    server.faults.clear()
    (tmp_path / "kept" / EDITION / spoilt).write_text("{")
    before = len(server.requests)
    fetched = attempt(kept(server, tmp_path), tmp_path)
    assert isinstance(fetched, Fetched)
    assert ids(fetched) == expected_ids(server)
    assert pages_asked(server, before) == ["1", "2", "3", "4", "5"]


def test_api_does_not_go_on_with_pages_of_another_request(server: UcdpServer, tmp_path: Path) -> None:
    server.fail("error_500", page=4, times=None)
    attempt(kept(server, tmp_path), tmp_path)
    server.faults.clear()
    other = UcdpSource(f"{server.url}/api", page_size=20)
    fetched = attempt(kept(server, tmp_path, source=other), tmp_path)
    assert isinstance(fetched, Fetched)
    assert ids(fetched) == expected_ids(server)


def test_api_does_not_go_on_with_pages_of_last_week(tmp_path: Path) -> None:
    moments = [datetime(2026, 8, 3, tzinfo=UTC)]
    pages = KeptPages(tmp_path / "kept", {"url": "x"}, now=lambda: moments[0])
    assert pages.resume() == 0
    for number in (1, 2):
        pages.path(number).write_text("{}")
    moments[0] += timedelta(days=2)
    assert pages.resume() == 1
    moments[0] += timedelta(days=2)
    assert pages.resume() == 0
    assert not pages.path(1).exists()


def test_api_pauses_between_pages(server: UcdpServer, tmp_path: Path) -> None:
    pauses: list[float] = []
    source = UcdpSource(f"{server.url}/api", page_size=10, pause_between_pages_s=1.5)
    list(
        UcdpConnector(source, QUICK, token=SecretStr(TOKEN), sleep=pauses.append).from_api(
            [EDITION], tmp_path, today=LONG_AFTER
        )
    )
    assert pauses == [1.5] * 4


def test_api_first_request_that_is_wrong_is_not_repeated(server: UcdpServer, tmp_path: Path) -> None:
    server.fail("bad_request", times=None)
    assert "HTTP 400" in failure(server, tmp_path)
    assert len(server.requests) == 1


def test_api_page_has_a_size_limit(server: UcdpServer, tmp_path: Path) -> None:
    server.fail("never_ending", page=3)
    assert "larger than the limit of 100,000 bytes" in failure(server, tmp_path, max_page_bytes=100_000)


def test_api_says_when_it_cannot_know_the_next_page(server: UcdpServer, tmp_path: Path) -> None:
    server.fail("next_missing")
    assert "set the first page's number" in failure(server, tmp_path)


def test_api_token_rejected_in_mid_run_names_the_variable(server: UcdpServer, tmp_path: Path) -> None:
    server.fail("token_rejected", page=3)
    text = failure(server, tmp_path)
    assert "page=3" in text
    assert "check the token in UCDP_ACCESS_TOKEN" in text
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    "token", [None, SecretStr(""), SecretStr(" \n"), lambda: None], ids=["none", "empty", "blank", "late"]
)
def test_api_without_a_token_is_skipped(token: object, server: UcdpServer, tmp_path: Path) -> None:
    nobody = UcdpConnector(UcdpSource(f"{server.url}/api"), QUICK, token=token)  # type: ignore[arg-type]
    assert list(nobody.from_api([EDITION], tmp_path, today=LONG_AFTER)) == [
        NotFetched(EDITION, "skipped because UCDP_ACCESS_TOKEN is not set")
    ]
    assert server.requests == []


def test_api_asks_for_the_token_when_it_is_needed(server: UcdpServer, tmp_path: Path) -> None:
    late = UcdpConnector(UcdpSource(f"{server.url}/api"), QUICK, token=lambda: SecretStr(TOKEN))
    (fetched,) = late.from_api([EDITION], tmp_path, today=LONG_AFTER)
    assert isinstance(fetched, Fetched)


@pytest.mark.parametrize("kind", ["error_inside", "html", "token_rejected", "error_500", "rate_limit_400", "slow"])
def test_api_keeps_the_token_out_of_every_text(
    kind: str, server: UcdpServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.fail(kind, page=3, times=None)
    asking = connector(server)
    with pytest.raises(FetchError) as caught:
        list(asking.from_api([EDITION], tmp_path, today=LONG_AFTER))
    trace = "".join(traceback.format_exception(caught.value))
    assert server.requests[-1].headers["x-ucdp-access-token"] == TOKEN, "or the test shows nothing"
    for text in (str(caught.value), repr(caught.value), trace, caplog.text, repr(asking)):
        assert "synthetic-token" not in text


def test_api_counts_against_the_budget(server: UcdpServer, tmp_path: Path) -> None:
    budget = RequestBudget(tmp_path / "requests.json", 7, lambda: LONG_AFTER)
    list(connector(server, budget).from_api([EDITION], tmp_path / "first", today=LONG_AFTER))
    with pytest.raises(BudgetExhaustedError):
        list(connector(server, budget).from_api([EDITION], tmp_path / "second", today=LONG_AFTER))
    assert len(server.requests) == 7
    assert list((tmp_path / "second").iterdir()) == []


def test_api_reports_progress(server: UcdpServer, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    fetch(server, tmp_path)
    assert "UCDP 25.0.1: page 3 of 5, 30 of 45 records" in caplog.messages


# -- download --


def test_download_keeps_files_as_received(tmp_path: Path) -> None:
    with serving() as server:
        yearly, month = connector(server).from_downloads(["25.1", "25.0.1"], tmp_path, today=LONG_AFTER)
        served = server.file("candidateged/GEDEvent_v25_0_1.csv")
    assert isinstance(yearly, Fetched)
    assert isinstance(month, Fetched)
    assert yearly.files[0].name == "ged251-csv.zip"
    assert zipfile.is_zipfile(yearly.files[0])
    assert (yearly.origin, yearly.edition, yearly.records_expected) == ("download", "25.1", None)
    assert month.files[0].read_bytes() == served
    assert month.source_name == f"{server.url}/downloads/candidateged/GEDEvent_v25_0_1.csv"
    assert not any("x-ucdp-access-token" in request.headers for request in server.requests)


@pytest.mark.parametrize(
    ("kind", "complaint"), [("html", "an HTML page in place of data"), ("end_without_length", "no zip file, or only")]
)
def test_download_refuses(kind: str, complaint: str, tmp_path: Path) -> None:
    with serving() as server:
        server.fail(kind)
        with pytest.raises(FetchError, match=complaint):
            list(connector(server).from_downloads(["25.1"], tmp_path, today=LONG_AFTER))
    assert list(tmp_path.iterdir()) == []


# -- editions --


@pytest.mark.parametrize("by", ["from_api", "from_downloads"])
@pytest.mark.parametrize("is_empty", [True, False])
def test_newest_two_months_may_be_unpublished(by: str, is_empty: bool, server: UcdpServer, tmp_path: Path) -> None:
    if is_empty and by == "from_api":
        server.editions |= {"25.0.2": [], "25.0.3": []}
    editions = candidate_editions("24.1", date(2025, 4, 2))[-3:]
    first, second, third = getattr(connector(server), by)(editions, tmp_path, today=date(2025, 4, 2))
    assert isinstance(first, Fetched)
    assert [second, third] == [NotFetched(f"25.0.{month}", "not yet published") for month in (2, 3)]


@pytest.mark.parametrize("by", ["from_api", "from_downloads"])
@pytest.mark.parametrize("edition", ["25.0.2", "24.1"])
def test_an_older_edition_must_be_there(by: str, edition: str, server: UcdpServer, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=edition if by == "from_api" else edition.replace(".", "_?")):
        list(getattr(connector(server), by)([edition], tmp_path, today=date(2025, 5, 2)))


def test_a_wrong_token_is_no_unpublished_month(server: UcdpServer, tmp_path: Path) -> None:
    server.token = "another"  # noqa: S105 - opens nothing
    with pytest.raises(AccessDeniedError):
        list(connector(server).from_api([EDITION], tmp_path, today=date(2025, 2, 2)))


def test_an_empty_answer_to_a_filter_is_an_answer(server: UcdpServer, tmp_path: Path) -> None:
    server.editions[EDITION] = []
    assert fetch(server, tmp_path, filters={"Country": "1"}).records_expected == 0


def test_candidate_editions_follow_the_yearly_one() -> None:
    assert covered_until_year("25.1") == 2024
    assert candidate_editions("25.1", date(2025, 1, 31)) == []
    assert candidate_editions("25.1", date(2025, 3, 1)) == ["25.0.1", "25.0.2"]
    across_the_year = candidate_editions("25.1", date(2026, 8, 3))
    assert across_the_year[10:13] == ["25.0.11", "25.0.12", "26.0.1"]
    assert across_the_year[-1] == "26.0.7"
    assert candidate_editions("26.1", date(2026, 3, 1)) == ["26.0.1", "26.0.2"]


def test_editions_have_their_addresses() -> None:
    assert api_path("26.0.7") == "gedevents/26.0.7"
    assert download_path("25.1") == "ged/ged251-csv.zip"
    assert download_path("26.0.12") == "candidateged/GEDEvent_v26_0_12.csv"
    assert download_path("26.01.26.06") == "candidateged/GEDEvent_v26_01_26_06.csv"


@pytest.mark.parametrize("name", ["", "25", "25.0", "25.0.13", "25.0.07", "../25.1", "25.1\n", "25.13.25.14"])
def test_a_name_that_is_no_edition_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is no UCDP edition"):
        api_path(name)
