"""Figures read out of articles: every form of table and of figure, the article's own arithmetic, hostile text."""

import csv
import json
import time
from datetime import UTC, datetime
from decimal import ROUND_FLOOR, Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from orchestration.claims.arithmetic import check_increase
from orchestration.claims.article import MAX_BYTES, Reading, read_article, text_of
from orchestration.claims.figures import Figure, Unreadable, figure, fold, year_label
from orchestration.claims.rows import Stated, claim_rows
from orchestration.cli import app
from orchestration.errors import RefusedError
from schemas.claims import CLAIMS
from schemas.splitting import split_by_contract

MARKDOWN = """
# Raids in the north

| Year | Total Attacks | % Increase |
|:-----|--------------:|:----------:|
| 2021 | 50 | – |
| 2022 | **125** | 150% |
| 2023\\* | 300+ | >140% |

\\* The year is not over. Attacks rose sixfold from 2021 to 2023.
"""
PIPES = "Year | Total Attacks | % Increase\n2021 | 50 | -\n2022 | 125 | 150%\n2023* | 300+ | >140%\n"
TABS = "Year\tTotal Attacks\t% Increase\n2021\t50\t–\n2022\t125\t150 %\n2023*\t300+\t> 140 %\n"
ALIGNED = """Some words before it.

Year      Total Attacks   % Increase
------    -------------   ----------
2021      50              n/a
2022      125             150%

2023*     300+            >140%
"""
BOXES = """
┌───────┬───────────────┬────────────┐
│ Year  │ Total Attacks │ % Increase │
├───────┼───────────────┼────────────┤
│ 2021  │            50 │          – │
│ 2022  │           125 │       150% │
│ 2023* │          300+ │      >140% │
└───────┴───────────────┴────────────┘
"""
GRID = """
+-------+---------------+------------+
| Year  | Total Attacks | % Increase |
+=======+===============+============+
| 2021  | 50            |            |
+-------+---------------+------------+
| 2022  | 125           | 150%       |
+-------+---------------+------------+
| 2023* | 300+          | >140%      |
+-------+---------------+------------+
"""
SPACED = "Year Total Attacks % Increase\n2021 50 –\n2022 125 150%\n2023* 300+ >140%\n"
HTML = """<!DOCTYPE html><html><head><title>2020 | 7</title><script>var t = "<table>";</script></head><body>
<p>Raids went up.</p>
<table class="x"><caption>Attacks</caption><thead>
<tr><th>Year</th><th>Total<br>Attacks</th><th>%&nbsp;Increase</th></tr></thead>
<tbody><tr><td>2021</td><td>50</td><td>&ndash;</td></tr>
<tr><td>2022<sup>1</sup></td><td>125</td><td>150&#37;</td></tr>
<tr><td>2023*</td><td>300+</td><td>&gt;140%</td></tr></tbody></table>
<p>Sixfold.</p></body></html>"""
UNCLOSED = """<table><tr><th>Year<th>Total Attacks<th>% Increase<tr><td>2021<td>50<td>
<tr><td>2022<td>125<td>150%<tr><td>2023*<td>300+<td>&gt;140%"""
ACROSS = """
| | 2021 | 2022 | 2023* |
|---|---|---|---|
| Total Attacks | 50 | 125 | 300+ |
| % Increase | – | 150% | >140% |
"""
FORMS = {
    "markdown": MARKDOWN,
    "pipes": PIPES,
    "tabs": TABS,
    "aligned": ALIGNED,
    "boxes": BOXES,
    "grid": GRID,
    "spaced": SPACED,
    "html": HTML,
    "unclosed": UNCLOSED,
    "across": ACROSS,
    "stacked": "Words.\n\n" + PIPES.replace(" | ", "\n") + "Source: somebody\n",
    "stacked_with_gaps": PIPES.replace(" | ", "\n\n").replace("50\n\n-", "50"),
    "crlf": PIPES.replace("\n", "\r\n"),
    "newest_first": "\n".join([PIPES.splitlines()[0], *reversed(PIPES.splitlines()[1:])]),
}
FOUNDING = [
    (2021, False, "count", "50", "exact"),
    (2022, False, "count", "125", "exact"),
    (2022, False, "increase_pct", "150", "exact"),
    (2023, True, "count", "300", "at_least"),
    (2023, True, "increase_pct", "140", "more_than"),
]


def figures_of(reading: Reading) -> list[tuple[int, bool, str, str, str]]:
    return sorted(
        (told.year.year, told.year.is_partial, told.figure.unit, f"{told.figure.value:f}", told.figure.bound)
        for told in reading.told
        if told.figure.unit != "ratio"
    )


def verdicts(reading: Reading) -> list[tuple[str, str]]:
    return [(check.figure, check.verdict) for check in reading.checks]


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS)
def test_founding_table_is_read_in_every_form(text: str):
    reading = read_article(text)
    assert figures_of(reading) == FOUNDING
    assert reading.left_out == []
    found = sorted((stated.replace(" ", ""), verdict) for stated, verdict in verdicts(reading) if "%" in stated)
    assert found == [("150%", "holds"), (">140%", "holds")]


def test_sixfold_is_checked_against_the_years_that_its_sentence_names():
    assert ("sixfold", "holds") in verdicts(read_article(MARKDOWN))
    wrong = read_article(MARKDOWN.replace("sixfold", "fourfold")).checks[-1]
    assert (wrong.figure, wrong.verdict) == ("fourfold", "wrong")
    assert "50 → 300+ is at least 6 times" in wrong.explanation


@pytest.mark.parametrize(
    ("sentence", "verdict"),
    [
        ("Attacks more than doubled in 2022, and tripled between 2021 and 2022.", ["holds", "wrong"]),
        ("There were six times as many by 2023.", ["holds"]),
        ("They have grown by a factor of six since 2021.", ["holds"]),
        ("They have grown tenfold.", ["more than is shown"]),
        ("They went up 2.5-fold in 2022.", ["holds"]),
        ("They went up 2.4-fold in 2022.", ["wrong"]),
        ("They doubled from 2018 to 2019.", ["cannot be checked"]),
        ("They almost tripled in 2022.", []),
    ],
)
def test_words_are_checked_against_the_figures(sentence: str, verdict: list[str]):
    reading = read_article(f"{PIPES}\n{sentence}")
    assert [found for stated, found in verdicts(reading) if "%" not in stated] == verdict
    assert bool(reading.left_out) == ("almost" in sentence)


def test_a_multiple_with_both_its_years_is_a_claim():
    told = [each for each in read_article(MARKDOWN).told if each.figure.unit == "ratio"]
    assert [(each.base_year, each.year.year, each.year.is_partial, each.figure.value) for each in told] == [
        (2021, 2023, True, 6)
    ]


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("2021 | 38 | \n2022 | 96 | 252.6%", "96 is 252.6% of 38, which is a ratio and no increase"),
        ("2021 | 50 | \n2022 | 125 | 60%", "divided by the later figure"),
        ("2021 | 125 | \n2022 | 50 | 60%", "the sign is the other one"),
        ("2021 | 50 | \n2022 | 125 | 40%", "the two years are the wrong way round"),
        ("2021 | 50 | \n2022 | 125 | 175%", "50 → 125 is +150%, not 175%"),
        ("2021 | 125 | \n2022* | 300+ | 100%", "125 → 300+ is at least +140%, not 100%"),
        ("2021 | 125 | \n2022 | 300 | >140%", "125 → 300 is +140%, not >140%"),
    ],
)
def test_wrong_increases_are_named_with_what_went_wrong(rows: str, says: str):
    (check,) = read_article(f"Year | Attacks | Increase\n{rows}\n").checks
    assert check.verdict == "wrong"
    assert says in check.explanation
    assert "row 2022" in check.place


def test_more_than_the_figures_show_is_not_called_wrong():
    (check,) = read_article("Year | Attacks | Increase\n2021 | 125 |\n2022* | 300+ | 180%\n").checks
    assert (check.verdict, check.explanation) == ("more than is shown", "125 → 300+ shows no more than at least +140%")


def test_increase_without_a_year_before_cannot_be_checked():
    reading = read_article(
        "Year | Attacks | Increase\n2019 | 7 | 10%\n2021 | 50 | 20%\n2022 | 0 | -100%\n2023 | 5 | 9%\n"
    )
    assert [verdict for _, verdict in verdicts(reading)] == ["cannot be checked"] * 2 + ["holds", "cannot be checked"]


@pytest.mark.parametrize(
    ("cell", "value", "bound"),
    [
        ("300+", 300, "at_least"),
        ("300 +", 300, "at_least"),
        ("≥ 300", 300, "at_least"),
        ("at least 300", 300, "at_least"),
        ("300 or more", 300, "at_least"),
        ("au moins 300", 300, "at_least"),
        ("more than 300", 300, "more_than"),
        ("over 1,300", 1300, "more_than"),
        ("> 300", 300, "more_than"),
        ("1,250", 1250, "exact"),
        ("1.250", 1250, "exact"),
        ("1 250", 1250, "exact"),
        ("1\u202f250", 1250, "exact"),
        ("1'250", 1250, "exact"),
        ("125[2]", 125, "exact"),
        ("125*", 125, "exact"),
        ("125²", 125, "exact"),
        ("125 †", 125, "exact"),
        ("\u202e125\x1b", 125, "exact"),
    ],
)
def test_counts_are_read_with_their_bounds(cell: str, value: int, bound: str):
    found = figure(cell, "count")
    assert isinstance(found, Figure)
    assert (found.value, found.bound) == (value, bound)


@pytest.mark.parametrize(
    ("cell", "value", "bound", "unit"),
    [
        ("150%", "150", "exact", "increase_pct"),
        ("+150 %", "150", "exact", "increase_pct"),
        ("150", "150", "exact", "increase_pct"),
        (">140%", "140", "more_than", "increase_pct"),
        ("140%+", "140", "at_least", "increase_pct"),
        ("140+%", "140", "at_least", "increase_pct"),
        ("more than 140 per cent", "140", "more_than", "increase_pct"),
        ("152.6%", "152.6", "exact", "increase_pct"),
        ("152,6 %", "152.6", "exact", "increase_pct"),
        ("–12%", "-12", "exact", "increase_pct"),
        ("−12.5%", "-12.5", "exact", "increase_pct"),
        ("sixfold", "6", "exact", "ratio"),
        ("2.5-fold", "2.5", "exact", "ratio"),
    ],
)
def test_increases_are_read_with_their_bounds(cell: str, value: str, bound: str, unit: str):
    found = figure(cell, "increase_pct")
    assert isinstance(found, Figure)
    assert (found.value, found.bound, found.unit) == (Decimal(value), bound, unit)


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("about 300", "approximate"),
        ("~300", "approximate"),
        ("up to 300", "upper bound"),
        ("<300", "upper bound"),
        ("100–150", "range"),
        ("100 to 150", "range"),
        ("several", "no number"),
        ("12.5", "no number"),
        ("-5", "no number"),
        ("30%", "share"),
        ("9" * 40, "above"),
        ("=1+1", "no number"),
        ("1e9", "no number"),
        ("0." + "1" * 50, "no number"),
    ],
)
def test_what_is_no_value_with_a_lower_bound_is_named_and_not_guessed(cell: str, why: str):
    found = figure(cell, "count")
    assert isinstance(found, Unreadable)
    assert why in found.why
    reading = read_article(f"Year | Attacks\n2021 | 50\n2022 | {cell}\n")
    assert [told.year.year for told in reading.told] == [2021]
    assert len(reading.left_out) == 1


@pytest.mark.parametrize("cell", ["", "–", "-", "—", "n/a", "N/A", "*", "..."])
def test_empty_cells_tell_nothing(cell: str):
    assert figure(cell, "count") is None


@pytest.mark.parametrize(
    ("cell", "year", "is_partial"),
    [
        ("2021", 2021, False),
        ("2023*", 2023, True),
        ("2023 (to date)", 2023, True),
        ("2023 (Jan–Oct)", 2023, True),
        ("Jan-Oct 2023", 2023, True),
        ("2023 until 31 October", 2023, True),
        ("2021†", 2021, False),
        ("2021 [3]", 2021, False),
    ],
)
def test_years_are_read_with_their_marks(cell: str, year: int, is_partial: bool):
    label = year_label(cell)
    assert label is not None
    assert (label.year, label.is_partial) == (year, is_partial)


@pytest.mark.parametrize(
    "cell", ["", "21", "2021/22", "2024 (forecast)", "since 2019", "2021–2022", "12021", "20211", "Total", "1850"]
)
def test_what_is_no_year_is_none(cell: str):
    assert year_label(cell) is None


def test_columns_of_persons_are_no_events_and_their_increases_no_claims():
    reading = read_article(
        "Year | Attacks | Change | Deaths | Change\n2021 | 50 | | 80 |\n2022 | 125 | 150% | 100 | 25%\n"
    )
    assert [check.verdict for check in reading.checks] == ["holds", "holds"]
    rows = claim_rows(reading.told, Stated("Somebody", "MLI", definition_id="any"))
    assert [(row["year"], row["unit"], row["figure"], row["counted"], row["definition_id"]) for row in rows] == [
        ("2021", "count", "50", "Attacks", "any"),
        ("2021", "other", "80", "Deaths", ""),
        ("2022", "count", "125", "Attacks", "any"),
        ("2022", "increase_pct", "150", "Attacks", "any"),
        ("2022", "other", "100", "Deaths", ""),
    ]


def test_rows_and_columns_of_another_kind_are_named_and_left_out():
    table = "Year | Attacks since 2019 | Increase\n2020 | 40 |\n2021 | 50 | 10\n2022 | 125 | 75\n2022 | 130 | 80\n"
    reading = read_article(f"{table}2023/24 | 9 | 1\nTotal | 350 | \n2025 (forecast) | 1 | 1\n")
    assert [(told.year.year, told.figure.value, told.counted) for told in reading.told] == [
        (2020, 40, "Attacks since 2019"),
        (2021, 50, "Attacks since 2019"),
        (2022, 125, "Attacks since 2019"),
    ]
    assert [line.split(", ", 1)[1] for line in reading.left_out] == [
        "column Increase: it is a difference",
        "row 2022: the year stands twice",
        "row 2023/24: it is not one year",
        "row 2025 (forecast): it is not one year",
    ]


def test_a_table_told_twice_makes_its_claims_once():
    twice = read_article(f"{PIPES}\n\nIn short:\n\n{TABS}")
    assert len(twice.told) == 10
    assert len(claim_rows(twice.told, Stated("Somebody"))) == 5


def test_tables_of_something_else_are_left_alone():
    reading = read_article("Town | People\nMopti | 1,200\nGao | 900\n\nName: x\nOther: y\n\nIn 2021 there were 50.\n")
    assert (reading.told, reading.checks, reading.left_out) == ([], [], [])


@pytest.mark.parametrize(
    "content",
    [PIPES.encode("utf-16"), PIPES.encode("utf-8-sig"), TABS.encode("cp1252"), PIPES.replace("%", "٪").encode()],
)
def test_articles_come_in_any_encoding(content: bytes):
    assert figures_of(read_article(text_of(content, "a"))) == FOUNDING


@pytest.mark.parametrize(("content", "says"), [(b"x" * (MAX_BYTES + 1), "bytes"), (b"\x89PNG\x00\x01", "binary")])
def test_what_is_no_article_is_refused(content: bytes, says: str):
    with pytest.raises(RefusedError, match=f"{says}.*Way out"):
        text_of(content, "article.txt")


HOSTILE = {
    "tags": "<table>" * 200_000,
    "rows": "<table><tr><td>2021" * 60_000,
    "open_tags": "<p " + "<" * 1_000_000,
    "comments": "<p><!--" * 200_000,
    "attributes": "<table " + "a=" * 500_000,
    "entities": "<p>" + "&#x110000;&amp" * 100_000,
    "spaces": "a" + " " * 1_000_000 + "b",
    "lines": "\n" * 1_000_000,
    "bars": "|" * 1_000_000,
    "rows_of_bars": "2021 | 5\n" * 100_000,
    "digits": "9" * 1_000_000,
    "years": "2021 " * 200_000,
    "folds": "doubled 2021 " * 100_000,
    "words": "six " * 200_000,
    "dashes": ("-" * 1900 + "\n") * 500,
    "cells": ("x  " * 600 + "\n") * 500,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_costs_seconds_at_most(text: str):
    begun = time.process_time()
    reading = read_article(text[:MAX_BYTES])
    assert time.process_time() - begun < 10
    assert len(reading.told) < 10_000


SIGNS = st.text(alphabet=st.sampled_from("20213 |\t\n%+>–*<tdrh/=.,\x00\u202eé"), max_size=300)


@given(SIGNS)
def test_no_text_breaks_the_reader(text: str):
    reading = read_article(text)
    frame = pl.DataFrame(claim_rows(reading.told, Stated("x", "MLI")), schema=dict.fromkeys(CLAIMS.names, pl.String))
    assert len(split(frame).valid) == len(frame)


def split(frame: pl.DataFrame):
    records = frame.with_columns(pl.when(pl.all() != "").then(pl.all())).with_row_index("_record_number", 1)
    return split_by_contract(records, CLAIMS, datetime(2026, 1, 1, tzinfo=UTC).date())


@given(st.integers(1, 5000), st.integers(0, 5000), st.integers(0, 2))
def test_an_increase_that_is_worked_out_holds_and_another_does_not(before: int, now: int, decimals: int):
    rise = round(Decimal(100) * (now - before) / before, decimals)
    counts = Figure(Decimal(before), "exact", "count", str(before)), Figure(Decimal(now), "exact", "count", str(now))

    def verdict(stated: Decimal) -> str:
        return check_increase("row", Figure(stated, "exact", "increase_pct", f"{stated}%"), *counts).verdict

    assert (
        verdict(rise) == "holds" or abs(rise - Decimal(100) * (now - before) / before) * 2 == Decimal(10) ** -decimals
    )
    assert verdict(rise + 1) == verdict(rise - 1) == "wrong"


@given(st.integers(1, 5000), st.integers(0, 5000), st.integers(0, 5000))
def test_a_lower_bound_shows_nothing_above_itself(before: int, now: int, more: int):
    base = Figure(Decimal(before), "exact", "count", str(before))
    bounded = Figure(Decimal(now), "at_least", "count", f"{now}+")
    least = (Decimal(100) * (now - before) / before).to_integral_value(ROUND_FLOOR)

    def verdict(bound: str, value: Decimal) -> str:
        return check_increase("row", Figure(value, bound, "increase_pct", ""), base, bounded).verdict  # pyright: ignore

    assert verdict("more_than", least) == "holds"
    assert verdict("at_least", least + 2 + more) == "more than is shown"
    assert verdict("exact", least - 1 - more) == "wrong"


@given(
    st.integers(0, 999_999),
    st.sampled_from(["{}", "{}+", ">{}", "at least {}", "{} or more"]),
    st.sampled_from(["", ",", ".", " ", "\u202f", "'"]),
)
def test_a_number_is_read_as_it_was_written(number: int, form: str, separator: str):
    found = figure(form.format(f"{number:,}".replace(",", separator)), "count")
    assert isinstance(found, Figure)
    assert found.value == number


def test_fold_words_are_whole_words():
    assert (fold("sixfold"), fold("6-fold"), fold("by a factor of 2.5")) == (6, 6, Decimal("2.5"))
    assert fold("redoubled") is fold("six times more") is fold("manifold") is None


def test_rows_keep_the_contract_and_no_cell_is_a_formula(tmp_path: Path):
    article = "Year | =cmd|' /C calc'!A0 attacks\n---|---\n2021 | 50\n2022 | 125\n".replace("cmd|", "cmd\\|")
    file, into = tmp_path / "article.md", tmp_path / "claims.csv"
    file.write_text(article, encoding="utf-8")
    words = ["--source", "=HYPERLINK(1)", "--country", "mli", "--definition", "any", "--csv", str(into)]
    done = CliRunner().invoke(app, ["claims", "read", str(file), *words])
    assert done.exit_code == 0, done.output
    with into.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["figure"] for row in rows] == ["50", "125"]
    assert not [cell for row in rows for cell in row.values() if cell[:1] in {"=", "+", "-", "@"} and len(cell) > 1]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(CLAIMS.names, pl.String))
    assert len(split(frame).failures) == 0


def test_command_reads_what_is_piped_in_and_prints_json():
    done = CliRunner().invoke(app, ["claims", "read", "-", "--json"], input=MARKDOWN)
    found = json.loads(done.stdout)
    assert len(found["claims"]) == 6
    assert {check["verdict"] for check in found["checks"]} == {"holds"}
    assert set(found["claims"][0]) == set(CLAIMS.names)


def test_command_without_a_table_says_so(tmp_path: Path):
    file = tmp_path / "a.txt"
    file.write_text("Nothing here.")
    done = CliRunner().invoke(app, ["claims", "read", str(file)])
    assert (done.exit_code, "No table of years" in done.stdout) == (1, True)


@pytest.mark.parametrize(
    "words", [["--csv", "x.csv"], ["--country", "Mali"], ["--fit", "good"], ["--url", "javascript:alert(1)"]]
)
def test_what_no_claim_can_hold_is_refused_at_once(tmp_path: Path, words: list[str]):
    file = tmp_path / "a.txt"
    file.write_text(PIPES)
    assert CliRunner().invoke(app, ["claims", "read", str(file), *words]).exit_code == 2
