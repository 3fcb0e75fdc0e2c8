"""The command `incidents`: what people do with the warehouse from a terminal.

Exit codes: 0 done; 1 failed, or something of what was asked for is missing; 2 the command's words are off.
Only what every call needs is imported here: `--help` must not wait for Dagster.
"""

import atexit
import os
import shutil
import sys
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from orchestration.console.claims import claims_app
from orchestration.console.links_app import links_app
from orchestration.console.terminal import AsCsv, AsJson, ShownByDefault, err, out
from orchestration.console.terminal import print_json as _print_json
from orchestration.console.terminal import write_table as _write_csv
from orchestration.settings import PROJECT_ROOT, Settings, get_settings

app = typer.Typer(
    name="incidents",
    help="A warehouse of armed-attack incidents: archive, validate, build, audit, publish.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
quarantine_app = typer.Typer(
    name="quarantine",
    cls=ShownByDefault,
    help="Records that were set aside: show them (as `incidents quarantine [FEED]`), or land their batches again.",
)
app.add_typer(quarantine_app)
app.add_typer(claims_app)
app.add_typer(links_app)
FeedName = Annotated[str, typer.Argument(help="The feed, such as ucdp_ged.")]
BatchId = Annotated[str, typer.Argument(help="The batch, or the beginning of its id.")]
Why = Annotated[str, typer.Option(help="The reason, for those who ask later.")]
Definition = Annotated[str, typer.Option(help="Which definition of an attack the yearly table counts by.")]
Country = Annotated[
    str | None, typer.Option(help="ISO 3166 alpha-3 code, such as MLI; all covered countries if left out.")
]
AsOf = Annotated[
    str | None,
    typer.Option(help="A day (for its end) or a moment in UTC: answer as things stood then, by today's definitions."),
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
        _print_json(report)
    else:
        _print_report(report, definition, country)
    raise typer.Exit(0 if outcome.is_success and not outcome.failed_checks else 1)


@app.command()
def add(
    feed: Annotated[str, typer.Argument(help="The feed that the files belong to, such as ucdp_ged.")],
    files: Annotated[
        list[Path], typer.Argument(help="Files: text, xlsx, zip or gz.", exists=True, dir_okay=False, resolve_path=True)
    ],
    edition: Annotated[
        str | None,
        typer.Option(help="The edition, where the file's name does not tell it: 24.1, or 23.0.4 for April 2023."),
    ] = None,
    mapping: Annotated[
        Path | None,
        typer.Option(help="What the columns of an incident file are.", exists=True, dir_okay=False, resolve_path=True),
    ] = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="Show what an incident file would become, and store nothing.")
    ] = False,
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
    if mapping or preview:
        _takes_mapping(feed)
    if preview:
        _preview(files, mapping, settings, as_json=as_json)
        return
    lake = Lake(settings.lake_dir)
    before = set(lake.batches(feed).get_column("batch_id"))
    config = {
        "files": [str(path) for path in files],
        "mapping": str(mapping) if mapping else None,
        "edition": edition,
        "again": again,
        "fetch": False,
    }
    outcome = run_job(settings, f"ingest_{feed}", {f"raw__{feed}": {"config": config}})
    records = [record for record in lake.batches(feed).to_dicts() if record["batch_id"] not in before]
    set_back = [record for record in records if record["refusal"]]
    if as_json:
        _print_json({"run_id": outcome.run_id, "batches": records, "problems": outcome.failed_checks})
    else:
        problems = [*outcome.failures, *outcome.failed_checks]
        _print_batches(records, problems, nothing_new="No new batch: this was here before, byte for byte.")
    raise typer.Exit(0 if outcome.is_success and not set_back and not outcome.failed_checks else 1)


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
def repair(
    file: Annotated[Path, typer.Argument(help="A table that was refused.", exists=True, dir_okay=False)],
    into: Annotated[Path, typer.Option("--into", help="The new file; one that is there already is left alone.")],
    as_json: AsJson = False,
) -> None:
    """Restore a table whose lines a spreadsheet put into quotes, into a new file, and say what was restored.

    The file itself stays as it is. Look at what is said, then `incidents add FEED NEW_FILE`.
    """
    from orchestration.io.repair import repair as restore

    done = restore(file, into, get_settings().bounds)
    if as_json:
        _print_json(done.facts)
        return
    out.print(f"{done.path}: ", done.in_words, markup=False, soft_wrap=True)


@app.command()
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
        _print_json({"feeds": feeds, "reference_inputs": inputs, **facts})
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


@quarantine_app.command("show")
def quarantine_show(
    feed: Annotated[str | None, typer.Argument(help="One feed; all of them if left out.")] = None,
    limit: Annotated[
        int | None,
        typer.Option(min=1, help="How many records, newest batch first; 20 unless --csv is given.", show_default=False),
    ] = None,
    csv: AsCsv = None,
    as_json: AsJson = False,
) -> None:
    """Show records that were set aside: batch, file, record number, column, rule, value, and the record as received."""
    from orchestration.console.reports import print_quarantined, quarantined

    if feed:
        _known_feed(feed)
    found = quarantined(get_settings(), feed)
    shown = found.head(limit or (len(found) if csv else 20)).to_dicts()
    if csv:
        _write_csv(csv, shown)
    elif as_json:
        _print_json(shown)
    else:
        print_quarantined(out, shown, len(found))


@quarantine_app.command("replay")
def quarantine_replay(
    feed: Annotated[str | None, typer.Argument(help="One feed; all of them if left out.")] = None,
    batch: Annotated[str | None, typer.Option(help="One batch; all of the feed's if left out.")] = None,
    as_json: AsJson = False,
) -> None:
    """Land batches again from raw, after a contract or an override changed, and say what left the quarantine.

    Nothing changes where nothing has changed. The next `incidents run` publishes the difference.
    """
    from dataclasses import asdict

    from orchestration.console.reports import print_replayed
    from orchestration.feeds import all_feeds
    from orchestration.io.lake import Lake
    from orchestration.io.replay import replay

    if feed:
        _known_feed(feed)
    if batch and not feed:
        raise typer.BadParameter("name the feed of the batch, too", param_hint="--batch")
    settings = get_settings()
    lake = Lake(settings.lake_dir)
    done = [
        replayed
        for name in ([feed] if feed else all_feeds())
        for replayed in replay(all_feeds()[name], lake, settings.bounds, batch)
    ]
    if done:
        _build_anew(settings)
    if as_json:
        _print_json([{**asdict(replayed), "is_unchanged": replayed.is_unchanged} for replayed in done])
    else:
        print_replayed(out, done)


@app.command()
def accept(feed: FeedName, batch: BatchId, why: Why) -> None:
    """Let a batch take part although too much of it is in quarantine, and land it. The reason stays beside it.

    Should a later contract quarantine more of it than now, it is held again.
    """
    from orchestration.assets.landing import said_of
    from orchestration.feeds import all_feeds
    from orchestration.io.decisions import decide
    from orchestration.io.lake import Lake
    from orchestration.io.replay import replay

    settings = get_settings()
    lake = Lake(settings.lake_dir)
    record = _batch_record(lake, feed, batch)
    decide(lake, record, "accepted", why)
    list(replay(all_feeds()[feed], lake, settings.bounds, record["batch_id"]))
    out.print(said_of(_batch_record(lake, feed, batch)), markup=False, soft_wrap=True)


@app.command()
def dismiss(feed: FeedName, batch: BatchId, why: Why) -> None:
    """Be warned no more of a batch that was refused or is held. It stays in raw and takes no part in the figures."""
    from orchestration.io.decisions import decide
    from orchestration.io.lake import Lake

    lake = Lake(get_settings().lake_dir)
    decision = decide(lake, _batch_record(lake, feed, batch), "dismissed", why)
    out.print(f"{decision.batch_id}: {decision}", markup=False, soft_wrap=True)


@app.command()
def withdraw(feed: FeedName, batch: BatchId, why: Why) -> None:
    """Take a file back that should never have landed, and every other reading of it. `incidents accept` undoes it.

    Nothing is deleted: payload and rows stay, with the reason, and take no part in any figure, also of the past.
    """
    from orchestration.assets.landing import said_of
    from orchestration.feeds import all_feeds
    from orchestration.io.decisions import decide, readings
    from orchestration.io.lake import Lake
    from orchestration.io.replay import replay

    settings = get_settings()
    lake = Lake(settings.lake_dir)
    for record in readings(lake, _batch_record(lake, feed, batch)):
        decide(lake, record, "withdrawn", why)
        list(replay(all_feeds()[feed], lake, settings.bounds, record["batch_id"]))
        out.print(said_of(_batch_record(lake, feed, record["batch_id"])), markup=False, soft_wrap=True)
    _build_anew(settings)


@app.command()
def releases(csv: AsCsv = None, as_json: AsJson = False) -> None:
    """List the releases, newest first; the arrow points at the one that readers see."""
    from orchestration.console.standing import release_rows

    rows = release_rows(get_settings())
    if csv:
        _write_csv(csv, rows)
        return
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
def figures(
    definition: Definition = STRICT,
    country: Country = None,
    as_of: AsOf = None,
    csv: AsCsv = None,
    as_json: AsJson = False,
) -> None:
    """Print the yearly table of the current release, or as it stood at a moment.

    For a moment of the past the marts are built from what had arrived by then, in a file of their own: neither the
    nightly build nor the release is touched. The last few moments are kept.
    """
    from orchestration.console.reports import print_yearly, yearly_figures

    settings = get_settings()
    warehouse, schema = settings.published_dir / "warehouse.duckdb", "main"
    if as_of:
        warehouse, schema = _past(settings, as_of), "marts"
    elif not warehouse.exists():
        err.print("No release yet: incidents run")
        raise typer.Exit(1)
    found = yearly_figures(warehouse, definition, country, schema)
    if csv:
        _write_csv(csv, found.rows)
    elif as_json:
        _print_json(found.rows)
    else:
        print_yearly(out, found)


@app.command()
def changes(
    since: Annotated[str, typer.Option(help="A day (for its end), a moment in UTC, or the id of a release.")],
    until: Annotated[str | None, typer.Option(help="The same; now, or the current release, if left out.")] = None,
    definition: Definition = STRICT,
    country: Country = None,
    csv: AsCsv = None,
    as_json: AsJson = False,
) -> None:
    """Say why the yearly figures differ between two moments or two releases: new, revised, reclassified, withdrawn."""
    from orchestration.console.changes import changes as changes_between
    from orchestration.console.changes import print_changes

    found = changes_between(get_settings(), since, until, definition, country)
    if csv:
        _write_csv(csv, found.rows)
    elif as_json:
        _print_json({"since": found.since, "until": found.until, "between": found.between, "years": found.rows})
    else:
        print_changes(out, found, definition, country)


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


def _past(settings: Settings, as_of: str) -> Path:
    from orchestration.resources.past import parsed_moment, past_warehouse

    with err.status("Looking for what had arrived") as progress:
        say = progress.update if err.is_terminal else partial(err.print, style="dim", soft_wrap=True)
        return past_warehouse(settings, parsed_moment(as_of), say)


def _takes_mapping(feed: str) -> None:
    from orchestration.feeds import all_feeds

    able = [name for name, each in all_feeds().items() if each.companion]
    if feed not in able:
        raise typer.BadParameter(f"{feed} knows its columns; only {', '.join(able)} takes a mapping", param_hint="FEED")


def _preview(files: list[Path], mapping: Path | None, settings: Settings, *, as_json: bool) -> None:
    from orchestration.assets.raw import with_companion
    from orchestration.console.preview import preview, print_preview
    from orchestration.feeds import all_feeds

    beside = {path: with_companion(path, all_feeds()["incident_file"])[1:] for path in files}
    found = [preview(path, mapping or next(iter(beside[path]), None), settings.bounds) for path in files]
    if as_json:
        _print_json([each.facts for each in found])
    for each in [] if as_json else found:
        print_preview(out, each)


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


def _build_anew(settings: Settings) -> None:
    """Rows have changed under the same numbers, or are gone: nothing that was built from them stays."""
    from orchestration.resources.dbt import start_building

    start_building(settings)
    shutil.rmtree(settings.build_dir / "as_of", ignore_errors=True)


def _batch_record(lake: Any, feed: str, batch: str) -> dict[str, Any]:  # noqa: ANN401 - importing it costs a second
    """The record of the one batch whose id begins with what was typed."""
    from orchestration.io.replay import unknown_batch

    _known_feed(feed)
    found = [record for record in lake.batches(feed).to_dicts() if record["batch_id"].startswith(batch)]
    if len(found) != 1:
        raise unknown_batch(feed, batch)
    return found[0]


def main() -> None:
    """Run the command; a user's mistake ends in one line, not in a stack trace."""
    from pydantic import ValidationError

    from orchestration.errors import RefusedError

    code: object = 0
    try:
        app()
    except (RefusedError, ValidationError) as error:
        err.print(str(error), style="red", markup=False, soft_wrap=True)
        code = 1
    except SystemExit as end:
        code = end.code
    sys.stdout.flush()
    sys.stderr.flush()
    # Everything is closed and written: to let Python take apart all that was imported would take two more seconds.
    atexit._run_exitfuncs()  # pyright: ignore[reportPrivateUsage]
    os._exit(code if isinstance(code, int) else int(code is not None))


if __name__ == "__main__":
    main()
