"""An ACLED of our own on loopback: login, events, deletions, over synthetic data, with faults on demand.

By hand: `python -m tests.servers.acled --port 8998`, then ACLED_USERNAME and ACLED_PASSWORD as printed,
INCIDENTS_ACLED_API_URL=http://127.0.0.1:8998/api and INCIDENTS_ACLED_TOKEN_URL=http://127.0.0.1:8998/oauth/token.
In tests: `with serving() as server`.
"""

import argparse
import logging
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, ClassVar

from tests.servers.base import COMMON_FAULTS, FaultyServer, Misbehaviour, Request, as_json, edited, error, serve

logger = logging.getLogger(__name__)

Event = dict[str, Any]
USERNAME = "synthetic.user@example.org"
PASSWORD = "syn + thetic/päss=word"  # noqa: S105 - opens nothing but this server
_COLUMNS = (
    "event_id_cnty event_date year time_precision disorder_type event_type sub_event_type actor1 assoc_actor_1 inter1 "
    "actor2 assoc_actor_2 inter2 interaction civilian_targeting iso region country admin1 admin2 admin3 location "
    "latitude longitude geo_precision source source_scale notes fatalities tags timestamp"
)
COLUMNS = tuple(_COLUMNS.split())
EVENTS_PATH, DELETED_PATH, TOKEN_PATH = "/api/acled/read", "/api/deleted/read", "/oauth/token"


def _first(answer: dict[str, Any], **values: object) -> dict[str, Any]:
    """Change values of the first record."""
    return answer | {"data": [answer["data"][0] | values, *answer["data"][1:]]}


def _shortened(answer: dict[str, Any], *, count: int | None = None) -> dict[str, Any]:
    data = answer["data"][:-1]
    return answer | {"data": data, "count": len(data) if count is None else count}


def _failed(status: int, *messages: str) -> Misbehaviour:
    """Answer 200 with an error inside."""
    return edited(lambda _: {"status": status, "success": False, "count": 0, "messages": list(messages)})


FAULTS: dict[str, Misbehaviour] = {
    **COMMON_FAULTS,
    "token_rejected": error(401, '{"message": "The access token {} is expired"}'),
    "rate_limit_inside": _failed(429, "slow down"),
    "rate_limit_in_words": _failed(400, "Too many requests from this account"),
    "unauthorised_inside": _failed(401, "log in"),
    "forbidden_inside": _failed(403, "no access to this country"),
    "failure_inside": _failed(400, "unknown column"),
    "no_data": edited(lambda answer: {name: answer[name] for name in answer if name != "data"}),
    "no_object": edited(lambda answer: answer["data"]),
    "data_no_list": edited(lambda answer: answer | {"data": {"event_id_cnty": "MLI1"}}),
    "record_without_id": edited(lambda answer: _first(answer, event_id_cnty=None)),
    "page_short": edited(_shortened),
    "count_wrong": edited(lambda answer: _shortened(answer, count=answer["count"])),
    "page_empty": edited(lambda answer: answer | {"data": [], "count": 0}),
    "id_twice": edited(lambda answer: _first(answer, event_id_cnty=answer["data"][-1]["event_id_cnty"])),
    "another_country": edited(lambda answer: _first(answer, country="Nigeria")),
    "another_day": edited(lambda answer: _first(answer, event_date="1999-12-31")),
    "updated": edited(lambda answer: answer | {"last_update": answer["last_update"] + 1}),
    "total_wrong": edited(lambda answer: answer | {"total_count": 99_999}),
    "invalid_grant": error(400, '{"error": "invalid_grant", "error_description": "{} is not correct"}'),
    "no_token": error(200, '{"token_type": "Bearer"}'),
}


@dataclass
class AcledServer(FaultyServer):
    """The server's data and its habits.

    Attributes:
        events: what `acled/read` answers from, in this order.
        deleted: what `deleted/read` answers from.
        rights: the countries that the account may see; None for all.
        embargo: the last event day that the account may see.
        page_size_cap: the most records that a page holds, whatever was asked for.
        cap_moves_pages: does a capped page count for as many records as it holds, or as were asked for?
        states_total: does an answer say how many records there are in all?
        last_update: what the envelope says.
        lifetime_s: how long a token is said to last.
        access_tokens: those that open the API.
        refresh_tokens: those that can be exchanged.
    """

    kinds: ClassVar[dict[str, Misbehaviour]] = FAULTS

    events: list[Event]
    deleted: list[Event] = field(default_factory=list[Event])
    rights: set[str] | None = None
    embargo: date | None = None
    page_size_cap: int = 5000
    cap_moves_pages: bool = True
    states_total: bool = False
    last_update: int = 1
    lifetime_s: int = 86_400
    access_tokens: set[str] = field(default_factory=set[str])
    refresh_tokens: set[str] = field(default_factory=set[str])
    issued: list[str] = field(default_factory=list[str])

    def fail(
        self, kind: str, page: int | None = None, times: int | None = 1, detail: str = "", path: str = EVENTS_PATH
    ) -> None:
        """Order a fault, of the events unless another path is named."""
        super().fail(kind, page, times, detail, path)

    def asked(self, path: str = EVENTS_PATH) -> list[Request]:
        """Return the requests for a path."""
        return [request for request in self.requests if request.path == path]

    def page_of(self, request: Request) -> int | None:
        """Return the page's number; a login has none."""
        return int(request.query.get("page", "1")) if request.path.startswith("/api/") else None

    def credential(self, request: Request) -> str:
        """Return the token, or the password, that was sent."""
        return request.form.get("password") or request.headers.get("authorization", "").removeprefix("Bearer ")

    def answer(self, request: Request) -> tuple[int, bytes]:
        """Answer with tokens, events or deletions."""
        if request.path == TOKEN_PATH:
            return self._tokens(request.form) if request.method == "POST" else (405, b"{}")
        if self.credential(request) not in self.access_tokens:
            return 401, b'{"message": "The request is unauthorised"}'
        if request.path == EVENTS_PATH:
            return 200, as_json(self._page(self._visible(request.query), request.query))
        if request.path == DELETED_PATH:
            since = int(request.query.get("deleted_timestamp", "0"))
            matching = [row for row in self.deleted if int(row["deleted_timestamp"]) >= since]
            return 200, as_json(self._page(matching, request.query))
        return 404, b'{"message": "No such endpoint"}'

    def _tokens(self, form: dict[str, str]) -> tuple[int, bytes]:
        is_login = form.get("grant_type") == "password" and (form.get("username"), form.get("password")) == (
            USERNAME,
            PASSWORD,
        )
        is_refresh = form.get("grant_type") == "refresh_token" and form.get("refresh_token") in self.refresh_tokens
        if form.get("client_id") != "acled" or not (is_login or is_refresh):
            return 400, b'{"error": "invalid_grant", "error_description": "The credentials are not correct"}'
        number = len(self.issued)
        access, refresh = f"access.{number}+secret/{number}==", f"refresh.{number}-secret_{number}"
        self.issued += [access, refresh]
        # As the API does: what was there before is of no more use.
        self.access_tokens, self.refresh_tokens = {access}, {refresh}
        return 200, as_json(
            {"token_type": "Bearer", "expires_in": self.lifetime_s, "access_token": access, "refresh_token": refresh}
        )

    def _visible(self, query: dict[str, str]) -> list[Event]:
        first, _, last = query.get("event_date", "0000|9999").partition("|")
        since = int(query.get("timestamp", "0"))
        return [
            event
            for event in self.events
            if query.get("country", event["country"]) == event["country"]
            and first <= event["event_date"] <= last
            and int(event["timestamp"]) >= since
            and (self.rights is None or event["country"] in self.rights)
            and (self.embargo is None or event["event_date"] <= str(self.embargo))
        ]

    def _page(self, rows: list[Event], query: dict[str, str]) -> dict[str, Any]:
        asked = int(query.get("limit", "5000"))
        size = min(asked, self.page_size_cap)
        start = (int(query.get("page", "1")) - 1) * (size if self.cap_moves_pages else asked)
        page = rows[start : start + size]
        if fields := query.get("fields"):
            page = [{name: row[name] for name in fields.split("|")} for row in page]
        recency = {"quantity": 12, "unit": "Months", "date": str(self.embargo)} if self.embargo else None
        return {
            "status": 200,
            "success": True,
            "last_update": self.last_update,
            "count": len(page),
            "messages": [],
            "data": page,
            "filename": "synthetic",
            "data_query_restrictions": {"date_recency": recency},
            **({"total_count": len(rows)} if self.states_total else {}),
        }


# -- synthetic events --

PLACES = {"Mali": ("466", "MLI"), "Burkina Faso": ("854", "BFO"), "Niger": ("562", "NIG")}


def make_event(country: str, number: int, day: date, timestamp: int) -> Event:
    """Make one event; every value is a text, as the API sends them."""
    iso, prefix = PLACES[country]
    values = {
        "event_id_cnty": f"{prefix}{number}",
        "event_date": str(day),
        "year": str(day.year),
        "time_precision": "1",
        "disorder_type": "Political violence",
        "event_type": "Battles",
        "sub_event_type": "Armed clash",
        "actor1": "Synthetic Front",
        "inter1": "Rebel group",
        "actor2": f"Military Forces of {country}",
        "inter2": "State forces",
        "interaction": "State forces-Rebel group",
        "iso": iso,
        "region": "Western Africa",
        "country": country,
        "admin1": "Synthetic region",
        "location": f"Synthetic village {number % 97}",
        "latitude": f"{13 + number % 300 / 100:.4f}",
        "longitude": f"{-3 + number % 500 / 100:.4f}",
        "geo_precision": "1",
        "source": "Synthetic wire",
        "source_scale": "National",
        "notes": f'On {day}, an attack that never was: "{number}", é, {{1}}.',
        "fatalities": str(number % 7),
        "timestamp": str(timestamp),
    }
    return {name: values.get(name, "") for name in COLUMNS}


def make_events(country: str, count: int, year: int, timestamp: int, first_number: int = 1) -> list[Event]:
    """Make events spread over a year, newest first, as the API sends them."""
    days = [date(year, 1, 1) + timedelta(days=place * 365 // count) for place in range(count)]
    made = [make_event(country, first_number + place, day, timestamp) for place, day in enumerate(days)]
    return made[::-1]


@contextmanager
def serving(events: list[Event] | None = None, port: int = 0) -> Generator[AcledServer]:
    """Serve on 127.0.0.1 until the block ends; port 0 takes a free one."""
    with serve(AcledServer(sample_events() if events is None else events), port) as server:
        yield server


def sample_events() -> list[Event]:
    """Make three countries with two years each."""
    return [
        event
        for country in PLACES
        for year, first in ((2022, 1), (2023, 501))
        for event in make_events(country, 120, year, 1_700_000_000 + year, first)
    ]


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m tests.servers.acled", description=main.__doc__)
    parser.add_argument("--port", type=int, default=8998)
    parser.add_argument("--fault", action="append", default=[], metavar="KIND[:PAGE]", help=", ".join(FAULTS))
    options = parser.parse_args()
    logging.basicConfig(level=logging.DEBUG, format="%(message)s")
    with serving(port=options.port) as server:
        for fault in options.fault:
            kind, _, page = fault.partition(":")
            server.fail(kind, int(page) if page else None, times=None)
        logger.info("%s, ACLED_USERNAME=%s ACLED_PASSWORD=%s", server.url, USERNAME, PASSWORD)
        with suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
