"""Pages of JSON: every value ends as the text that was received, read at once or value by value."""

import json
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.errors import RefusedError
from orchestration.io import pages
from orchestration.io.pages import PagesReader, read_records
from schemas.contract import Column, Contract, Kind

CONTRACT = Contract(
    name="small",
    version=1,
    key="id",
    columns=(
        Column("id", Kind.TEXT, "id", required=True),
        Column("best", Kind.NUMBER, "killed", aliases=("best_est",)),
        Column("notes", Kind.TEXT, "text"),
    ),
)


def page(*records: str, before: str = '"status":200,', after: str = ',"messages":[]') -> bytes:
    return f'{{{before}"data":[{",".join(records)}]{after}}}'.encode()


def rows(content: bytes) -> list[dict]:
    return read_records(content, "data").drop("_record_number").to_dicts()


def is_read_at_once(content: bytes) -> bool:
    return pages._plain_records(content, "data") is not None


PLAIN = [
    page('{"id":"1","best":"1.50"}', '{"id":"2","best":null}'),
    page('{"id": "1", "best": "1.50"}', '{"id": "2", "best": null}'),
    page('{"id":"1","notes":"say \\"x\\":1, {\\"a\\":[1]} \\u00e9 é \\\\ }]"}'),
    page('{"id":""}', '{"id":null}', "{}", '{"id":"4"}'),
]
UNUSUAL = [
    page('{"id":1,"best":1.50}', '{"id":12345678901234567890123,"best":-1e-7}'),
    page('{"id":"1"}', '{"id":"2","late":"x"}'),
    page('{"id":"1","best":{"low":1.0,"of":["a",null,true]}}', '{"id":"2","best":[]}'),
    page('{"id":true}', '{"id":"2"}'),
    page('{"id":"1","id":"2"}'),
    page('{"id":"\\ud83d\\ude00"}', '{"id":"half \\ud800"}'),
    page('{"id":"1"}', after=',"messages":[{"text":"x"}]'),
    page('{"id":NaN}'),
    page(),
]


@pytest.mark.parametrize("content", PLAIN)
def test_texts_and_nulls_are_read_at_once_and_alike(content: bytes) -> None:
    assert is_read_at_once(content)
    slowly = pages._any_records(content, "data").drop("_record_number")
    assert rows(content) == slowly.to_dicts()


@pytest.mark.parametrize("content", UNUSUAL)
def test_what_is_unusual_is_read_value_by_value(content: bytes) -> None:
    assert not is_read_at_once(content)
    assert len(rows(content)) == len(json.loads(content)["data"])


def test_numbers_and_nested_values_end_as_written() -> None:
    assert rows(UNUSUAL[0]) == [{"id": "1", "best": "1.50"}, {"id": "12345678901234567890123", "best": "-1e-7"}]
    assert rows(UNUSUAL[2]) == [
        {"id": "1", "best": '{"low":1.0,"of":["a",null,true]}'},
        {"id": "2", "best": "[]"},
    ]
    assert rows(UNUSUAL[3])[0] == {"id": "true"}
    assert rows(UNUSUAL[5]) == [{"id": "😀"}, {"id": "half \\ud800"}]
    assert rows(UNUSUAL[1]) == [{"id": "1", "late": None}, {"id": "2", "late": "x"}]


TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)
RECORDS = st.lists(
    st.fixed_dictionaries({"id": TEXTS, "notes": st.one_of(TEXTS, st.none())}, optional={"x": TEXTS}), max_size=5
)


@given(RECORDS, st.booleans(), st.sampled_from([(",", ":"), (", ", ": ")]))
def test_both_ways_of_reading_agree(records: list[dict], ascii_only: bool, separators: tuple[str, str]) -> None:
    content = json.dumps({"data": records, "n": 1}, ensure_ascii=ascii_only, separators=separators).encode()
    names = dict.fromkeys(name for record in records for name in record)
    assert rows(content) == [{name: record.get(name) for name in names} for record in records]


def test_reader_lands_names_in_any_spelling_and_tells_the_unused(tmp_path: Path) -> None:
    first, second = tmp_path / "1.json", tmp_path / "2.json"
    first.write_bytes(page('{"ID":"1","best_est":"3","extra":"x"}', '{"ID":"2","best_est":"","extra":""}'))
    second.write_bytes(page('{"id":3,"Best":1.50,"other":"y"}'))
    reader = PagesReader((first, second), "api", CONTRACT, "API", "data")
    assert reader.unused == ("extra",)
    landed = pl.concat([chunk.records for chunk in reader.chunks()])
    assert landed.select("_record_number", *CONTRACT.names).rows() == [
        (1, "1", "3", None),
        (2, "2", None, None),
        (3, "3", "1.50", None),
    ]
    assert reader.unused == ("extra", "other")


def test_reader_keeps_every_record_even_without_a_known_name(tmp_path: Path) -> None:
    path = tmp_path / "1.json"
    path.write_bytes(page("{}", '{"x":"1"}'))
    (chunk,) = PagesReader((path,), "api", CONTRACT, "API", "data").chunks()
    assert chunk.records.rows() == [(1, None, None, None), (2, None, None, None)]


def test_reader_takes_an_empty_page(tmp_path: Path) -> None:
    path = tmp_path / "1.json"
    path.write_bytes(page())
    (chunk,) = PagesReader((path,), "api", CONTRACT, "API", "data").chunks()
    assert chunk.records.shape == (0, 4)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "Expecting value"),
        (b"<html>", "Expecting value"),
        (page('{"id":"1"}')[:-9], "Unterminated string"),
        (b'{"data":{"id":"1"}}', "no list of records under 'data'"),
        (b'{"data":["x"]}', "no list of records"),
        (b'{"Result":[]}', "no list of records"),
        (b'["x"]', "no list of records"),
        (b'{"data":[{"id":"\xff"}]}', "codec can't decode"),
        (b'{"data":[{"id":' + b"[" * 100_000 + b"]" * 100_000 + b"}]}", "nested without end"),
    ],
)
def test_a_page_that_is_none_is_refused_with_its_name(content: bytes, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "page-00001.json"
    path.write_bytes(content)
    with pytest.raises(RefusedError, match=problem) as caught:
        PagesReader((path,), "https://api", CONTRACT, "API", "data")
    assert str(caught.value).startswith("https://api, page-00001.json: the page cannot be read")
