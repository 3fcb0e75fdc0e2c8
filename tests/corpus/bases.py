"""A sound file of each feed, and which of its columns is what. A feed that is missing here fails a test."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass, field

from orchestration.feeds import all_feeds
from orchestration.feeds.acled import CURRENT as ACLED_EXPORT
from orchestration.feeds.spec import Feed
from orchestration.feeds.ucdp import RELEASE
from tests.acled_rows import record as acled_record
from tests.ucdp_rows import record as ucdp_record

SOUND_COUNT = 12
"""Records of a sound file."""
WITHOUT_LISTS = {"source": "Invented Wire", "assoc_actor_2": "Invented Scouts"}
"""ACLED separates names by semicolons, which attacks on delimiters would take for columns."""


@dataclass(frozen=True)
class Base:
    """A sound file of a feed.

    Attributes:
        feed: the feed.
        file_name: a name under which the feed's files come.
        columns: their order in the file.
        record: a sound record with an id of its own, from a number and changed values.
        id: column of the id.
        date: column of the day on which an event took place.
        count: column of a number of persons.
        latitude: degrees north.
        longitude: degrees east.
        text: column of a free text.
        texts: all columns of free text.
        first_year: the first year that the feed can tell of.
        delimiter: between fields.
        has_header: does the file name its columns?
        is_id_number: is the id a number?
        swapped: the warning that exchanged coordinates in range set off; None where the contract cannot know.
        pack: from the table to the file, for a feed whose files are never plain.
    """

    feed: Feed
    file_name: str
    columns: tuple[str, ...]
    record: Callable[..., dict[str, str]]
    id: str
    date: str
    count: str
    latitude: str
    longitude: str
    text: str
    texts: tuple[str, ...]
    first_year: int
    delimiter: str = ","
    has_header: bool = True
    is_id_number: bool = True
    swapped: str | None = None
    pack: Callable[[bytes], bytes] = field(default=lambda table: table)

    def records(self, count: int = SOUND_COUNT) -> list[dict[str, str]]:
        """Sound records."""
        return [self.record(number) for number in range(1, count + 1)]

    def rows(self, records: list[dict[str, str]]) -> list[list[str]]:
        """The records as fields in order, the header first where there is one."""
        header = [list(self.columns)] if self.has_header else []
        return [*header, *([record[name] for name in self.columns] for record in records)]

    def table(self, records: list[dict[str, str]] | None = None) -> bytes:
        """The records as a table."""
        return self.written(self.rows(self.records() if records is None else records))

    def written(self, rows: list[list[str]]) -> bytes:
        """Rows of fields as a table."""
        out = io.StringIO(newline="")
        csv.writer(out, delimiter=self.delimiter, lineterminator="\n").writerows(rows)
        return out.getvalue().encode("utf-8", "surrogatepass")

    def with_last(self, **changes: str) -> bytes:
        """A sound table whose last record is changed."""
        records = self.records()
        return self.table([*records[:-1], {**records[-1], **changes}])


def ucdp(name: str, file_name: str) -> Base:
    """UCDP GED and UCDP Candidate share their columns."""
    return Base(
        feed=all_feeds()[name],
        file_name=file_name,
        columns=RELEASE.columns,
        record=ucdp_record,
        id="id",
        date="date_start",
        count="best",
        latitude="latitude",
        longitude="longitude",
        text="where_description",
        texts=("where_description", "source_headline", "source_original", "adm_1", "side_b", "conflict_name"),
        first_year=1989,
        swapped="priogrid_matches",
    )


BASES = (
    ucdp("ucdp_ged", "GEDEvent_v23_1.csv"),
    ucdp("ucdp_candidate", "GEDEvent_v22_0_3.csv"),
    Base(
        feed=all_feeds()["acled"],
        file_name="ACLED_Mali.csv",
        columns=ACLED_EXPORT.columns,
        record=lambda number=1, **changes: acled_record(number, **{**WITHOUT_LISTS, **changes}),
        id="event_id_cnty",
        date="event_date",
        count="fatalities",
        latitude="latitude",
        longitude="longitude",
        text="notes",
        texts=("notes", "source", "admin1", "actor2", "assoc_actor_2", "location"),
        first_year=1900,
        is_id_number=False,
    ),
)
