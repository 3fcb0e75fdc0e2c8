"""The least certain pairs of reports with both texts, what a reviewer decides of them, and what a new model changes.

Decisions are rows of the seed `link_decisions`: they outlive models and revisions. How reports are linked is in
`orchestration.links`.
"""

import csv
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, cast

import duckdb
import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from orchestration.errors import RefusedError
from orchestration.io.atomic import replaced_file
from orchestration.io.payload import printable
from orchestration.links.comparisons import COMPARISONS
from orchestration.links.linking import link
from orchestration.links.model import MODEL_FILE, Model, read_model
from orchestration.links.stored import PAIRS
from orchestration.settings import Settings

COLUMNS: tuple[str, ...] = (
    "left_id_space",
    "left_source_event_id",
    "right_id_space",
    "right_source_event_id",
    "decision",
    "why",
    "decided_by",
    "decided_on",
)
REPORTS = "intermediate.int_reports__linkable"
SHOWN = (
    "feed",
    "source_event_id",
    "occurred_date",
    "occurred_until_date",
    "place_name",
    "place_precision",
    "admin2_name",
    "admin1_name",
    "place_description",
    "side_a_name",
    "side_b_name",
    "fatality_count_best",
    "fatality_count_low",
    "fatality_count_high",
    "headline",
)
"""What a reviewer sees of each report."""


MOST_LOST = 0.5
"""A model that parts a larger share of the pairs that are linked now has learnt truth as chance."""


@dataclass(frozen=True)
class Change:
    """What another model would make of the same reports.

    Attributes:
        reports: reports that were linked by both.
        before: linked pairs by the model in use.
        after: linked pairs by the new one.
        gained: pairs that only the new one links, most certain first.
        lost: pairs that only the one in use links, most certain first.
    """

    reports: int
    before: int
    after: int
    gained: list[dict[str, Any]]
    lost: list[dict[str, Any]]

    @property
    def is_unfit(self) -> bool:
        """Would more be parted than a better model can have to part?"""
        return len(self.lost) > MOST_LOST * self.before


def decisions_file(settings: Settings) -> Path:
    """The seed of what reviewers decided."""
    return settings.dbt_project_dir / "seeds" / "link_decisions.csv"


def uncertain_pairs(settings: Settings, count: int) -> list[dict[str, Any]]:
    """The pairs whose probability is nearest to one half and that nobody decided, with both reports.

    Raises:
        RefusedError: nothing was linked yet.
    """
    pairs = settings.build_dir / "links" / PAIRS
    if not pairs.exists() or not settings.build_file.exists():
        raise _nothing_linked(pairs)
    sides = [
        f"struct_pack({', '.join(f'{name} := {side}.{name}' for name in ('id_space', *SHOWN))}) as {side}_report"
        for side in ("lefts", "rights")
    ]
    with duckdb.connect(str(settings.build_file), read_only=True) as connection:
        found = connection.sql(f"""
            select pairs.*, {", ".join(sides)}
            from read_parquet({_quoted(pairs)}) as pairs
            inner join {REPORTS} as lefts on pairs.report_id_left = lefts.report_id
            inner join {REPORTS} as rights on pairs.report_id_right = rights.report_id
            order by abs(match_probability - 0.5), report_id_left, report_id_right
        """).to_arrow_table()
    rows = cast("pl.DataFrame", pl.from_arrow(found)).to_dicts()
    decided = {_key(row) for row in read_decisions(decisions_file(settings))}
    open_rows = (row for row in rows if _key(_named(row)) not in decided)
    return [row for row, _ in zip(open_rows, range(count), strict=False)]


def read_decisions(path: Path) -> list[dict[str, str]]:
    """The rows of the seed; none where there is no seed yet."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def decide(path: Path, left: str, right: str, decision: str, why: str, by: str, on: date) -> dict[str, str]:
    """Write what a reviewer decided into the seed.

    Args:
        path: the seed.
        left: a report as `id_space:id in its feed`, such as ucdp:412345.
        right: the other one, of another id space.
        decision: must_link or must_not_link.
        why: what the reviewer saw.
        by: who it is.
        on: the day.

    Returns:
        The row.

    Raises:
        RefusedError: a report is named otherwise, both are of one id space, or the pair is decided already.
    """
    reports = sorted((_parted(left), _parted(right)))
    if (
        decision not in ("must_link", "must_not_link")
        or reports[0][0] == reports[1][0]
        or not (why.strip() and by.strip())
    ):
        raise RefusedError(
            source=f"{left} {right}",
            problem=f"{decision!r} cannot be decided of these two",
            rule="must_link or must_not_link, of reports of two id spaces, with a reason and a name",
            way_out="incidents links review --decide ucdp:412345 acled:MLI1234 must_link --why … --by …",
        )
    row = dict(zip(COLUMNS, (*reports[0], *reports[1], decision, why.strip(), by.strip(), on.isoformat()), strict=True))
    rows = read_decisions(path)
    if standing := next((each for each in rows if _key(each) == _key(row)), None):
        raise RefusedError(
            source=path.name,
            problem=f"{left} and {right} are decided: {standing['decision']}, by {standing['decided_by']}",
            rule="one decision a pair",
            way_out="change or remove that row, which is a line of text",
        )
    rows = sorted([*rows, row], key=_key)
    with replaced_file(path) as building, building.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return row


def changes_by(settings: Settings, model: Model) -> Change | None:
    """What a model would change for the reports of the build; None where there are none."""
    if not settings.build_file.exists():
        return None
    with tempfile.TemporaryDirectory(dir=settings.build_dir) as folder:
        reports = Path(folder) / "reports.parquet"
        copy_reports(settings, reports)
        overrules = decisions_file(settings) if decisions_file(settings).exists() else None
        found: list[pl.DataFrame] = []
        for name, each in (("before", read_model()), ("after", model)):
            link(reports, Path(folder) / name, each, overrules, memory_limit=settings.memory_limit)
            pairs = pl.read_parquet(Path(folder) / name / PAIRS)
            found.append(pairs.filter(pl.col("relation").is_not_null()))
        called = pl.read_parquet(reports).select(
            "report_id", name=pl.concat_str("id_space", "source_event_id", separator=":")
        )
    before, after = found
    return Change(
        reports=len(called),
        before=len(before),
        after=len(after),
        gained=_only(after, before, called),
        lost=_only(before, after, called),
    )


def copy_reports(settings: Settings, into: Path) -> None:
    """The reports that take part in linking, out of the build file."""
    with duckdb.connect(str(settings.build_file), read_only=True) as connection:
        connection.execute(f"copy (from {REPORTS}) to {_quoted(into)} (format parquet)")


def unknown_reports(settings: Settings, reports: Iterable[str]) -> list[str]:
    """Those of the reports, named as `decide` takes them, that the build lacks; none where there is no build."""
    if not settings.build_file.exists():
        return []
    with duckdb.connect(str(settings.build_file), read_only=True) as connection:
        return [
            report
            for report in reports
            if connection.execute(
                f"select count(*) from {REPORTS} where id_space = ? and source_event_id = ?", list(_parted(report))
            ).fetchall()
            == [(0,)]
        ]


def refuse_unfit(change: Change) -> None:
    """Stop before a model is put into use that would take most links away.

    Raises:
        RefusedError: it would.
    """
    if change.is_unfit:
        raise RefusedError(
            source="the new model",
            problem=f"it would part {len(change.lost):,} of the {change.before:,} pairs that are linked now",
            rule=f"at most {MOST_LOST:.0%} of them: where few places or groups occur, or nearly all candidates are "
            "pairs, what agrees cannot be told from chance",
            way_out="incidents links train --invented --write, or train on more reports",
        )


def print_pair(console: Console, pair: dict[str, Any]) -> None:
    """Both reports side by side, and what speaks for and against the pair."""
    left, right = pair["lefts_report"], pair["rights_report"]
    table = Table(
        title=_text(f"{_called(left)}  –  {_called(right)}"), title_justify="left", show_lines=False, expand=True
    )
    table.add_column("")
    table.add_column(_text(left["feed"]), ratio=1, overflow="fold")
    table.add_column(_text(right["feed"]), ratio=1, overflow="fold")
    for name in SHOWN[1:]:
        if left[name] is not None or right[name] is not None:
            table.add_row(name, _text(left[name]), _text(right[name]))
    console.print(table)
    reasons = [
        f"{each.name}: {pair[f'{each.name}_level']} ({pair[f'{each.name}_weight']:+.1f})" for each in COMPARISONS
    ]
    apart = "" if pair["distance_km"] is None else f", {pair['distance_km']:.1f} km apart"
    console.print(
        f"probability {pair['match_probability']:.2f}, {pair['decision']}{apart}; " + "; ".join(reasons),
        markup=False,
        soft_wrap=True,
    )


def print_change(console: Console, model: Model, change: Change | None) -> None:
    """A new model, and what it would link otherwise."""
    current = read_model()
    console.print(
        f"Model {current.version} ({current.digest}) is in use; trained: model {model.version} ({model.digest})."
    )
    if change is None:
        console.print("Nothing is built yet, so there is nothing that it could change.")
        return
    console.print(
        f"{change.reports:,} reports: {change.before:,} pairs linked now, {change.after:,} by the new model, "
        f"{len(change.gained):,} only by the new one and {len(change.lost):,} only by the one in use."
    )
    if change.is_unfit:
        console.print("It would part most pairs that are linked now, and is not put into use: see --invented.")
    for title, rows in (("Only by the new one", change.gained), ("Only by the one in use", change.lost)):
        for row in rows[:10]:
            console.print(
                f"{title}: {row['left']} {row['right']} at {row['match_probability']:.2f}",
                markup=False,
                soft_wrap=True,
            )


def write_model(model: Model) -> Path:
    """Put a model into use."""
    model.write(MODEL_FILE)
    return MODEL_FILE


def _only(these: pl.DataFrame, those: pl.DataFrame, called: pl.DataFrame) -> list[dict[str, Any]]:
    """Pairs of the one that are not in the other, by the names that `review --decide` takes."""
    return (
        these.join(those, on=["report_id_left", "report_id_right"], how="anti")
        .join(called.rename({"name": "left"}), left_on="report_id_left", right_on="report_id")
        .join(called.rename({"name": "right"}), left_on="report_id_right", right_on="report_id")
        .sort("match_probability", "left", "right", descending=[True, False, False])
        .select("left", "right", "match_probability", "relation")
        .to_dicts()
    )


def _named(pair: dict[str, Any]) -> dict[str, str]:
    left, right = pair["lefts_report"], pair["rights_report"]
    return {
        "left_id_space": left["id_space"],
        "left_source_event_id": left["source_event_id"],
        "right_id_space": right["id_space"],
        "right_source_event_id": right["source_event_id"],
    }


def _key(row: dict[str, str]) -> tuple[tuple[str, str], ...]:
    sides = ((row[f"{side}_id_space"], row[f"{side}_source_event_id"]) for side in ("left", "right"))
    return tuple(sorted(sides))


def _called(report: dict[str, Any]) -> str:
    return f"{report['id_space']}:{report['source_event_id']}"


def _parted(report: str) -> tuple[str, str]:
    id_space, mark, source_event_id = report.partition(":")
    if not (id_space and mark and source_event_id):
        raise RefusedError(
            source=report,
            problem="it names no report",
            rule="the id space, a colon and the id in its feed, such as ucdp:412345",
            way_out="copy the names that `incidents links review` shows",
        )
    return id_space, source_event_id


def _text(value: object) -> str:
    """A value of a feed as a cell: its lines as they are, nothing in it taken for markup or for a terminal's sign."""
    return "" if value is None else "\n".join(escape(printable(line)) for line in str(value).splitlines())


def _nothing_linked(pairs: Path) -> RefusedError:
    return RefusedError(
        source=str(pairs),
        problem="no reports were linked yet",
        rule="the pairs of a nightly run",
        way_out="run the job: incidents run",
    )


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
