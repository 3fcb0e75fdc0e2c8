"""Hand-made UCDP records, for tests. All of it is invented."""

import csv
import io
import zipfile
from pathlib import Path

from orchestration.feeds.ucdp import RELEASE

PLAIN: dict[str, str] = {
    "id": "100001",
    "relid": "MLI-2022-1-1-1",
    "year": "2022",
    "active_year": "1",
    "code_status": "Clear",
    "type_of_violence": "1",
    "conflict_dset_id": "11",
    "conflict_new_id": "11",
    "conflict_name": "Mali: Government",
    "dyad_dset_id": "12",
    "dyad_new_id": "12",
    "dyad_name": "Government of Mali - JNIM",
    "side_a_dset_id": "72",
    "side_a_new_id": "72",
    "side_a": "Government of Mali",
    "side_b_dset_id": "67",
    "side_b_new_id": "67",
    "side_b": "JNIM",
    "number_of_sources": "1",
    "source_article": '"Invented Wire,2022-03-02,Camp attacked"',
    "source_office": "Invented Wire",
    "source_date": "2022-03-02",
    "source_headline": "Camp attacked",
    "source_original": "army",
    "where_prec": "1",
    "where_coordinates": "Invented town",
    "where_description": "at the camp",
    "adm_1": "Mopti region",
    "adm_2": "Mopti cercle",
    "latitude": "14.5",
    "longitude": "-4.2",
    "geom_wkt": "POINT (-4.2 14.5)",
    "priogrid_gid": "150832",
    "country": "Mali",
    "country_id": "432",
    "region": "Africa",
    "event_clarity": "1",
    "date_prec": "1",
    "date_start": "2022-03-01 00:00:00.000",
    "date_end": "2022-03-01 00:00:00.000",
    "deaths_a": "2",
    "deaths_b": "1",
    "deaths_civilians": "0",
    "deaths_unknown": "0",
    "best": "3",
    "high": "4",
    "low": "3",
    "gwnoa": "432",
    "gwnob": "",
}


def record(number: int = 1, **changes: str) -> dict[str, str]:
    """A clean record with its own id, changed as told."""
    return {**PLAIN, "id": str(100_000 + number), **changes}


def release_csv(records: list[dict[str, str]], *, header: bool = True) -> bytes:
    """Records as a 49-column release."""
    return _csv([RELEASE.columns] if header else [], [[row[name] for name in RELEASE.columns] for row in records])


def web_export_csv(records: list[dict[str, str]]) -> bytes:
    """Records as the web export writes them: 47 names, 48 fields, US dates, True and False."""
    left_out = ("best", "high", "low", "gwnoa", "gwnob")
    names = [name for name in RELEASE.columns if name not in left_out] + ["best_est", "high_est", "low_est"]
    rows: list[list[str]] = []
    for row in records:
        american = {**row, "best_est": row["best"], "high_est": row["high"], "low_est": row["low"]}
        for name in ("date_start", "date_end"):
            year, month, day = row[name][:10].split("-")
            american[name] = f"{month}/{day}/{year} 00:00:00"
        american["active_year"] = "True" if row["active_year"] == "1" else "False"
        rows.append([*(american[name] for name in names), ""])
    return _csv([names], rows)


def zipped(content: bytes, name: str, **others: bytes) -> bytes:
    """A zip with one table, and whatever else is asked for."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
        for other, data in others.items():
            archive.writestr(other, data)
    return buffer.getvalue()


def saved(folder: Path, name: str, content: bytes) -> Path:
    """Write a file and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(content)
    return path


def _csv(header: list[tuple[str, ...]] | list[list[str]], rows: list[list[str]]) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\n").writerows([*header, *rows])
    return buffer.getvalue().encode()
