"""HTTP with patience and manners: time limits, back-off, a budget of requests, and no word about secrets.

Lives here: getting one address into one file, complete or not at all, and saying plainly why not. Does not: what an
answer means, which addresses a feed has (`ucdp.py`, `acled.py`), or how a login is renewed (`login.py`).
"""

import fcntl
import html
import json
import logging
import re
import ssl
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
from pydantic import SecretStr
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from orchestration.io.atomic import replaced_file, write_text

logger = logging.getLogger(__name__)

USER_AGENT = "incident-warehouse"
EXCERPT_CHARACTERS = 300
EXCERPT_BYTES = 4096
MAX_REDIRECTS = 5
RETRIED_STATUSES = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
# A cut body is among them: a connection that ends before Content-Length or the last chunk is a RemoteProtocolError.
RETRIED_FAILURES = (httpx.NetworkError, httpx.TimeoutException, httpx.RemoteProtocolError)
SPEAKS_OF_RATE_LIMIT = re.compile(r"rate.?limit|too many|throttl|quota|limit.{0,20}(exceeded|reached)", re.IGNORECASE)


Check = Callable[[bytes], None]
"""Looks at a whole answer before it is kept; raises a TransientError where asking again may help, else a FetchError."""

Post = Callable[[str, Mapping[str, str]], bytes]
"""Sends a form to an address and returns the answer."""


class FetchError(Exception):
    """A request that brought no data. Its text can be shown to anybody: secrets are masked.

    Attributes:
        status: the status of the answer, where there was one.
    """

    status: int | None = None


class TransientError(FetchError):
    """A failure that may pass: the client tries again before anybody hears of it."""

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        """Keep the server's own word on when to come back, if it gave one."""
        super().__init__(message)
        self.retry_after_s = retry_after_s


class NotFoundError(FetchError):
    """The server has nothing at this address (404)."""


class AccessDeniedError(FetchError):
    """The server refuses our credentials (401, 403)."""


class BudgetExhaustedError(FetchError):
    """The day's requests are used up: the request was not sent."""


@dataclass(frozen=True)
class HttpLimits:
    """How long to wait, how often to try, how much to take.

    Attributes:
        connect_timeout_s: for the connection to stand.
        read_timeout_s: for the next piece of an answer.
        total_timeout_s: for a whole answer; a server that drips never meets the read timeout.
        max_bytes: the largest answer that is taken.
        attempts: how often one request is sent before it counts as failed.
        first_wait_s: the wait before the second attempt; it doubles from there, with jitter.
        max_wait_s: where the doubling ends.
        max_retry_after_s: the longest wait that a server's Retry-After can ask for.
    """

    connect_timeout_s: float = 15.0
    read_timeout_s: float = 60.0
    total_timeout_s: float = 1800.0
    max_bytes: int = 4 * 1024**3
    attempts: int = 7
    first_wait_s: float = 2.0
    max_wait_s: float = 120.0
    max_retry_after_s: float = 600.0


class Credentials(httpx.Auth):
    """What opens a server, and how it is kept out of every text.

    Attributes:
        variable: the environment variable, or variables, that errors tell the user to look at.
    """

    def __init__(self, variable: str) -> None:
        """Know no secret yet."""
        self.variable = variable
        self._written: list[re.Pattern[str]] = []

    def prepare(self, post: Post) -> None:
        """Get ready for a request, with requests of its own where it takes some."""

    def renew(self, post: Post) -> bool:
        """After a 401: get other credentials. False where there are none to be had."""
        del post
        return False

    def accepted(self) -> None:
        """Hear that the server took what it was shown."""

    def mask(self, text: str) -> str:
        """Return the text without the secrets, however a server wrote them."""
        for written in self._written:
            text = written.sub("***", text)
        return text

    def hide(self, secret: SecretStr) -> None:
        """Let a secret appear in no text from now on."""
        if value := secret.get_secret_value().strip():
            self._written.append(re.compile("".join(map(_as_written, value)), re.IGNORECASE))
            # A secret that begins like another one must not leave the other's end in sight.
            self._written.sort(key=lambda written: len(written.pattern), reverse=True)


class HeaderToken(Credentials):
    """A secret that travels in a header and appears nowhere else."""

    def __init__(self, header: str, token: SecretStr, variable: str) -> None:
        """Take the token; `variable` is the environment variable that holds it."""
        super().__init__(variable)
        self.header = header
        self._token = header_value(token, variable)
        self.hide(self._token)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the header at the last moment (httpx calls this)."""
        request.headers[self.header] = self._token.get_secret_value()
        yield request


def header_value(secret: SecretStr, variable: str) -> SecretStr:
    """Return the secret without surrounding space, if a header can carry it: httpx would quote it in its complaint."""
    value = secret.get_secret_value().strip()
    if not (value.isascii() and value.isprintable()):
        raise AccessDeniedError(f"{variable} holds characters that no HTTP header can carry; set it to the token alone")
    return SecretStr(value)


def _as_written(character: str) -> str:
    r"""Match one character as it is, after a backslash, in a URL (%2B, or + for a space), in JSON (\\u002B) or HTML."""
    if character.isascii() and character.isalnum():
        return character  # nobody writes those in another way
    in_url = "".join(f"%{byte:02x}" for byte in character.encode())
    in_html = re.escape(html.escape(character))
    space = r"|\+" if character == " " else ""
    return rf"(?:\\?{re.escape(character)}|{in_url}|\\u{ord(character):04x}|{in_html}{space})"


def utc_today() -> date:
    """Return the day that budgets are counted by."""
    return datetime.now(UTC).date()


@dataclass(frozen=True)
class RequestBudget:
    """Requests a day (UTC), counted in a file so that every run and process of the day shares them."""

    state_file: Path
    limit: int = 5000
    today: Callable[[], date] = utc_today

    def spend(self, request_name: str) -> None:
        """Count one request, before it is sent; one that fails has been counted too."""
        self.state_file.parent.mkdir(parents=True, exist_ok=True)
        with self.state_file.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            used = self.used()
            if used >= self.limit:
                raise BudgetExhaustedError(
                    f"{request_name}: not sent, the budget of {self.limit:,} requests for {self.today()} is used up; "
                    f"it starts anew at 00:00 UTC (count kept in {self.state_file})"
                )
            count = {"day": self.today().isoformat(), "requests": used + 1}
            write_text(self.state_file, json.dumps(count))

    def used(self) -> int:
        """Return how many requests of today are spent."""
        if not self.state_file.exists():
            return 0
        try:
            state = json.loads(self.state_file.read_bytes())
            return int(state["requests"]) if state["day"] == self.today().isoformat() else 0
        except (ValueError, KeyError, TypeError):
            raise BudgetExhaustedError(
                f"{self.state_file} is no count of requests; delete it to count today's from 0"
            ) from None


@dataclass(frozen=True)
class _Call:
    """One request, and what is done with its answer."""

    method: str
    address: httpx.URL
    form: Mapping[str, str] | None
    take: Callable[[str, httpx.Response], None]


@cache
def _tls() -> ssl.SSLContext:
    """Load the certificates once a process: it takes a tenth of a second."""
    return httpx.create_ssl_context()


class HttpClient:
    """Gets addresses into files. Use it in a `with` block."""

    def __init__(
        self,
        limits: HttpLimits | None = None,
        *,
        token: Credentials | None = None,
        budget: RequestBudget | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Open no connection yet; `sleep` is where tests take the waiting out."""
        self.limits = limits or HttpLimits()
        self._token = token
        self._budget = budget
        self._has_answered = False
        self._back_off = wait_exponential_jitter(
            initial=self.limits.first_wait_s, max=self.limits.max_wait_s, jitter=self.limits.first_wait_s
        )
        self._retrying = Retrying(
            retry=retry_if_exception_type(TransientError),
            stop=stop_after_attempt(self.limits.attempts),
            wait=self._wait_s,
            sleep=sleep,
            before_sleep=self._log_retry,
            reraise=True,
        )
        self._http = httpx.Client(
            # Identity: what is kept is what came over the wire.
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
            verify=_tls(),
            timeout=httpx.Timeout(self.limits.read_timeout_s, connect=self.limits.connect_timeout_s),
        )

    def __enter__(self) -> Self:
        """Return the client."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        self._http.close()

    def fetch(
        self, url: str, target: Path, params: Mapping[str, str | int] | None = None, check: Check | None = None
    ) -> Path:
        """Save the answer to `target`, complete and exactly as received, or raise a FetchError and leave no file.

        An answer that `check` calls transient is asked for again, as one that breaks off.
        """

        def save(name: str, response: httpx.Response) -> None:
            self._save(name, response, target, check)

        self._persistently(_Call("GET", self._address(url, params), None, save), self._follow)
        return target

    def post(self, url: str, form: Mapping[str, str]) -> bytes:
        """Send a form, such as a login, and return the answer; neither the form nor the answer is told to anybody.

        It is never followed to another address: what it carries would go there.
        """
        answers: list[bytes] = []

        def keep(name: str, response: httpx.Response) -> None:
            answers.append(b"".join(self._chunks(name, response)))

        self._persistently(_Call("POST", self._address(url), form, keep), self._send)
        return answers[-1]

    def _address(self, url: str, params: Mapping[str, str | int] | None = None) -> httpx.URL:
        try:
            address = httpx.URL(url, params=params) if params else httpx.URL(url)
        except httpx.InvalidURL as problem:
            raise FetchError(f"{self.readable(url)} is no URL: {self.readable(str(problem))}") from None
        if address.userinfo:
            raise FetchError(
                f"The URL of {address.host} carries a user name or password; credentials belong in the environment"
            )
        return address

    def _persistently(self, call: _Call, send: Callable[[_Call, str], object]) -> None:
        name = self.readable(f"{call.method} {call.address}", at_most=2000)
        try:
            # A copy, because a login may be due within the request that it is for.
            self._retrying.copy()(send, call, name)
        except TransientError as problem:
            given_up = TransientError(f"{problem} (given up after {self.limits.attempts} attempts)")
            given_up.retry_after_s, given_up.status = problem.retry_after_s, problem.status
            raise given_up from None

    def readable(self, text: str | bytes, at_most: int = EXCERPT_CHARACTERS) -> str:
        """Return the beginning of the text as one line that may be shown: no control characters, no secret."""
        if isinstance(text, bytes):
            text = text.decode("utf-8", errors="replace")
        # Before and after the text becomes one line: either could be how a secret with spaces is written.
        masked = self._mask(text)
        line = " ".join("".join(character if character.isprintable() else " " for character in masked).split())
        masked = self._mask(line)
        return masked if len(masked) <= at_most else f"{masked[: at_most - 1]}…"

    def _mask(self, text: str) -> str:
        return self._token.mask(text) if self._token else text

    def _follow(self, call: _Call, name: str) -> None:
        """Send a request to where it leads; when the credentials ran out meanwhile, get others and go on."""
        if self._token:
            self._token.prepare(self.post)
        for _ in range(MAX_REDIRECTS + 1):
            try:
                moved_to = self._send(call, name)
            except AccessDeniedError as refused:
                if refused.status != HTTPStatus.UNAUTHORIZED or not (self._token and self._token.renew(self.post)):
                    raise
                continue
            if moved_to is None:
                return
            call = replace(call, address=moved_to)
        raise FetchError(f"{name}: redirected more than {MAX_REDIRECTS} times")

    def _send(self, call: _Call, name: str) -> httpx.URL | None:
        """Send one request: take the answer, or return where the server says it has moved to."""
        if self._budget:
            self._budget.spend(name)
        # What is posted is a login: it needs none.
        credentials = None if call.form else self._token
        try:
            with self._http.stream(call.method, call.address, data=call.form, auth=credentials) as response:
                if response.has_redirect_location and not call.form:
                    return self._redirect_within_host(name, response)
                if response.status_code != HTTPStatus.OK:
                    raise self._refusal(name, response)
                call.take(name, response)
                self._has_answered = True
                if credentials:
                    credentials.accepted()
        # `from None`: the cause would carry the request, and with it the token.
        except RETRIED_FAILURES as problem:
            raise TransientError(self._failure(name, problem)) from None
        except (httpx.HTTPError, httpx.InvalidURL) as problem:
            raise FetchError(self._failure(name, problem)) from None
        return None

    def _failure(self, name: str, problem: Exception) -> str:
        return f"{name}: {type(problem).__name__}: {self.readable(str(problem))}"

    def _redirect_within_host(self, name: str, response: httpx.Response) -> httpx.URL:
        """Accept another path of the same host, never another host: it would be sent the token, or be believed."""
        here = response.url
        there = here.join(response.headers["location"])
        if (there.host, there.port) != (here.host, here.port) or there.scheme not in {here.scheme, "https"}:
            place = self.readable(f"{there.scheme}://{there.host}")
            raise FetchError(f"{name}: HTTP {response.status_code} redirects to {place}, another host; not followed")
        return there

    def _refusal(self, name: str, response: httpx.Response) -> FetchError:
        body = self.readable(self._beginning(name, response))
        refusal = self._refusal_of(response, f"{name}: HTTP {response.status_code}: {body or 'no explanation'}", body)
        refusal.status = response.status_code
        return refusal

    def _refusal_of(self, response: httpx.Response, message: str, body: str) -> FetchError:
        status = response.status_code
        if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            return AccessDeniedError(message + self.way_out)
        if status == HTTPStatus.NOT_FOUND:
            return NotFoundError(message)
        # UCDP answers a rate limit with 400, in words that we do not know: after a sound answer, 400 is taken for one.
        has_worked = self._has_answered and response.request.method == "GET"
        is_rate_limit = status == HTTPStatus.BAD_REQUEST and (has_worked or SPEAKS_OF_RATE_LIMIT.search(body))
        if status in RETRIED_STATUSES or status >= HTTPStatus.INTERNAL_SERVER_ERROR or is_rate_limit:
            return TransientError(message, seconds_until(response.headers.get("retry-after", "")))
        return FetchError(message)

    @property
    def way_out(self) -> str:
        """What a user can do about refused credentials, to be put behind a message."""
        return f"; check the token in {self._token.variable}" if self._token else ""

    def _beginning(self, name: str, response: httpx.Response) -> bytes:
        """Read enough of an error's body to quote it; a body that breaks off must not hide the status."""
        body = b""
        with suppress(httpx.HTTPError):
            for chunk in self._chunks(name, response):
                body += chunk
                if len(body) >= EXCERPT_BYTES:
                    break
        return body

    def _save(self, name: str, response: httpx.Response, target: Path, check: Check | None) -> None:
        with replaced_file(target) as partial:
            with partial.open("wb") as file:
                file.writelines(self._chunks(name, response))
            with partial.open("rb") as file:
                self._check_beginning(name, file.read(EXCERPT_BYTES))
            if check:
                check(partial.read_bytes())

    def _check_beginning(self, name: str, beginning: bytes) -> None:
        if not beginning:
            raise FetchError(f"{name}: the answer is empty")
        # No format that we fetch begins so, however the server labels it.
        if beginning.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
            raise FetchError(f"{name}: an HTML page in place of data: {self.readable(beginning)}")

    def _chunks(self, name: str, response: httpx.Response) -> Iterator[bytes]:
        """Yield the body as it comes, until it is too large or takes too long."""
        deadline = time.monotonic() + self.limits.total_timeout_s
        byte_count = 0
        for chunk in response.iter_bytes():
            byte_count += len(chunk)
            if byte_count > self.limits.max_bytes:
                raise FetchError(f"{name}: the answer is larger than the limit of {self.limits.max_bytes:,} bytes")
            if time.monotonic() > deadline:
                raise FetchError(f"{name}: the answer was not complete after {self.limits.total_timeout_s:,.0f} s")
            yield chunk

    def _wait_s(self, state: RetryCallState) -> float:
        """Wait as back-off says, or as long as the server asks if that is more."""
        problem = state.outcome.exception() if state.outcome else None
        asked_s = (problem.retry_after_s if isinstance(problem, TransientError) else None) or 0.0
        return max(self._back_off(state), min(asked_s, self.limits.max_retry_after_s))

    def _log_retry(self, state: RetryCallState) -> None:
        problem = state.outcome.exception() if state.outcome else None
        wait_s = state.next_action.sleep if state.next_action else 0.0
        logger.warning(
            "%s; attempt %d of %d, next in %.1f s", problem, state.attempt_number, self.limits.attempts, wait_s
        )


def seconds_until(retry_after: str, now: datetime | None = None) -> float | None:
    """Read a Retry-After header: seconds or an HTTP date (RFC 9110, 10.2.3); None where it is neither."""
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after)
    try:
        when = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    moment = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())
