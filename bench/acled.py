"""ACLED's API at full speed: `python -m bench acled --rows 400000`.

A server on loopback holds synthetic events of one country and year in pages of 5,000, as the API would send them. One
process fetches and archives them, another one lands them; each is timed, and its memory watched, by itself.
"""

import argparse
import json
import os
import sys
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import ClassVar

import duckdb

from bench.measure import Measured, measured
from tests.servers.acled import COLUMNS, FAULTS, PASSWORD, TOKEN_PATH, USERNAME
from tests.servers.base import FaultyServer, Misbehaviour, Request, as_json, serve

PAGE_ROWS = 5000
YEAR = 2023
MEBIBYTE = 1024**2
STEPS = ("fetch", "land")

# Lengths and shares of empty values are those of real answers; no figure made from them means anything.
_EVENTS = """
copy (
    select
        'MLI' || i as event_id_cnty,
        ((date '2023-01-01') + (i % 365)::integer)::varchar as event_date,
        '2023' as year,
        (1 + i % 3)::varchar as time_precision,
        'Political violence' as disorder_type,
        ['Battles', 'Violence against civilians', 'Explosions/Remote violence'][i % 3 + 1] as event_type,
        ['Armed clash', 'Attack', 'Remote explosive/landmine/IED'][i % 3 + 1] as sub_event_type,
        'Synthetic Front for Nothing (' || i % 40 || ')' as actor1,
        case when i % 5 = 0 then 'Synthetic Militia of Village ' || i % 300 else '' end as assoc_actor_1,
        'Rebel group' as inter1,
        'Military Forces of Nowhere (2020-)' as actor2,
        '' as assoc_actor_2,
        'State forces' as inter2,
        'State forces-Rebel group' as interaction,
        case when i % 3 = 1 then 'Civilian targeting' else '' end as civilian_targeting,
        '466' as iso,
        'Western Africa' as region,
        'Mali' as country,
        'Synthetic region ' || i % 8 as admin1,
        'Synthetic district ' || i % 60 as admin2,
        'Synthetic commune ' || i % 700 as admin3,
        'Synthetic village ' || i % 9000 as location,
        printf('%.4f', 10 + (i % 130000) / 10000) as latitude,
        printf('%.4f', -12 + (i % 150000) / 10000) as longitude,
        (1 + i % 3)::varchar as geo_precision,
        'Synthetic Wire; Invented Daily' as source,
        'Subnational-International' as source_scale,
        'On day ' || i % 365 || ', an attack that never was took place near «village» ' || i || '. '
        || repeat('No source told of it, and no one was there to see it. ', (1 + i % 9)::integer) as notes,
        (i % 11)::varchar as fatalities,
        case when i % 20 = 0 then 'local administrators' else '' end as tags,
        (1690000000 + i)::varchar as timestamp,
    from range($first, $last) as series (i)
) to '{file}' (format json, array true)
"""


@dataclass
class PagesServer(FaultyServer):
    """Serves what lies ready: answering costs next to nothing, so that the client is what is measured."""

    kinds: ClassVar[dict[str, Misbehaviour]] = FAULTS

    folder: Path
    token: str = field(default="bench")

    def page_of(self, request: Request) -> int | None:
        """Return the page's number."""
        return int(request.query.get("page", "1"))

    def credential(self, request: Request) -> str:
        """Return nothing: nobody is refused."""
        return request.method

    def answer(self, request: Request) -> tuple[int, bytes]:
        """Answer with a token, a page, or an empty page."""
        if request.path == TOKEN_PATH:
            return 200, as_json({"access_token": self.token, "expires_in": 86_400})
        page = self.folder / f"{request.query.get('page')}.json"
        is_there = page.exists() and request.path == "/api/acled/read" and "timestamp" not in request.query
        return 200, page.read_bytes() if is_there else _envelope(b"[]", 0)


def bench(rows: int, root: Path) -> None:
    """Generate, serve, fetch, land; print what it took."""
    pages = root / "pages"
    byte_count = _generate(rows, pages)
    say(f"{rows:,} events in pages of {PAGE_ROWS:,}, {byte_count / 1e6:,.0f} MB\n")
    with serve(PagesServer(pages)) as server:
        environment = _environment(root, server.url)
        taken = {step: measured([sys.executable, "-m", "bench.acled", step], environment) for step in STEPS}
    say(f"{'':22}{'seconds':>10}{'peak MiB':>10}{'rows/s':>12}")
    for step, measure in taken.items():
        _print(step, measure, rows)


def _generate(rows: int, folder: Path) -> int:
    folder.mkdir(parents=True)
    byte_count = 0
    with duckdb.connect(config={"threads": 2}) as connection:
        for number, first in enumerate(range(0, rows, PAGE_ROWS), start=1):
            file = folder / f"{number}.json"
            last = min(first + PAGE_ROWS, rows)
            target = str(file).replace("'", "''")
            connection.execute(_EVENTS.format(file=target), {"first": first, "last": last}).fetchall()
            byte_count += file.write_bytes(_envelope(_compact(file.read_bytes()), last - first))
    first_record = json.loads((folder / "1.json").read_bytes())["data"][0]
    if tuple(first_record) != COLUMNS:
        raise RuntimeError("the generated events do not have the API's columns")
    return byte_count


def _compact(records: bytes) -> bytes:
    """Without the line breaks that DuckDB puts between records; those within a text are written as escapes."""
    return records.replace(b"\n\t", b"").replace(b"\n", b"")


def _envelope(records: bytes, count: int) -> bytes:
    before = as_json({"status": 200, "success": True, "last_update": 1, "count": count, "messages": []})
    return before[:-1] + b',"data":' + records + b',"filename":"synthetic"}'


def _environment(root: Path, url: str) -> dict[str, str]:
    return {
        **os.environ,
        "NO_PROXY": "127.0.0.1",
        "INCIDENTS_DATA_DIR": str(root / "data"),
        "ACLED_USERNAME": USERNAME,
        "ACLED_PASSWORD": PASSWORD,
        "INCIDENTS_ACLED_API_URL": f"{url}/api",
        "INCIDENTS_ACLED_TOKEN_URL": f"{url}{TOKEN_PATH}",
        "INCIDENTS_ACLED_COUNTRIES": "Mali",
        "INCIDENTS_ACLED_FROM_DATE": f"{YEAR}-01-01",
        # The window of the running year would be asked for too: what is to be seen ends with this one.
        "INCIDENTS_ACLED_EMBARGO_DAYS": str((date.today() - date(YEAR, 12, 31)).days),  # noqa: DTZ011
        "INCIDENTS_ACLED_DAILY_REQUESTS": "100000",
    }


def step(name: str) -> None:
    """Do one of `STEPS` in this process, as the nightly job does it."""
    from orchestration.assets.landing import land_what_is_new
    from orchestration.assets.raw import RawConfig, take_in
    from orchestration.feeds import acled_fetch, all_feeds
    from orchestration.settings import get_settings

    feed, settings = all_feeds()["acled"], get_settings()
    if name == "fetch":
        acled_fetch.PAUSE_S = 0  # the courtesy between pages is not what is measured
        intake = take_in(feed, RawConfig(), settings)
        if intake.problems or len(intake.new) != 1:
            raise RuntimeError(f"{len(intake.new)} batches, {intake.problems}")
    else:
        (record,) = land_what_is_new(feed, settings, say)
        if record["records_landed"] != record["records_read"]:
            raise RuntimeError(f"not every record landed: {record}")


def _print(name: str, taken: Measured, rows: int) -> None:
    say(f"{name:22}{taken.seconds:10.1f}{taken.peak() / MEBIBYTE:10,.0f}{rows / taken.seconds:12,.0f}")


def say(line: str) -> None:
    """Print at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=step.__doc__)
    parser.add_argument("step", choices=STEPS)
    step(parser.parse_args().step)
