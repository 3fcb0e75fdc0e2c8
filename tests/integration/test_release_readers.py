"""Readers in other processes: they disturb no publication, no publication disturbs them."""

import subprocess
import sys
from pathlib import Path

from orchestration.release import list_releases, publish
from tests.builds import change, make_build, passed

PATIENT_READER = """
import sys, duckdb
with duckdb.connect(sys.argv[1], read_only=True) as connection:
    for _ in sys.stdin:
        ((release_id, count, headline),) = connection.execute(
            "select release_id, count(*), min(headline) from release, fct_reports group by release_id"
        ).fetchall()
        print(release_id, count, headline, flush=True)
"""

RESTLESS_READER = """
import sys, duckdb
print("reading", flush=True)
while True:
    with duckdb.connect(sys.argv[1], read_only=True) as connection:
        ((release_id, count, smallest, largest),) = connection.execute(
            "select release_id, count(*), min(headline), max(headline) from release, fct_reports group by release_id"
        ).fetchall()
    print(release_id, count, smallest, largest, flush=True)
"""


class Night:
    """One night after the other; in each, every headline says which it is."""

    def __init__(self, folder: Path) -> None:
        self.build = make_build(folder / "warehouse.duckdb")
        self.folder = folder
        self.published = folder / "published"
        self.database = self.published / "warehouse.duckdb"

    def publish(self, number: int) -> str:
        change(self.build, f"update marts.fct_reports set headline = 'night-{number}'")
        return publish(self.build, self.published, audit=passed(self.folder), code_version="1").release_id


def reader(script: str, database: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", script, str(database)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def ask(process: "subprocess.Popen[str]") -> str:
    assert process.stdin
    assert process.stdout
    process.stdin.write("?\n")
    process.stdin.flush()
    return process.stdout.readline().strip()


def test_an_open_reader_keeps_its_release_and_a_new_one_gets_the_next(tmp_path: Path):
    nights = Night(tmp_path)
    first = nights.publish(1)
    with reader(PATIENT_READER, nights.database) as old:
        assert ask(old) == f"{first} 1200 night-1"
        second = nights.publish(2)
        assert ask(old) == f"{first} 1200 night-1"
        with reader(PATIENT_READER, nights.database) as new:
            assert ask(new) == f"{second} 1200 night-2"
            third = nights.publish(3)
            assert ask(new) == f"{second} 1200 night-2"
            assert ask(old) == f"{first} 1200 night-1"
            new.communicate(timeout=30)
        old.communicate(timeout=30)
    assert [release.release_id for release in list_releases(nights.published)] == [first, second, third]


def test_every_open_sees_exactly_one_complete_release(tmp_path: Path):
    nights = Night(tmp_path)
    headline_of = {nights.publish(1): "night-1"}
    with reader(RESTLESS_READER, nights.database) as process:
        assert process.stdout
        assert process.stdout.readline() == "reading\n"
        for number in range(2, 9):
            headline_of[nights.publish(number)] = f"night-{number}"
        last = next(reversed(headline_of))
        seen: list[str] = []
        while not seen or not seen[-1].startswith(last):
            line = process.stdout.readline()
            assert line, "the reader died"
            seen.append(line.strip())
        process.kill()
    assert len(seen) > len(headline_of)
    for line in seen:
        release_id, count, smallest, largest = line.split()
        assert count == "1200"
        assert smallest == largest == headline_of[release_id]
    assert len({line.split()[0] for line in seen}) > 2
