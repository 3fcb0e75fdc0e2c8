"""What a file with a mapping would become, shown before anything of it is stored.

Only its first records are looked at; adding it looks at all of them.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl
from rich.console import Console

from orchestration.feeds.incident_file import open_incidents
from orchestration.io.mapped import MappedReader, mapped
from orchestration.io.payload import Bounds
from schemas.contract import Contract
from schemas.incident_file import INCIDENT_FILE_EVENTS
from schemas.splitting import split_by_contract

MOST_RECORDS = 10_000
ROWS_SHOWN = 5
EXAMPLES = 3


@dataclass(frozen=True)
class ColumnPreview:
    """One field that the file would fill.

    Attributes:
        source: the file's column, `= …` for a constant, or how it follows from others.
        lands_as: the field.
        type: of the field.
        examples: texts of the file, and what they become where that differs.
        empty_share: of the records, 0 to 1.
        problems: rules broken, with how many records break them.
    """

    source: str
    lands_as: str
    type: str
    examples: tuple[str, ...]
    empty_share: float
    problems: dict[str, int]


@dataclass(frozen=True)
class Preview:
    """What would become of a file.

    Attributes:
        file: its name.
        layout: the layout recognised.
        provider: whose ids these are.
        licence: under which it would be kept.
        columns: the fields that it would fill.
        unused: columns that would be left alone.
        records_looked_at: from the file's beginning.
        would_land: how many of them keep the contract.
        misfits: how many of them cannot be told apart into fields.
        rows: the first ones that would land.
    """

    file: str
    layout: str
    provider: str
    licence: str
    columns: tuple[ColumnPreview, ...]
    unused: tuple[str, ...]
    records_looked_at: int
    would_land: int
    misfits: int
    rows: tuple[dict[str, Any], ...]

    @property
    def facts(self) -> dict[str, Any]:
        """For a script."""
        return asdict(self)


def preview(path: Path, mapping: Path | None, bounds: Bounds) -> Preview:
    """Read the first records of a file and store nothing.

    Raises:
        RefusedError: the file or its mapping would be refused.
    """
    with open_incidents(path, mapping, bounds) as (name, reader):
        chunk = next(reader.reader.chunks())
        source = chunk.records.head(MOST_RECORDS)
        records = mapped(source, reader.mapping, has_typed_days=reader.has_typed_days)
        split = split_by_contract(records, INCIDENT_FILE_EVENTS)
        return Preview(
            file=name,
            layout=reader.layout,
            provider=reader.mapping.provider,
            licence=reader.mapping.licence,
            columns=tuple(_columns(reader, source, records, split.failures)),
            unused=reader.unused,
            records_looked_at=len(source) + len(chunk.misfits),
            would_land=len(split.valid),
            misfits=len(chunk.misfits),
            rows=tuple(_rows(split.valid, INCIDENT_FILE_EVENTS)),
        )


def _columns(
    reader: MappedReader, source: pl.DataFrame, records: pl.DataFrame, failures: pl.DataFrame
) -> list[ColumnPreview]:
    kinds = {column.name: column.kind.value for column in INCIDENT_FILE_EVENTS.columns}
    mapping = reader.mapping
    origins: dict[str, tuple[str, str | None]] = {"event_id": _identity(reader)}
    for field, origin in mapping.columns.items():
        origins[field] = (origin.column or f"= {origin.constant}", origin.column)
    origins |= {
        field: ("follows from the date", None)
        for field in ("date_precision", "year")
        if field not in origins and field in records.columns
    }
    return [
        ColumnPreview(
            source=said,
            lands_as=field,
            type=kinds[field],
            examples=_examples(source.get_column(column) if column else None, records.get_column(field)),
            empty_share=round(records.get_column(field).null_count() / max(len(records), 1), 3),
            problems=_problems(failures, field),
        )
        for field, (said, column) in origins.items()
    ]


def _identity(reader: MappedReader) -> tuple[str, str | None]:
    identity = reader.mapping.id
    if identity and identity.column:
        return identity.column, identity.column
    return f"digest of {', '.join(identity.digest_of if identity else ())}", None


def _examples(received: pl.Series | None, landed: pl.Series) -> tuple[str, ...]:
    pairs = pl.DataFrame({"received": landed if received is None else received, "landed": landed})
    distinct = pairs.drop_nulls().unique(maintain_order=True).head(EXAMPLES).rows()
    return tuple(before if before == after else f"{before} → {after}" for before, after in distinct)


def _problems(failures: pl.DataFrame, field: str) -> dict[str, int]:
    named = failures.filter(pl.col("column").str.split(", ").list.contains(field))
    return dict(named.get_column("rule").value_counts(sort=True).iter_rows())


def _rows(valid: pl.DataFrame, contract: Contract) -> list[dict[str, Any]]:
    filled = [name for name in contract.names if valid.get_column(name).null_count() < len(valid)]
    return valid.select(filled).head(ROWS_SHOWN).to_dicts()


def print_preview(out: Console, found: Preview) -> None:
    """The preview in lines."""
    out.print(f"[bold]{found.file}[/]: ", end="")
    out.print(found.layout, markup=False, soft_wrap=True)
    out.print(f"  provider {found.provider}, licence {found.licence}", markup=False, soft_wrap=True)
    for column in found.columns:
        line = f"  {column.source} → {column.lands_as} ({column.type}), {column.empty_share:.0%} empty"
        out.print(line, markup=False, soft_wrap=True)
        if column.examples:
            out.print(f"      {' | '.join(column.examples)}", markup=False, style="dim", soft_wrap=True)
        for rule, count in column.problems.items():
            out.print(f"      {count:,} records break {rule}", markup=False, style="yellow", soft_wrap=True)
    if found.unused:
        out.print(f"  not read: {', '.join(found.unused)}", markup=False, soft_wrap=True)
    for row in found.rows:
        out.print(
            "  " + ", ".join(f"{name} {value}" for name, value in row.items() if value is not None),
            markup=False,
            style="dim",
            soft_wrap=True,
        )
    set_aside = found.records_looked_at - found.would_land
    out.print(
        f"Of the first {found.records_looked_at:,} records {found.would_land:,} would land and {set_aside:,} would be "
        "set aside. Nothing was stored.",
        soft_wrap=True,
    )
