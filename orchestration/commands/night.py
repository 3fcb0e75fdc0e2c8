"""The whole job, and how things stand: `run`, `status`, `ui`."""

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from orchestration.commands.arguments import STRICT, AsOf, Country, Definition
from orchestration.console.terminal import AsJson, err, out, print_json
from orchestration.settings import PROJECT_ROOT, Settings, get_settings


def run(
    sample: Annotated[
        bool, typer.Option("--sample", help="Take in the synthetic sample shipped in data/sample.")
    ] = False,
    fetch: Annotated[
        bool | None, typer.Option(help="Ask the feeds' servers. On by default, off with --sample.", show_default=False)
    ] = None,
    accept: Annotated[
        list[str] | None,
        typer.Option(help="An audit expectation that this run may break, because the change is known to be real."),
    ] = None,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Build everything anew, also where nothing has changed.")
    ] = False,
    definition: Definition = STRICT,
    country: Country = None,
    as_json: AsJson = False,
) -> None:
    """Run the whole nightly job: fetch, validate, build, audit, publish; then print the yearly table.

    The run is a Dagster run: `incidents ui` shows it. Where nothing has changed since the last release, nothing is
    built, and it says so.
    """
    from orchestration.console.runs import run_job
    from orchestration.feeds import all_feeds

    settings = get_settings()
    config = {"sample": sample, "fetch": not sample if fetch is None else fetch}
    ops: dict[str, Any] = {f"raw__{feed}": {"config": config} for feed in all_feeds()}
    ops["landing__batch_records"] = {"config": {"rebuild": rebuild}}
    ops["audit__marts"] = {"config": {"accepted": accept or []}}
    outcome = run_job(settings, "nightly", ops)
    report = _report(settings, outcome, definition, country)
    if as_json:
        print_json(report)
    else:
        _print_report(report, definition, country)
    raise typer.Exit(0 if outcome.is_success and not outcome.failed_checks else 1)


def status(as_of: AsOf = None, as_json: AsJson = False) -> None:
    """Show what each feed holds, what is skipped and why, and which release readers see."""
    from orchestration.console.reports import conservation, print_conservation, print_reference_inputs
    from orchestration.console.standing import reference_inputs, standing, standing_at, waiting_for_a_decision
    from orchestration.resources.past import parsed_moment

    settings = get_settings()
    moment = parsed_moment(as_of) if as_of else None
    feeds, current = standing_at(settings, moment) if moment else standing(settings)
    conserved = conservation(settings, moment)
    waiting = [] if moment else waiting_for_a_decision(settings)
    inputs = {} if moment else reference_inputs(settings)
    if as_json:
        facts = {"conservation": conserved, "waiting_for_a_decision": waiting, "release": current}
        print_json({"feeds": feeds, "reference_inputs": inputs, **facts})
        return
    for row in feeds:
        newest = f"{row['newest_batch_at']:%Y-%m-%d %H:%M} UTC" if row["newest_batch_at"] else "none"
        out.print(f"[bold]{row['feed']}[/]: newest batch {newest}, edition {row['edition'] or 'unstated'}")
        if moment:
            out.print(f"  covered until {row['covers_until'] or '–'}")
            continue
        out.print(f"  covers until {row['covers_until'] or '–'}, {row['waiting_in_inbox']} files wait in the inbox")
        out.print(f"  fetched: {row['fetching']}", soft_wrap=True)
    if inputs:
        print_reference_inputs(out, inputs)
    _print_waiting(waiting)
    print_conservation(out, conserved)
    if moment and not current:
        out.print("No release of that time is kept.")
    else:
        _print_release(current)


def ui(port: Annotated[int, typer.Option(min=1, max=65535, help="Port on 127.0.0.1.")] = 3000) -> None:
    """Open the Dagster UI on this machine: assets, runs, checks, the nightly schedule and the inbox sensor."""
    settings = get_settings()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    home = os.environ.setdefault("DAGSTER_HOME", str(PROJECT_ROOT))
    os.chdir(home)
    dagster = str(Path(sys.executable).with_name("dagster"))
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    arguments = ["dev", "--host", "127.0.0.1", "--port", str(port), "--module-name", "orchestration.definitions"]
    os.execv(dagster, [dagster, *arguments])  # noqa: S606 - our own executable, no shell


def _report(settings: Settings, outcome: Any, definition: str, country: str | None) -> dict[str, Any]:  # noqa: ANN401
    from orchestration.console.reports import conservation, yearly_figures
    from orchestration.console.standing import current_release_facts, waiting_for_a_decision

    warehouse = settings.published_dir / "warehouse.duckdb"
    return {
        "run_id": outcome.run_id,
        "is_success": outcome.is_success,
        "failures": outcome.failures,
        "failed_checks": outcome.failed_checks,
        "new_batches": outcome.new_batches,
        "nothing_changed_since": outcome.unchanged_since,
        "conservation": conservation(settings),
        "waiting_for_a_decision": waiting_for_a_decision(settings),
        "figures": yearly_figures(warehouse, definition, country).rows if warehouse.exists() else [],
        "release": current_release_facts(settings, was_unchanged=outcome.is_unchanged),
    }


def _print_report(report: dict[str, Any], definition: str, country: str | None) -> None:
    from orchestration.console.reports import Figures, print_conservation, print_yearly

    out.print()
    print_yearly(out, Figures(definition, country, report["figures"]))
    print_conservation(out, report["conservation"])
    out.print(f"New batches: {report['new_batches']}")
    if report["nothing_changed_since"]:
        said = f"Nothing changed since release {report['nothing_changed_since']}; nothing was built."
        out.print(said, soft_wrap=True)
    _print_waiting(report["waiting_for_a_decision"])
    _print_release(report["release"])
    for failure in (*report["failures"], *report["failed_checks"]):
        err.print(failure, style="red", markup=False, soft_wrap=True)


def _print_waiting(batches: list[dict[str, Any]]) -> None:
    for batch in batches:
        out.print(f"{batch['status'].capitalize()}, batch {batch['batch_id']}: ", end="", style="yellow", markup=False)
        out.print(batch["refusal"], markup=False, soft_wrap=True)
        out.print(f"  to be told no more: incidents dismiss {batch['feed']} {batch['batch_id']} --why …", style="dim")


def _print_release(release: dict[str, Any] | None) -> None:
    if not release:
        out.print("No release yet: incidents run")
        return
    out.print(release["audit"], soft_wrap=True)
    state = {True: " (unchanged: the same content as before)", False: " (new)", None: ""}[release["is_unchanged"]]
    out.print(f"Release {release['release_id']}{state}", soft_wrap=True)
    if release["contains_synthetic_data"]:
        out.print("It contains SYNTHETIC data: for trying things out, not for citing.", style="yellow")
    out.print(f"Folder: {release['folder']}", markup=False, soft_wrap=True)
    out.print("Open it: ", f"duckdb -readonly {release['warehouse']}", markup=False, soft_wrap=True)
    statement = "from agg_attacks_by_year_overall where counting_basis = 'linked' and attacker_family = 'all'"
    python = f"duckdb.connect({release['warehouse']!r}, read_only=True).sql({statement!r})"
    out.print("   Python: ", python, markup=False, soft_wrap=True)
