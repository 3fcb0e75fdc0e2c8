"""How ACLED writes its exports: columns, words and codes, types of event, dates; which events is decided in `acled`."""

import csv
import io
from datetime import date

Record = dict[str, str]
"""One event: the columns of the current export as text, days as 2023-04-30, until a file writes them in its own way."""

CURRENT = (
    *("event_id_cnty", "event_date", "year", "time_precision", "disorder_type", "event_type", "sub_event_type"),
    *("actor1", "assoc_actor_1", "inter1", "actor2", "assoc_actor_2", "inter2", "interaction", "civilian_targeting"),
    *("iso", "region", "country", "admin1", "admin2", "admin3", "location", "latitude", "longitude", "geo_precision"),
    *("source", "source_scale", "notes", "fatalities", "tags", "timestamp"),
)
MONADIC_OF_2019 = (
    *("data_id", "iso", "event_id_cnty", "event_id_no_cnty", "event_date", "year", "time_precision", "event_type"),
    *("actor1", "assoc_actor_1", "inter1", "interaction", "region", "country", "admin1", "admin2", "admin3"),
    *("location", "latitude", "longitude", "geo_precision", "source", "source_scale", "notes", "fatalities"),
    *("timestamp", "iso3"),
)
HXL_TAGS = {
    "event_id_cnty": "#event+code",
    "event_date": "#date+occurred",
    "event_type": "#event+type",
    "actor1": "#group+name+first",
    "country": "#country+name",
    "admin1": "#adm1+name",
    "location": "#loc+name",
    "latitude": "#geo+lat",
    "longitude": "#geo+lon",
    "fatalities": "#affected+killed",
}
KINDS = {
    "1": "State forces",
    "2": "Rebel group",
    "3": "Political militia",
    "4": "Identity militia",
    "5": "Rioters",
    "6": "Protesters",
    "7": "Civilians",
    "8": "External/Other forces",
}
TYPES_BEFORE_2019 = {
    "Battles": "Battle-No change of territory",
    "Explosions/Remote violence": "Remote violence",
    "Violence against civilians": "Violence against civilians",
    "Protests": "Riots/Protests",
    "Riots": "Riots/Protests",
}
COMMON_TYPES = {
    "Battles": "battle",
    "Explosions/Remote violence": "explosion_or_remote_violence",
    "Violence against civilians": "violence_against_civilians",
    "Protests": "protest",
    "Riots": "riot",
    "Battle-No change of territory": "battle",
    "Remote violence": "explosion_or_remote_violence",
}
NAMES_OF_2019 = {
    "Military Forces of Mali (2013-2020)": "Military Forces of Mali (2013-)",
    "Islamic State Sahel Province (ISSP)": "Islamic State (Greater Sahara)",
}
LOGIN_PAGE = b"<!DOCTYPE html>\n<html><head><title>Log in</title></head><body>Your session has lapsed.</body></html>\n"


def as_of_2019(record: Record) -> Record:
    """The event as it was told then: an older type, codes, other names of actors, the crowd in the text."""
    codes = {word: code for code, word in KINDS.items()}
    first, second = codes[record["inter1"]], codes.get(record["inter2"], "")
    size = record["tags"].removeprefix("crowd size=")
    return record | {
        "event_type": TYPES_BEFORE_2019[record["event_type"]],
        "actor1": NAMES_OF_2019.get(record["actor1"], record["actor1"]),
        "actor2": NAMES_OF_2019.get(record["actor2"], record["actor2"]),
        "inter1": first,
        "inter2": second,
        "interaction": min(first, second or "9") + max(first, second) if second else f"{first}0",
        "notes": f"{record['notes']} [size={size}]" if size else record["notes"],
        "event_id_no_cnty": record["event_id_cnty"][3:],
        "iso3": "MLI",
        "timestamp": "1562000000",
    }


def unfolded(record: Record) -> list[Record]:
    """One row for each actor."""
    if not record["actor2"]:
        return [record]
    second = {"actor1": record["actor2"], "assoc_actor_1": record["assoc_actor_2"], "inter1": record["inter2"]}
    return [record, record | second]


def old_export(records: list[Record]) -> bytes:
    """Once per actor, with a byte order mark, CRLF, an upper-case header, HXL tags and an index without a name."""
    header = ["", *(name.upper() for name in MONADIC_OF_2019)]
    tags = ["", *(HXL_TAGS.get(name, "") for name in MONADIC_OF_2019)]
    rows: list[list[str]] = []
    for number, record in enumerate(records):
        written = record | {"data_id": str(5_000_000 + number), "event_date": _in_words(record["event_date"])}
        rows.append([str(number), *(written[name] for name in MONADIC_OF_2019)])
    return ("\ufeff" + _csv([header, tags, *rows], "\r\n")).encode()


def current_export(records: list[Record]) -> bytes:
    """Both actors in a row; the last record ends inside its notes, as a download that broke off."""
    text = _csv([list(CURRENT), *([record[name] for name in CURRENT] for record in records)], "\n")
    beginning, _, notes = text.rpartition('"On ')
    return (beginning + '"On ' + notes[:20]).encode()


def _in_words(day: str) -> str:
    """27 October 2018; a day that is written otherwise stays so."""
    if day.startswith("00") or not day[:4].isdigit():
        return day
    return f"{(parsed := date.fromisoformat(day)).day} {parsed:%B %Y}"


def _csv(rows: list[list[str]], line_end: str) -> str:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator=line_end).writerows(rows)
    return buffer.getvalue()
