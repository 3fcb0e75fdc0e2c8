"""What the commands share: the two consoles, common options, and how rows become JSON or csv.

Imported by every call of `incidents`, so nothing heavy is imported here.
"""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from typer.core import TyperGroup


class ShownByDefault(TyperGroup):
    """`incidents quarantine ucdp_ged` means `incidents quarantine show ucdp_ged`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - typer carries a click of its own
        """Put the command in that is left out."""
        is_named = bool(args) and (args[0] in self.commands or args[0] in ctx.help_option_names)
        return super().parse_args(ctx, args if is_named else ["show", *args])


out = Console(highlight=False, emoji=False)  # acled:X: names a report and is no picture
err = Console(stderr=True, highlight=False, emoji=False)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a script instead of tables.")]
AsCsv = Annotated[
    Path | None, typer.Option("--csv", help="Write a csv file that is safe to open in a spreadsheet.", dir_okay=False)
]


def write_table(path: Path, rows: list[dict[str, Any]]) -> None:
    """Write rows as csv that is safe to open in a spreadsheet, and say so."""
    from orchestration.console.export import write_csv

    names = list(rows[0]) if rows else ["nothing"]
    count = write_csv(path, names, ([row[name] for name in names] for row in rows))
    out.print(f"{count:,} rows in {path}", markup=False, soft_wrap=True)


def print_json(value: Any) -> None:  # noqa: ANN401
    """Print a value as JSON for a script."""
    sys.stdout.write(json.dumps(value, default=str, ensure_ascii=False, indent=2) + "\n")
