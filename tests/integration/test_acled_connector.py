"""ACLED's API over real HTTP: logins, answers that must be whole, and every fault that was seen or feared."""

import json
import logging
import traceback
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from pydantic import SecretStr

from orchestration.resources.acled import CREDENTIALS, ID_FIELDS, AcledApi, AcledSource, Answer, Question
from orchestration.resources.http import (
    AccessDeniedError,
    BudgetExhaustedError,
    FetchError,
    HttpClient,
    RequestBudget,
    TransientError,
)
from orchestration.resources.login import LoginError, PasswordLogin
from tests.acled_nights import QUICK
from tests.servers.acled import DELETED_PATH, PASSWORD, TOKEN_PATH, USERNAME, AcledServer, make_events, serving

MALI_2023 = Question("acled", "Mali", date(2023, 1, 1), date(2023, 12, 31), visible_until=date(2023, 12, 31))
STAMP = 1_700_000_000


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")


@pytest.fixture(name="server")
def _server() -> Iterator[AcledServer]:
    events = [*make_events("Mali", 125, 2023, STAMP), *make_events("Niger", 30, 2023, STAMP)]
    with serving(events) as server:
        yield server


def login(server: AcledServer, password: str = PASSWORD, **given: object) -> PasswordLogin:
    url = f"{server.url}{TOKEN_PATH}"
    return PasswordLogin(url, "acled", SecretStr(USERNAME), SecretStr(password), CREDENTIALS, **given)  # type: ignore[arg-type]


def api(server: AcledServer, credentials: PasswordLogin | None = None, budget: RequestBudget | None = None) -> AcledApi:
    client = HttpClient(QUICK, token=credentials or login(server), budget=budget, sleep=lambda _: None)
    return AcledApi(client, AcledSource(f"{server.url}/api", page_size=50), sleep=lambda _: None)


def ask(server: AcledServer, into: Path, question: Question = MALI_2023) -> Answer:
    return api(server).ask(question, into)


def failure(server: AcledServer, into: Path, question: Question = MALI_2023) -> str:
    """Ask what cannot be answered; nothing may be left on the disk."""
    with pytest.raises(FetchError) as caught:
        ask(server, into, question)
    assert not into.exists() or list(into.iterdir()) == []
    return str(caught.value)


def ids(answer: Answer) -> list[str]:
    return [row["event_id_cnty"] for file in answer.files for row in json.loads(file.read_bytes())["data"]]


def expected_ids(server: AcledServer) -> list[str]:
    return [event["event_id_cnty"] for event in server.events if event["country"] == "Mali"]


def pages_asked(server: AcledServer) -> list[str]:
    return [request.query["page"] for request in server.asked()]


# -- a sound server --


def test_answer_is_every_page_as_received_and_ends_with_an_empty_one(server: AcledServer, tmp_path: Path) -> None:
    answer = ask(server, tmp_path)
    assert [file.name for file in answer.files] == [f"page-0000{number}.json" for number in (1, 2, 3)]
    assert ids(answer) == expected_ids(server)
    assert pages_asked(server) == ["1", "2", "3", "4"], "the end is where a page is empty"
    asked = server.asked()[0]
    assert asked.query == {
        "_format": "json",
        "country": "Mali",
        "event_date": "2023-01-01|2023-12-31",
        "event_date_where": "BETWEEN",
        "limit": "50",
        "page": "1",
    }
    assert asked.headers["authorization"].startswith("Bearer access.0")
    assert answer.request == {name: asked.query[name] for name in asked.query if name not in ("page", "limit")} | {
        "limit": 50
    }
    assert answer.url.startswith(f"{server.url}/api/acled/read?")


def test_login_posts_a_form_once(server: AcledServer, tmp_path: Path) -> None:
    asking = api(server)
    asking.ask(MALI_2023, tmp_path)
    asking.ask(MALI_2023, tmp_path)
    (posted,) = server.asked(TOKEN_PATH)
    assert posted.method == "POST"
    assert posted.form == {"username": USERNAME, "password": PASSWORD, "grant_type": "password", "client_id": "acled"}


def test_an_answer_without_records_is_its_one_empty_page(server: AcledServer, tmp_path: Path) -> None:
    answer = ask(server, tmp_path, Question("acled", "Mali", date(2019, 1, 1), date(2019, 12, 31)))
    assert (len(answer.files), len(answer.records)) == (1, 0)


def test_a_last_page_that_is_full_is_not_the_end(server: AcledServer, tmp_path: Path) -> None:
    server.events = make_events("Mali", 100, 2023, STAMP)
    assert len(ids(ask(server, tmp_path))) == 100
    assert pages_asked(server) == ["1", "2", "3", "3"], "an empty page after a full one has to say so twice"


@pytest.mark.parametrize("cap_moves_pages", [True, False])
def test_a_server_that_gives_fewer_than_asked_is_asked_for_what_it_gives(
    cap_moves_pages: bool, server: AcledServer, tmp_path: Path
) -> None:
    server.page_size_cap, server.cap_moves_pages = 20, cap_moves_pages
    assert ids(ask(server, tmp_path)) == expected_ids(server)
    assert {request.query["limit"] for request in server.asked()[2:]} == {"20"}


def test_changes_deletions_and_ids_are_asked_for_by_their_filters(server: AcledServer, tmp_path: Path) -> None:
    server.deleted = [{"event_id_cnty": "MLI9", "deleted_timestamp": str(STAMP)}] * 1
    asking = api(server)
    asking.ask(Question("acled", "Mali", changed_since=STAMP), tmp_path)
    assert server.asked()[-1].query.items() >= {"timestamp": str(STAMP), "timestamp_where": ">="}.items()
    asking.ask(Question("acled", "Mali", fields=ID_FIELDS), tmp_path)
    assert server.asked()[-1].query["fields"] == "event_id_cnty|event_date|country|timestamp"
    deleted = asking.ask(Question("deleted", changed_since=STAMP), tmp_path)
    assert server.asked(DELETED_PATH)[-1].query["deleted_timestamp_where"] == ">="
    assert deleted.records.select("event_id_cnty", "deleted_timestamp").rows() == [("MLI9", str(STAMP))]


def test_a_stated_total_is_compared_with(server: AcledServer, tmp_path: Path) -> None:
    server.states_total = True
    assert len(ids(ask(server, tmp_path))) == 125
    server.fail("total_wrong", times=None)
    assert "states 99,999 records in all, but sent 125" in failure(server, tmp_path / "wrong")


def test_progress_is_told(server: AcledServer, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    ask(server, tmp_path)
    assert "ACLED Mali 2023-01-01..2023-12-31: page 2, 100 records so far" in caplog.messages


# -- faults that pass --


@pytest.mark.parametrize(
    "kind",
    [
        *("rate_limit_429", "rate_limit_400", "bad_request", "rate_limit_inside", "rate_limit_in_words", "error_500"),
        *("cut_short", "end_without_length", "drop", "slow", "count_wrong", "page_empty"),
    ],
)
def test_a_page_is_asked_for_again_after(kind: str, server: AcledServer, tmp_path: Path) -> None:
    server.fail(kind, page=2)
    assert ids(ask(server, tmp_path)) == expected_ids(server)
    assert pages_asked(server) == ["1", "2", "2", "3", "4"]


@pytest.mark.parametrize(
    ("kind", "page"),
    [("page_short", 1), ("page_short", 2), ("page_repeated", 2), ("id_twice", 2), ("updated", 3), ("total_wrong", 3)],
)
def test_all_pages_are_asked_for_again_after(kind: str, page: int, server: AcledServer, tmp_path: Path) -> None:
    server.states_total = kind == "total_wrong"
    server.fail(kind, page=page)
    answer = ask(server, tmp_path)
    assert ids(answer) == expected_ids(server)
    assert pages_asked(server).count("1") == 2
    assert len(list(tmp_path.iterdir())) == 1, "the void pages are gone"


def test_data_that_changes_during_paging_is_fetched_anew(server: AcledServer, tmp_path: Path) -> None:
    newcomer = make_events("Mali", 1, 2023, STAMP + 1, first_number=999)

    def page(rows: list, query: dict, given=server._page) -> dict:
        answer = given(rows, query)
        if query["page"] == "1" and newcomer:
            server.events = [newcomer.pop(), *server.events]  # every later page moves on by one
        return answer

    server._page = page  # type: ignore[method-assign]
    answer = ask(server, tmp_path)
    assert sorted(ids(answer)) == sorted(expected_ids(server))
    assert len(answer.records) == 126


def test_retry_after_is_honoured(server: AcledServer, tmp_path: Path) -> None:
    waits: list[float] = []
    server.fail("rate_limit_429", page=2, detail="30")
    client = HttpClient(QUICK, token=login(server), sleep=waits.append)
    AcledApi(client, AcledSource(f"{server.url}/api", page_size=50), sleep=lambda _: None).ask(MALI_2023, tmp_path)
    assert waits == [30]


# -- faults that do not --


@pytest.mark.parametrize(
    ("kind", "complaint"),
    [
        ("page_repeated", "50 ids were there already, such as MLI"),
        ("page_short", "records follow a page of 49, although it had room for 50"),
        ("updated", "last_update changed from 1 to 2 between pages"),
        ("id_twice", "1 ids were there already"),
    ],
)
def test_pages_that_never_fit_fail_with_the_request(
    kind: str, complaint: str, server: AcledServer, tmp_path: Path
) -> None:
    server.fail(kind, page=2, times=None)
    text = failure(server, tmp_path)
    assert complaint in text
    assert "given up after 3 attempts at all pages" in text
    assert "GET http://127.0.0.1" in text
    assert pages_asked(server).count("1") == 3


@pytest.mark.parametrize(
    ("kind", "complaint"),
    [
        ("html", "an HTML page in place of data: <!DOCTYPE html> <html>"),
        ("empty", "the answer is empty"),
        ("error_inside", 'an error inside HTTP 200: {"error": "internal error, token ***"}'),
        ("failure_inside", "unknown column"),
        ("no_data", "an error inside HTTP 200"),
        ("no_object", "not an answer of ACLED's API: answer: Input should be an object"),
        ("data_no_list", "data: Input should be a valid array"),
        ("record_without_id", "data.0.event_id_cnty: Input should be a valid string"),
        ("another_country", "1 records are not what was asked for, such as MLI"),
        ("another_day", "1999-12-31 Mali"),
        ("redirect", "redirects to http://localhost, another host"),
    ],
)
def test_an_answer_that_cannot_be_right_fails_at_once(
    kind: str, complaint: str, server: AcledServer, tmp_path: Path
) -> None:
    server.fail(kind, page=2, times=None)
    text = failure(server, tmp_path)
    assert complaint in text
    assert "page=2" in text
    assert pages_asked(server) == ["1", "2"]


@pytest.mark.parametrize(
    ("kind", "complaint"),
    [
        ("rate_limit_429", "HTTP 429: Too many requests"),
        ("rate_limit_inside", "slow down"),
        ("error_500", "HTTP 500: Object reference"),
        ("count_wrong", "says that it holds 50 records, but holds 49"),
        ("end_without_length", "Invalid JSON: EOF"),
        ("cut_short", "RemoteProtocolError"),
        ("slow", "ReadTimeout"),
    ],
)
def test_a_fault_that_does_not_pass_is_given_up(kind: str, complaint: str, server: AcledServer, tmp_path: Path) -> None:
    server.fail(kind, page=2, times=None)
    text = failure(server, tmp_path)
    assert complaint in text
    assert text.endswith("(given up after 3 attempts)")
    assert pages_asked(server) == ["1", "2", "2", "2"]


def test_a_page_has_a_size_limit(server: AcledServer, tmp_path: Path) -> None:
    server.fail("never_ending")
    client = HttpClient(QUICK.__class__(max_bytes=100_000, read_timeout_s=1), token=login(server))
    with pytest.raises(FetchError, match="larger than the limit of 100,000 bytes"):
        AcledApi(client, AcledSource(f"{server.url}/api")).ask(MALI_2023, tmp_path)


def test_an_embargo_is_an_error_with_its_way_out(server: AcledServer, tmp_path: Path) -> None:
    server.embargo = date(2023, 6, 30)
    text = failure(server, tmp_path)
    assert "sees events up to 2023-06-30 only (an embargo of 12 months)" in text
    assert "INCIDENTS_ACLED_EMBARGO_DAYS to 184 or more" in text
    before = Question("acled", "Mali", date(2023, 1, 1), date(2023, 6, 30), visible_until=date(2023, 6, 30))
    assert ids(ask(server, tmp_path, before)), "what lies before it is whole"


# -- credentials --


def test_a_401_in_mid_run_is_answered_with_the_refresh_token(server: AcledServer, tmp_path: Path) -> None:
    server.fail("token_rejected", page=2)
    assert ids(ask(server, tmp_path)) == expected_ids(server)
    assert [request.form["grant_type"] for request in server.asked(TOKEN_PATH)] == ["password", "refresh_token"]
    assert server.asked()[2].headers["authorization"] != server.asked()[1].headers["authorization"]


def test_a_401_inside_200_is_a_401(server: AcledServer, tmp_path: Path) -> None:
    server.fail("unauthorised_inside", page=2)
    assert ids(ask(server, tmp_path)) == expected_ids(server)
    assert len(server.asked(TOKEN_PATH)) == 2


def test_a_refused_refresh_token_is_followed_by_a_login(server: AcledServer, tmp_path: Path) -> None:
    server.fail("token_rejected", page=2)
    server.fail("invalid_grant", path=TOKEN_PATH, times=0)
    asking = api(server)
    asking.ask(Question("acled", "Niger", fields=ID_FIELDS), tmp_path)
    server.faults.clear()
    server.access_tokens.clear()
    server.refresh_tokens.clear()
    assert ids(asking.ask(MALI_2023, tmp_path)) == expected_ids(server)
    grants = [request.form["grant_type"] for request in server.asked(TOKEN_PATH)]
    assert grants[-2:] == ["refresh_token", "password"]


def test_tokens_that_are_never_taken_are_given_up(server: AcledServer, tmp_path: Path) -> None:
    server.fail("token_rejected", page=2, times=None)
    with pytest.raises(AccessDeniedError, match="check the token in ACLED_USERNAME and ACLED_PASSWORD") as caught:
        ask(server, tmp_path)
    assert caught.value.status == 401
    grants = [request.form["grant_type"] for request in server.asked(TOKEN_PATH)]
    assert grants == ["password", "refresh_token", "password"], "one refresh, then one login"
    assert pages_asked(server) == ["1", "2", "2", "2"]


def test_a_token_is_renewed_before_it_ends(server: AcledServer, tmp_path: Path) -> None:
    seconds = [0.0]
    asking = api(server, login(server, clock=lambda: seconds[0]))
    asking.ask(MALI_2023, tmp_path)
    seconds[0] = 86_390
    asking.ask(MALI_2023, tmp_path)
    assert [request.form["grant_type"] for request in server.asked(TOKEN_PATH)] == ["password", "refresh_token"]


def test_a_wrong_password_is_told_once_and_names_the_variables(server: AcledServer, tmp_path: Path) -> None:
    with pytest.raises(LoginError, match=f"The login was refused; check {CREDENTIALS}: POST http.*HTTP 400") as caught:
        api(server, login(server, "wrong-pass")).ask(MALI_2023, tmp_path)
    assert "wrong-pass" not in str(caught.value)
    assert len(server.requests) == 1, "a login is not tried again: accounts get locked"


@pytest.mark.parametrize(
    ("kind", "complaint", "attempts"),
    [
        ("html", "without an access_token", 1),
        ("no_token", "without an access_token", 1),
        ("error_500", "HTTP 500", 3),
        ("redirect", "HTTP 302", 1),
        ("rate_limit_429", "HTTP 429", 3),
    ],
)
def test_a_login_that_fails_says_why(
    kind: str, complaint: str, attempts: int, server: AcledServer, tmp_path: Path
) -> None:
    server.fail(kind, path=TOKEN_PATH, times=None)
    with pytest.raises(LoginError, match=complaint):
        ask(server, tmp_path)
    assert len(server.requests) == attempts


def test_rights_to_a_country_that_are_missing_are_told(server: AcledServer, tmp_path: Path) -> None:
    server.fail("forbidden_inside")
    with pytest.raises(AccessDeniedError, match="no access to this country"):
        ask(server, tmp_path)
    assert len(server.asked(TOKEN_PATH)) == 1, "no other token would help"


def test_every_request_counts_against_the_budget(server: AcledServer, tmp_path: Path) -> None:
    budget = RequestBudget(tmp_path / "requests.json", 4)
    with pytest.raises(BudgetExhaustedError):
        api(server, budget=budget).ask(MALI_2023, tmp_path / "pages")
    assert len(server.requests) == 4, "a login and three pages"
    assert list((tmp_path / "pages").iterdir()) == []


SECRETS = (PASSWORD, USERNAME, "syn + thetic", "access.", "refresh.")


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        *(("/api/acled/read", kind) for kind in ("token_rejected", "error_inside", "html", "error_500", "no_object")),
        *(
            (TOKEN_PATH, kind)
            for kind in ("invalid_grant", "error_inside", "error_500", "no_token", "redirect", "slow")
        ),
    ],
)
def test_no_secret_is_in_any_text(
    kind: str, path: str, server: AcledServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("tests").setLevel(logging.INFO)  # the server's own log is not ours
    server.fail(kind, page=2 if path != TOKEN_PATH else None, times=None, path=path)
    asking = api(server)
    with pytest.raises(FetchError) as caught:
        asking.ask(MALI_2023, tmp_path)
    assert server.asked(TOKEN_PATH)[0].form["password"] == PASSWORD, "or the test shows nothing"
    trace = "".join(traceback.format_exception(caught.value))
    for text in (str(caught.value), repr(caught.value), trace, caplog.text, repr(asking)):
        assert not [secret for secret in SECRETS if secret in text]


def test_old_tokens_stay_masked_after_a_refresh(server: AcledServer, tmp_path: Path) -> None:
    credentials = login(server)
    server.fail("token_rejected", page=2)
    api(server, credentials).ask(MALI_2023, tmp_path)
    assert len(server.issued) == 4
    assert credentials.mask(f"{' '.join(server.issued)} {PASSWORD}") == "*** *** *** *** ***"


def test_a_transient_error_is_told_apart(server: AcledServer, tmp_path: Path) -> None:
    server.fail("rate_limit_inside", times=None)
    with pytest.raises(TransientError):
        ask(server, tmp_path)
