"""The GDELT server: its lists of files, and the 15-minute files of a day.

Lives here: getting all files of a day that the master list names, each with the size and the MD5 that the list gives,
or saying why not. Does not: how to ask politely (`http.py`), what a record means (the feed's module and its contract),
or where it is kept (the raw layer).

A day is over for us once the list names a file of a later day. The list has gaps (files that were never made) and, in
old years, files that the server no longer has; both are counted and said, never passed over.
"""

import hashlib
import logging
import shutil
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from orchestration.io.fetched import Fetched
from orchestration.resources.http import (
    AccessDeniedError,
    FetchError,
    HttpClient,
    HttpLimits,
    NotFoundError,
    TransientError,
)

logger = logging.getLogger(__name__)

FIRST_DAY = date(2015, 2, 18)
"""GDELT 2.0 begins here."""
MASTER_LIST = "masterfilelist.txt"
LAST_UPDATE = "lastupdate.txt"
FILES_A_DAY = 96
RECENT_DAYS = 7
"""For so long a day is asked for files that were missing; after that what is missing counts as gone."""
MOST_GONE = 4
"""More missing files of one day say that the server is unwell, not that they are gone."""
ATTEMPTS = 3
"""How often a file is fetched whose bytes are not those of the list."""
MAX_FILE_BYTES = 256 * 1024**2

_EXPORT = r"^\s*(\d+)\s+([0-9A-Fa-f]{32})\s+\S*/(\d{14})\.export\.CSV\.zip\s*$"
_OTHER_KINDS = r"^\s*\d+\s+[0-9A-Fa-f]{32}\s+\S*/\d{14}\.(?:mentions\.CSV|gkg\.csv)\.zip\s*$"
_PACKED = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
"""Beginnings of gzip, zstd and zlib, which polars would unpack by itself and without a bound; a list is plain text."""
_EXPORT_STAMP = r"(\d{14})\.export"

HeldFiles = Mapping[date, Mapping[str, Path]]
"""For each day that the lake has, its files by name."""


@dataclass(frozen=True)
class NotFetched:
    """A day, or a part of one, that was not fetched, for a reason that is no error."""

    day: date
    reason: str


@dataclass(frozen=True)
class ListedFile:
    """One file of the list: when its 15 minutes ended (yyyymmddhhmmss), its bytes, its MD5."""

    stamp: str
    byte_count: int
    md5: str

    @property
    def name(self) -> str:
        """The file's name; the rest of the list's URL could lead anywhere."""
        return f"{self.stamp}.export.CSV.zip"


@dataclass(frozen=True)
class FileList:
    """What a list names.

    Attributes:
        files: `stamp`, `byte_count`, `md5` of each event file, in the order of their stamps; a file that stands twice
            counts as its last line has it.
        unreadable: lines that are not `size md5 url`; `stamp` where one names an event file all the same.
    """

    files: pl.DataFrame
    unreadable: pl.DataFrame

    @property
    def newest(self) -> str:
        """The newest stamp; empty where there is none."""
        return str(self.files.get_column("stamp").max() or "")

    def of_day(self, day: date) -> list[ListedFile]:
        """The event files of a day."""
        rows = self.files.filter(pl.col("stamp").str.starts_with(f"{day:%Y%m%d}"))
        return [ListedFile(*row) for row in rows.select("stamp", "byte_count", "md5").iter_rows()]

    def unreadable_of_day(self, day: date) -> list[str]:
        """Lines that name an event file of a day and cannot be read, but for those that stand once more in order."""
        broken = self.unreadable.filter(pl.col("stamp").str.starts_with(f"{day:%Y%m%d}"))
        return broken.join(self.files, on="stamp", how="anti").get_column("line").to_list() if len(broken) else []


def read_list(path: Path) -> FileList:
    """Read a list (`size md5 url` in each line; the master list has a million of them)."""
    try:
        found = _parsed(_lines(path))
    except pl.exceptions.ComputeError:  # bytes that are no text: never seen, so it may take the memory
        found = _parsed(pl.scan_lines(b"\n" + path.read_bytes().decode("utf-8", "replace").encode(), glob=False))
    is_file = pl.col("stamp").is_not_null() & pl.col("byte_count").is_not_null()
    files = found.filter(is_file).unique("stamp", keep="last", maintain_order=True).sort("stamp")
    unreadable = found.filter(~is_file).select("line", pl.col("line").str.extract(_EXPORT_STAMP).alias("stamp"))
    return FileList(files, unreadable)


def _lines(path: Path) -> pl.LazyFrame:
    with path.open("rb") as stream:
        if stream.read(4).startswith(_PACKED):
            return pl.scan_lines(b"\n" + path.read_bytes(), glob=False)
    return pl.scan_lines(path, glob=False)


def _parsed(lines: pl.LazyFrame) -> pl.DataFrame:
    """The lines of event files with their parts, and those that cannot be read; other kinds of file are left out."""
    parts = pl.col("line").str.extract_groups(_EXPORT)
    return (
        lines.filter(pl.col("line").str.strip_chars() != "")
        .with_columns(
            parts.struct[0].cast(pl.Int64, strict=False).alias("byte_count"),
            parts.struct[1].str.to_lowercase().alias("md5"),
            parts.struct[2].alias("stamp"),
        )
        .filter(pl.col("stamp").is_not_null() | ~pl.col("line").str.contains(_OTHER_KINDS))
        .collect(engine="streaming")
    )


def last_days(first: date, today: date, held: HeldFiles) -> list[date]:
    """The days before `today` worth asking for, newest first.

    Those since `first` that the lake lacks; and of the last seven also those that it has with fewer files than a day
    can have.
    """
    recent = today - timedelta(days=RECENT_DAYS)
    since = min(first, recent)
    days = [today - timedelta(days=back) for back in range(1, (today - since).days + 1)]
    return [day for day in days if day not in held or (day >= recent and len(held[day]) < FILES_A_DAY)]


@dataclass(frozen=True)
class GdeltConnector:
    """Fetches days; each is yielded complete, is not fetched for a reason, or stands in the FetchError at the end.

    Attributes:
        base_url: where the lists and the files lie.
        held: what the lake has; it is not asked for again.
        limits: patience and sizes.
        sleep: does the waiting.
    """

    base_url: str
    held: HeldFiles = field(default_factory=dict[date, Mapping[str, Path]])
    limits: HttpLimits = field(default_factory=HttpLimits)
    sleep: Callable[[float], None] = time.sleep

    def days(self, wanted: Sequence[date], into: Path, *, today: date, at_most: int) -> Iterator[Fetched | NotFetched]:
        """Yield the wanted days in their order, each in a directory of its own below `into`.

        A day that fails costs nothing but itself; all failures are raised as one FetchError once every day was tried.
        A server that does not answer at all ends the fetch at once.
        """
        if not wanted:
            return
        listed = self._master_list(into)
        problems: list[str] = []
        fetched = 0
        with self._client(MAX_FILE_BYTES) as client:
            for day in wanted:
                if fetched >= at_most:
                    yield NotFetched(day, f"left for another night, with the days before it: {at_most} were fetched")
                    break
                attempt = _Day(self, client, listed, day, today)
                try:
                    answers = attempt.fetch(into)
                except (TransientError, AccessDeniedError) as problem:
                    raise FetchError(" | ".join([*problems, str(problem)])) from None
                except FetchError as problem:
                    problems.append(str(problem))
                    continue
                fetched += any(isinstance(answer, Fetched) for answer in answers)
                yield from answers
        if problems:
            raise FetchError(" | ".join(problems))

    def url(self, name: str) -> str:
        """The address of a file."""
        return f"{self.base_url.rstrip('/')}/{name}"

    def _client(self, max_bytes: int) -> HttpClient:
        return HttpClient(replace(self.limits, max_bytes=min(self.limits.max_bytes, max_bytes)), sleep=self.sleep)

    def _master_list(self, into: Path) -> FileList:
        """The whole list, which must reach as far as the server says that it is."""
        into.mkdir(parents=True, exist_ok=True)
        with self._client(self.limits.max_bytes) as client, tempfile.TemporaryDirectory(dir=into) as folder:
            update = read_list(client.fetch(self.url(LAST_UPDATE), Path(folder) / LAST_UPDATE))
            if not update.newest:
                raise FetchError(f"GET {self.url(LAST_UPDATE)}: it names no event file: {_shown(update, client)}")
            listed = read_list(client.fetch(self.url(MASTER_LIST), Path(folder) / MASTER_LIST))
            if listed.newest < update.newest:
                raise FetchError(
                    f"GET {self.url(MASTER_LIST)}: the list ends with {listed.newest or 'no event file'}, but "
                    f"{LAST_UPDATE} is at {update.newest}: it was cut short or is not up to date; the next night asks "
                    f"again: {_shown(listed, client)}"
                )
        logger.info("GDELT: %s event files in the list, %s unreadable lines", len(listed.files), len(listed.unreadable))
        return listed


def _shown(listed: FileList, client: HttpClient) -> str:
    """The beginning of what could not be read."""
    return client.readable(" ".join(listed.unreadable.get_column("line").head(3)) or "no unreadable line")


@dataclass(frozen=True)
class _Day:
    """The fetch of one day."""

    connector: GdeltConnector
    client: HttpClient
    listed: FileList
    day: date
    today: date

    def fetch(self, into: Path) -> list[Fetched | NotFetched]:
        """The day, and what of it is missing.

        Raises:
            FetchError: files that should be there are not, or not as listed.
        """
        files = self.listed.of_day(self.day)
        lost = self.listed.unreadable_of_day(self.day)
        if self.day >= self.today or self.listed.newest[:8] <= f"{self.day:%Y%m%d}":
            return [NotFetched(self.day, f"not over yet: the newest file listed is {self.listed.newest}")]
        if not files:
            return [NotFetched(self.day, "the master list names no readable event file of this day")]
        held = self.connector.held.get(self.day, {})
        wanted = [file for file in files if not _is_held(file, held)]
        if not wanted:
            return []
        folder = Path(tempfile.mkdtemp(prefix=f"{self.day}-", dir=into))
        gone = self._download(wanted, folder)
        came = len(wanted) - len(gone)
        self._refuse_too_much_missing([*gone, *lost], folder, has_any=bool(came or held))
        if not came:
            shutil.rmtree(folder)
            return [NotFetched(self.day, f"still missing: {'; '.join(gone)}")]
        for file in files:
            if file not in wanted:
                shutil.copyfile(held[file.name], folder / file.name)
        return [self._fetched(folder, len(files), len(gone), len(lost)), *self._missing(len(files), gone, lost)]

    def _download(self, wanted: list[ListedFile], folder: Path) -> list[str]:
        """Fetch files; what is wrong with those that could not be."""
        gone: list[str] = []
        for file in wanted:
            try:
                self._file(file, folder)
            except _FileIsWrongError as problem:
                gone.append(str(problem))
            except NotFoundError as problem:
                gone.append(f"{problem} although the master list names it")
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise
        return gone

    def _file(self, file: ListedFile, folder: Path) -> None:
        """Fetch one file until it is the one that the list describes."""
        url, target = self.connector.url(file.name), folder / file.name
        problem = ""
        for _ in range(ATTEMPTS):
            self.client.fetch(url, target)
            problem = _mismatch(target, file)
            if not problem:
                return
            logger.warning("GET %s: %s", url, problem)
        target.unlink()
        raise _FileIsWrongError(f"GET {url}: {problem} (given up after {ATTEMPTS} attempts)")

    def _refuse_too_much_missing(self, missing: list[str], folder: Path, *, has_any: bool) -> None:
        """Missing files of a recent day may still come; a few of an old day are gone for good, but never all of it."""
        is_recent = self.day >= self.today - timedelta(days=RECENT_DAYS)
        if missing and (is_recent or len(missing) > MOST_GONE or not has_any):
            shutil.rmtree(folder, ignore_errors=True)
            more = f" … and {len(missing) - MOST_GONE} more" if len(missing) > MOST_GONE else ""
            raise FetchError(
                f"GDELT {self.day}: {len(missing)} of its listed files are missing, so the day was not taken: "
                f"{'; '.join(missing[:MOST_GONE])}{more}"
            )

    def _fetched(self, folder: Path, listed: int, gone: int, unreadable: int) -> Fetched:
        paths = tuple(sorted(folder.iterdir()))
        logger.info("GDELT %s: %s of %s listed files", self.day, len(paths), listed + unreadable)
        request: dict[str, str | int] = {
            "day": self.day.isoformat(),
            "files_listed": listed + unreadable,
            "files_never_made": max(0, FILES_A_DAY - listed - unreadable),
            "files_gone": gone + unreadable,
        }
        source = self.connector.url(f"{self.day:%Y%m%d}*.export.CSV.zip")
        return Fetched(paths, "download", source, request, edition=self.day.isoformat())

    def _missing(self, listed: int, gone: list[str], lost: list[str]) -> Iterator[NotFetched]:
        unlisted = FILES_A_DAY - listed - len(lost)
        if unlisted > 0:
            yield NotFetched(self.day, f"{unlisted} of {FILES_A_DAY} files are not in the master list; {listed} are")
        if gone:
            yield NotFetched(self.day, f"{len(gone)} listed files are gone: {'; '.join(gone)}")
        if lost:
            lines = self.client.readable("; ".join(lost))
            yield NotFetched(self.day, f"{len(lost)} files stand in lines of the list that cannot be read: {lines}")


class _FileIsWrongError(FetchError):
    """The server answers with other bytes than its list promises."""


def _is_held(file: ListedFile, held: Mapping[str, Path]) -> bool:
    path = held.get(file.name)
    return path is not None and path.exists() and path.stat().st_size == file.byte_count


def _mismatch(path: Path, file: ListedFile) -> str:
    """How a file differs from what the list says of it; empty where it does not."""
    size = path.stat().st_size
    if size != file.byte_count:
        return f"{size:,} bytes came, the list says {file.byte_count:,}"
    with path.open("rb") as stream:
        md5 = hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    if md5 != file.md5:
        return f"its MD5 is {md5}, the list says {file.md5}"
    return "" if zipfile.is_zipfile(path) else "it is as listed, but no zip"
