"""Files and folders that appear whole or not at all."""

import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4


@contextmanager
def replaced_folder(target: Path) -> Generator[Path]:
    """A new folder beside `target` that takes its place when the block ends well, and vanishes when it does not."""
    target.parent.mkdir(parents=True, exist_ok=True)
    building = target.with_name(f".{target.name}.{uuid4().hex}")
    building.mkdir()
    try:
        yield building
        if target.exists():
            outgoing = target.with_name(f".{target.name}.{uuid4().hex}")
            target.rename(outgoing)
            building.rename(target)
            shutil.rmtree(outgoing)
        else:
            building.rename(target)
    finally:
        shutil.rmtree(building, ignore_errors=True)


@contextmanager
def replaced_file(target: Path) -> Generator[Path]:
    """A path to write to that takes the place of `target` when the block ends well."""
    target.parent.mkdir(parents=True, exist_ok=True)
    building = target.with_name(f".{target.name}.{uuid4().hex}")
    try:
        yield building
        building.replace(target)
    finally:
        building.unlink(missing_ok=True)


def write_text(target: Path, text: str) -> None:
    """Write a small text file atomically and to the disk."""
    with replaced_file(target) as building, building.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
