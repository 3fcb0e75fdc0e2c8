"""Write the pages of docs/ that follow from the code: the rules of the contracts, and the feeds.

python -m scripts.make_docs            write them
python -m scripts.make_docs --check    fail when they no longer fit the code
"""

import sys
from pathlib import Path

from orchestration.feeds import all_feeds
from orchestration.feeds.spec import Feed
from orchestration.reference import boundaries, places
from orchestration.settings import PROJECT_ROOT
from schemas.contract import Contract, Severity
from schemas.text import TEXT_RULES

HEAD = "<!-- Made by `make docs` from the code; edit the code. -->\n"
FATE = {Severity.QUARANTINE: "quarantined", Severity.WARN: "kept, warning counted"}


def main() -> int:
    """Write or check the generated pages."""
    pages = {"docs/rules.md": rules(), "docs/feeds.md": feeds()}
    stale = [name for name, text in pages.items() if _text(PROJECT_ROOT / name) != text]
    if "--check" in sys.argv:
        sys.stdout.writelines(f"{name} no longer fits the code: make docs\n" for name in stale)
        return bool(stale)
    for name in stale:
        (PROJECT_ROOT / name).write_text(pages[name], encoding="utf-8")
    return 0


def rules() -> str:
    """The table of rules of every contract."""
    contracts = {feed.contract.name: feed.contract for feed in all_feeds().values()}
    tables = [_text_rules(), *map(_contract, contracts.values())]
    return HEAD + "# Rules of the contracts\n\n" + INTRODUCTION + "\n".join(tables)


INTRODUCTION = """\
Every record that is read ends up in one of three places: landed, quarantined with its reasons, or counted as an exact
duplicate. Which rule does what is decided by one question: **is it an error by the codebook, so that no honest figure
can be made of the record, or is it odd but possible?** An error is quarantined, record and all; what is odd is kept and
the warning counted, because dropping it would undercount attacks.

Besides the rules below, each column has a type (`is_integer`, `is_date`, …: a value that cannot be read quarantines the
record) and may be required (`is_required`). Over a whole batch: `id_unique` (an id that stands twice with different
contents quarantines both; equal records are exact duplicates, of which the first lands), `has_every_column` (a record
with too few or too many fields), `columns_not_shifted` (a value after the last column), `holds_no_other_record` (a
field that has swallowed the record after it, because of a quote too many in each), `record_is_whole` (the last record
of a file that was cut off). Rows of ACLED that differ in nothing but `timestamp` and `data_id`, which change on every
upload, are equal records: the one that was uploaded last lands.

"""


def _text_rules() -> str:
    lines = ["## Text, in every feed\n"]
    lines += ["| Rule | Looks at | A record that breaks it is | Why |", "|---|---|---|---|"]
    for rule in TEXT_RULES:
        looked_at = "the key" if rule.is_of_key else "every text"
        lines.append(f"| `{rule.name}` | {looked_at} | {FATE[rule.severity]} | {rule.because} |")
    return "\n".join(lines) + "\n"


def _contract(contract: Contract) -> str:
    lines = [f"## `{contract.name}` (version {contract.version})\n"]
    lines += ["| Rule | Columns | A record that breaks it is | Why |", "|---|---|---|---|"]
    for rule in contract.rules:
        lines.append(f"| `{rule.name}` | {', '.join(rule.columns)} | {FATE[rule.severity]} | {rule.because} |")
    lines += ["\n### Columns\n", "| Column | Type | Required | Revision | Holds |", "|---|---|---|---|---|"]
    for column in contract.columns:
        names = " / ".join((f"`{column.name}`", *(f"`{alias}`" for alias in column.aliases)))
        required = "yes" if column.required else ""
        revision = "yes" if column.is_content else ""
        lines.append(f"| {names} | {column.kind} | {required} | {revision} | {column.about} |")
    lines.append("\nA change in a column marked *Revision* makes a new version of the report.\n")
    return "\n".join(lines)


def feeds() -> str:
    """A section for each feed, and one for what is known of places beside them."""
    return HEAD + "# Feeds\n\n" + "\n".join([*map(_feed, all_feeds().values()), _reference_inputs()])


def _reference_inputs() -> str:
    rows = [
        ("`populated_places`", "the installed package, each time it has changed", places.LICENCE, places.CITATION),
        ("`boundaries`", "`data/inbox/boundaries/`, optional", boundaries.LICENCE, boundaries.CITATION),
    ]
    listed = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return (
        "## Reference inputs\n\nWhat is known of places, whatever happened there; see "
        "[operations](operations.md#reference-inputs). No mart uses them yet.\n\n"
        f"| Table | Comes from | Licence | Cite |\n|---|---|---|---|\n{listed}\n"
    )


def _feed(feed: Feed) -> str:
    facts = {
        "Publisher": feed.publisher,
        "Home": feed.homepage,
        "Licence": f"{feed.licence}; rows {'may' if feed.may_redistribute else 'may not'} leave in a release",
        "Cite": feed.citation,
        "Issued": feed.cadence,
        "Scope of a batch": feed.scope_kind,
        "Ids shared with": ", ".join(
            other.name for other in all_feeds().values() if other.id_space == feed.id_space and other is not feed
        )
        or "no other feed",
        "Overdue after": f"{feed.freshness.days} days",
        "Still revised for": f"{feed.revision_lag.days} days",
        "Records in a batch": f"{feed.volume[0]:,} to {feed.volume[1]:,}",
        "Suspect above": f"{feed.max_quarantined_share:.0%} of a batch quarantined",
        "Contract": f"[`{feed.contract.name}`](rules.md)",
        "Layouts": "; ".join(layout.name for layout in feed.layouts),
    }
    if feed.days:
        facts["Chosen days"] = f"`incidents backfill {feed.name} --from … --until …`, from {feed.days.first}"
    rows = "\n".join(f"| {name} | {value} |" for name, value in facts.items())
    caution = f"\n{feed.caution}\n" if feed.caution else ""
    return f"## `{feed.name}`: {feed.title}\n\n| | |\n|---|---|\n{rows}\n{caution}"


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


if __name__ == "__main__":
    sys.exit(main())
