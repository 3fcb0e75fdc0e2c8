"""Data Docs that open without a network, with a first page that a person can read.

Great Expectations builds the pages (see `checkpoint`), loads their styles and scripts from the web, and fills its
index by script. Here the pages lose what is remote and get a small style; the index is written anew.
"""

import re
import shutil
from collections.abc import Mapping
from html import escape
from pathlib import Path

from orchestration.audit.expectations import EXPECTATIONS
from orchestration.audit.report import AuditReport, ExpectationResult

PARTS = ("validations", "static", "profiles", "index.html")
"""What an audit writes into its folder; only these are cleared before the next."""

REMOTE_OR_SCRIPT = re.compile(
    r"""<script\b.*?</script>                     # every script: those left would call the ones that are gone
      | <link\b[^>]*>                             # styles from the web, and an icon that is not shipped
      | <img\b[^>]*>                              # a logo from the web
      | <footer\b.*?</footer>                     # an advertisement
      | url\(\s*['"]?https?:[^)]*\)               # a background from the web
    """,
    re.DOTALL | re.IGNORECASE | re.VERBOSE,
)

LINK_TO_SUITE = re.compile(r"<a\b[^>]*/expectations/[^>]*>(.*?)</a>", re.DOTALL)
"""Pages of suites are not built: they would say what the first page says."""

STYLE = """<style>
:root { color-scheme: light dark; --line: #8884; --good: #1a7f37; --bad: #cf222e; --odd: #9a6700; }
@media (prefers-color-scheme: dark) { :root { --good: #3fb950; --bad: #f85149; --odd: #d29922; } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 76rem; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.5rem; margin: 0 0 .5rem; } h4, h5, h6 { font-size: 1.05rem; margin: 1rem 0 .3rem; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1.5rem; }
th, td { border-bottom: 1px solid var(--line); padding: .4rem .6rem; text-align: left; vertical-align: top; }
th { font-weight: 600; } td ul { margin: 0; padding-left: 1.1rem; } code { font-size: .9em; }
ol.breadcrumb, .nav { list-style: none; padding: 0; } ol.breadcrumb li { display: inline; margin-right: .8rem; }
.nav li { display: inline-block; margin-right: 1rem; } .btn-group, .card .card-header { display: none; }
.card-text, .collapse { display: none; } .collapse:target { display: block; }
td:first-child { white-space: nowrap; }
.good, .text-success { color: var(--good); } .bad, .text-danger { color: var(--bad); } .odd { color: var(--odd); }
.fa-check-circle::before { content: "✔"; } .fa-times::before { content: "✘"; }
.fa-exclamation-triangle::before { content: "!"; }
i[class*="fa-"] { font-style: normal; font-weight: 700; }
</style>
"""

ROW = """<tr>
  <td class="{css}">{status}</td>
  <td>{expectation}<br><code>{name}</code></td>
  <td>{severity}</td>
  <td>{observed}</td>
  <td>{bound}</td>
  <td>{page}</td>
</tr>
"""

INDEX = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{headline}</title>
{style}</head>
<body>
<h1>{headline}</h1>
<p>{comparison}</p>
<table>
<thead>
<tr><th>Verdict</th><th>Expectation</th><th>Severity</th><th>Observed</th><th>Allowed</th><th>Data Docs</th></tr>
</thead>
<tbody>
{rows}</tbody>
</table>
<p>Checked with Great Expectations on the small frames in <code>profiles/</code>; a critical failure stops the release,
a warning does not.</p>
</body>
</html>
"""


def clear(docs_dir: Path) -> None:
    """Remove the pages of an earlier audit, and nothing else that lies in the folder."""
    for part in PARTS:
        path = docs_dir / part
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def make_readable_offline(docs_dir: Path) -> None:
    """Take everything remote out of the pages, and the path of this machine."""
    for page in docs_dir.rglob("*.html"):
        text = REMOTE_OR_SCRIPT.sub("", page.read_text(encoding="utf-8"))
        text = LINK_TO_SUITE.sub(r"\1", text)
        text = text.replace(f"{docs_dir}/", "").replace("</head>", f"{STYLE}</head>", 1)
        page.write_text(text, encoding="utf-8")
    shutil.rmtree(docs_dir / "static", ignore_errors=True)


def write_index(report: AuditReport) -> None:
    """Write the first page: every expectation, worst first, with a link to its page."""
    docs_dir = report.data_docs.parent
    profile_of = {expectation.name: expectation.profile.name for expectation in EXPECTATIONS}
    pages = {page.parts[-4]: page for page in docs_dir.glob("validations/*/*/*/*.html")}
    ranked = sorted(report.results, key=lambda result: (not result.is_blocking, result.success))
    rows = "".join(_row(result, profile_of[result.name], pages, docs_dir) for result in ranked)
    compared = f"Compared with release {report.compared_with}." if report.compared_with else report.comparison_note
    report.data_docs.write_text(
        INDEX.format(headline=escape(report.headline), style=STYLE, comparison=escape(compared), rows=rows),
        encoding="utf-8",
    )


def _row(result: ExpectationResult, profile: str, pages: Mapping[str, Path], docs_dir: Path) -> str:
    css, status = _verdict(result)
    page = pages.get(profile)
    link = f'<a href="{escape(page.relative_to(docs_dir).as_posix())}">{escape(profile)}</a>' if page else "–"
    return ROW.format(
        css=css,
        status=status,
        expectation=escape(result.expectation),
        name=escape(result.name),
        severity=result.severity,
        observed=escape(result.observed),
        bound=escape(result.bound),
        page=link,
    )


def _verdict(result: ExpectationResult) -> tuple[str, str]:
    if result.success:
        return "good", "✔ kept"
    if result.is_blocking:
        return "bad", "✘ broken"
    return "odd", "! accepted" if result.is_accepted else "! broken"
