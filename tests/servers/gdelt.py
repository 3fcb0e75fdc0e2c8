"""A server that publishes files as GDELT does, and misbehaves on demand.

Run it by hand: `python -m tests.servers.gdelt --port 8998`.
"""

import argparse
import logging
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import ClassVar

from tests.gdelt_rows import line, list_line, packed, table
from tests.servers.base import COMMON_FAULTS, FaultyServer, Misbehaviour, Request, serve

logger = logging.getLogger(__name__)

LISTED_AT = "http://data.gdeltproject.org/gdeltv2"
"""The lists name this address, wherever they are served."""
RECORDS_A_FILE = 3


def _flipped(body: bytes) -> bytes:
    """One byte in the middle differs: the size is right, the MD5 is not."""
    middle = len(body) // 2
    return body[:middle] + bytes([body[middle] ^ 0xFF]) + body[middle + 1 :]


FAULTS: dict[str, Misbehaviour] = {
    **COMMON_FAULTS,
    "not_found": lambda handler, _, __: handler.send(404, b"Not found"),
    "half": lambda handler, _, body: handler.send(200, body[: len(body) // 2]),
    "other_bytes": lambda handler, _, body: handler.send(200, _flipped(body)),
}


@dataclass(kw_only=True)
class GdeltServer(FaultyServer):
    """What is published, what goes wrong, what was asked.

    Attributes:
        files: zips by their stamp; the lists name them all.
        listed: lines in place of those that follow from a file, by stamp.
        extra_lines: what else stands in the master list, at its end.
        newest: the stamp in lastupdate.txt; the newest file's where it is empty.
        grows: files that appear once the first zip has been asked for.
    """

    kinds: ClassVar[dict[str, Misbehaviour]] = FAULTS

    files: dict[str, bytes]
    listed: dict[str, str] = field(default_factory=dict[str, str])
    extra_lines: list[str] = field(default_factory=list[str])
    newest: str = ""
    grows: dict[str, bytes] = field(default_factory=dict[str, bytes])

    def page_of(self, request: Request) -> int | None:
        del request
        return None

    def credential(self, request: Request) -> str:
        del request
        return ""

    def answer(self, request: Request) -> tuple[int, bytes]:
        body = self.body(request.path.rpartition("/")[2])
        return (404, b"<?xml version='1.0'?><Error><Code>NoSuchKey</Code></Error>") if body is None else (200, body)

    @property
    def base_url(self) -> str:
        """Where the lists and the files lie."""
        return f"{self.url}/gdeltv2"

    @property
    def names_asked(self) -> list[str]:
        """The names of what was asked for, in order."""
        return [request.path.rpartition("/")[2] for request in self.requests]

    @property
    def zips_asked(self) -> list[str]:
        """The stamps of the zips that were asked for."""
        return [name[:14] for name in self.names_asked if name.endswith(".zip")]

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
    with serve(GdeltServer(files=files), port) as server:
        yield server


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
            kind, _, name = fault.partition(":")
            server.fail(kind, path=name, times=None)
        logger.info("INCIDENTS_GDELT_SOURCE=on INCIDENTS_GDELT_URL=%s", server.base_url)
        with suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
