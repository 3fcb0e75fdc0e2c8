"""The rules that hold for the text of every feed, whatever its contract says: what signs may stand in it.

A sign that cannot be seen is the means of making a text look like another one. But most that do occur are leftovers of
another encoding or belong to Arabic, and the words around them are sound. So only what shows that bytes were lost, or
what makes two ids out of one, sets a record aside; the rest is kept as received and counted.
"""

from dataclasses import dataclass

import polars as pl

from schemas.contract import Contract, Kind, Severity

NUL = "\\x00"
CONTROL = r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f\u0080-\u009f]"
"""C0 without tab and line ends, DEL, C1."""
DIRECTION = r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
"""Marks, embeddings, overrides and isolates of the Unicode bidirectional algorithm."""
UNSEEN = r"[\x00-\x1f\x7f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]"
"""All of these, and what has no width."""
ANY = f"{NUL}|{CONTROL}|{DIRECTION}"


@dataclass(frozen=True)
class TextRule:
    """What may not stand in a text.

    Attributes:
        name: how the rule is called in the quarantine, in warnings and in the docs.
        pattern: a regular expression that finds what breaks it.
        severity: quarantine or warn.
        because: why.
        is_of_key: does it look at the key only, or at every text?
    """

    name: str
    pattern: str
    severity: Severity
    because: str
    is_of_key: bool = False


TEXT_RULES = (
    TextRule(
        "text_without_nul",
        NUL,
        Severity.QUARANTINE,
        "No publisher writes NUL into a text: bytes were lost or overwritten on the way, and what else was lost cannot "
        "be seen. Programs that end a text at NUL would also show another text than is stored.",
    ),
    TextRule(
        "key_without_unseen_signs",
        UNSEEN,
        Severity.QUARANTINE,
        "An id with a sign that nobody sees is another id to every join, and the same id to every reader.",
        is_of_key=True,
    ),
    TextRule(
        "text_without_control_signs",
        CONTROL,
        Severity.WARN,
        "Mostly leftovers of another encoding; the words around them are sound. Kept as received; the command and the "
        "exports show them as escapes.",
    ),
    TextRule(
        "text_without_direction_signs",
        DIRECTION,
        Severity.WARN,
        "They belong to texts in Arabic, but can also turn a text around for the eye. Kept as received; the command "
        "and the exports show them as escapes.",
    ),
)


def has_unusual_text(typed: pl.DataFrame, contract: Contract) -> bool:
    """Does any text hold a sign that a rule of this module looks for? One pass, so that clean chunks cost no more."""
    names = _texts(contract)
    keys = [name for name in names if name == contract.key]
    found = [*(pl.col(name).str.contains(ANY) for name in names), *(pl.col(key).str.contains(UNSEEN) for key in keys)]
    return bool(found) and typed.select(pl.any_horizontal(expression.any() for expression in found)).item() is True


def broken_texts(text: pl.DataFrame, typed: pl.DataFrame, contract: Contract) -> list[pl.DataFrame]:
    """The failures of the rules that set a record aside: `row`, `column`, `rule`, `value` as received."""
    found: list[pl.DataFrame] = []
    for rule in TEXT_RULES:
        if rule.severity is Severity.WARN:
            continue
        for name in _looked_at(rule, contract):
            rows = typed.get_column(name).str.contains(rule.pattern).arg_true().cast(pl.UInt32)
            if len(rows):
                values = text.get_column(name).gather(rows)
                found.append(
                    pl.DataFrame({"row": rows, "value": values}).select(
                        "row", pl.lit(name).alias("column"), pl.lit(rule.name).alias("rule"), "value"
                    )
                )
    return found


def text_warnings(contract: Contract) -> list[pl.Expr]:
    """For each warning rule its name where a row breaks it, else null."""
    return [
        pl.when(pl.any_horizontal(pl.col(names).str.contains(rule.pattern).fill_null(value=False))).then(
            pl.lit(rule.name)
        )
        for rule in TEXT_RULES
        if rule.severity is Severity.WARN and (names := _looked_at(rule, contract))
    ]


def _looked_at(rule: TextRule, contract: Contract) -> list[str]:
    names = _texts(contract)
    return [name for name in names if name == contract.key] if rule.is_of_key else names


def _texts(contract: Contract) -> list[str]:
    return [column.name for column in contract.columns if column.kind is Kind.TEXT]
