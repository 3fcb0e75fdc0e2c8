"""What lies beside the data in a release: how to open it, the dictionary, the Data Docs of its audit."""

import shutil
from pathlib import Path

from orchestration.release.database import Identity

README = """\
Incident warehouse, release {release_id}
{warning}
warehouse.duckdb   every table, ready to query:
                       duckdb -readonly warehouse.duckdb
                       from agg_attacks_by_year where counting_basis = 'linked' and attacker_family = 'all';
                   In Python:
                       duckdb.connect("warehouse.duckdb", read_only=True)
                   The table "release" says which release it is.
parquet/           the same tables, one folder each; facts in one file a year:
                       select * from 'parquet/fct_reports/*.parquet'
                       pandas.read_parquet("parquet/fct_reports")
                       polars.read_parquet("parquet/fct_reports/*.parquet")
                   A file that did not change is the very file of an earlier release, and names that one in
                   its metadata (first_release_id).
{dictionary}data_docs/         what was checked before this release went out: open data_docs/index.html
manifest.json      row counts, digests of tables and files, input batches, licences, the audit's verdict

The files are read-only. Copy them to change them.

Built by code version {code_version} at {created_at}.
Licences: {licences}
Cite: {citations}
"""

SYNTHETIC_WARNING = """
    THIS RELEASE CONTAINS SYNTHETIC DATA. Its figures are invented. Never quote them.
"""

DICTIONARY_LINE = "dictionary.html    every table and column explained: open it in a browser\n"


def write_documents(folder: Path, identity: Identity, dictionary: Path | None, data_docs: Path) -> list[Path]:
    """Write the documents of a release into its folder; give their files."""
    if dictionary:
        shutil.copyfile(dictionary, folder / "dictionary.html")
    shutil.copytree(data_docs, folder / "data_docs", copy_function=shutil.copyfile)
    text = README.format(
        release_id=identity.release_id,
        warning=SYNTHETIC_WARNING if identity.contains_synthetic_data else "",
        dictionary=DICTIONARY_LINE if dictionary else "",
        code_version=identity.code_version,
        created_at=identity.created_at.strftime("%Y-%m-%d %H:%M UTC"),
        licences="; ".join(identity.licences) or "see manifest.json",
        citations=" ".join(identity.citations) or "see manifest.json",
    )
    (folder / "README.txt").write_text(text, encoding="utf-8")
    documents = [path for path in (folder / "data_docs").rglob("*") if path.is_file()]
    documents += [folder / "README.txt"]
    return [*documents, folder / "dictionary.html"] if dictionary else documents
