"""What an earlier run left behind, and which reports changed since. Whether a pair holds is decided by nothing else.

A candidate, its levels and its score follow from the two prepared reports alone. So a pair of which neither changed
keeps its score; a report that is new, changed or stands in other surroundings is touched, and all of its pairs are
looked for again.
"""

import json
from functools import cache
from hashlib import sha256
from pathlib import Path

import duckdb

PAIRS = "pairs.parquet"
PREPARED = "prepared.parquet"
SUMMARY = "links.json"


@cache
def made_by() -> dict[str, str]:
    """What a run's pairs follow from beside reports and model: this code, and DuckDB, whose hashes the digests are."""
    code = sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        code.update(path.read_bytes() + b"\0")
    return {"engine": duckdb.__version__, "code": code.hexdigest()[:12]}


def stored_run(folder: Path, model: str) -> Path | None:
    """The folder, if it holds a whole run by the same model, code and engine."""
    try:
        told = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    is_whole = all((folder / name).exists() for name in (PAIRS, PREPARED))
    return folder if is_whole and {"model": model, **made_by()}.items() <= told.items() else None


def digest_reports(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the table `digests` (uid, report_id, report_digest): a digest of all that linking knows of a report."""
    described = connection.execute("select column_name from (describe prepared)").fetchall()
    columns = ", ".join(name for (name,) in described if name != "uid")
    connection.execute(
        f"create or replace temp table digests as select uid, report_id, hash({columns}) as report_digest from prepared"
    )


def find_touched(connection: duckdb.DuckDBPyConnection, stored: Path) -> None:
    """Make the table `touched` (uid): reports that the earlier run did not know as they are now."""
    connection.execute(f"""
        create or replace temp table touched as
        select uid from digests
        anti join read_parquet('{stored / PREPARED}') as known using (report_id, report_digest)
    """)
