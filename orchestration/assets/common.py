"""What the assets of all layers share: owners, names, and how a table is shown to people."""

from collections.abc import Sequence
from typing import Any

import dagster as dg

OWNERS = ["team:incident-warehouse"]
WAREHOUSE_POOL = "warehouse"
"""One at a time: only one process may have the build file open while it is written."""

RELEASE = dg.AssetKey(["published", "release"])

PROBLEMS = "problems"
"""Metadata under which an asset notes what failed without failing its step, for the night's verdict."""

SET_BACK_NOW = "set_back_now"
"""Metadata under which a landing names the batches that it was the first to refuse or hold."""


def table(rows: Sequence[dict[str, Any]]) -> dg.MetadataValue:
    """Rows as a Markdown table."""
    if not rows:
        return dg.MetadataValue.md("nothing")
    names = list(rows[0])
    lines = [" | ".join(names), " | ".join("---" for _ in names)]
    lines += [" | ".join(_cell(row.get(name)) for name in names) for row in rows]
    return dg.MetadataValue.md("\n".join(f"| {line} |" for line in lines))


def _cell(value: object) -> str:
    text = (
        "" if value is None else f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
    )
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")[:160]
