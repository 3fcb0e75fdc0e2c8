"""Hand-made ACLED records, for tests. All of it is invented."""

import csv
import io

from orchestration.feeds.acled import CURRENT

Record = dict[str, str]

PLAIN: Record = {
    "event_id_cnty": "MLI100001",
    "event_date": "2022-03-01",
    "year": "2022",
    "time_precision": "1",
    "disorder_type": "Political violence",
    "event_type": "Battles",
    "sub_event_type": "Armed clash",
    "actor1": "JNIM: Invented Group",
    "assoc_actor_1": "",
    "inter1": "2",
    "actor2": "Military Forces of Mali (2021-)",
    "assoc_actor_2": "GSIM: Invented Allies; Invented Scouts",
    "inter2": "1",
    "interaction": "12",
    "civilian_targeting": "",
    "iso": "466",
    "region": "Western Africa",
    "country": "Mali",
    "admin1": "Mopti",
    "admin2": "Douentza",
    "admin3": "Mondoro",
    "location": "Invented town",
    "latitude": "14.6711",
    "longitude": "-1.9522",
    "geo_precision": "1",
    "source": "Invented Wire; Invented Daily",
    "source_scale": "National",
    "notes": "On 1 March 2022, an invented group attacked an invented camp.",
    "fatalities": "3",
    "tags": "",
    "timestamp": "1646732943",
    "data_id": "8900001",
    "event_id_no_cnty": "100001",
    "iso3": "MLI",
}
"""A record of every vintage: each layout takes the columns that it has."""

SECOND_ACTOR = ("actor2", "assoc_actor_2", "inter2")


def record(number: int = 1, **changes: str) -> Record:
    """A clean record with its own id, changed as told."""
    return {**PLAIN, "event_id_cnty": f"MLI{100_000 + number}", "event_id_no_cnty": str(100_000 + number), **changes}


def export_csv(records: list[Record], columns: tuple[str, ...] = CURRENT.columns, *more: list[str]) -> bytes:
    """Records as an export of some columns; `more` are rows between the header and the records."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerows([list(columns), *more, *([row[name] for name in columns] for row in records)])
    return buffer.getvalue().encode()


def unfolded(records: list[Record]) -> list[Record]:
    """The same events once per actor, as a monadic export tells them; each event's rows one after the other."""
    rows: list[Record] = []
    for row in records:
        rows.append(row)
        if any(row[name] for name in SECOND_ACTOR):
            first = {"actor1": row["actor2"], "assoc_actor_1": row["assoc_actor_2"], "inter1": row["inter2"]}
            rows.append({**row, **first})
    return rows


def without_second_actor(columns: tuple[str, ...]) -> tuple[str, ...]:
    """The columns of a monadic export."""
    return tuple(name for name in columns if name not in SECOND_ACTOR)
