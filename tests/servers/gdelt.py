"""A server that publishes files as GDELT does, and misbehaves on demand.

Run it by hand: `python -m tests.servers.gdelt --port 8998`.
"""

import argparse
import logging
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from tests.gdelt_rows import line, list_line, packed, table

logger = logging.getLogger(__name__)

LISTED_AT = "http://data.gdeltproject.org/gdeltv2"
"""The lists name this address, wherever they are served."""
RECORDS_A_FILE = 3


@dataclass
class Fault:
    """Something that goes wrong with requests for a file: always, or the first `times`."""

    kind: str
    name: str
    times: int | None


@dataclass
class GdeltServer:
    """What is published, what goes wrong, what was asked.

    Attributes:
        files: zips by their stamp; the lists name them all.
        listed: lines in place of those that follow from a file, by stamp.
        extra_lines: what else stands in the master list, at its end.
        newest: the stamp in lastupdate.txt; the newest file's where it is empty.
        grows: files that appear once the first zip has been asked for.
        faults: what is to go wrong; the first one that fits is taken.
        requests: the names of what was asked for, in order.
    """

    files: dict[str, bytes]
    listed: dict[str, str] = field(default_factory=dict[str, str])
    extra_lines: list[str] = field(default_factory=list[str])
    newest: str = ""
    grows: dict[str, bytes] = field(default_factory=dict[str, bytes])
    faults: list[Fault] = field(default_factory=list[Fault])
    requests: list[str] = field(default_factory=list[str])
    url: str = ""
    stopping: threading.Event = field(default_factory=threading.Event)

    def fail(self, kind: str, name: str, times: int | None = None) -> None:
        """Order a fault for a file or list; `FAULTS` names the kinds."""
        if kind not in FAULTS:
            raise ValueError(f"no such fault: {kind}; there are {', '.join(FAULTS)}")
        self.faults.append(Fault(kind, name, times))

    def take_fault(self, name: str) -> Fault | None:
        """Return the fault due now and use it up by one."""
        for fault in self.faults:
            if fault.name in name and fault.times != 0:
                if fault.times is not None:
                    fault.times -= 1
                return fault
        return None

    @property
    def zips_asked(self) -> list[str]:
        """The stamps of the zips that were asked for."""
        return [name[:14] for name in self.requests if name.endswith(".zip")]

    def lines_of(self, stamp: str) -> list[str]:
        """The three lines of 15 minutes: events, mentions, knowledge graph."""
        events = list_line(self.files[stamp], f"{LISTED_AT}/{stamp}.export.CSV.zip")
        others = (f"{LISTED_AT}/{stamp}.{kind}.zip" for kind in ("mentions.CSV", "gkg.csv"))
        return [self.listed.get(stamp, events), *(list_line(b"", url) for url in others)]

    def body(self, name: str) -> bytes | None:
        """What is served under a name."""
        if name == "masterfilelist.txt":
            lines = [each for stamp in sorted(self.files) for each in self.lines_of(stamp)] + self.extra_lines
            return "".join(f"{each}\n" for each in lines).encode()
        if name == "lastupdate.txt":
            newest = self.newest or max(self.files)
            lines = (
                self.lines_of(newest) if newest in self.files else [f"1 {'0' * 32} {LISTED_AT}/{newest}.export.CSV.zip"]
            )
            return "".join(f"{each}\n" for each in lines).encode()
        self.files |= self.grows
        return self.files.get(name.removesuffix(".export.CSV.zip"))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # header and body are two writes: 40 ms a request otherwise
    gdelt: GdeltServer

    def do_GET(self) -> None:
        name = urlsplit(self.path).path.removeprefix("/gdeltv2/")
        self.gdelt.requests.append(name)
        fault = self.gdelt.take_fault(name)
        with suppress(ConnectionError):  # the client has heard enough
            body = self.gdelt.body(name)
            if fault:
                FAULTS[fault.kind](self, body or b"")
            elif body is None:
                self.send(404, b"<?xml version='1.0'?><Error><Code>NoSuchKey</Code></Error>")
            else:
                self.send(200, body)

    def send(self, status: int, body: bytes, headers: dict[str, str] | None = None, length: int | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
        logger.debug(format, *args)


def _cut_short(handler: _Handler, body: bytes) -> None:
    """The connection ends before Content-Length."""
    handler.send(200, body[: len(body) // 2], length=len(body))
    handler.close_connection = True


def _drop(handler: _Handler, _: bytes) -> None:
    handler.close_connection = True


def _wait(handler: _Handler, body: bytes) -> None:
    handler.gdelt.stopping.wait(30)
    handler.send(200, body)


def _flipped(body: bytes) -> bytes:
    """One byte in the middle differs: the size is right, the MD5 is not."""
    middle = len(body) // 2
    return body[:middle] + bytes([body[middle] ^ 0xFF]) + body[middle + 1 :]


HTML = b"<!DOCTYPE html>\n<html><body>Down for maintenance</body></html>"

FAULTS: dict[str, Callable[[_Handler, bytes], None]] = {
    "not_found": lambda handler, _: handler.send(404, b"Not found"),
    "forbidden": lambda handler, _: handler.send(403, b"No"),
    "html": lambda handler, _: handler.send(200, HTML),
    "empty": lambda handler, _: handler.send(200, b""),
    "error_500": lambda handler, _: handler.send(500, b"Internal error\x1b[31m"),
    "rate_limit_429": lambda handler, _: handler.send(429, b"Too many requests", {"Retry-After": "0"}),
    "half": lambda handler, body: handler.send(200, body[: len(body) // 2]),
    "other_bytes": lambda handler, body: handler.send(200, _flipped(body)),
    "redirect": lambda handler, _: handler.send(302, b"", {"Location": "http://localhost:1/elsewhere"}),
    "cut_short": _cut_short,
    "drop": _drop,
    "slow": _wait,
}


def stamps(day: date, count: int = 96) -> list[str]:
    """The first file names of a day."""
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a name, not a time
    return [f"{midnight + timedelta(minutes=15 * number):%Y%m%d%H%M%S}" for number in range(count)]


def zip_of(stamp: str, records: int = RECORDS_A_FILE, **changes: object) -> bytes:
    """A file of synthetic records; their ids follow from the stamp."""
    first = int(stamp[2:12]) * 100
    day = {"SQLDATE": stamp[:8], "MonthYear": stamp[:6], "Year": stamp[:4], "DATEADDED": stamp}
    return packed(table(line(first + number, **day, **changes) for number in range(records)), stamp)


def published(first: date, days: int, files_a_day: int = 96) -> dict[str, bytes]:
    """Whole days, and the first file after them: the list has moved on."""
    all_stamps = [stamp for back in range(days) for stamp in stamps(first + timedelta(days=back), files_a_day)]
    return {stamp: zip_of(stamp) for stamp in [*all_stamps, *stamps(first + timedelta(days=days), 1)]}


@contextmanager
def serving(files: dict[str, bytes], port: int = 0) -> Generator[GdeltServer]:
    """Serve on 127.0.0.1 until the block ends; port 0 takes a free one."""
    gdelt = GdeltServer(files)
    handler = type("Handler", (_Handler,), {"gdelt": gdelt})
    with ThreadingHTTPServer(("127.0.0.1", port), handler) as http:
        gdelt.url = f"http://127.0.0.1:{http.server_port}/gdeltv2"
        thread = threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield gdelt
        finally:
            gdelt.stopping.set()
            http.shutdown()
            thread.join()


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m tests.servers.gdelt", description=main.__doc__)
    parser.add_argument("--port", type=int, default=8998)
    parser.add_argument("--from", dest="first", type=date.fromisoformat, default=date(2024, 1, 1))
    parser.add_argument("--days", type=int, default=3)
    parser.add_argument("--fault", action="append", default=[], metavar="KIND:NAME", help=", ".join(FAULTS))
    options = parser.parse_args()
    logging.basicConfig(level=logging.DEBUG, format="%(message)s")
    with serving(published(options.first, options.days), options.port) as server:
        for fault in options.fault:
            server.fail(*fault.split(":", 1))
        logger.info("INCIDENTS_GDELT_SOURCE=on INCIDENTS_GDELT_URL=%s", server.url)
        with suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
