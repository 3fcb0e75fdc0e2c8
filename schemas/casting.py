"""From text to typed values, without strictness: what cannot be read becomes null and is named.

`coerce=True` of pandera loses record numbers, so casting comes first and pandera sees typed rows only.
"""

from collections.abc import Sequence

import polars as pl

from schemas.contract import Column, Contract, Kind

DATE_FORMATS = (
    "%Y-%m-%d %H:%M:%S%.f",
    "%m/%d/%Y %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d",
    "%m/%d/%Y",
    "%d %B %Y",
    "%d-%b-%y",
)
"""Every form of date seen in files and answers; the last two are ACLED's. No two of them can read one text differently:
`%d-%b-%Y` is not among them, because it takes 16-Feb-21 for the year 21."""
COMPACT_DATE = "%Y%m%d"
"""GDELT's form of date. Read only where there are eight digits: polars would take 2024011 for a first of January."""
EIGHT_DIGITS = r"^\d{8}$"

BOOLEANS = {"true": True, "false": False, "1": True, "0": False}


def cast(text: pl.DataFrame, contract: Contract) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Cast a frame of text columns to the types of a contract.

    Args:
        text: one row a record, every column a string, empty values null; columns may be missing.
        contract: the columns wanted.

    Returns:
        The typed frame (contract columns, same row order) and the failures: `row` (position in the frame), `column`,
        `rule`, `value`.
    """
    present = set(text.columns)
    text = text.with_columns(
        pl.col(column.name).replace(dict.fromkeys(column.unknown))
        for column in contract.columns
        if column.unknown and column.name in present
    )
    typed = text.select(
        _typed(text, column) if column.name in present else pl.lit(None, column.kind.dtype).alias(column.name)
        for column in contract.columns
    )
    typed = typed.with_columns(_whole_numbers(text, typed, [c for c in contract.columns if c.name in present]))
    return typed, _unreadable(text, typed, [c for c in contract.columns if c.name in present])


def _typed(text: pl.DataFrame, column: Column) -> pl.Expr | pl.Series:
    source = pl.col(column.name)
    match column.kind:
        case Kind.TEXT if column.words:
            return source.str.strip_chars().str.to_lowercase().replace_strict(dict(column.words), default=source)
        case Kind.TEXT:
            return source
        case Kind.BOOLEAN:
            return (
                source.str.strip_chars()
                .str.to_lowercase()
                .replace_strict(BOOLEANS, default=None, return_dtype=pl.Boolean)
            )
        case Kind.DATE:
            return _in_calendar(_dates(text.get_column(column.name).str.strip_chars()))
        case Kind.NUMBER:
            number = source.str.strip_chars().cast(column.kind.dtype, strict=False)
            return pl.when(number.is_finite()).then(number)  # NaN and inf are words for what is no number
        case _:
            return source.cast(column.kind.dtype, strict=False)  # one with spaces around it is read below


def _whole_numbers(text: pl.DataFrame, typed: pl.DataFrame, columns: Sequence[Column]) -> list[pl.Series]:
    """Integers with spaces around them, and those that a program wrote as 3.0, because another record had none."""
    return [
        typed.get_column(column.name).zip_with(
            typed.get_column(column.name).is_not_null(),
            text.get_column(column.name)
            .str.strip_chars()
            .str.replace(r"^([+-]?\d+)\.0+$", "${1}")
            .cast(column.kind.dtype, strict=False),
        )
        for column in columns
        if column.kind in (Kind.INTEGER, Kind.BIG_INTEGER)
        and typed.get_column(column.name).null_count() > text.get_column(column.name).null_count()
    ]


def _dates(text: pl.Series) -> pl.Series:
    """Read each value by the first format that fits it; a feed keeps to one format, so few passes are the rule."""
    read = pl.Series(text.name, [None], dtype=pl.Date).new_from_index(0, len(text))
    unread = text.is_not_null().arg_true()
    for form in DATE_FORMATS:
        if not len(unread):
            return read
        found = text.gather(unread).str.to_datetime(form, strict=False).cast(pl.Date)
        read = found if len(unread) == len(text) else read.scatter(unread, found)
        unread = unread.filter(found.is_null())
    left = text.gather(unread)
    compact = left.set(~left.str.contains(EIGHT_DIGITS), None)
    return read.scatter(unread, compact.str.to_datetime(COMPACT_DATE, strict=False).cast(pl.Date))


def _in_calendar(days: pl.Series) -> pl.Series:
    """Days of the years 1 to 9999: Python, and with it pandera, has no others."""
    return days.zip_with(
        days.dt.year().is_between(1, 9999), pl.Series([None], dtype=pl.Date).new_from_index(0, len(days))
    )


def _unreadable(text: pl.DataFrame, typed: pl.DataFrame, columns: Sequence[Column]) -> pl.DataFrame:
    found = [
        pl.DataFrame({"row": rows, "value": text.get_column(column.name).gather(rows)}).select(
            "row",
            pl.lit(column.name).alias("column"),
            pl.lit(f"is_{column.kind}").alias("rule"),
            "value",
        )
        for column in columns
        if column.kind is not Kind.TEXT
        and typed.get_column(column.name).null_count() > text.get_column(column.name).null_count()
        and len(
            rows := (typed.get_column(column.name).is_null() & text.get_column(column.name).is_not_null())
            .arg_true()
            .cast(pl.UInt32)
        )
    ]
    return pl.concat(found) if found else pl.DataFrame(schema=FAILURE_SCHEMA)


FAILURE_SCHEMA = pl.Schema({"row": pl.UInt32(), "column": pl.String(), "rule": pl.String(), "value": pl.String()})
"""One failure: the row's position in its frame, the column or columns, the rule, the value as received."""
