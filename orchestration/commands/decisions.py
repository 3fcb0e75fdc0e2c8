"""What people decide of records and batches that were set aside: `quarantine`, `accept`, `dismiss`, `withdraw`."""

import shutil
from typing import Annotated

import typer

from orchestration.commands.arguments import BatchId, FeedName, Why, batch_record, known_feed
from orchestration.console.terminal import AsCsv, AsJson, ShownByDefault, out, print_json, write_table
from orchestration.settings import Settings, get_settings

quarantine_app = typer.Typer(
    name="quarantine",
    cls=ShownByDefault,
    help="Records that were set aside: show them (as `incidents quarantine [FEED]`), or land their batches again.",
)


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
        known_feed(feed)
    found = quarantined(get_settings(), feed)
    shown = found.head(limit or (len(found) if csv else 20)).to_dicts()
    if csv:
        write_table(csv, shown)
    elif as_json:
        print_json(shown)
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
        known_feed(feed)
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
        print_json([{**asdict(replayed), "is_unchanged": replayed.is_unchanged} for replayed in done])
    else:
        print_replayed(out, done)


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
    record = batch_record(lake, feed, batch)
    decide(lake, record, "accepted", why)
    list(replay(all_feeds()[feed], lake, settings.bounds, record["batch_id"]))
    out.print(said_of(batch_record(lake, feed, batch)), markup=False, soft_wrap=True)


def dismiss(feed: FeedName, batch: BatchId, why: Why) -> None:
    """Be warned no more of a batch that was refused or is held. It stays in raw and takes no part in the figures."""
    from orchestration.io.decisions import decide
    from orchestration.io.lake import Lake

    lake = Lake(get_settings().lake_dir)
    decision = decide(lake, batch_record(lake, feed, batch), "dismissed", why)
    out.print(f"{decision.batch_id}: {decision}", markup=False, soft_wrap=True)


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
    for record in readings(lake, batch_record(lake, feed, batch)):
        decide(lake, record, "withdrawn", why)
        list(replay(all_feeds()[feed], lake, settings.bounds, record["batch_id"]))
        out.print(said_of(batch_record(lake, feed, record["batch_id"])), markup=False, soft_wrap=True)
    _build_anew(settings)


def _build_anew(settings: Settings) -> None:
    """Rows have changed under the same numbers, or are gone: nothing that was built from them stays."""
    from orchestration.resources.dbt import start_building

    start_building(settings)
    shutil.rmtree(settings.build_dir / "as_of", ignore_errors=True)
