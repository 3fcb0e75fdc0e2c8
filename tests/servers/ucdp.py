"""A UCDP of our own on loopback: the API and the download address over synthetic events, with faults on demand.

By hand: `python -m tests.servers.ucdp --port 8999`, then point `api_base` at http://127.0.0.1:8999/api and
`download_base` at http://127.0.0.1:8999/downloads. In tests: `with serving() as server`.
"""

import argparse
import csv
import io
import json
import logging
import random
import threading
import zipfile
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

logger = logging.getLogger(__name__)

Event = dict[str, Any]
TOKEN = "synthetic-token+for/tests=="  # noqa: S105 - opens nothing but this server


@dataclass
class Fault:
    """One way to misbehave: on which page (as asked for; None: any), how often (None: always)."""

    kind: str
    page: int | None = None
    times: int | None = 1
    detail: str = ""


@dataclass(frozen=True)
class Request:
    """What was asked of the server."""

    host: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]


@dataclass
class UcdpServer:
    """The server's data, its habits and its memory.

    Attributes:
        editions: events by edition; an edition that is not here is not published (404).
        token: what the API wants to see in `x-ucdp-access-token`.
        first_page: how the API numbers its first page.
        page_size_cap: the most records that a page holds, whatever was asked for.
        cap_moves_pages: does a capped page count for as many records as it holds, or as were asked for?
        faults: what is to go wrong; the first one that fits is taken.
        requests: what was asked, in order.
    """

    editions: dict[str, list[Event]]
    token: str = TOKEN
    first_page: int = 1
    page_size_cap: int = 1000
    cap_moves_pages: bool = True
    faults: list[Fault] = field(default_factory=list[Fault])
    requests: list[Request] = field(default_factory=list[Request])
    url: str = ""
    stopping: threading.Event = field(default_factory=threading.Event)

    def fail(self, kind: str, page: int | None = None, times: int | None = 1, detail: str = "") -> None:
        """Order a fault; `FAULTS` names the kinds."""
        if kind not in FAULTS:
            raise ValueError(f"no such fault: {kind}; there are {', '.join(FAULTS)}")
        self.faults.append(Fault(kind, page, times, detail))

    def take_fault(self, page: int | None) -> Fault | None:
        """Return the fault due now and use it up by one."""
        for fault in self.faults:
            if fault.page in {None, page} and fault.times != 0:
                if fault.times is not None:
                    fault.times -= 1
                return fault
        return None

    def page(self, edition: str, query: dict[str, str]) -> dict[str, Any]:
        """Return one page of the API's answer."""
        events = self.editions[edition]
        asked = int(query.get("pagesize", "100"))
        size = min(asked, self.page_size_cap)
        number = int(query.get("page", self.first_page))
        start = (number - self.first_page) * (size if self.cap_moves_pages else asked)
        has_next = start + size < len(events)
        here = f"{self.url}/api/gedevents/{edition}?pagesize={asked}&page="
        return {
            "TotalCount": len(events),
            "TotalPages": -(-len(events) // size),
            "PreviousPageUrl": f"{here}{number - 1}" if start else "",
            "NextPageUrl": f"{here}{number + 1}" if has_next else "",
            "Result": events[max(0, start) : max(0, start + size)],
        }

    def file(self, name: str) -> bytes | None:
        """Return the file for download that goes by this name."""
        for edition, events in self.editions.items():
            if name == f"candidateged/GEDEvent_v{edition.replace('.', '_')}.csv":
                return as_csv(events)
            if name == f"ged/ged{edition.replace('.', '')}-csv.zip":
                return as_zip(f"GEDEvent_v{edition.replace('.', '_')}.csv", as_csv(events))
        return None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # header and body are two writes: 40 ms a request otherwise
    ucdp: UcdpServer

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.ucdp.requests.append(Request(headers.get("host", ""), url.path, query, headers))
        page = int(query.get("page", self.ucdp.first_page)) if url.path.startswith("/api/") else None
        fault = self.ucdp.take_fault(page)
        with suppress(ConnectionError):  # the client has heard enough
            status, body = self._answer(url.path, query, headers)
            if fault:
                FAULTS[fault.kind](self, fault, body)
            else:
                self.send(status, body)

    def _answer(self, path: str, query: dict[str, str], headers: dict[str, str]) -> tuple[int, bytes]:
        if path.startswith("/downloads/"):
            body = self.ucdp.file(path.removeprefix("/downloads/"))
            return (404, b"Not found") if body is None else (200, body)
        if headers.get("x-ucdp-access-token") != self.ucdp.token:
            return 401, b'"API token required. Add header: x-ucdp-access-token"'
        edition = path.removeprefix("/api/gedevents/")
        if edition not in self.ucdp.editions:
            return 404, b'"No such version"'
        return 200, as_json(self.ucdp.page(edition, query))

    def send(self, status: int, body: bytes, headers: dict[str, str] | None = None, length: int | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
        logger.debug(format, *args)


def _cut_short(handler: _Handler, _: Fault, body: bytes) -> None:
    handler.send(200, body[: len(body) // 2], length=len(body))
    handler.close_connection = True


def _end_without_length(handler: _Handler, _: Fault, body: bytes) -> None:
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2])
    handler.close_connection = True


def _wait(handler: _Handler, fault: Fault, body: bytes) -> None:
    handler.ucdp.stopping.wait(float(fault.detail or 30))
    handler.send(200, body)


def _never_end(handler: _Handler, fault: Fault, _: bytes) -> None:
    """Send chunk upon chunk, as fast as possible or with a pause of `detail` seconds."""
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    chunk = b"0" * (1 if fault.detail else 65536)
    while not handler.ucdp.stopping.wait(float(fault.detail or 0)):
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))


def _drop(handler: _Handler, _: Fault, __: bytes) -> None:
    handler.close_connection = True


def _repeat(handler: _Handler, _: Fault, __: bytes) -> None:
    path = urlsplit(handler.path)
    query = {name: values[0] for name, values in parse_qs(path.query).items()}
    query["page"] = str(int(query["page"]) - 1)
    handler.send(200, as_json(handler.ucdp.page(path.path.rpartition("/")[2], query)))


def _edited(edit: Callable[[dict[str, Any]], Any]) -> Callable[[_Handler, Fault, bytes], None]:
    """Make a fault that changes a sound answer."""

    def send(handler: _Handler, _: Fault, body: bytes) -> None:
        handler.send(200, as_json(edit(json.loads(body))))

    return send


def _error(status: int, text: str) -> Callable[[_Handler, Fault, bytes], None]:
    """Make a fault that answers with a status; {} in the text stands for the token that was sent."""

    def send(handler: _Handler, fault: Fault, _: bytes) -> None:
        token = handler.headers.get("x-ucdp-access-token", "")
        headers = {"Retry-After": fault.detail} if fault.detail else {}
        handler.send(status, text.replace("{}", token).encode(), headers)

    return send


def _redirect(handler: _Handler, fault: Fault, _: bytes) -> None:
    """Lead to `detail`, or to this same server under another host name."""
    elsewhere = handler.ucdp.url.replace("127.0.0.1", "localhost") + handler.path
    handler.send(302, b"", {"Location": fault.detail or elsewhere})


HTML = "<!DOCTYPE html>\n<html><body>Down for maintenance, {}</body></html>"

FAULTS: dict[str, Callable[[_Handler, Fault, bytes], None]] = {
    "rate_limit_400": _error(400, '"API rate limit exceeded for {}"'),
    "bad_request": _error(400, '"Country must be a number"'),
    "rate_limit_429": _error(429, "Too many requests"),
    "error_500": _error(500, "Object reference not set to an instance of an object\x1b[31m\x00 {}"),
    "token_rejected": _error(401, '"Token {} has expired"'),
    "forbidden": _error(403, "No"),
    "html": _error(200, HTML),
    "error_inside": _error(200, '{"error": "internal error, token {}"}'),
    "empty": _error(200, ""),
    "total_changes": _edited(lambda answer: answer | {"TotalCount": answer["TotalCount"] + 1}),
    "total_as_text": _edited(lambda answer: answer | {"TotalCount": str(answer["TotalCount"])}),
    "result_missing": _edited(lambda answer: {name: answer[name] for name in answer if name != "Result"}),
    "result_no_list": _edited(lambda answer: answer | {"Result": {"id": 1}}),
    "record_no_object": _edited(lambda answer: answer | {"Result": ["x", *answer["Result"][1:]]}),
    "page_empty": _edited(lambda answer: answer | {"Result": list[Event]()}),
    "page_short": _edited(lambda answer: answer | {"Result": answer["Result"][:-1]}),
    "page_long": _edited(lambda answer: answer | {"Result": [*answer["Result"], {"id": -1}]}),
    "next_elsewhere": _edited(
        lambda answer: answer | {"NextPageUrl": answer["NextPageUrl"].replace("127.0.0.1", "localhost")}
    ),
    "next_missing": _edited(lambda answer: answer | {"NextPageUrl": None}),
    "page_repeated": _repeat,
    "cut_short": _cut_short,
    "end_without_length": _end_without_length,
    "drop": _drop,
    "slow": _wait,
    "never_ending": _never_end,
    "redirect": _redirect,
}


# -- synthetic events --

GROUPS = ("Synthetic Front", "Synthetic Brigade", "Synthetic Union")
PLACES = (("Mali", 432, 15.5, -3.5), ("Burkina Faso", 439, 13.0, -1.0), ("Niger", 436, 14.5, 3.0))


def make_events(count: int, first_day: date, last_day: date, first_id: int = 900_001) -> list[Event]:
    """Make events with the 49 columns of UCDP, the same ones for the same arguments."""
    dice = random.Random(first_id)  # noqa: S311 - no secret comes of it
    days = (last_day - first_day).days + 1
    return [
        _event(first_id + offset, first_day + timedelta(days=offset * days // count), dice) for offset in range(count)
    ]


def _event(number: int, day: date, dice: random.Random) -> Event:
    country, country_id, latitude, longitude = dice.choice(PLACES)
    group = dice.choice(GROUPS)
    north, east = round(latitude + dice.uniform(-1, 1), 4), round(longitude + dice.uniform(-1, 1), 4)
    deaths = {name: dice.randint(0, 9) for name in ("deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown")}
    best = sum(deaths.values())
    side_a, side_b = f"Government of {country}", group
    return {
        "id": number,
        "relid": f"SYN-{day.year}-1-{number}",
        "year": day.year,
        "active_year": 1,
        "code_status": "Clear",
        "type_of_violence": 1,
        "conflict_dset_id": "90001",
        "conflict_new_id": 90001,
        "conflict_name": f"{country}: Government",
        "dyad_dset_id": "90002",
        "dyad_new_id": 90002,
        "dyad_name": f"{side_a} - {side_b}",
        "side_a_dset_id": "90003",
        "side_a_new_id": 90003,
        "side_a": side_a,
        "side_b_dset_id": "90004",
        "side_b_new_id": 90004,
        "side_b": side_b,
        "number_of_sources": 1,
        "source_article": f'"Synthetic wire,{day},An attack that never was"',
        "source_office": "Synthetic wire",
        "source_date": str(day),
        "source_headline": "An attack that never was",
        "source_original": "synthetic",
        "where_prec": 1,
        "where_coordinates": f"Synthetic village {number % 97}",
        "where_description": "a village that does not exist",
        "adm_1": "Synthetic region",
        "adm_2": "",
        "latitude": north,
        "longitude": east,
        "geom_wkt": f"POINT ({east} {north})",
        "priogrid_gid": int((north + 90) * 2) * 720 + int((east + 180) * 2) + 1,
        "country": country,
        "country_id": country_id,
        "region": "Africa",
        "event_clarity": 1,
        "date_prec": 1,
        "date_start": f"{day}T00:00:00",
        "date_end": f"{day}T00:00:00",
        **deaths,
        "best": best,
        "high": best + 2,
        "low": max(0, best - 2),
        "gwnoa": str(country_id),
        "gwnob": "",
    }


def as_json(content: object) -> bytes:
    """Write JSON as the API does."""
    return json.dumps(content).encode()


def as_csv(events: list[Event]) -> bytes:
    """Write the file of a release: dates as `2023-01-31 00:00:00.000`."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(events[0]), lineterminator="\r\n")
    writer.writeheader()
    dates = ("date_start", "date_end")
    writer.writerows(event | {name: event[name].replace("T", " ") + ".000" for name in dates} for event in events)
    return text.getvalue().encode()


def as_zip(name: str, content: bytes) -> bytes:
    """Pack one file."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return packed.getvalue()


@contextmanager
def serving(editions: dict[str, list[Event]] | None = None, port: int = 0) -> Generator[UcdpServer]:
    """Serve on 127.0.0.1 until the block ends; port 0 takes a free one."""
    ucdp = UcdpServer(sample_editions() if editions is None else editions)
    handler = type("Handler", (_Handler,), {"ucdp": ucdp})
    with ThreadingHTTPServer(("127.0.0.1", port), handler) as http:
        ucdp.url = f"http://127.0.0.1:{http.server_port}"
        thread = threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield ucdp
        finally:
            ucdp.stopping.set()
            http.shutdown()
            thread.join()


def sample_editions() -> dict[str, list[Event]]:
    """Make one yearly edition and two candidate months."""
    return {
        "25.1": make_events(2500, date(2020, 1, 1), date(2024, 12, 31)),
        "25.0.1": make_events(45, date(2025, 1, 1), date(2025, 1, 31), 950_001),
        "25.0.2": make_events(30, date(2025, 2, 1), date(2025, 2, 28), 960_001),
    }


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m tests.servers.ucdp", description=main.__doc__)
    parser.add_argument("--port", type=int, default=8999)
    parser.add_argument("--token", default=TOKEN)
    parser.add_argument("--first-page", type=int, default=1)
    parser.add_argument("--fault", action="append", default=[], metavar="KIND[:PAGE]", help=", ".join(FAULTS))
    options = parser.parse_args()
    logging.basicConfig(level=logging.DEBUG, format="%(message)s")
    with serving(port=options.port) as server:
        server.token, server.first_page = options.token, options.first_page
        for fault in options.fault:
            kind, _, page = fault.partition(":")
            server.fail(kind, int(page) if page else None, times=None)
        logger.info("%s/api and %s/downloads, token %s", server.url, server.url, server.token)
        with suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
