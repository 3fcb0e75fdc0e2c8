"""Notes written by hand, read by the real rules: how often they say what a reader would say, printed and held.

`written_notes` were there before the rules were tuned on them. `held_out_notes` came later, in five rounds, each read
once before the rules were changed for what it showed. At that first reading the rules agreed with the reader on

| | notes | initiator_family | site_evidence | target_class | is_strict | weapon_modes |
|---|---|---|---|---|---|---|
| fourth round | h161 to h310 | 0.920 | 0.933 | 0.840 | 0.947 | 0.933 |
| fifth round | h311 to h460 | 0.940 | 0.960 | 0.920 | 0.967 | 0.953 |

and that, not the figures printed here, is what to expect of notes never seen. Two of the fourth round (h294, h301) were
written as UCDP's, of which no model reads what no definition could count; they stand as of another feed. Two of the
fifth (h360, h403) tell of weapons in a headline of UCDP's on an attack on civilians: its code says all that is counted,
so that its texts are not read.
"""

from collections.abc import Iterator

import pytest

from tests.notes import FIELDS, classified, notes

pytestmark = pytest.mark.xdist_group("notes")
"""Its dbt project is built once, on one worker."""

ENOUGH = 0.95
"""Share of the notes on which the rules must agree with the reader, in every field."""

UNCLEAR_FIELDS = ("initiator_family", "target_class", "is_strict")
WRONG_ON_UNCLEAR = {"written_notes": 0, "held_out_notes": 3}
"""Unclear notes of which the rules may say more than a reader would dare to; known ones, and no more of them."""

FEWEST_OF_KIND = {"hard": 40, "unclear": 20}


@pytest.fixture(scope="module", params=["written_notes", "held_out_notes"])
def answers(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, list[tuple[dict[str, str], dict[str, str]]]]:
    """The name of a file, and each of its notes with what the models make of it."""
    found = classified(request.param, tmp_path_factory.mktemp(request.param))
    return request.param, [(note, found[note["note_id"]]) for note in notes(request.param)]


def disagreements(answers: list[tuple[dict[str, str], dict[str, str]]], field: str) -> Iterator[str]:
    """The notes on which reader and rules differ in a field."""
    for note, found in answers:
        if set(note[field].split(";")) != set(found[field].split(";")):
            yield f"{note['note_id']} {field} {note[field]}, found {found[field]}: {note['text']}"


@pytest.mark.parametrize("field", FIELDS)
def test_rules_agree_with_a_reader(
    answers: tuple[str, list[tuple[dict[str, str], dict[str, str]]]], field: str, capsys: pytest.CaptureFixture[str]
):
    name, read = answers
    wrong = list(disagreements(read, field))
    accuracy = 1 - len(wrong) / len(read)
    with capsys.disabled():
        print(f"\n{name}: {field} {accuracy:.3f} of {len(read)}")  # noqa: T201 - the figure is the point
    assert accuracy >= ENOUGH, "\n".join(wrong)


def test_rules_do_not_guess_what_is_unclear(answers: tuple[str, list[tuple[dict[str, str], dict[str, str]]]]):
    """Saying `unknown` is always allowed on an unclear note; saying another class than the reader is not."""
    name, read = answers
    guessed = [
        f"{note['note_id']} {field} {note[field]}, found {found[field]}: {note['text']}"
        for note, found in read
        if note["kind"] == "unclear"
        for field in UNCLEAR_FIELDS
        if found[field] not in {"unknown", "false", note[field]}
    ]
    assert len(guessed) <= WRONG_ON_UNCLEAR[name], "\n".join(guessed)


def test_notes_are_many_and_hard():
    written = notes("written_notes")
    assert len(written) == 200
    for kind, fewest in FEWEST_OF_KIND.items():
        assert sum(note["kind"] == kind for note in written) >= fewest
    assert sum(note["language"] == "fr" for note in written) >= 60


def test_notes_are_held_out_by_their_words():
    """No sentence stands in both files."""
    assert not {note["text"] for note in notes("written_notes")} & {note["text"] for note in notes("held_out_notes")}


def test_every_note_is_classified(answers: tuple[str, list[tuple[dict[str, str], dict[str, str]]]]):
    """A note that no model reads would be left out in silence."""
    _, read = answers
    assert [note["note_id"] for note, found in read if not found["target_class"]] == []
