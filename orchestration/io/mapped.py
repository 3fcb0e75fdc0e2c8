"""What a mapping does to records: the file's columns become the fields of the incident contract, as text.

A date is written as ISO only if one of the mapping's forms reads it; any other text stays, marked, so that nothing
later reads it by another form. Types and rules are the contract's business.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import cast

import duckdb
import polars as pl

from orchestration.io.mapping import Identity, Mapping, Source
from orchestration.io.reading import Chunk, Reader
from schemas.contract import Column, Contract, Kind

ISO_FORMS = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ")
UNREAD = " (no form of the mapping fits)"
RECEIVED = "_received"
"""The record in the file's own columns, for the quarantine."""


def contract_of(mapping: Mapping) -> Contract:
    """The file's columns that a mapping reads, as a contract for the parsers."""
    columns = tuple(
        Column(name, Kind.TEXT, "read by the mapping", aliases=(" ".join(name.split()),))
        for name in mapping.source_columns
    )
    return Contract(name=f"the mapping of {mapping.provider}", version=1, key=columns[0].name, columns=columns)


@dataclass(frozen=True)
class MappedReader:
    """A parser whose records pass through a mapping.

    Attributes:
        reader: gives the file's columns.
        mapping: says what they mean.
        has_typed_days: are days ISO already, because the file had them as days and not as text?
        note: where the mapping came from.
    """

    reader: Reader
    mapping: Mapping
    has_typed_days: bool
    note: str

    @property
    def layout(self) -> str:
        """The file's layout, and whose mapping it was read by."""
        return f"{self.reader.layout}; {self.note} of {self.mapping.provider}"

    @property
    def unused(self) -> tuple[str, ...]:
        """Columns of the file that the mapping leaves alone."""
        return self.reader.unused

    def chunks(self) -> Iterator[Chunk]:
        """The records under the names of the incident contract."""
        for chunk in self.reader.chunks():
            records = mapped(chunk.records, self.mapping, has_typed_days=self.has_typed_days)
            yield replace(chunk, records=records)


def mapped(records: pl.DataFrame, mapping: Mapping, *, has_typed_days: bool) -> pl.DataFrame:
    """Records in a file's columns to records of the incident contract.

    Args:
        records: `_record_number` and a text column for each column that the mapping reads.
        mapping: what they mean.
        has_typed_days: may a date be ISO beside the mapping's forms?

    Returns:
        `_record_number`, the contract's columns that the mapping fills, and `_received`.
    """
    columns = mapping.columns
    fields = records.select(
        "_record_number",
        pl.lit(mapping.provider).alias("provider"),
        *(_value(source).alias(field) for field, source in columns.items()),
        pl.struct(pl.exclude("_record_number")).struct.json_encode().alias(RECEIVED),
    )
    for field in ("date", "date_end"):
        if source := columns.get(field):
            fields = _with_day(fields, field, _forms(source, has_typed_days=has_typed_days))
    fields = _with_precision(fields, is_given="date_precision" in columns)
    return fields.with_columns(
        pl.col("date").str.extract(r"^(\d{4})-\d\d-\d\d$").alias("year"),
        _event_ids(records, fields, mapping),
    ).select(pl.exclude("^_.*_known_to$"))


def _value(source: Source) -> pl.Expr:
    if source.column is None:
        return pl.lit(source.constant)
    value = pl.col(source.column).str.strip_chars()
    nothing = {"": None, **dict.fromkeys(source.unknown)}
    return value.replace({**nothing, **source.values})


def _forms(source: Source, *, has_typed_days: bool) -> tuple[str, ...]:
    if not source.formats:
        return ISO_FORMS
    return tuple(dict.fromkeys((*source.formats, *(ISO_FORMS if has_typed_days else ()))))


def _with_day(fields: pl.DataFrame, field: str, forms: tuple[str, ...]) -> pl.DataFrame:
    """Write a date as ISO by the first form that reads it, and note how far it is known: day, month or year.

    A first day is the first of its month or year, a last day the last of it.
    """
    text = fields.get_column(field)
    day = pl.Series(field, [None], dtype=pl.Date).new_from_index(0, len(text))
    known_to = pl.Series([None], dtype=pl.String).new_from_index(0, len(text))
    for form in forms:
        read, unit = _read(text, form)
        if field == "date_end" and unit != "day":
            read = read.dt.offset_by("1mo" if unit == "month" else "1y").dt.offset_by("-1d")
        is_new = day.is_null() & read.is_not_null()
        day = day.zip_with(~is_new, read)
        known_to = known_to.zip_with(~is_new, pl.Series([unit]).new_from_index(0, len(text)))
    iso = day.dt.to_string("%Y-%m-%d")
    return fields.with_columns(
        iso.zip_with(iso.is_not_null(), text + UNREAD).alias(field), known_to.alias(f"_{field}_known_to")
    )


def _read(text: pl.Series, form: str) -> tuple[pl.Series, str]:
    """A series of days, and what the form says of them."""
    has_month = any(sign in form for sign in ("%m", "%b", "%B", "%j"))
    has_day = any(sign in form for sign in ("%d", "%e", "%j"))
    unit = "day" if has_day else "month" if has_month else "year"
    # Polars reads no text that lacks a part of a time, so what the form leaves out is added to both.
    added, read_as = {"day": ("", ""), "month": (" 01", " %d"), "year": (" 01 01", " %m %d")}[unit]
    if "%H" not in form:
        added, read_as = f"{added} 00:00", f"{read_as} %H:%M"
    stamps = (text + added).str.to_datetime(form + read_as, strict=False)
    return stamps.cast(pl.Date), unit


def _with_precision(fields: pl.DataFrame, *, is_given: bool) -> pl.DataFrame:
    """How exactly the date is known, from its form and its end, where no column says so."""
    if is_given:
        return fields
    known_to = pl.col("_date_known_to")
    if "date_end" in fields.columns:
        spans = pl.col("date_end").is_not_null() & (pl.col("date_end") != pl.col("date"))
        known_to = pl.when((known_to == "day") & spans).then(pl.lit("days")).otherwise(known_to)
    return fields.with_columns(known_to.alias("date_precision"))


def _event_ids(records: pl.DataFrame, fields: pl.DataFrame, mapping: Mapping) -> pl.Series:
    """`provider:id`; null where a record has no id."""
    identity = mapping.id or Identity(digest_of=("date",))
    if identity.column:
        own = records.get_column(identity.column).str.strip_chars().replace("", None)
    else:
        own = _digests(fields.select(identity.digest_of))
    return (mapping.provider + ":" + own).alias("event_id")


def _digests(fields: pl.DataFrame) -> pl.Series:
    """A digest of each row, the same in every run and version; null for a row without a value."""
    text = fields.select(
        pl.when(pl.any_horizontal(pl.all().is_not_null())).then(
            pl.concat_str([pl.col(name).fill_null("").str.to_lowercase() for name in fields.columns], separator="\x1f")
        )
    ).to_series()
    with duckdb.connect() as connection:
        connection.register("texts", pl.DataFrame({"place": range(len(text)), "text": text}).to_arrow())
        found = connection.sql("select left(md5(text), 20) as digest from texts order by place").to_arrow_table()
    return cast("pl.Series", pl.from_arrow(found.column(0))).cast(pl.String)
