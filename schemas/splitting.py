"""Split a batch by its contract: valid typed rows on one side, quarantined records with every reason on the other.

`drop_invalid_rows` of pandera would lose the reasons, so the failures that it reports are gathered here instead.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import polars as pl

from schemas.casting import FAILURE_SCHEMA, cast
from schemas.contract import KEEPS_RULES, RECEIVED_ON, Contract
from schemas.text import broken_texts, has_unusual_text, text_warnings

REQUIRED = "is_required"


@dataclass(frozen=True)
class Split:
    """What became of a frame of records.

    Attributes:
        valid: typed rows that keep the contract, with `_record_number` and `_warnings`.
        failures: one row a failure of the other records: `_record_number`, `column`, `rule`, `value`.
    """

    valid: pl.DataFrame
    failures: pl.DataFrame


def split_by_contract(records: pl.DataFrame, contract: Contract, received_on: date | None = None) -> Split:
    """Cast, validate and split one frame of text records.

    Args:
        records: `_record_number` and one text column for every column that the source has, empty values null.
        contract: what a valid row is.
        received_on: the day on which the payload arrived (UTC), for rules on days yet to come; today if left out.

    Returns:
        Every record exactly once: as a row of `valid`, or with at least one row in `failures`.
    """
    cells, unreadable = cast(records, contract)
    typed = cells.with_columns(pl.lit(received_on or datetime.now(UTC).date(), pl.Date).alias(RECEIVED_ON))
    is_unusual = has_unusual_text(typed, contract)
    unusual = broken_texts(records, typed, contract) if is_unusual else []
    failures = pl.concat([unreadable, _broken(records, typed, contract, unreadable), *unusual])
    failed_rows = failures.get_column("row").unique()
    numbered = typed.with_columns(records.get_column("_record_number"))
    if len(failed_rows):
        is_valid = pl.Series([True]).new_from_index(0, len(numbered)).scatter(failed_rows, False)
        numbered = numbered.filter(is_valid)
    return Split(
        valid=_with_warnings(numbered, contract, text_warnings(contract) if is_unusual else []).drop(RECEIVED_ON),
        failures=failures.select(
            records.get_column("_record_number").gather(failures.get_column("row")), "column", "rule", "value"
        ),
    )


def _broken(text: pl.DataFrame, typed: pl.DataFrame, contract: Contract, unreadable: pl.DataFrame) -> pl.DataFrame:
    """Failures of the rules, as pandera finds them on typed rows; a value that could not be read is not named twice."""
    from pandera.errors import SchemaErrors

    try:
        contract.pandera_schema.validate(typed, lazy=True)
    except SchemaErrors as errors:
        cases = errors.failure_cases
    else:
        return pl.DataFrame(schema=FAILURE_SCHEMA)
    if cases.get_column("index").has_nulls():
        # Only a defect of a contract gets here (a wrong type, a check that cannot run): never a defect of the data.
        raise RuntimeError(f"contract {contract.name} could not be checked: {cases.head(3).to_dicts()}")
    of_rules = pl.col("check") == KEEPS_RULES
    required = cases.filter(~of_rules).select(
        pl.col("index").cast(pl.UInt32).alias("row"), pl.col("column").cast(pl.String), pl.lit(REQUIRED).alias("rule")
    )
    rows = cases.filter(of_rules).get_column("index").cast(pl.UInt32)
    broken = pl.concat([required, _broken_rules(typed, contract, rows)] if len(rows) else [required]).join(
        unreadable, on=["row", "column"], how="anti"
    )
    if broken.is_empty():
        return pl.DataFrame(schema=FAILURE_SCHEMA)
    return _with_values(text, broken).select(FAILURE_SCHEMA.names())


def _broken_rules(typed: pl.DataFrame, contract: Contract, rows: pl.Series) -> pl.DataFrame:
    """Which quarantining rules these rows break: `row`, `column`, `rule`."""
    columns_of_rule = {rule.name: ", ".join(rule.columns) for rule in contract.quarantining}
    return (
        typed.select(rule.holds.fill_null(value=True).alias(rule.name) for rule in contract.quarantining)
        .with_columns(pl.int_range(pl.len(), dtype=pl.UInt32).alias("row"))
        .filter(pl.col("row").is_in(rows.implode()))
        .unpivot(index="row", variable_name="rule", value_name="holds")
        .filter(~pl.col("holds"))
        .select("row", pl.col("rule").replace_strict(columns_of_rule).alias("column"), "rule")
    )


def _with_values(text: pl.DataFrame, broken: pl.DataFrame) -> pl.DataFrame:
    """Add the values as received of the columns that each failure names, joined as the columns are."""
    return pl.concat(
        group.with_columns(
            text.select(
                pl.concat_str(
                    [
                        pl.col(name).gather(group.get_column("row")) if name in text.columns else pl.lit("")
                        for name in columns.split(", ")
                    ],
                    separator=", ",
                    ignore_nulls=True,
                )
            )
            .to_series()
            .alias("value")
        )
        for (columns,), group in broken.group_by("column", maintain_order=True)
    )


def _with_warnings(valid: pl.DataFrame, contract: Contract, of_text: list[pl.Expr]) -> pl.DataFrame:
    """Name the warning rules that each row broke (joined with ';'), then apply their repairs."""
    broken = [
        *(
            pl.when(rule.holds.fill_null(value=True)).then(None).otherwise(pl.lit(rule.name))
            for rule in contract.warnings
        ),
        *of_text,
    ]
    names = pl.concat_str(broken, separator=";", ignore_nulls=True) if broken else pl.lit("")
    repairs = [
        pl.when(rule.holds.fill_null(value=True)).then(pl.col(column)).otherwise(value).alias(column)
        for rule in contract.warnings
        if rule.repair
        for column, value in [rule.repair]
    ]
    return valid.with_columns(names.alias("_warnings"), *repairs)
