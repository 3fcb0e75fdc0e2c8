"""The HTTP client against a real server: patience, limits, the budget, and silence about secrets."""

import json
import logging
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from orchestration.resources import http
from orchestration.resources.http import (
    AccessDeniedError,
    BudgetExhaustedError,
    FetchError,
    HeaderToken,
    HttpClient,
    HttpLimits,
    NotFoundError,
    RequestBudget,
    TransientError,
)
from tests.servers import ucdp

TODAY = date(2026, 8, 3)
QUICK = HttpLimits(read_timeout_s=0.3, connect_timeout_s=1, attempts=3, first_wait_s=1, max_wait_s=8)
VARIABLE = "UCDP_ACCESS_TOKEN"


class Waits(list[float]):
    """Stands for `time.sleep`: remembers the waits in place of waiting."""

    def __call__(self, seconds: float) -> None:
        """Remember one wait."""
        self.append(seconds)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")


@pytest.fixture(name="server", scope="module")
def _shared_server() -> Iterator[ucdp.UcdpServer]:
    with ucdp.serving({"25.0.1": ucdp.make_events(20, date(2025, 1, 1), date(2025, 1, 31))}) as server:
        yield server


@pytest.fixture(autouse=True)
def _fresh(server: ucdp.UcdpServer) -> None:
    server.faults.clear()
    server.requests.clear()


@pytest.fixture(name="waits")
def _waits() -> Waits:
    return Waits()


@pytest.fixture(name="file_url")
def _file_url(server: ucdp.UcdpServer) -> str:
    return f"{server.url}/downloads/candidateged/GEDEvent_v25_0_1.csv"


def token(value: str = ucdp.TOKEN) -> HeaderToken:
    return HeaderToken("x-ucdp-access-token", SecretStr(value), VARIABLE)


def failure(url: str, target: Path, client: HttpClient) -> FetchError:
    """Fetch what cannot be fetched; nothing may be left on the disk."""
    with client, pytest.raises(FetchError) as caught:
        client.fetch(url, target)
    assert list(target.parent.iterdir()) == []
    assert "GET http://127.0.0.1:" in str(caught.value)
    return caught.value


def test_fetch_saves_the_body_byte_for_byte(server: ucdp.UcdpServer, file_url: str, tmp_path: Path) -> None:
    with HttpClient(QUICK) as client:
        saved = client.fetch(file_url, tmp_path / "kept.csv")
    assert saved.read_bytes() == server.file("candidateged/GEDEvent_v25_0_1.csv")
    assert server.requests[0].headers["user-agent"] == http.USER_AGENT
    assert list(tmp_path.iterdir()) == [saved]


@pytest.mark.parametrize("kind", ["rate_limit_400", "rate_limit_429", "error_500", "cut_short", "drop", "slow"])
def test_fetch_tries_again_after(
    kind: str, server: ucdp.UcdpServer, file_url: str, waits: Waits, tmp_path: Path
) -> None:
    server.fail(kind, times=2)
    with HttpClient(QUICK, sleep=waits) as client:
        saved = client.fetch(file_url, tmp_path / "kept.csv")
    assert saved.read_bytes() == server.file("candidateged/GEDEvent_v25_0_1.csv")
    assert len(server.requests) == 3
    assert 1 <= waits[0] <= 2
    assert 2 <= waits[1] <= 3, "the wait doubles, with jitter"


def test_fetch_gives_up_and_says_after_how_many_attempts(
    server: ucdp.UcdpServer, file_url: str, waits: Waits, tmp_path: Path
) -> None:
    server.fail("error_500", times=None)
    problem = failure(file_url, tmp_path / "kept.csv", HttpClient(QUICK, sleep=waits))
    assert isinstance(problem, TransientError)
    assert "HTTP 500: Object reference" in str(problem)
    assert str(problem).endswith("(given up after 3 attempts)")
    assert len(server.requests) == 3


def test_fetch_tries_again_when_nobody_listens(waits: Waits, tmp_path: Path) -> None:
    with ucdp.serving({}) as closed:
        url = closed.url
    problem = failure(f"{url}/x", tmp_path / "x", HttpClient(QUICK, sleep=waits))
    assert "ConnectError" in str(problem)
    assert len(waits) == 2


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("token_rejected", AccessDeniedError),
        ("forbidden", AccessDeniedError),
        ("bad_request", FetchError),
        ("html", FetchError),
        ("empty", FetchError),
    ],
)
def test_fetch_does_not_repeat_what_cannot_succeed(
    kind: str, error: type[FetchError], server: ucdp.UcdpServer, file_url: str, tmp_path: Path
) -> None:
    server.fail(kind, times=None)
    problem = failure(file_url, tmp_path / "kept.csv", HttpClient(QUICK))
    assert type(problem) is error
    assert len(server.requests) == 1


def test_fetch_tells_a_missing_address(server: ucdp.UcdpServer, tmp_path: Path) -> None:
    problem = failure(f"{server.url}/downloads/none.csv", tmp_path / "none.csv", HttpClient(QUICK))
    assert isinstance(problem, NotFoundError)
    assert len(server.requests) == 1


def test_fetch_honours_retry_after_in_seconds_up_to_a_cap(
    server: ucdp.UcdpServer, file_url: str, waits: Waits, tmp_path: Path
) -> None:
    server.fail("rate_limit_429", detail="30")
    server.fail("rate_limit_429", detail="86400")
    with HttpClient(QUICK, sleep=waits) as client:
        client.fetch(file_url, tmp_path / "kept.csv")
    assert waits == [30, QUICK.max_retry_after_s]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        ("Mon, 03 Aug 2026 12:01:30 GMT", 90),
        ("Mon, 03 Aug 2026 12:01:30 -0000", 90),
        ("Mon, 03 Aug 2026 11:00:00 GMT", 0),
        ("-5", None),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_date(header: str, seconds: float | None) -> None:
    assert http.seconds_until(header, datetime(2026, 8, 3, 12, 0, 0, tzinfo=UTC)) == seconds


def test_fetch_stops_at_the_size_limit(server: ucdp.UcdpServer, file_url: str, tmp_path: Path) -> None:
    server.fail("never_ending")
    limits = HttpLimits(max_bytes=1_000_000)
    problem = failure(file_url, tmp_path / "kept.csv", HttpClient(limits))
    assert "larger than the limit of 1,000,000 bytes" in str(problem)


def test_fetch_stops_a_body_that_drips_for_ever(server: ucdp.UcdpServer, file_url: str, tmp_path: Path) -> None:
    server.fail("never_ending", detail="0.02")
    limits = HttpLimits(read_timeout_s=5, total_timeout_s=0.2)
    assert "not complete after" in str(failure(file_url, tmp_path / "kept.csv", HttpClient(limits)))


def test_fetch_shows_the_beginning_of_an_answer_on_one_clean_line(
    server: ucdp.UcdpServer, file_url: str, waits: Waits, tmp_path: Path
) -> None:
    server.fail("error_500", times=None)
    text = str(failure(file_url, tmp_path / "kept.csv", HttpClient(QUICK, sleep=waits)))
    assert text.isprintable()
    assert len(HttpClient().readable(b"x\n\x1b" * 5000)) == http.EXCERPT_CHARACTERS


def test_fetch_follows_a_redirect_within_its_host(server: ucdp.UcdpServer, file_url: str, tmp_path: Path) -> None:
    server.fail("redirect", detail="/downloads/candidateged/GEDEvent_v25_0_1.csv")
    with HttpClient(QUICK) as client:
        assert client.fetch(file_url, tmp_path / "kept.csv").exists()
    assert len(server.requests) == 2


def test_fetch_ends_a_circle_of_redirects(server: ucdp.UcdpServer, file_url: str, tmp_path: Path) -> None:
    server.fail("redirect", times=None, detail="/again")
    assert "redirected more than 5 times" in str(failure(file_url, tmp_path / "kept.csv", HttpClient(QUICK)))


def test_fetch_does_not_carry_the_token_to_another_host(server: ucdp.UcdpServer, file_url: str, tmp_path: Path) -> None:
    server.fail("redirect")
    problem = failure(file_url, tmp_path / "kept.csv", HttpClient(QUICK, token=token()))
    assert "redirects to http://localhost, another host" in str(problem)
    assert [request.host.partition(":")[0] for request in server.requests] == ["127.0.0.1"]


def test_credentials_in_the_address_are_refused_unseen(tmp_path: Path) -> None:
    with HttpClient(QUICK) as client, pytest.raises(FetchError) as caught:
        client.fetch("http://me:hidden@127.0.0.1/x", tmp_path / "x")
    assert "hidden" not in str(caught.value)


# -- secrets --


@pytest.mark.parametrize(
    "kind", ["token_rejected", "rate_limit_400", "error_500", "html", "slow", "cut_short", "redirect"]
)
def test_no_message_holds_the_token(
    kind: str,
    server: ucdp.UcdpServer,
    file_url: str,
    waits: Waits,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    server.fail(kind, times=None)
    client = HttpClient(QUICK, token=token(), sleep=waits)
    problem = failure(file_url, tmp_path / "kept.csv", client)
    trace = "".join(traceback.format_exception(problem))
    assert server.requests[0].headers["x-ucdp-access-token"] == ucdp.TOKEN, "or the test shows nothing"
    for text in (str(problem), repr(problem), trace, caplog.text, repr(client)):
        assert ucdp.TOKEN not in text
        assert "synthetic-token" not in text


@pytest.mark.parametrize(
    "echo", ["ab+c/d==", "AB+C/D==", "ab%2Bc%2fd%3D%3D", r"ab\u002Bc\/d==", "ab+c%2Fd=="], ids=lambda echo: echo
)
def test_mask_knows_the_token_however_it_is_written(echo: str) -> None:
    assert token("ab+c/d==").mask(f"Token '{echo}' unknown") == "Token '***' unknown"


@pytest.mark.parametrize("value", ["two\nlines", "zwölf", "nul\x00"])
def test_a_token_that_no_header_can_carry_is_refused_unseen(value: str) -> None:
    with pytest.raises(AccessDeniedError) as caught:
        token(value)
    assert VARIABLE in str(caught.value)
    assert value not in str(caught.value)


def test_a_token_loses_the_newline_of_its_file(server: ucdp.UcdpServer, file_url: str, tmp_path: Path) -> None:
    with HttpClient(QUICK, token=token(f"{ucdp.TOKEN}\n")) as client:
        client.fetch(file_url, tmp_path / "kept.csv")
    assert server.requests[0].headers["x-ucdp-access-token"] == ucdp.TOKEN


# -- the budget --


def budget(tmp_path: Path, limit: int, today: date = TODAY) -> RequestBudget:
    return RequestBudget(tmp_path / "state" / "requests.json", limit, lambda: today)


def test_budget_is_shared_by_clients_and_counts_errors(
    server: ucdp.UcdpServer, file_url: str, waits: Waits, tmp_path: Path
) -> None:
    server.fail("error_500", times=2)
    with HttpClient(QUICK, budget=budget(tmp_path, 4), sleep=waits) as client:
        client.fetch(file_url, tmp_path / "first.csv")
    with HttpClient(QUICK, budget=budget(tmp_path, 4)) as client:
        client.fetch(file_url, tmp_path / "second.csv")
        with pytest.raises(BudgetExhaustedError, match=r"GET http.*budget of 4 requests for 2026-08-03.*00:00 UTC"):
            client.fetch(file_url, tmp_path / "third.csv")
    assert len(server.requests) == 4, "the fifth was never sent"


def test_budget_starts_anew_each_day(tmp_path: Path) -> None:
    budget(tmp_path, 1).spend("GET x")
    with pytest.raises(BudgetExhaustedError):
        budget(tmp_path, 1).spend("GET x")
    tomorrow = budget(tmp_path, 1, date(2026, 8, 4))
    tomorrow.spend("GET x")
    assert json.loads(tomorrow.state_file.read_text()) == {"day": "2026-08-04", "requests": 1}


def test_budget_is_never_overdrawn_by_requests_at_once(tmp_path: Path) -> None:
    def spend(_: int) -> bool:
        try:
            budget(tmp_path, 25).spend("GET x")
        except BudgetExhaustedError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(spend, range(60))) == 25


@pytest.mark.parametrize("content", ["", "[]", '{"day": "2026-08-03"}', '{"day": "2026-08-03", "requests": null}'])
def test_budget_does_not_guess_an_unreadable_count(content: str, tmp_path: Path) -> None:
    spent = budget(tmp_path, 1)
    spent.state_file.parent.mkdir()
    spent.state_file.write_text(content)
    with pytest.raises(BudgetExhaustedError, match=r"requests\.json is no count"):
        spent.spend("GET x")
