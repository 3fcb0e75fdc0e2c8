"""The command `incidents`: what people do with the warehouse from a terminal.

Exit codes: 0 done; 1 failed, or something of what was asked for is missing; 2 the command's words are off.
Only what every call needs is imported here: `--help` must not wait for Dagster.
"""

import json
import os
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from orchestration.settings import PROJECT_ROOT, Settings, get_settings

app = typer.Typer(
    name="incidents",
    help="A warehouse of armed-attack incidents: archive, validate, build, audit, publish.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a script instead of tables.")]
Definition = Annotated[str, typer.Option(help="Which definition of an attack the yearly table counts by.")]
Country = Annotated[
    str | None, typer.Option(help="ISO 3166 alpha-3 code, such as MLI; all covered countries if left out.")
]
STRICT = "attack_on_military_position.strict"


@app.command()
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
    definition: Definition = STRICT,
    country: Country = None,
    as_json: AsJson = False,
) -> None:
    """Run the whole nightly job: fetch, validate, build, audit, publish; then print the yearly table.

    The run is a Dagster run: `incidents ui` shows it. Running again with nothing new changes nothing and says so.
    """
    from orchestration.console.runs import run_job
    from orchestration.feeds import all_feeds

    settings = get_settings()
    config = {"sample": sample, "fetch": not sample if fetch is None else fetch}
    ops: dict[str, Any] = {f"raw__{feed}": {"config": config} for feed in all_feeds()}
    ops["audit__marts"] = {"config": {"accepted": accept or []}}
    outcome = run_job(settings, "nightly", ops)
    report = _report(settings, outcome, definition, country)
    if as_json:
        _print_json(report)
    else:
        _print_report(report, definition, country)
    raise typer.Exit(0 if outcome.is_success and not outcome.failed_checks else 1)


@app.command()
def add(
    feed: Annotated[str, typer.Argument(help="The feed that the files belong to, such as ucdp_ged.")],
    files: Annotated[
        list[Path], typer.Argument(help="csv, zip or gz files.", exists=True, dir_okay=False, resolve_path=True)
    ],
    edition: Annotated[
        str | None,
        typer.Option(help="The edition, where the file's name does not tell it: 24.1, or 23.0.4 for April 2023."),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Land an old payload again although a newer issue came since.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Archive and validate files of a feed. The next `incidents run` publishes them.

    The same file again makes no new batch. A file that cannot be read as a whole is refused with the reason.
    """
    from orchestration.console.runs import run_job
    from orchestration.io.lake import Lake

    settings = get_settings()
    _known_feed(feed)
    lake = Lake(settings.lake_dir)
    before = set(lake.batches(feed).get_column("batch_id"))
    config = {"files": [str(path) for path in files], "edition": edition, "again": again, "fetch": False}
    outcome = run_job(settings, f"ingest_{feed}", {f"raw__{feed}": {"config": config}})
    records = [record for record in lake.batches(feed).to_dicts() if record["batch_id"] not in before]
    refused = [record for record in records if record["status"] == "refused"]
    if as_json:
        _print_json({"run_id": outcome.run_id, "batches": records, "problems": outcome.failed_checks})
    else:
        problems = [*outcome.failures, *outcome.failed_checks]
        _print_batches(records, problems, nothing_new="No new batch: this was here before, byte for byte.")
    raise typer.Exit(0 if outcome.is_success and not refused and not outcome.failed_checks else 1)


@app.command()
def backfill(
    feed: Annotated[str, typer.Argument(help="A feed that is delivered by the day, such as gdelt.")],
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day, such as 2024-01-01.")],
    last: Annotated[datetime, typer.Option("--until", formats=["%Y-%m-%d"], help="The last day, itself included.")],
    as_json: AsJson = False,
) -> None:
    """Fetch a range of days of a feed, archive and validate them. The next `incidents run` publishes them.

    Days that are in the lake already are not asked for again. A day that is missing files is not taken, and said to be.
    """
    from orchestration.console.runs import run_job
    from orchestration.io.lake import Lake

    settings = get_settings()
    days = _known_days(feed, first.date(), last.date())
    _refuse_unfetched(feed, settings)
    lake = Lake(settings.lake_dir)
    before = set(lake.batches(feed).get_column("batch_id"))
    fetched = run_job(settings, f"backfill_{feed}", {}, days=days)
    landed = run_job(settings, f"ingest_{feed}", {f"raw__{feed}": {"config": {"fetch": False}}})
    records = [record for record in lake.batches(feed).to_dicts() if record["batch_id"] not in before]
    missing = _missing_days(lake, feed, days)
    problems = [*fetched.failures, *landed.failures, *landed.failed_checks, *missing]
    if as_json:
        _print_json({"run_id": fetched.run_id, "batches": records, "problems": problems})
    else:
        _print_batches(records, problems, nothing_new="No new batch: every day that the server has was here before.")
    raise typer.Exit(1 if problems else 0)


@app.command()
def status(as_json: AsJson = False) -> None:
    """Show what each feed holds, what is skipped and why, and which release readers see."""
    from orchestration.console.reports import conservation, print_conservation
    from orchestration.console.standing import standing

    settings = get_settings()
    feeds, current = standing(settings)
    if as_json:
        _print_json({"feeds": feeds, "conservation": conservation(settings), "release": current})
        return
    for row in feeds:
        newest = f"{row['newest_batch_at']:%Y-%m-%d %H:%M} UTC" if row["newest_batch_at"] else "none"
        out.print(f"[bold]{row['feed']}[/]: newest batch {newest}, edition {row['edition'] or 'unstated'}")
        out.print(f"  covers until {row['covers_until'] or '–'}, {row['waiting_in_inbox']} files wait in the inbox")
        out.print(f"  fetched: {row['fetching']}", soft_wrap=True)
    print_conservation(out, conservation(settings))
    _print_release(current)


@app.command()
def quarantine(
    feed: Annotated[str | None, typer.Argument(help="One feed; all of them if left out.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many records to show, newest batch first.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Show records that were set aside: batch, file, record number, column, rule, value, and the record as received."""
    from orchestration.console.reports import quarantined

    if feed:
        _known_feed(feed)
    rows = quarantined(get_settings(), feed, limit)
    if as_json:
        _print_json(rows)
        return
    for row in rows:
        out.print(f"[bold]{row['feed']}[/] ", f"{row['source_file']}, record {row['_record_number']:,}", end=": ")
        out.print(row["reason"], markup=False, style="yellow", soft_wrap=True)
        out.print(f"  {row['record'][:400]}", markup=False, style="dim", soft_wrap=True)
    out.print(f"{len(rows)} shown." if rows else "Nothing is in quarantine.")


@app.command()
def releases(as_json: AsJson = False) -> None:
    """List the releases, newest first; the arrow points at the one that readers see."""
    from orchestration.console.standing import release_rows

    rows = release_rows(get_settings())
    if as_json:
        _print_json(rows)
        return
    for row in rows:
        sign = "→" if row["is_current"] else " "
        synthetic = ", synthetic" if row["contains_synthetic_data"] else ""
        out.print(f"{sign} {row['release_id']}  {row['reports']:,} reports, {row['batches']} batches{synthetic}")
    if not rows:
        out.print("No release yet: incidents run")


@app.command()
def figures(definition: Definition = STRICT, country: Country = None, as_json: AsJson = False) -> None:
    """Print the yearly table of the current release."""
    from orchestration.console.reports import print_yearly, yearly_figures

    warehouse = get_settings().published_dir / "warehouse.duckdb"
    if not warehouse.exists():
        err.print("No release yet: incidents run")
        raise typer.Exit(1)
    found = yearly_figures(warehouse, definition, country)
    if as_json:
        _print_json(found.rows)
    else:
        print_yearly(out, found)


@app.command()
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
    from orchestration.console.standing import current_release_facts

    warehouse = settings.published_dir / "warehouse.duckdb"
    return {
        "run_id": outcome.run_id,
        "is_success": outcome.is_success,
        "failures": outcome.failures,
        "failed_checks": outcome.failed_checks,
        "new_batches": outcome.new_batches,
        "conservation": conservation(settings),
        "figures": yearly_figures(warehouse, definition, country).rows if warehouse.exists() else [],
        "release": current_release_facts(settings, was_unchanged=outcome.is_unchanged),
    }


def _print_report(report: dict[str, Any], definition: str, country: str | None) -> None:
    from orchestration.console.reports import Figures, print_conservation, print_yearly

    out.print()
    print_yearly(out, Figures(definition, country, report["figures"]))
    print_conservation(out, report["conservation"])
    out.print(f"New batches: {report['new_batches']}")
    _print_release(report["release"])
    for failure in (*report["failures"], *report["failed_checks"]):
        err.print(failure, style="red", markup=False, soft_wrap=True)


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
    statement = "select * from agg_attacks_by_year_overall"
    python = f"duckdb.connect({release['warehouse']!r}, read_only=True).sql({statement!r})"
    out.print("   Python: ", python, markup=False, soft_wrap=True)


def _known_feed(feed: str) -> None:
    from orchestration.feeds import all_feeds

    if feed not in all_feeds():
        raise typer.BadParameter(f"{feed!r} is not a feed; known are {', '.join(all_feeds())}", param_hint="FEED")


def _known_days(feed: str, first: date, last: date) -> tuple[date, date]:
    """The days of a range, if the feed has them."""
    from orchestration.feeds import all_feeds

    _known_feed(feed)
    days = all_feeds()[feed].days
    if days is None:
        by_the_day = ", ".join(name for name, each in all_feeds().items() if each.days)
        raise typer.BadParameter(f"{feed} is not delivered by the day; {by_the_day} is", param_hint="FEED")
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    if not days.first <= first <= last <= yesterday:
        raise typer.BadParameter(f"choose days from {days.first} to {yesterday}, the first before the last")
    return first, last


def _missing_days(lake: Any, feed: str, days: tuple[date, date]) -> list[str]:  # noqa: ANN401 - the lake is imported late
    """The days of a range that the lake does not hold."""
    first, last = days
    held = {batch.manifest.edition for batch in lake.raw_batches(feed)}
    asked = [(first + timedelta(days=number)).isoformat() for number in range((last - first).days + 1)]
    missing = [day for day in asked if day not in held]
    return [f"{len(missing)} of {len(asked)} days are not in the lake: {', '.join(missing[:10])}"] if missing else []


def _refuse_unfetched(feed: str, settings: Settings) -> None:
    """Say why a feed's server is not asked, if it is not."""
    from orchestration.feeds import all_feeds

    if reason := all_feeds()[feed].unfetched(settings):
        err.print(f"{feed}: {reason}", style="red", markup=False, soft_wrap=True)
        raise typer.Exit(1)


def _print_batches(records: list[dict[str, Any]], problems: list[str], *, nothing_new: str) -> None:
    from orchestration.assets.landing import said_of

    for record in records:
        out.print(said_of(record), markup=False, soft_wrap=True)
    if not records and not problems:
        out.print(nothing_new)
    for problem in problems:
        err.print(problem, style="red", markup=False, soft_wrap=True)


def _print_json(value: Any) -> None:  # noqa: ANN401
    sys.stdout.write(json.dumps(value, default=str, ensure_ascii=False, indent=2) + "\n")


def main() -> None:
    """Run the command; a user's mistake ends in one line, not in a stack trace."""
    from pydantic import ValidationError

    from orchestration.errors import RefusedError

    try:
        app()
    except (RefusedError, ValidationError) as error:
        err.print(str(error), style="red", markup=False, soft_wrap=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
