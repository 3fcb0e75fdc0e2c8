"""The command `incidents`: what people do with the warehouse from a terminal.

Exit codes: 0 done; 1 failed, or something of what was asked for is missing; 2 the command's words are off.
Only what every call needs is imported here: `--help` must not wait for Dagster.
"""

import gc

import typer

from orchestration.commands.answers import changes, figures, releases
from orchestration.commands.decisions import accept, dismiss, quarantine_app, withdraw
from orchestration.commands.intake import add, backfill, repair
from orchestration.commands.links import links_app
from orchestration.commands.night import run, status, ui
from orchestration.console.claims import claims_app
from orchestration.console.terminal import err
from orchestration.ending import end_at_once

app = typer.Typer(
    name="incidents",
    help="A warehouse of armed-attack incidents: archive, validate, build, audit, publish.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for command in (run, add, backfill, repair, status, accept, dismiss, withdraw, releases, figures, changes, ui):
    app.command()(command)
app.add_typer(quarantine_app)
app.add_typer(claims_app)
app.add_typer(links_app)

FEW_COLLECTIONS = 1_000_000
"""New objects until Python looks for garbage among them; 700 unless told."""


def main() -> None:
    """Run the command; a user's mistake ends in one line, not in a stack trace."""
    # Nearly all that a command makes is modules, which stay: to look for garbage among them is a tenth of a short run.
    gc.set_threshold(FEW_COLLECTIONS)
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
    end_at_once(code)


if __name__ == "__main__":
    main()
