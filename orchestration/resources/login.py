"""A login with a name and a password (OAuth 2.0, password grant), renewed while a run lasts.

Lives here: getting a token, showing it, getting another one when it is refused. Tokens live as long as the process:
they are never written down. Does not: which server wants them (`acled.py`).
"""

import logging
import time
from collections.abc import Callable, Generator

import httpx
from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError

from orchestration.resources.http import (
    BudgetExhaustedError,
    Credentials,
    FetchError,
    Post,
    TransientError,
    header_value,
)

logger = logging.getLogger(__name__)

RENEWED_BEFORE_S = 60.0
"""A token that ends within this time is renewed before it is shown once more."""


class LoginError(FetchError):
    """No token is to be had: nothing else can be asked for either."""


class PasswordLogin(Credentials):
    """Logs in when it is first needed; a token that is refused is refreshed once, then fetched once more."""

    def __init__(
        self,
        url: str,
        client_id: str,
        username: SecretStr,
        password: SecretStr,
        variable: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Log in nowhere yet; `variable` names what holds name and password, for errors."""
        super().__init__(variable)
        self._url = url
        self._client_id = client_id
        self._username = username
        self._password = password
        self._clock = clock
        self._tokens: _Tokens | None = None
        self._ends_at = float("inf")
        self._has_refreshed = self._has_logged_in = False
        self.hide(username)
        self.hide(password)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the header at the last moment (httpx calls this)."""
        if self._tokens:
            request.headers["Authorization"] = f"Bearer {self._tokens.access_token.get_secret_value()}"
        yield request

    def prepare(self, post: Post) -> None:
        """Log in, the first time; later renew a token that is about to end."""
        if self._tokens is None or (self._clock() > self._ends_at - RENEWED_BEFORE_S and not self._refresh(post)):
            self._log_in(post)

    def renew(self, post: Post) -> bool:
        """First by the refresh token, then by a login; False when the server has refused the tokens of both."""
        if not self._has_refreshed:
            self._has_refreshed = True
            if self._refresh(post):
                return True
        if not self._has_logged_in:
            self._has_logged_in = True
            self._log_in(post)
            return True
        return False

    def accepted(self) -> None:
        """The next refusal is a new one."""
        self._has_refreshed = self._has_logged_in = False

    def _log_in(self, post: Post) -> None:
        secrets = {"username": self._username.get_secret_value(), "password": self._password.get_secret_value()}
        try:
            self._take(post, {"grant_type": "password", **secrets})
        except BudgetExhaustedError:
            raise
        except FetchError as refused:
            # Raised outside of this block: the cause carries what was posted.
            problem = refused
        else:
            logger.info("Logged in at %s", self._url)
            return
        is_refused = problem.status in {400, 401, 403} and not isinstance(problem, TransientError)
        raise LoginError(f"The login {'was refused' if is_refused else 'failed'}; check {self.variable}: {problem}")

    def _refresh(self, post: Post) -> bool:
        token = self._tokens.refresh_token if self._tokens else None
        if token is None:
            return False
        try:
            self._take(post, {"grant_type": "refresh_token", "refresh_token": token.get_secret_value()})
        except BudgetExhaustedError:
            raise
        except FetchError as problem:
            logger.warning("The token was not refreshed: %s", problem)
            return False
        logger.info("The token was refreshed at %s", self._url)
        return True

    def _take(self, post: Post, grant: dict[str, str]) -> None:
        answer = post(self._url, {**grant, "client_id": self._client_id})
        try:
            tokens = _Tokens.model_validate_json(answer)
        except ValidationError:
            tokens = None
        # Never quoted: a part of it may be a token.
        if tokens is None:
            raise FetchError(f"POST {self._url}: an answer of {len(answer):,} bytes without an access_token")
        for token in (tokens.access_token, tokens.refresh_token):
            if token:
                self.hide(token)
        header_value(tokens.access_token, "The access token of the server")
        # A server that keeps the refresh token need not send it again (RFC 6749, 6).
        self._tokens = tokens if tokens.refresh_token or not self._tokens else self._tokens.renewed(tokens)
        self._ends_at = self._clock() + tokens.expires_in if tokens.expires_in else float("inf")


class _Tokens(BaseModel):
    """What a login gives."""

    model_config = ConfigDict(hide_input_in_errors=True)

    access_token: SecretStr
    refresh_token: SecretStr | None = None
    expires_in: float | None = None

    def renewed(self, later: "_Tokens") -> "_Tokens":
        """Take the later access token, and keep the refresh token."""
        return later.model_copy(update={"refresh_token": self.refresh_token})
