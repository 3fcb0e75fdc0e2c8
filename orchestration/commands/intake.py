"""What comes in by hand: `add`, `backfill`, `repair`."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from orchestration.commands.arguments import known_feed
from orchestration.console.terminal import AsJson, err, out, print_json
from orchestration.settings import Settings, get_settings


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
    known_feed(feed)
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
        print_json({"run_id": outcome.run_id, "batches": records, "problems": outcome.failed_checks})
    else:
        problems = [*outcome.failures, *outcome.failed_checks]
        _print_batches(records, problems, nothing_new="No new batch: this was here before, byte for byte.")
    raise typer.Exit(0 if outcome.is_success and not set_back and not outcome.failed_checks else 1)


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
        print_json({"run_id": fetched.run_id, "batches": records, "problems": problems})
    else:
        _print_batches(records, problems, nothing_new="No new batch: every day that the server has was here before.")
    raise typer.Exit(1 if problems else 0)


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
        print_json(done.facts)
        return
    out.print(f"{done.path}: ", done.in_words, markup=False, soft_wrap=True)


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
        print_json([each.facts for each in found])
    for each in [] if as_json else found:
        print_preview(out, each)


def _known_days(feed: str, first: date, last: date) -> tuple[date, date]:
    """The days of a range, if the feed has them."""
    from orchestration.feeds import all_feeds

    known_feed(feed)
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
