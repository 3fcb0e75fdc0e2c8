"""Time and memory of a GDELT month from its zips to landing: `python -m bench gdelt --rows 3000000`.

The month is invented: zips of 15 minutes with some thousand records each, three in a thousand of them wanted. It is
landed twice, as the default settings have it and with every record wanted, and set beside the least that anybody could
do with such files: unpack them. Nothing is fetched here.
"""

import os
import random
import sys
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from bench.measure import Measured, measured
from schemas.gdelt import GDELT_EVENTS

RECORDS_A_FILE = 1034
FIRST = datetime(2024, 1, 1)  # noqa: DTZ001 - names, not times
FIRST_ID = 1_150_000_000
WANTED_SHARE = 0.003
POOL = 20_000
"""So many records are made; all others repeat them under other ids and times."""
MEBIBYTE = 1024**2

UNPACK = """
import sys, zipfile
from pathlib import Path
for path in sorted(Path(sys.argv[1]).glob("*/*.zip")):
    with zipfile.ZipFile(path) as archive:
        archive.read(archive.namelist()[0])
"""
ARCHIVE = """
import sys
from pathlib import Path
from orchestration.feeds import all_feeds
from orchestration.io.archive import archive
from orchestration.io.fetched import Fetched
from orchestration.io.lake import Lake
from orchestration.settings import get_settings
feed, lake = all_feeds()["gdelt"], Lake(get_settings().lake_dir)
for day in sorted(Path(sys.argv[1]).iterdir()):
    archive(Fetched(tuple(sorted(day.iterdir())), "download", day.name, edition=day.name), feed, lake)
"""
LAND = """
from orchestration.assets.landing import land_what_is_new
from orchestration.feeds import all_feeds
from orchestration.io.lake import Lake, is_conserved
from orchestration.settings import get_settings
records = land_what_is_new(all_feeds()["gdelt"], get_settings(), lambda line: None)
assert all(record["status"] == "landed" and is_conserved(record) for record in records), records
print(sum(record["records_read"] for record in records), sum(record["records_landed"] for record in records))
"""


def bench(rows: int, root: Path) -> None:
    """Everything that the benchmark measures, in a folder of its own."""
    month = root / "month"
    _say(f"Generating {rows:,} rows …")
    files, text_bytes = _generate(month, rows)
    _say(f"{files:,} zips, {text_bytes / 1e6:,.0f} MB unpacked\n")
    _say(f"{'':30}{'seconds':>10}{'peak MiB':>10}{'rows/s':>12}")
    _print("unpack alone", _python(UNPACK, root, str(month)), rows)
    _print("zips to raw", _python(ARCHIVE, root, str(month)), rows)
    for name, settings in {
        "raw to landing": {},
        "raw to landing, all wanted": {"INCIDENTS_GDELT_COUNTRIES": "all", "INCIDENTS_GDELT_ROOTS": "all"},
    }.items():
        landing = _python(LAND, root, **settings)
        read, landed = map(int, landing.output.split())
        if read != rows:
            raise RuntimeError(f"{read:,} records were read, not {rows:,}")
        _print(name, landing, rows)
        _say(f"{'':30}{landed:,} landed, {read - landed:,} left in raw")


def _python(program: str, root: Path, *arguments: str, **settings: str) -> Measured:
    environment = {**os.environ, "INCIDENTS_DATA_DIR": str(root / "data"), **settings}
    return measured([sys.executable, "-c", program, *arguments], environment)


def _generate(folder: Path, rows: int) -> tuple[int, int]:
    """Write the zips, a folder a day; returns how many and their bytes unpacked."""
    pool = _pool()
    dice = random.Random(1)  # noqa: S311 - no secret comes of it
    files, text_bytes, made = 0, 0, 0
    while made < rows:
        moment = FIRST + timedelta(minutes=15 * files)
        stamp, day = f"{moment:%Y%m%d%H%M%S}", folder / f"{moment:%Y-%m-%d}"
        count = min(RECORDS_A_FILE, rows - made)
        head, tail = f"\t{moment:%Y%m%d}\t{moment:%Y%m}\t{moment:%Y}\t", f"\t{stamp}\thttps://news.example/{stamp}/"
        bodies = dice.choices(pool, k=count)
        text = "".join(
            f"{FIRST_ID + made + number}{head}{body}{tail}{number}-some-words-of-a-headline.html\n"
            for number, body in enumerate(bodies)
        ).encode()
        day.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(day / f"{stamp}.export.CSV.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            archive.writestr(f"{stamp}.export.CSV", text)
        files, text_bytes, made = files + 1, text_bytes + len(text), made + count
    return files, text_bytes


def _pool() -> list[str]:
    """What stands in a record between its date and the time at which it was added."""
    dice = random.Random(2)  # noqa: S311
    return ["\t".join(_body(dice)) for _ in range(POOL)]


def _body(dice: random.Random) -> Iterator[str]:
    is_wanted = dice.random() < WANTED_SHARE
    country = dice.choice(("ML", "UV", "NG")) if is_wanted else dice.choice(("US", "UK", "FR", "IN", "NI", "RS", "CH"))
    root = dice.choice(("18", "19", "20")) if is_wanted else f"{dice.randint(1, 20):02}"
    place = {
        "Type": "4",
        "FullName": f"Place {dice.randint(1, 9999)}, Division {dice.randint(1, 30)}, Country {country}",
        "CountryCode": country,
        "ADM1Code": f"{country}{dice.randint(1, 30):02}",
        "ADM2Code": str(dice.randint(1, 99999)),
        "Lat": f"{dice.uniform(-60, 70):.4f}",
        "Long": f"{dice.uniform(-180, 180):.4f}",
        "FeatureID": str(-dice.randint(1, 2_000_000)),
    }
    values = {
        "FractionDate": "2024.0027",
        **{f"Actor{actor}Code": dice.choice(("USA", "GOV", "MLIMIL", "REB", "CVL")) for actor in (1, 2)},
        **{f"Actor{actor}Name": dice.choice(("UNITED STATES", "GOVERNMENT", "REBEL", "POLICE")) for actor in (1, 2)},
        **{f"Actor{actor}Type1Code": dice.choice(("GOV", "MIL", "REB", "")) for actor in (1, 2)},
        "IsRootEvent": str(dice.randint(0, 1)),
        "EventCode": f"{root}0",
        "EventBaseCode": f"{root}0",
        "EventRootCode": root,
        "QuadClass": str(dice.randint(1, 4)),
        "GoldsteinScale": f"{dice.uniform(-10, 10):.1f}",
        "NumMentions": str(dice.randint(1, 50)),
        "NumSources": str(dice.randint(1, 9)),
        "NumArticles": str(dice.randint(1, 50)),
        "AvgTone": f"{dice.uniform(-20, 10):.14f}",
        **{f"{of}_{part}": value for of in ("Actor1Geo", "Actor2Geo", "ActionGeo") for part, value in place.items()},
    }
    between = GDELT_EVENTS.names[GDELT_EVENTS.names.index("FractionDate") : GDELT_EVENTS.names.index("DATEADDED")]
    return (values.get(name, "") for name in between)


def _print(name: str, taken: Measured, rows: int) -> None:
    _say(f"{name:30}{taken.seconds:10.1f}{taken.peak() / MEBIBYTE:10,.0f}{rows / max(taken.seconds, 0.001):12,.0f}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
