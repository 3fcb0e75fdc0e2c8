"""What readers get: `releases`, `figures`, `changes`."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from orchestration.commands.arguments import STRICT, AsOf, Country, Definition
from orchestration.console.terminal import AsCsv, AsJson, err, out, print_json, write_table
from orchestration.settings import Settings, get_settings


def releases(csv: AsCsv = None, as_json: AsJson = False) -> None:
    """List the releases, newest first; the arrow points at the one that readers see."""
    from orchestration.console.standing import release_rows

    rows = release_rows(get_settings())
    if csv:
        write_table(csv, rows)
        return
    if as_json:
        print_json(rows)
        return
    for row in rows:
        sign = "→" if row["is_current"] else " "
        synthetic = ", synthetic" if row["contains_synthetic_data"] else ""
        out.print(f"{sign} {row['release_id']}  {row['reports']:,} reports, {row['batches']} batches{synthetic}")
    if not rows:
        out.print("No release yet: incidents run")


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
        write_table(csv, found.rows)
    elif as_json:
        print_json(found.rows)
    else:
        print_yearly(out, found)


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
        write_table(csv, found.rows)
    elif as_json:
        print_json({"since": found.since, "until": found.until, "between": found.between, "years": found.rows})
    else:
        print_changes(out, found, definition, country)


def _past(settings: Settings, as_of: str) -> Path:
    from orchestration.resources.past import parsed_moment, past_warehouse

    with err.status("Looking for what had arrived") as progress:
        say = progress.update if err.is_terminal else partial(err.print, style="dim", soft_wrap=True)
        return past_warehouse(settings, parsed_moment(as_of), say)
