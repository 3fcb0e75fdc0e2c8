"""GDELT's days against a server that publishes as GDELT does and misbehaves in every way that was seen or feared."""

import gzip
import zlib
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.io.fetched import Fetched
from orchestration.resources.gdelt import GdeltConnector, NotFetched, last_days, read_list
from orchestration.resources.http import FetchError, HttpLimits
from tests.gdelt_rows import list_line
from tests.servers.gdelt import LISTED_AT, GdeltServer, published, serving, stamps, zip_of

DAY = date(2024, 1, 1)
NEXT = DAY + timedelta(days=1)
SOON, LONG_AFTER = DAY + timedelta(days=2), DAY + timedelta(days=100)
NOON = "20240101120000"
QUICK = HttpLimits(read_timeout_s=0.3, connect_timeout_s=1, attempts=3, first_wait_s=0, max_wait_s=0)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")


@pytest.fixture(name="server")
def _server() -> Iterator[GdeltServer]:
    with serving(published(DAY, 1)) as server:
        yield server


def fetch(
    server: GdeltServer,
    into: Path,
    *days: date,
    today: date = SOON,
    at_most: int = 31,
    held: Mapping[date, Mapping[str, Path]] | None = None,
) -> list[Fetched | NotFetched]:
    connector = GdeltConnector(server.base_url, held or {}, QUICK, sleep=lambda _: None)
    return list(connector.days(days or [DAY], into, today=today, at_most=at_most))


def failure(server: GdeltServer, into: Path, *days: date, today: date = SOON) -> str:
    """Fetch what cannot be fetched; nothing may be left on the disk."""
    with pytest.raises(FetchError) as caught:
        fetch(server, into, *days, today=today)
    assert [path for path in into.rglob("*") if path.is_file()] == []
    return str(caught.value)


def names(fetched: Fetched | NotFetched) -> list[str]:
    assert isinstance(fetched, Fetched)
    return [path.name[:14] for path in fetched.files]


def held_of(fetched: Fetched | NotFetched) -> Mapping[date, Mapping[str, Path]]:
    assert isinstance(fetched, Fetched)
    return {DAY: {path.name: path for path in fetched.files}}


def test_day_is_all_its_files_byte_for_byte(server: GdeltServer, tmp_path: Path):
    (day,) = fetch(server, tmp_path)
    assert isinstance(day, Fetched)
    assert names(day) == stamps(DAY)
    assert all(path.read_bytes() == server.files[path.name[:14]] for path in day.files)
    assert (day.edition, day.origin) == ("2024-01-01", "download")
    assert day.request == {"day": "2024-01-01", "files_listed": 96, "files_never_made": 0, "files_gone": 0}


def test_only_event_files_are_asked_for(server: GdeltServer, tmp_path: Path):
    fetch(server, tmp_path)
    assert server.names_asked[:2] == ["lastupdate.txt", "masterfilelist.txt"]
    assert server.names_asked[2:] == [f"{stamp}.export.CSV.zip" for stamp in stamps(DAY)]


def test_nothing_wanted_asks_nothing(server: GdeltServer, tmp_path: Path):
    connector = GdeltConnector(server.base_url, {}, QUICK)
    assert list(connector.days([], tmp_path, today=SOON, at_most=31)) == []
    assert server.requests == []


def test_day_that_is_not_over_is_not_fetched(server: GdeltServer, tmp_path: Path):
    (today, tomorrow) = fetch(server, tmp_path, NEXT, SOON, today=NEXT)
    assert isinstance(today, NotFetched)
    assert "not over yet: the newest file listed is 20240102000000" in today.reason
    assert isinstance(tomorrow, NotFetched)
    assert server.zips_asked == []


def test_gaps_of_the_list_are_counted_and_said(server: GdeltServer, tmp_path: Path):
    del server.files[NOON]
    day, said = fetch(server, tmp_path)
    assert len(names(day)) == 95
    assert isinstance(day, Fetched)
    assert day.request["files_never_made"] == 1
    assert isinstance(said, NotFetched)
    assert said.reason == "1 of 96 files are not in the master list; 95 are"


def test_day_without_any_file_is_said(server: GdeltServer, tmp_path: Path):
    (said,) = fetch(server, tmp_path, DAY - timedelta(days=1))
    assert isinstance(said, NotFetched)
    assert "names no readable event file" in said.reason


def test_so_many_days_a_night_and_no_more(tmp_path: Path):
    with serving(published(DAY, 3, files_a_day=2)) as server:
        days = [DAY + timedelta(days=2), NEXT, DAY]
        answers = fetch(server, tmp_path, *days, today=DAY + timedelta(days=3), at_most=2)
    fetched = [answer.edition for answer in answers if isinstance(answer, Fetched)]
    assert fetched == ["2024-01-03", "2024-01-02"]
    assert isinstance(answers[-1], NotFetched)
    assert "left for another night" in answers[-1].reason


# -- what the lake has --


def test_held_files_are_not_asked_for_again(server: GdeltServer, tmp_path: Path):
    (first,) = fetch(server, tmp_path)
    server.requests.clear()
    assert fetch(server, tmp_path, held=held_of(first)) == []
    assert server.zips_asked == []


def test_list_that_grows_during_the_fetch_is_read_again_another_night(server: GdeltServer, tmp_path: Path):
    late = {NOON: server.files.pop(NOON)}
    server.grows = late
    first, _ = fetch(server, tmp_path / "first")
    assert NOON not in names(first)
    server.requests.clear()
    (second,) = fetch(server, tmp_path / "second", held=held_of(first))
    assert server.zips_asked == [NOON]
    assert names(second) == stamps(DAY)
    assert isinstance(second, Fetched)
    assert all(path.read_bytes() == server.files[path.name[:14]] for path in second.files)


def test_file_that_the_list_now_describes_otherwise_is_asked_for_again(server: GdeltServer, tmp_path: Path):
    (first,) = fetch(server, tmp_path / "first")
    server.files[NOON] = zip_of(NOON, records=9)
    server.requests.clear()
    fetch(server, tmp_path / "second", held=held_of(first))
    assert server.zips_asked == [NOON]


@pytest.mark.parametrize(
    ("held", "wanted"),
    [
        ({}, [1, 2, 3, 4, 5, 6, 7]),
        ({1: 96, 3: 95, 5: 96}, [2, 3, 4, 6, 7]),
    ],
)
def test_nights_ask_for_what_is_missing_of_the_last_week(held: dict[int, int], wanted: list[int]):
    files = {f"{number}.zip": Path() for number in range(96)}
    in_lake = {LONG_AFTER - timedelta(days=back): dict(list(files.items())[:count]) for back, count in held.items()}
    assert last_days(LONG_AFTER, LONG_AFTER, in_lake) == [LONG_AFTER - timedelta(days=back) for back in wanted]


def test_nights_go_back_to_the_day_that_the_settings_name():
    days = last_days(DAY, LONG_AFTER, {DAY + timedelta(days=1): {}})
    assert (days[0], days[-1], len(days)) == (LONG_AFTER - timedelta(days=1), DAY, 99)


# -- faults of one file --

ONE_FILE = {
    "other_bytes": "its MD5 is .*, the list says .*given up after 3 attempts",
    "half": r"[\d,]+ bytes came, the list says [\d,]+ \(given up after 3 attempts",
    "not_found": "HTTP 404.*although the master list names it",
    "html": "an HTML page in place of data: <!DOCTYPE html>",
    "empty": "the answer is empty",
    "redirect": "redirects to http://localhost.*another host",
}


@pytest.mark.parametrize("kind", ONE_FILE)
def test_fault_of_one_file_costs_its_day_and_names_it(kind: str, tmp_path: Path):
    with serving(published(DAY, 2, files_a_day=4)) as server:
        wrong = stamps(NEXT, 4)[2]
        server.fail(kind, path=wrong, times=None)
        answers: list[Fetched | NotFetched] = []
        connector = GdeltConnector(server.base_url, {}, QUICK, sleep=lambda _: None)
        with pytest.raises(FetchError, match=ONE_FILE[kind]) as caught:
            answers += connector.days([NEXT, DAY], tmp_path, today=SOON, at_most=31)
        days = connector.days([NEXT, DAY], tmp_path, today=SOON, at_most=31)
        other = next(days)
    assert f"GET {server.base_url}/{wrong}.export.CSV.zip" in str(caught.value)
    assert names(other) == stamps(DAY, 4), "the other day came all the same"


@pytest.mark.parametrize("kind", ["other_bytes", "half", "cut_short", "drop", "error_500", "rate_limit_429", "slow"])
def test_fault_that_passes_is_not_even_said(kind: str, server: GdeltServer, tmp_path: Path):
    server.fail(kind, path=NOON)
    (day,) = fetch(server, tmp_path)
    assert names(day) == stamps(DAY)


def test_zip_that_is_no_zip_although_the_list_agrees(server: GdeltServer, tmp_path: Path):
    server.files[NOON] = b"this is no zip, and the list knows it"
    assert f"{NOON}.export.CSV.zip: it is as listed, but no zip" in failure(server, tmp_path)


def test_list_with_another_md5(server: GdeltServer, tmp_path: Path):
    server.listed[NOON] = f"{len(server.files[NOON])} {'0' * 32} {LISTED_AT}/{NOON}.export.CSV.zip"
    assert f"the list says {'0' * 32}" in failure(server, tmp_path)
    assert server.zips_asked.count(NOON) == 3


@pytest.mark.parametrize("kind", ["error_500", "drop", "slow", "rate_limit_429", "cut_short"])
def test_server_that_does_not_recover_ends_the_fetch_at_once(kind: str, server: GdeltServer, tmp_path: Path):
    server.fail(kind, path=NOON, times=None)
    assert "given up after 3 attempts" in failure(server, tmp_path, DAY, DAY - timedelta(days=1))
    assert server.zips_asked[-1] == NOON


def test_forbidden_ends_the_fetch(server: GdeltServer, tmp_path: Path):
    server.fail("forbidden", path=".zip", times=None)
    assert "HTTP 403" in failure(server, tmp_path)
    assert len(server.zips_asked) == 1


# -- files that are gone for good --


def test_few_missing_files_of_an_old_day_are_counted_and_said(server: GdeltServer, tmp_path: Path):
    server.fail("not_found", path=NOON, times=None)
    day, said = fetch(server, tmp_path, today=LONG_AFTER)
    assert len(names(day)) == 95
    assert isinstance(day, Fetched)
    assert day.request["files_gone"] == 1
    assert isinstance(said, NotFetched)
    assert f"1 listed files are gone: GET {server.base_url}/{NOON}.export.CSV.zip: HTTP 404" in said.reason


def test_many_missing_files_of_an_old_day_say_that_the_server_is_unwell(server: GdeltServer, tmp_path: Path):
    server.fail("not_found", path="20240101", times=None)
    assert "96 of its listed files are missing, so the day was not taken" in failure(server, tmp_path, today=LONG_AFTER)


def test_missing_file_of_a_held_day_makes_no_new_batch(server: GdeltServer, tmp_path: Path):
    server.fail("not_found", path=NOON, times=None)
    day, _ = fetch(server, tmp_path / "first", today=LONG_AFTER)
    server.requests.clear()
    (said,) = fetch(server, tmp_path / "second", today=LONG_AFTER, held=held_of(day))
    assert isinstance(said, NotFetched)
    assert said.reason.startswith("still missing: ")
    assert server.zips_asked == [NOON]


# -- faults of the lists --


def test_broken_lines_of_other_days_do_no_harm(server: GdeltServer, tmp_path: Path):
    server.extra_lines = ["", "12 abc", "\x00\x00", "99999999999999999999999 x y z", f"no size {LISTED_AT}/x.zip"]
    (day,) = fetch(server, tmp_path)
    assert names(day) == stamps(DAY)


def test_broken_line_of_a_wanted_file_costs_the_day(server: GdeltServer, tmp_path: Path):
    server.listed[NOON] = f"{LISTED_AT}/{NOON}.export.CSV.zip"
    message = failure(server, tmp_path)
    assert "1 of its listed files are missing" in message
    assert f"{NOON}.export.CSV.zip" in message


def test_broken_line_that_stands_once_more_in_order_does_no_harm(server: GdeltServer, tmp_path: Path):
    server.extra_lines = [f"{LISTED_AT}/{NOON}.export.CSV.zip"]
    (day,) = fetch(server, tmp_path)
    assert names(day) == stamps(DAY)


def test_later_line_of_the_same_file_counts(server: GdeltServer, tmp_path: Path):
    good = server.lines_of(NOON)[0]
    server.listed[NOON] = f"1 {'0' * 32} {LISTED_AT}/{NOON}.export.CSV.zip"
    server.extra_lines = [good]
    (day,) = fetch(server, tmp_path)
    assert names(day) == stamps(DAY)


def test_list_never_leads_elsewhere(server: GdeltServer, tmp_path: Path):
    payload = server.files[NOON]
    server.listed[NOON] = list_line(payload, f"http://evil.example/../../{NOON}.export.CSV.zip")
    (day,) = fetch(server, tmp_path)
    assert names(day) == stamps(DAY)


def test_list_that_ends_too_early_is_no_list(server: GdeltServer, tmp_path: Path):
    server.fail("half", path="masterfilelist.txt", times=None)
    message = failure(server, tmp_path)
    assert "the list ends with 20240101" in message
    assert "lastupdate.txt is at 20240102000000" in message


@pytest.mark.parametrize("name", ["masterfilelist.txt", "lastupdate.txt"])
def test_page_in_place_of_a_list_is_refused(name: str, server: GdeltServer, tmp_path: Path):
    server.fail("html", path=name, times=None)
    assert f"{name}: an HTML page in place of data" in failure(server, tmp_path)


def test_last_update_that_names_no_file_is_refused(server: GdeltServer, tmp_path: Path):
    server.newest = "nonsense"
    assert "lastupdate.txt: it names no event file" in failure(server, tmp_path)


@settings(max_examples=150)
@given(
    lines=st.lists(
        st.binary(max_size=60)
        | st.builds(
            lambda size, md5, stamp: f"{size} {md5} http://x/{stamp}.export.CSV.zip".encode(),
            st.integers(-(10**20), 10**20),
            st.sampled_from(["0" * 32, "f" * 31, "G" * 32]),
            st.sampled_from([NOON, "2024010112", "20240101120000", "99999999999999"]),
        )
    )
)
def test_no_list_does_more_than_name_files(lines: list[bytes], tmp_path_factory: pytest.TempPathFactory):
    path = tmp_path_factory.mktemp("lists") / "list.txt"
    path.write_bytes(b"\n".join(lines))
    listed = read_list(path)
    assert all(len(file.md5) == 32 and file.byte_count >= 0 for file in listed.of_day(DAY))
    assert len(listed.files) + len(listed.unreadable) <= sum(line.count(b"\n") + 1 for line in lines)


@pytest.mark.parametrize("beginning", [b"\x1f\x8b\n\x00", gzip.compress(b"0" * 10**6), zlib.compress(b"0" * 10**6)])
def test_a_packed_list_is_not_unpacked(beginning: bytes, tmp_path: Path):
    path = tmp_path / "list.txt"
    path.write_bytes(beginning)
    assert not read_list(path).newest


def test_list_is_read_whatever_stands_in_it(tmp_path: Path):
    path = tmp_path / "list.txt"
    path.write_bytes(b'"\xff\xfe"\r\n 5 ' + b"A" * 32 + b" x/20240101000000.export.CSV.zip \r\n" + b"\x1e" * 9 + b"\n")
    listed = read_list(path)
    assert [file.byte_count for file in listed.of_day(DAY)] == [5]
    assert len(listed.unreadable) == 2
