"""ACLED's exports of every vintage: dyadic and monadic, clean and broken, to landing."""

import io
import random
from datetime import date
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.errors import RefusedError
from orchestration.feeds.acled import BEFORE_2019, BEFORE_2022, CURRENT, DYADIC, FEED
from orchestration.io import delimited
from orchestration.io.acled_files import ExportReader
from orchestration.io.archive import archive
from orchestration.io.delimited import DelimitedReader
from orchestration.io.fetched import Fetched
from orchestration.io.lake import Lake, is_conserved
from orchestration.io.landing import land
from orchestration.io.payload import BoundedStream, Bounds
from orchestration.io.reading import Chunk, Reader
from tests.acled_rows import PLAIN, SECOND_ACTOR, Record, export_csv, record, unfolded, without_second_actor
from tests.ucdp_rows import saved

BOUNDS = Bounds(10**9, 200)
MONADIC = without_second_actor(CURRENT.columns)


class Opening:
    """Opens a table in memory, as often as it is asked to."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def __call__(self) -> "Opening":
        return self

    def __enter__(self) -> tuple[str, Reader]:
        stream = BoundedStream(io.BytesIO(self.content), "export.csv", BOUNDS, None)
        return "export.csv", DelimitedReader(stream, "export.csv", FEED.contract, FEED.layouts)

    def __exit__(self, *_: object) -> None:
        pass


def chunks(content: bytes) -> list[Chunk]:
    opening = Opening(content)
    return list(ExportReader(opening.__enter__()[1], opening).chunks())


def read(content: bytes) -> pl.DataFrame:
    return pl.concat([chunk.records for chunk in chunks(content)])


def landed(folder: Path, content: bytes, name: str = "export.csv") -> tuple[dict, pl.DataFrame, pl.DataFrame]:
    """The batch record, the landed rows and the quarantine of one file."""
    lake = Lake(folder / "lake")
    lake.prepare(FEED.name, FEED.contract)
    path = saved(folder / "incoming", name, content)
    batch = archive(Fetched((path,), "file", name), FEED, lake).batch
    result = land(batch, FEED, lake, BOUNDS)
    assert is_conserved(result)
    rows, set_aside = (
        pl.concat(
            [pl.DataFrame(), *(pl.read_parquet(path) for path in sorted(where.glob("*.parquet")))], how="diagonal"
        )
        for where in (lake.landing(FEED.name, batch.batch_id), lake.quarantine(FEED.name, batch.batch_id))
    )
    return result, rows, set_aside


def counts(result: dict) -> dict[str, int]:
    names = ("read", "landed", "quarantined", "duplicate", "folded")
    return {name: result[f"records_{name}"] for name in names if result[f"records_{name}"]}


@pytest.mark.parametrize("layout", DYADIC, ids=lambda layout: layout.name)
def test_dyadic_export_of_every_vintage_lands(tmp_path: Path, layout):
    event_type = "Battle-No change of territory" if layout is BEFORE_2019 else "Battles"
    result, rows, _ = landed(tmp_path, export_csv([record(1, event_type=event_type), record(2)], layout.columns))
    assert (result["layout"], counts(result)) == (layout.name, {"read": 2, "landed": 2})
    assert rows.select("event_id_cnty", "actor2", "inter1", "inter2", "fatalities").row(0) == (
        "MLI100001",
        "Military Forces of Mali (2021-)",
        "Rebel group",
        "State forces",
        3,
    )
    assert rows.item(0, "event_type") == event_type


def test_vintages_that_tell_the_same_have_the_same_hash(tmp_path: Path):
    """Codes became words, days are written otherwise, columns came and went: no report was revised."""
    old = record(1, event_date="1 March 2022", data_id="77", timestamp="1", inter1="2", inter2="1")
    new = record(1, event_date="2022-03-01", timestamp="1700000000", inter1="Rebel group", inter2="State forces")
    new |= {"interaction": "Rebel group-State forces", "tags": "local administrators", "region": "Africa"}
    hashes = [
        landed(tmp_path / str(number), content)[1].item(0, "_record_hash")
        for number, content in enumerate(
            [
                export_csv([old], BEFORE_2022.columns),
                export_csv([new]),
                export_csv(unfolded([old]), without_second_actor(BEFORE_2022.columns)),
                export_csv([{**new, "fatalities": "4"}]),
            ]
        )
    ]
    assert len(set(hashes[:3])) == 1
    assert hashes[3] != hashes[0]


def test_export_speaks_only_for_what_it_holds(tmp_path: Path):
    result, _, _ = landed(tmp_path, export_csv([record()]))
    assert (result["scope_kind"], result["covers_from"], result["country_scope"]) == ("delta", None, None)


def test_dressed_up_export_is_read(tmp_path: Path):
    """Byte order mark, CRLF, upper-case headers, a pandas index without a name, a row of HXL tags."""
    columns = ("", *BEFORE_2022.columns)
    text = export_csv([{**record(n), "": str(n - 1)} for n in (1, 2)], columns).decode()
    header, *rows = text.splitlines()
    tags = ",".join("" if not name else "#date+occurred" if "date" in name else f"#{name}" for name in columns)
    content = "\ufeff" + "\r\n".join([header.upper(), tags, *rows, ""])
    result, rows, _ = landed(tmp_path, content.encode())
    assert (counts(result), result["unused_columns"]) == ({"read": 2, "landed": 2}, "column 1 (no name)")
    assert rows.get_column("event_id_cnty").to_list() == ["MLI100001", "MLI100002"]


def test_names_cut_by_a_shapefile_and_names_of_before_2017_key_right():
    older = {"event_id_cnty": "EVENT_ID_C", "assoc_actor_1": "ALLY_ACTOR_1", "assoc_actor_2": "ALLY_ACTOR_2"}
    older |= {"geo_precision": "GEO_PRECIS", "time_precision": "TIME_PRECI"}
    header, *rows = (
        export_csv([record(1), record(2, assoc_actor_1="Allies")], BEFORE_2019.columns).decode().splitlines()
    )
    renamed = ",".join(older.get(name, name.upper()) for name in header.split(","))
    frame = read("\n".join([renamed, *rows]).encode())
    assert frame.get_column("event_id_cnty").to_list() == ["MLI100001", "MLI100002"]
    assert frame.item(1, "assoc_actor_1") == "Allies"


def test_export_without_its_key_is_refused():
    columns = tuple(name for name in BEFORE_2022.columns if name != "event_id_cnty")
    with pytest.raises(RefusedError, match="columns are missing: event_id_cnty"):
        read(export_csv([record()], columns))


def test_headerless_export_is_refused_because_two_vintages_have_as_many_columns():
    content = export_csv([record()], BEFORE_2022.columns).split(b"\n", 1)[1]
    with pytest.raises(RefusedError, match="no column name is known"):
        read(content)


def test_web_page_named_csv_is_refused(tmp_path: Path):
    result, _, _ = landed(tmp_path, b"<!DOCTYPE html><html><body>Please log in</body></html>")
    assert (result["status"], "web page" in result["refusal"]) == ("refused", True)


def test_same_day_place_and_actors_under_two_ids_are_two_events(tmp_path: Path):
    result, rows, _ = landed(tmp_path, export_csv([record(1), record(2)]))
    assert counts(result) == {"read": 2, "landed": 2}
    assert rows.get_column("_record_hash").n_unique() == 2


@pytest.mark.parametrize("cut_in", ['"On 1 March', "On 1 March", "Invented Wi"])
def test_cut_off_tail_is_quarantined_and_all_before_it_lands(tmp_path: Path, cut_in: str):
    last = record(3, notes=PLAIN["notes"].replace(",", "" if cut_in == "On 1 March" else ","))
    content = export_csv([record(1), record(2), last])
    at = content.rindex(cut_in.encode()) + len(cut_in)
    result, rows, set_aside = landed(tmp_path, content[:at])
    assert counts(result) == {"read": 3, "landed": 2, "quarantined": 1}
    assert rows.get_column("event_id_cnty").to_list() == ["MLI100001", "MLI100002"]
    rule = "record_is_whole" if cut_in.startswith('"') else "has_every_column"
    assert set_aside.select("_record_number", "failed_rules").row(0) == (3, rule)


def workbook(records: list[Record], columns: tuple[str, ...], *more: list[str]) -> bytes:
    """Records in the second sheet of a workbook, as people send them: a cover first, days and numbers as such."""
    book = openpyxl.Workbook()
    book.active.title = "About"
    book.active.append(["Invented export of invented events"])
    book.active.append(["Terms of use", "none"])
    sheet = book.create_sheet("Data")
    sheet.append([name.upper() for name in columns])
    for row in more:
        sheet.append(row)
    for each in records:
        typed = {"event_date": date.fromisoformat(each["event_date"])}
        typed |= {name: int(each[name]) for name in ("year", "fatalities", "inter1", "geo_precision") if each[name]}
        sheet.append([typed.get(name, each[name]) for name in columns])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize("tags", [[], [[f"#meta+n{number}" for number in range(31)]]], ids=["plain", "tagged"])
def test_workbook_with_a_cover_sheet_lands_as_its_csv_does(tmp_path: Path, tags: list[list[str]]):
    events = [record(1), record(2, fatalities="0")]
    result, rows, _ = landed(tmp_path / "xlsx", workbook(events, CURRENT.columns, *tags), "export.xlsx")
    assert counts(result) == {"read": 2, "landed": 2}
    plain = landed(tmp_path / "csv", export_csv(events))[1]
    assert rows.get_column("_record_hash").to_list() == plain.get_column("_record_hash").to_list()


def test_monadic_workbook_is_folded(tmp_path: Path):
    result, rows, _ = landed(tmp_path, workbook(unfolded([record(1), record(2)]), MONADIC), "export.xlsx")
    assert counts(result) == {"read": 4, "landed": 2, "folded": 2}
    assert rows.get_column("actor2").to_list() == [PLAIN["actor2"]] * 2


# monadic


def test_monadic_export_lands_once_an_event_with_both_actors(tmp_path: Path):
    alone = record(2, event_type="Protests", actor2="", assoc_actor_2="", inter2="0", interaction="60")
    result, rows, _ = landed(tmp_path, export_csv(unfolded([record(1), {**alone, "inter2": ""}]), MONADIC))
    assert (result["layout"], counts(result)) == (
        "current export, monadic (28 columns)",
        {"read": 3, "landed": 2, "folded": 1},
    )
    assert rows.select("_record_number", "actor1", "inter1", "actor2", "assoc_actor_2", "inter2").rows() == [
        (1, PLAIN["actor1"], "Rebel group", PLAIN["actor2"], PLAIN["assoc_actor_2"], "State forces"),
        (3, PLAIN["actor1"], "Rebel group", None, None, None),
    ]


def test_rows_of_an_event_are_found_however_far_apart(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(delimited, "BLOCK_BYTES", 3000)
    rows = unfolded([record(n, actor2=f"Second {n}") for n in range(1, 101)])
    frame = read(export_csv(rows[0::2] + rows[1::2][::-1], MONADIC))
    assert len(chunks(export_csv(rows, MONADIC))) > 10
    assert frame.get_column("_record_number").to_list() == list(range(1, 101))
    assert frame.get_column("actor2").to_list() == [f"Second {n}" for n in range(1, 101)]


def test_rows_that_disagree_are_not_folded_but_quarantined(tmp_path: Path):
    rows = unfolded([record(1), record(2), record(3)])
    rows[1]["fatalities"] = "9"
    rows[3]["data_id"] = rows[3]["timestamp"] = "1"
    result, landed_rows, set_aside = landed(tmp_path, export_csv(rows, MONADIC))
    assert counts(result) == {"read": 6, "landed": 2, "quarantined": 2, "folded": 2}
    assert landed_rows.get_column("event_id_cnty").to_list() == ["MLI100002", "MLI100003"]
    assert set_aside.get_column("failed_rules").to_list() == ["id_unique", "id_unique"]


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [("1646732943", "1646732999", 2), ("1646732999", "1646732943", 1), ("", "9", 2), ("9", "9", 1), ("x", "", 1)],
)
def test_rows_that_differ_in_bookkeeping_alone_are_one_and_the_newer_lands(
    tmp_path: Path, first: str, second: str, kept: int
):
    rows = [record(1, timestamp=first, data_id="1"), record(1, timestamp=second, data_id="2"), record(2)]
    result, landed_rows, _ = landed(tmp_path, export_csv(rows, (*CURRENT.columns, "data_id")))
    assert counts(result) == {"read": 3, "landed": 2, "duplicate": 1}
    assert landed_rows.get_column("_record_number").to_list() == [kept, 3]


def test_rows_that_differ_in_what_they_say_are_both_set_aside_whatever_their_timestamps(tmp_path: Path):
    rows = [record(1, timestamp="1"), record(1, timestamp="2"), record(1, timestamp="3", notes="otherwise")]
    result, landed_rows, _ = landed(tmp_path, export_csv([*rows, *map(record, range(2, 9))]))
    assert counts(result) == {"read": 10, "landed": 7, "quarantined": 2, "duplicate": 1}
    assert "MLI100001" not in landed_rows.get_column("event_id_cnty").to_list()


def test_three_actors_of_one_event_are_not_folded(tmp_path: Path):
    rows = [*unfolded([record(1)]), {**record(1), "actor1": "A third one"}, record(2)]
    result, _, _ = landed(tmp_path, export_csv(rows, MONADIC))
    assert counts(result) == {"read": 4, "landed": 1, "quarantined": 3}


def test_row_that_stands_there_twice_is_folded_with_its_copy(tmp_path: Path):
    rows = unfolded([record(1), record(2), record(3, **dict.fromkeys(SECOND_ACTOR, ""), interaction="20")])
    result, landed_rows, _ = landed(tmp_path, export_csv([*rows, rows[1], rows[0], rows[4]], MONADIC))
    assert counts(result) == {"read": 8, "landed": 3, "folded": 5}
    assert landed_rows.get_column("actor2").to_list() == [PLAIN["actor2"], PLAIN["actor2"], None]


def test_equal_rows_are_two_actors_only_where_the_interaction_says_so():
    like = {"actor2": PLAIN["actor1"], "assoc_actor_2": "", "inter2": "2"}
    twice = [record(1, **like, interaction="22"), record(2, **like, interaction="20")]
    twice.append(record(3, **{**like, "inter1": "Rebel group"}, interaction="Rebel group-Rebel group"))
    frame = read(export_csv([row for row in twice for _ in range(2)], MONADIC))
    assert frame.get_column("actor2").to_list() == [PLAIN["actor1"], None, PLAIN["actor1"]]
    assert frame.get_column("_record_number").to_list() == [1, 3, 5]


def test_record_without_an_id_is_not_taken_for_a_row_of_another(tmp_path: Path):
    rows = [{**record(1), "event_id_cnty": ""}, {**record(1), "event_id_cnty": "", "actor1": "Other"}]
    result, _, set_aside = landed(tmp_path, export_csv([*rows, record(2)], MONADIC))
    assert counts(result) == {"read": 3, "landed": 1, "quarantined": 2}
    assert set_aside.get_column("failed_rules").to_list() == ["is_required", "is_required"]


name = st.sampled_from(["Group A", "Group B", "Militia (1)", "Forces; of, X"])
kind = st.sampled_from("12345678")
others = st.sampled_from(["", "Allies", "Allies; Scouts"])
event = st.fixed_dictionaries(
    {
        "actor1": name,
        "assoc_actor_1": others,
        "inter1": kind,
        "actor2": st.one_of(st.just(""), name),
        "assoc_actor_2": others,
        "inter2": kind,
        "notes": st.sampled_from(['a "note"', "two\nlines", ""]),
        "fatalities": st.sampled_from(["0", "7", ""]),
    }
)


def consistent(number: int, changes: dict[str, str]) -> Record:
    """An event whose interaction says how many actors it has."""
    if not changes["actor2"]:
        changes = {**changes, "assoc_actor_2": "", "inter2": ""}
    return record(number, **changes, interaction=changes["inter1"] + (changes["inter2"] or "0"))


SHOWN = [
    "event_id_cnty",
    "actor1",
    "assoc_actor_1",
    "inter1",
    "actor2",
    "assoc_actor_2",
    "inter2",
    "notes",
    "fatalities",
]


@given(changes=st.lists(event, min_size=1, max_size=12), seed=st.integers(0, 999), is_mixed=st.booleans())
def test_what_is_unfolded_and_folded_again_is_what_it_was(changes, seed: int, is_mixed: bool):
    """Wherever the second rows stand; the first actor of an event is the one whose row comes first."""
    events = [consistent(number, each) for number, each in enumerate(changes, start=1)]
    rows = unfolded(events)
    if is_mixed:
        firsts = [row for row in rows if any(row is event for event in events)]
        seconds = [row for row in rows if not any(row is event for event in events)]
        random.Random(seed).shuffle(seconds)  # noqa: S311 - a test
        rows = firsts + seconds
    again = chunks(export_csv(rows, MONADIC))
    frame = pl.concat([chunk.records for chunk in again])
    assert sum(chunk.folded for chunk in again) + len(frame) == len(rows)
    expected = [tuple(event[name] or None for name in SHOWN) for event in events]
    assert sorted(frame.select(SHOWN).rows()) == sorted(expected)


# hostile


@given(content=st.binary(max_size=400), is_monadic=st.booleans())
def test_any_bytes_are_read_or_refused(content: bytes, is_monadic: bool):
    base = export_csv(unfolded([record(1)]), MONADIC) if is_monadic else export_csv([record(1)])
    try:
        found = chunks(base + content)
    except RefusedError:
        return
    numbers = [
        n for chunk in found for part in (chunk.records, chunk.misfits) for n in part.get_column("_record_number")
    ]
    assert len(numbers) == len(set(numbers))
    assert max(numbers) <= sum(chunk.record_count for chunk in found)


values = st.dictionaries(
    st.sampled_from(
        ["event_date", "year", "actor1", "inter1", "fatalities", "latitude", "notes", "event_type", "data_id"]
    ),
    st.sampled_from(["", "1", "-1", "x", "0025-03-01", '"', "two\nlines", "=cmd()", "NaN", "inf", "Battles"]),
    max_size=3,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    told=st.lists(st.tuples(st.integers(1, 4), values), min_size=1, max_size=10),
    columns=st.sampled_from([CURRENT.columns, MONADIC, BEFORE_2022.columns]),
)
def test_records_read_are_landed_quarantined_duplicates_or_folded(tmp_path_factory, told, columns):
    rows = [record(number, **changes) for number, changes in told]
    result, landed_rows, set_aside = landed(tmp_path_factory.mktemp("conservation"), export_csv(rows, columns))
    assert result["status"] != "refused", result["refusal"]
    assert result["records_read"] == len(rows)
    assert (len(landed_rows), len(set_aside)) == (result["records_landed"], result["records_quarantined"])
