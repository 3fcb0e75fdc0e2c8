"""Make the sample feeds in data/sample: `python -m scripts.make_sample [--into FOLDER]`.

The same bytes every time: fixed seed, fixed times in archives. Only README.md in that folder is written by hand.
"""

import argparse
import json
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

from scripts.sample import acled, gdelt, gtd, incident_file, truth, vintages
from scripts.sample.rows import FeedFile
from scripts.sample.world import SEED

OTHERS = (acled, gtd, incident_file, gdelt)
"""Feeds that tell of the world of UCDP's events, and of some things of their own."""
SAMPLE_DIR = Path(__file__).resolve().parent.parent / "data" / "sample"


def make(folder: Path) -> list[Path]:
    """Write the feeds, the wrecked file, `sample.json` and `truth.json`; what was written, in order."""
    sample = vintages.build(SEED)
    told = truth.tell(
        sample,
        acled.only_told_here(),
        {"acled": acled.tells(), "gtd": gtd.tells(), "incident_file": incident_file.tells()},
    )
    payloads = {file.path: file.payload for file in sample.files}
    payloads[told["wreck"]["file"]] = sample.wreck
    for other in OTHERS:
        payloads |= other.payloads()
        told[other.__name__.rpartition(".")[2]] = other.truth()
    payloads["sample.json"] = _json(_index(sample.files, payloads))
    payloads["truth.json"] = _json(told)
    return [_write(folder / path, payload) for path, payload in payloads.items()]


def _index(files: list[FeedFile], payloads: dict[str, bytes]) -> dict[str, Any]:
    """What the run loads, in the order in which it arrives."""
    entries: list[dict[str, Any]] = [
        {
            "order": order,
            "feed": file.feed,
            "file": file.path,
            "edition": file.edition,
            "about": file.about,
            "sha256": sha256(payloads[file.path]).hexdigest(),
            "byte_count": len(payloads[file.path]),
        }
        for order, file in enumerate(files, start=1)
    ]
    for other in OTHERS:
        entries += other.entries(len(entries) + 1)
    return {
        "is_synthetic": True,
        "statement": truth.STATEMENT,
        "made_by": "python -m scripts.make_sample",
        "seed": SEED,
        "licence": "CC0 1.0 (invented data)",
        "files": entries,
    }


def _json(content: dict[str, Any]) -> bytes:
    """Readable JSON: short lists of plain values stay on one line."""
    return (_indented(content, "") + "\n").encode()


def _indented(content: Any, indent: str) -> str:  # noqa: ANN401 - any JSON
    flat = json.dumps(content, ensure_ascii=False)
    if not isinstance(content, dict | list) or len(flat) + len(indent) <= 118:
        return flat
    deeper = indent + "  "
    if isinstance(content, dict):
        items = [f"{json.dumps(key, ensure_ascii=False)}: {_indented(value, deeper)}" for key, value in content.items()]
        return "{\n" + ",\n".join(deeper + item for item in items) + f"\n{indent}}}"
    if all(isinstance(value, str) for value in content):
        return f"[\n{_wrapped(content, deeper)}\n{indent}]"
    return "[\n" + ",\n".join(deeper + _indented(value, deeper) for value in content) + f"\n{indent}]"


def _wrapped(values: list[str], indent: str) -> str:
    """Many short texts, as many on a line as fit."""
    lines, line = [], indent
    for value in values:
        item = json.dumps(value, ensure_ascii=False) + ","
        if len(line) + len(item) > 118 and line.strip():
            lines.append(line.rstrip())
            line = indent
        line += item + " "
    return "\n".join([*lines, line.rstrip()]).removesuffix(",")


def _write(path: Path, payload: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(payload)
    return path


def main() -> None:
    """Make the sample and say what was written."""
    parser = argparse.ArgumentParser(description="Make the synthetic sample feeds.")
    parser.add_argument("--into", type=Path, default=SAMPLE_DIR, help="folder to write to (default: data/sample)")
    folder = parser.parse_args().into
    for path in make(folder):
        sys.stdout.write(f"{path.stat().st_size:>9,}  {path.relative_to(folder)}\n")


if __name__ == "__main__":
    main()
