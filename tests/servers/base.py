"""What every server of ours has in common: it listens on loopback, remembers what it was asked, and errs on demand.

Lives here: HTTP, and the faults that any API can commit. Does not: what an API answers (`ucdp.py`, `acled.py`).
"""

import json
import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, TypeVar
from urllib.parse import parse_qs, urlsplit

logger = logging.getLogger(__name__)


@dataclass
class Fault:
    """One way to misbehave: on which page (as asked for; None: any), below which path, how often (None: always)."""

    kind: str
    page: int | None = None
    times: int | None = 1
    detail: str = ""
    path: str = ""


@dataclass(frozen=True)
class Request:
    """What was asked of the server; `form` is what was posted."""

    method: str
    host: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    form: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(kw_only=True)
class FaultyServer(ABC):
    """A server's habits and its memory; a subclass has the data and answers.

    Attributes:
        faults: what is to go wrong; the first one that fits is taken.
        requests: what was asked, in order.
        url: where it listens.
        stopping: set when it is to end.
    """

    kinds: ClassVar[dict[str, "Misbehaviour"]] = {}

    faults: list[Fault] = field(default_factory=list[Fault])
    requests: list[Request] = field(default_factory=list[Request])
    url: str = ""
    stopping: threading.Event = field(default_factory=threading.Event)

    def fail(self, kind: str, page: int | None = None, times: int | None = 1, detail: str = "", path: str = "") -> None:
        """Order a fault; `kinds` names them."""
        if kind not in self.kinds:
            raise ValueError(f"no such fault: {kind}; there are {', '.join(self.kinds)}")
        self.faults.append(Fault(kind, page, times, detail, path))

    def take_fault(self, request: Request) -> Fault | None:
        """Return the fault due now and use it up by one."""
        page = self.page_of(request)
        for fault in self.faults:
            if fault.page in {None, page} and fault.path in request.path and fault.times != 0:
                if fault.times is not None:
                    fault.times -= 1
                return fault
        return None

    @abstractmethod
    def page_of(self, request: Request) -> int | None:
        """Return the number of the page that is asked for; None where there are no pages."""

    @abstractmethod
    def answer(self, request: Request) -> tuple[int, bytes]:
        """Answer as a sound server: status and body."""

    @abstractmethod
    def credential(self, request: Request) -> str:
        """Return the secret that came with a request."""


class Handler(BaseHTTPRequestHandler):
    """HTTP for one server, which `serve` binds to it."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # header and body are two writes: 40 ms a request otherwise
    site: FaultyServer
    request_made: Request

    def do_GET(self) -> None:
        self._handle({})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        self._handle(_single(parse_qs(body)))

    def _handle(self, form: dict[str, str]) -> None:
        url = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, headers.get("host", ""), url.path, _single(parse_qs(url.query)), headers, form)
        self.request_made = request
        self.site.requests.append(request)
        fault = self.site.take_fault(request)
        with suppress(ConnectionError):  # the client has heard enough
            status, body = self.site.answer(request)
            if fault:
                self.site.kinds[fault.kind](self, fault, body)
            else:
                self.send(status, body)

    def send(self, status: int, body: bytes, headers: dict[str, str] | None = None, length: int | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
        logger.debug(format, *args)


Misbehaviour = Callable[[Handler, Fault, bytes], None]


def _single(values: dict[str, list[str]]) -> dict[str, str]:
    return {name: given[0] for name, given in values.items()}


def as_json(content: object) -> bytes:
    """Write JSON as APIs do: without spaces."""
    return json.dumps(content, separators=(",", ":")).encode()


# -- faults that any API can commit --


def edited(edit: Callable[[dict[str, Any]], Any]) -> Misbehaviour:
    """Make a fault that changes a sound answer."""

    def send(handler: Handler, _: Fault, body: bytes) -> None:
        handler.send(200, as_json(edit(json.loads(body))))

    return send


def error(status: int, text: str) -> Misbehaviour:
    """Make a fault that answers with a status; {} in the text stands for the secret that was sent."""

    def send(handler: Handler, fault: Fault, _: bytes) -> None:
        headers = {"Retry-After": fault.detail} if fault.detail else {}
        secret = handler.site.credential(handler.request_made)
        handler.send(status, text.replace("{}", secret).encode(), headers)

    return send


def _cut_short(handler: Handler, _: Fault, body: bytes) -> None:
    handler.send(200, body[: len(body) // 2], length=len(body))
    handler.close_connection = True


def _end_without_length(handler: Handler, _: Fault, body: bytes) -> None:
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2])
    handler.close_connection = True


def _wait(handler: Handler, fault: Fault, body: bytes) -> None:
    handler.site.stopping.wait(float(fault.detail or 30))
    handler.send(200, body)


def _never_end(handler: Handler, fault: Fault, _: bytes) -> None:
    """Send chunk upon chunk, as fast as possible or with a pause of `detail` seconds."""
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    chunk = b"0" * (1 if fault.detail else 65536)
    while not handler.site.stopping.wait(float(fault.detail or 0)):
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))


def _drop(handler: Handler, _: Fault, __: bytes) -> None:
    handler.close_connection = True


def _repeat(handler: Handler, _: Fault, __: bytes) -> None:
    """Answer with the page before."""
    request = handler.request_made
    before = {"page": str(int(request.query["page"]) - 1)}
    handler.send(*handler.site.answer(replace(request, query={**request.query, **before})))


def _redirect(handler: Handler, fault: Fault, _: bytes) -> None:
    """Lead to `detail`, or to this same server under another host name."""
    elsewhere = handler.site.url.replace("127.0.0.1", "localhost") + handler.path
    handler.send(302, b"", {"Location": fault.detail or elsewhere})


COMMON_FAULTS: dict[str, Misbehaviour] = {
    "rate_limit_400": error(400, '"API rate limit exceeded for {}"'),
    "bad_request": error(400, '"Country must be a number"'),
    "rate_limit_429": error(429, "Too many requests"),
    "error_500": error(500, "Object reference not set to an instance of an object\x1b[31m\x00 {}"),
    "token_rejected": error(401, '"Token {} has expired"'),
    "forbidden": error(403, "No"),
    "html": error(200, "<!DOCTYPE html>\n<html><body>Down for maintenance, {}</body></html>"),
    "error_inside": error(200, '{"error": "internal error, token {}"}'),
    "rate_limit_inside": error(200, '{"error": "Too many requests"}'),
    "empty": error(200, ""),
    "page_repeated": _repeat,
    "cut_short": _cut_short,
    "end_without_length": _end_without_length,
    "drop": _drop,
    "slow": _wait,
    "never_ending": _never_end,
    "redirect": _redirect,
}

Site = TypeVar("Site", bound=FaultyServer)


@contextmanager
def serve(site: Site, port: int = 0) -> Generator[Site]:
    """Serve on 127.0.0.1 until the block ends; port 0 takes a free one."""
    handler = type("BoundHandler", (Handler,), {"site": site})
    with ThreadingHTTPServer(("127.0.0.1", port), handler) as http:
        site.url = f"http://127.0.0.1:{http.server_port}"
        thread = threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield site
        finally:
            site.stopping.set()
            http.shutdown()
            thread.join()
