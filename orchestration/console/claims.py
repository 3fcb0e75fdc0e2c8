"""The commands `incidents claims`: what others published, beside ours; and the figures of an article as rows to add.

What is compared stands in the release (`agg_claims_compared`); how an article is read stands in `orchestration.claims`.
"""

import re
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from orchestration.console.terminal import AsCsv, AsJson, ShownByDefault, err, out, print_json, write_table
from orchestration.settings import get_settings

MART = "agg_claims_compared"
VERDICTS = ("agrees", "differs", "not_comparable")
STYLES = {"agrees": "green", "differs": "red", "not_comparable": "dim"}

claims_app = typer.Typer(
    name="claims",
    cls=ShownByDefault,
    help="What others published, beside ours (as `incidents claims`); and `read` takes the figures out of an article.",
)


@claims_app.command("show")
def show(
    source: Annotated[str | None, typer.Option(help="Only claims whose source holds these words.")] = None,
    country: Annotated[str | None, typer.Option(help="ISO 3166 alpha-3 code, such as MLI.")] = None,
    verdict: Annotated[str | None, typer.Option(help=f"One of {', '.join(VERDICTS)}.")] = None,
    basis: Annotated[str | None, typer.Option(help="A counting basis, such as feed:ucdp; all for each.")] = None,
    csv: AsCsv = None,
    as_json: AsJson = False,
) -> None:
    """Set each published figure beside ours: agrees, differs (by how much), or not comparable (why).

    Claims are compared and never counted: no figure of ours depends on one.
    """
    if verdict and verdict not in VERDICTS:
        raise typer.BadParameter(f"one of {', '.join(VERDICTS)}", param_hint="--verdict")
    warehouse = get_settings().published_dir / "warehouse.duckdb"
    if not warehouse.exists():
        err.print("No release yet: incidents run")
        raise typer.Exit(1)
    rows = compared(warehouse, source, country, verdict, basis)
    if csv:
        write_table(csv, rows)
    elif as_json:
        print_json(rows)
    else:
        _print_compared(rows)


@claims_app.command("read")
def read(
    file: Annotated[Path, typer.Argument(help="The article: text, Markdown or HTML; - reads what is piped in.")],
    source: Annotated[str | None, typer.Option(help="Who says so, and in which publication; needed for --csv.")] = None,
    country: Annotated[
        list[str] | None, typer.Option(help="ISO 3166 alpha-3 code, such as MLI; again for each further country.")
    ] = None,
    region: Annotated[str | None, typer.Option(help="A part of the countries, or a region without a list.")] = None,
    definition: Annotated[str | None, typer.Option(help="The definition of ours that fits best.")] = None,
    fit: Annotated[str | None, typer.Option(help="same or nearest; nearest if left out.")] = None,
    counted: Annotated[str | None, typer.Option(help="What is counted, in your own words.")] = None,
    url: Annotated[str | None, typer.Option(help="Address of the article.")] = None,
    citation: Annotated[str | None, typer.Option(help="How it wants to be cited.")] = None,
    licence: Annotated[str | None, typer.Option(help="Its licence.")] = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", help="Write the claims, to be added with `incidents add claims`.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read the tables of years out of an article, check its arithmetic, and make claims of its figures.

    Nothing is stored: look the rows over, then `incidents add claims FILE.csv`.
    """
    from orchestration.claims.article import MAX_BYTES, read_article, text_of
    from orchestration.claims.rows import Stated, claim_rows

    _refuse_what_no_claim_can_hold(source, country, fit, url, is_written=csv is not None)
    content = sys.stdin.buffer.read(MAX_BYTES + 1) if str(file) == "-" else _bytes_of(file)
    reading = read_article(text_of(content, "the text" if str(file) == "-" else file.name))
    stated = Stated(
        source=source or "not stated",
        countries=";".join(each.upper() for each in country) if country else None,
        region=region,
        definition_id=definition,
        definition_fit=fit,
        counted=counted,
        url=url,
        citation=citation,
        licence=licence,
    )
    rows = claim_rows(reading.told, stated)
    checks = [vars(check) for check in reading.checks]
    if as_json:
        print_json({"claims": rows, "checks": checks, "left_out": reading.left_out})
    else:
        _print_reading(rows, checks, reading.left_out)
    if csv and rows:
        write_table(csv, rows)
        out.print(f"Look it over, then: incidents add claims {csv}", markup=False, soft_wrap=True)
    raise typer.Exit(0 if rows else 1)


def compared(
    warehouse: Path,
    source: str | None = None,
    country: str | None = None,
    verdict: str | None = None,
    basis: str | None = None,
) -> list[dict[str, Any]]:
    """The rows of the comparison, by source and period.

    Args:
        warehouse: a release's file.
        source: only sources that hold these words, whatever their case.
        country: ISO 3166 alpha-3.
        verdict: agrees, differs or not_comparable.
        basis: a counting basis; claims that have none are left out then. If None, linked, and what there is where
            nothing linked can answer; `all` for every basis.
    """
    import duckdb

    from orchestration.errors import RefusedError

    with duckdb.connect(str(warehouse), read_only=True) as connection:
        names = connection.execute("select table_name from duckdb_tables() where table_name = ?", [MART]).fetchall()
        if not names:
            raise RefusedError(
                source=str(warehouse),
                problem=f"the release was made before there was {MART}",
                rule="a release that compares claims",
                way_out="run `incidents run`",
            )
        found = connection.execute(
            f"""
            select * from {MART} as compared
            where
                ($source is null or contains(lower(source), lower($source)))
                and ($country is null or list_contains(string_split(country_codes, ';'), $country))
                and ($verdict is null or verdict = $verdict)
                and case
                    when $basis = 'all' then true
                    when $basis is not null then counting_basis = $basis
                    else counting_basis is not distinct from 'linked' or not exists (
                        select 1 from {MART} as linked
                        where linked.claim_id = compared.claim_id and linked.counting_basis = 'linked'
                    )
                end
            order by source, period_from_date, claim_id, counting_basis
            """,
            {"source": source, "country": country, "verdict": verdict, "basis": basis},
        )
        columns = [column[0] for column in found.description or []]
        return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]


def period_of(row: dict[str, Any]) -> str:
    """The period of a claim as people write it: 2023*, 2017–2023, or its first and last day."""
    first, last = row["period_from_date"], row["period_until_date"]
    mark = "*" if row["is_partial_period"] else ""
    if (first.month, first.day, last.month, last.day) != (1, 1, 12, 31):
        return f"{first} – {last}{mark}"
    return f"{first.year}{mark}" if first.year == last.year else f"{first.year}–{last.year}{mark}"


def _refuse_what_no_claim_can_hold(
    source: str | None, countries: list[str] | None, fit: str | None, url: str | None, *, is_written: bool
) -> None:
    """Say at once what the contract of the feed would quarantine every row for."""
    if is_written and not source:
        raise typer.BadParameter("say who published the figures", param_hint="--source")
    if any(not re.fullmatch("[A-Za-z]{3}", country) for country in countries or ()):
        raise typer.BadParameter("a code of three letters, such as MLI", param_hint="--country")
    if fit not in (None, "same", "nearest"):
        raise typer.BadParameter("same or nearest", param_hint="--fit")
    if url is not None and not re.fullmatch(r"https?://[^\s<>\"]+", url):
        raise typer.BadParameter("an address that begins with https://", param_hint="--url")


def _print_compared(rows: list[dict[str, Any]]) -> None:
    from rich.markup import escape
    from rich.table import Table

    from orchestration.io.payload import printable

    def cell(value: object) -> str:
        return escape(printable(str(value))) if value is not None else "–"

    for name in dict.fromkeys(row["source"] for row in rows):
        title = f"{cell(name)}"
        table = Table(title=title, title_justify="left")
        for column in ("Period", "Where", "What", "Claim", "Ours", "Basis", "Verdict", "Why"):
            # Where a terminal is narrow, words are broken and never cut off.
            table.add_column(column, justify="right" if column in ("Claim", "Ours") else "left", overflow="fold")
        for row in (row for row in rows if row["source"] == name):
            where = " ".join(filter(None, [row["country_codes"], row["region_name"]])) or None
            style = STYLES[row["verdict"]]
            table.add_row(
                period_of(row),
                *map(cell, (where, row["counted"], row["claim_label"], row["our_label"], row["counting_basis"])),
                f"[{style}]{row['verdict'].replace('_', ' ')}[/]",
                cell(row["explanation"]),
            )
        out.print(table)
    agree, differ, rest = (sum(row["verdict"] == verdict for row in rows) for verdict in VERDICTS)
    sums = f"{agree} agree, {differ} differ, {rest} cannot be compared"
    out.print(f"{len(rows):,} comparisons: {sums}. Claims are compared and never counted.")
    if any(row["contains_synthetic_data"] for row in rows):
        out.print("Ours are SYNTHETIC data, set beside real claims: for trying things out only.", style="yellow")


def _print_reading(rows: list[dict[str, str]], checks: list[dict[str, str]], left_out: list[str]) -> None:
    from rich.markup import escape
    from rich.table import Table

    from orchestration.io.payload import printable

    table = Table(title="Figures of the article", title_justify="left")
    for column in ("Period", "What", "Figure", "Bound", "Unit", "Where it stands"):
        table.add_column(column, justify="right" if column == "Figure" else "left")
    for row in rows:
        period = f"{row['year']}{'*' if row['is_partial_period'] else ''}"
        words = (period, row["counted"], row["figure"], row["bound"], row["unit"], row["locator"])
        table.add_row(*(escape(printable(word)) for word in words))
    out.print(table if rows else "No table of years was found.")
    for check in checks:
        sign, style = {"holds": ("✓", "green"), "wrong": ("✗", "red")}.get(check["verdict"], ("?", "yellow"))
        words = f"{check['figure']} ({check['place']}) {check['verdict']}: {check['explanation']}"
        out.print(f"{sign} {printable(words)}", style=style, markup=False, soft_wrap=True)
    for line in left_out:
        out.print(f"left out: {printable(line)}", style="yellow", markup=False, soft_wrap=True)


def _bytes_of(file: Path) -> bytes:
    from orchestration.claims.article import MAX_BYTES
    from orchestration.errors import RefusedError

    try:
        with file.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise RefusedError(
            source=str(file),
            problem=f"it cannot be read ({error.strerror})",
            rule="a file with the text of an article",
            way_out="look at its name and its permissions",
        ) from error
