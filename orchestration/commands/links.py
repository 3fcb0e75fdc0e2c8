"""`incidents links`: train a model, review pairs. What they do is in `console.links`."""

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from orchestration.console.terminal import AsJson, err, out, print_json
from orchestration.settings import get_settings

links_app = typer.Typer(
    name="links",
    help="Which reports tell of one incident: train the model, review the least certain pairs.",
    no_args_is_help=True,
)


@links_app.command()
def train(
    write: Annotated[bool, typer.Option("--write", help="Put the new model into use.")] = False,
    invented: Annotated[
        bool, typer.Option("--invented", help="Learn from invented feeds alone, not from the reports of the build.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Train a new model and say what it would change. Nothing changes without --write.

    What true pairs look like is learnt from invented feeds whose errors follow measured figures; what chance brings
    together, from the candidates among the reports of the last build.
    """
    import tempfile
    from pathlib import Path

    from orchestration.console.links import changes_by, copy_reports, print_change, refuse_unfit, write_model
    from orchestration.links.model import read_model
    from orchestration.links.training import train as train_model

    settings = get_settings()
    version = read_model().version + 1
    if invented or not settings.build_file.exists():
        model = train_model(version)
    else:
        with tempfile.TemporaryDirectory(dir=settings.build_dir) as folder:
            reports = Path(folder) / "reports.parquet"
            copy_reports(settings, reports)
            model = train_model(version, reports)
    change = changes_by(settings, model)
    if as_json:
        print_json(
            {
                "version": model.version,
                "digest": model.digest,
                "trained": model.trained,
                "is_in_use": write and not (change and change.is_unfit),
                "change": change.__dict__ if change else None,
            }
        )
    else:
        print_change(out, model, change)
    if write:
        if change:
            refuse_unfit(change)
        path = write_model(model)
        if not as_json:
            out.print(f"In use from now on: {path.name}. The next `incidents run` links by it.")


@links_app.command()
def review(
    count: Annotated[int, typer.Option(min=1, help="How many pairs.")] = 10,
    decide: Annotated[
        tuple[str, str, str] | None,
        typer.Option(
            metavar="LEFT RIGHT DECISION",
            help="Decide one pair without asking: ucdp:412345 acled:MLI1234 must_link (or must_not_link).",
        ),
    ] = None,
    why: Annotated[str | None, typer.Option(help="What you saw, for those who ask later.")] = None,
    by: Annotated[str | None, typer.Option(help="Who you are.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show the least certain pairs with both texts side by side, and write what you decide into the seed.

    Decisions hold from the next run on: they are rows of dbt_project/seeds/link_decisions.csv.
    """
    from orchestration.console.links import decide as write_decision
    from orchestration.console.links import decisions_file, print_pair, uncertain_pairs, unknown_reports

    settings = get_settings()
    path, today = decisions_file(settings), datetime.now(UTC).date()
    if decide:
        row = write_decision(path, *decide, why or "", by or "", today)
        for report in unknown_reports(settings, decide[:2]):
            err.print(f"{report} is no report of the last build: until it is, this changes nothing.", markup=False)
        if as_json:
            print_json(row)
        else:
            out.print(f"{row['decision']} is written to {path.name}.")
        return
    pairs = uncertain_pairs(settings, count)
    if as_json:
        print_json(pairs)
        return
    if not pairs:
        out.print("No pair is left to be reviewed.")
    for pair in pairs:
        print_pair(out, pair)
        if not is_asked():
            continue
        answer = _answer()
        if answer == "q":
            return
        if answer in ("l", "n"):
            left, right = (f"{pair[side]['id_space']}:{pair[side]['source_event_id']}" for side in _SIDES)
            decision = "must_link" if answer == "l" else "must_not_link"
            by = by or str(typer.prompt("Who are you?"))
            write_decision(path, left, right, decision, why or str(typer.prompt("Why?")), by, today)


def is_asked() -> bool:
    """Does anybody sit there who can answer?"""
    return sys.stdin.isatty()


def _answer() -> str:
    """One of l, n, s and q; asked again until it is."""
    while True:
        answer = str(typer.prompt("[l]ink, [n]ot the same, [s]kip, [q]uit", default="s")).strip().lower()
        if answer in {"l", "n", "s", "q"}:
            return answer
        out.print("l, n, s or q", markup=False)


_SIDES = ("lefts_report", "rights_report")
