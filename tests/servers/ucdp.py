"""A UCDP of our own on loopback: the API and the download address over synthetic events, with faults on demand.

By hand: `python -m tests.servers.ucdp --port 8999`, then point `api_base` at http://127.0.0.1:8999/api and
`download_base` at http://127.0.0.1:8999/downloads. In tests: `with serving() as server`.
"""

import argparse
import csv
import io
import logging
import random
import threading
import zipfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, ClassVar

from tests.servers.base import COMMON_FAULTS, FaultyServer, Misbehaviour, Request, as_json, edited, serve

logger = logging.getLogger(__name__)

Event = dict[str, Any]
TOKEN = "synthetic-token+for/tests=="  # noqa: S105 - opens nothing but this server

FAULTS: dict[str, Misbehaviour] = {
    **COMMON_FAULTS,
    "total_changes": edited(lambda answer: answer | {"TotalCount": answer["TotalCount"] + 1}),
    "total_as_text": edited(lambda answer: answer | {"TotalCount": str(answer["TotalCount"])}),
    "result_missing": edited(lambda answer: {name: answer[name] for name in answer if name != "Result"}),
    "result_no_list": edited(lambda answer: answer | {"Result": {"id": 1}}),
    "record_no_object": edited(lambda answer: answer | {"Result": ["x", *answer["Result"][1:]]}),
    "page_empty": edited(lambda answer: answer | {"Result": list[Event]()}),
    "page_short": edited(lambda answer: answer | {"Result": answer["Result"][:-1]}),
    "page_long": edited(lambda answer: answer | {"Result": [*answer["Result"], {"id": -1}]}),
    "next_elsewhere": edited(
        lambda answer: answer | {"NextPageUrl": answer["NextPageUrl"].replace("127.0.0.1", "localhost")}
    ),
    "next_missing": edited(lambda answer: answer | {"NextPageUrl": None}),
}


@dataclass
class UcdpServer(FaultyServer):
    """The server's data and its habits.

    Attributes:
        editions: events by edition; an edition that is not here is not published (404).
        token: what the API wants to see in `x-ucdp-access-token`.
        first_page: how the API numbers its first page.
        page_size_cap: the most records that a page holds, whatever was asked for.
        cap_moves_pages: does a capped page count for as many records as it holds, or as were asked for?
    """

    kinds: ClassVar[dict[str, Misbehaviour]] = FAULTS

    editions: dict[str, list[Event]]
    token: str = TOKEN
    first_page: int = 1
    page_size_cap: int = 1000
    cap_moves_pages: bool = True

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

    def page_of(self, request: Request) -> int | None:
        """Return the page's number; downloads have none."""
        return int(request.query.get("page", self.first_page)) if request.path.startswith("/api/") else None

    def credential(self, request: Request) -> str:
        """Return the token that was sent."""
        return request.headers.get("x-ucdp-access-token", "")

    def answer(self, request: Request) -> tuple[int, bytes]:
        """Answer with a file, or a page of an edition."""
        if request.path.startswith("/downloads/"):
            body = self.file(request.path.removeprefix("/downloads/"))
            return (404, b"Not found") if body is None else (200, body)
        if self.credential(request) != self.token:
            return 401, b'"API token required. Add header: x-ucdp-access-token"'
        edition = request.path.removeprefix("/api/gedevents/")
        if edition not in self.editions:
            return 404, b'"No such version"'
        return 200, as_json(self.page(edition, request.query))


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
    with serve(UcdpServer(sample_editions() if editions is None else editions), port) as server:
        yield server


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
