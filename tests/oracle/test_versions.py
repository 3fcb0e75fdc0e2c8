"""The models' versions of reports against the oracle's, over invented histories, night by night.

Each night another batch of every history arrives. Nights change the build file by difference, so that each of them
also proves that what was built before and what is derived anew agree.
"""

from collections import Counter
from itertools import pairwise

import pytest

from tests.oracle.build import PLACES, Build
from tests.oracle.history import LONGEST, History, invented
from tests.oracle.versions import versions

HISTORIES = [invented(number) for number in range(600)]

VERSIONS = """
    select
        id_space, source_event_id, version_number, batch_id, record_number, opened_by_batch_id, change_type,
        end_reason, ended_by_batch_id, withdrawal_evidence
    from intermediate.int_reports__versioned
"""
CHANGES = """
    select
        versions.id_space, versions.source_event_id, changes.batch_id, changes.change_type, changes.withdrawal_evidence
    from marts.fct_report_changes as changes
    inner join intermediate.int_reports__versioned as versions using (report_version_id)
"""
FIELDS = """
    select versions.id_space, versions.source_event_id, versions.version_number, field, value_before, value_after
    from marts.fct_report_change_fields
    inner join intermediate.int_reports__versioned as versions using (report_version_id)
"""
HELD = "select id_space, source_event_id, batch_id, record_number from intermediate.int_reports__versioned"

pytestmark = pytest.mark.xdist_group("oracle")


def expected(histories: list[History]) -> set[tuple[object, ...]]:
    return {
        (
            *(history[0].id_space, name, number, *version.told_by, version.opened_by, version.change),
            *(version.ending or (None, None, None)),
        )
        for history in histories
        for name, told in versions(history).items()
        for number, version in enumerate(told, start=1)
    }


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    made = Build(tmp_path_factory.mktemp("histories"))
    made.prepare()
    return made


@pytest.fixture(scope="module")
def held_each_night(build: Build) -> list[set[tuple[object, ...]]]:
    """Let one batch of each history arrive a night; what the build holds after each is compared with the oracle."""
    held: list[set[tuple[object, ...]]] = []
    for night in range(LONGEST):
        build.receive(history[night] for history in HISTORIES if night < len(history))
        build.night()
        assert set(build.rows(VERSIONS)) == expected([history[: night + 1] for history in HISTORIES]), night
        held.append(set(build.rows(f"{HELD} where is_current")))
    return held


def test_the_histories_know_every_kind_of_change(held_each_night: list[set[tuple[object, ...]]]):
    del held_each_night
    kinds = {(row[6], row[7], row[9]) for row in expected(HISTORIES)}
    withdrawn = {("withdrawn", evidence) for evidence in ("deleted", "swept", "absent")}
    endings = {(None, None), ("revised", None), ("confirmed", None), *withdrawn}
    assert kinds == {
        (change, *ending) for change in ("new", "revised", "confirmed", "reinstated") for ending in endings
    }


def test_every_version_tells_what_changed(build: Build, held_each_night: list[set[tuple[object, ...]]]):
    del held_each_night
    told = expected(HISTORIES)
    opened = {(space, name, batch, change, None) for space, name, _, _, _, batch, change, *_ in told}
    withdrawn = {(*row[:2], row[8], "withdrawn", row[9]) for row in told if row[7] == "withdrawn"}
    found = build.rows(CHANGES)
    assert set(found) == opened | withdrawn
    assert len(found) == len(opened) + len(withdrawn)


def test_a_revision_tells_what_it_changed(build: Build, held_each_night: list[set[tuple[object, ...]]]):
    del held_each_night
    revisions = {
        (history[0].id_space, name, number): (PLACES[earlier.content], PLACES[later.content])
        for history in HISTORIES
        for name, told in versions(history).items()
        for number, (earlier, later) in enumerate(pairwise(told), start=2)
        if later.change == "revised"
    }
    found = build.rows(FIELDS)
    assert {row[:3] for row in found} == set(revisions)
    moved = {(*revision, *places) for revision, places in revisions.items() if places[0] != places[1]}
    assert {(*row[:3], *row[4:]) for row in found if row[3] == "place_name"} == moved
    assert any(row[3] == "other" for row in found)
    alone = Counter(row[:3] for row in found)
    assert all(alone[row[:3]] == 1 for row in found if row[3] == "other")


def test_what_was_held_on_a_night_can_still_be_asked(build: Build, held_each_night: list[set[tuple[object, ...]]]):
    for night, held in enumerate(held_each_night):
        moment = f"timestamp '2024-01-01 02:00:00' + interval {night} day + interval 20 hour"
        then = f"{HELD} where valid_from <= {moment} and (valid_to is null or valid_to > {moment})"
        assert set(build.rows(then)) == held, night


def test_a_build_by_difference_is_a_build_anew(build: Build, held_each_night: list[set[tuple[object, ...]]]):
    del held_each_night
    by_difference = build.tables()
    build.night(is_anew=True)
    assert build.tables() == by_difference
    assert set(build.rows(VERSIONS)) == expected(HISTORIES)
