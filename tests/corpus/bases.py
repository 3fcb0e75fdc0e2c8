"""A sound file of each feed, and which of its columns is what. A feed that is missing here fails a test."""

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from orchestration.feeds import all_feeds
from orchestration.feeds.acled import CURRENT
from orchestration.feeds.spec import Feed
from orchestration.feeds.ucdp import RELEASE
from schemas.gdelt import GDELT_EVENTS
from tests.acled_rows import record as acled_record
from tests.gdelt_rows import line as gdelt_line
from tests.gtd_rows import NAMES as GTD_NAMES
from tests.gtd_rows import record as gtd_record
from tests.ucdp_rows import record as ucdp_record

SOUND_COUNT = 12
"""Records of a sound file."""


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
        is_quoted: are fields quoted that hold a delimiter?
        is_id_number: is the id a number?
        swapped: the warning that exchanged coordinates in range set off; None where the contract cannot know.
        pack: from the table to the file, for a feed whose files are never plain.
        above: rows between the header and the records, such as HXL tags.
        fates: attacks that this feed's parser meets in another way, by design: what becomes of them instead, and what
            is said.
        lacks: attacks on something that the feed does not have.
        lands_as: columns that land under another name.
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
    is_quoted: bool = True
    is_id_number: bool = True
    swapped: str | None = None
    pack: Callable[[bytes], bytes] = field(default=lambda table: table)
    above: tuple[tuple[str, ...], ...] = ()
    fates: Mapping[str, tuple[Literal["landed", "quarantined", "refused"], str]] = field(default_factory=dict)
    lacks: frozenset[str] = frozenset()
    lands_as: Mapping[str, str] = field(default_factory=dict)

    def records(self, count: int = SOUND_COUNT) -> list[dict[str, str]]:
        """Sound records."""
        return [self.record(number) for number in range(1, count + 1)]

    def rows(self, records: list[dict[str, str]]) -> list[list[str]]:
        """The records as fields in order, the header first where there is one."""
        header = [list(self.columns), *map(list, self.above)] if self.has_header else []
        return [*header, *([record[name] for name in self.columns] for record in records)]

    def table(self, records: list[dict[str, str]] | None = None) -> bytes:
        """The records as a table."""
        return self.written(self.rows(self.records() if records is None else records))

    def written(self, rows: list[list[str]]) -> bytes:
        """Rows of fields as a table."""
        if not self.is_quoted:
            lines = (self.delimiter.join(row) + "\n" for row in rows)
            return "".join(lines).encode("utf-8", "surrogatepass")
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


HXL = (
    *("#event+id", "#date+occurred", "#affected+killed", "#geo+lat", "#geo+lon", "#description", "#loc+name", "#actor"),
    "#country+code",
)
Fates = dict[str, tuple[Literal["landed", "quarantined", "refused"], str]]
ANY_ENCODING: Fates = dict.fromkeys(
    ("latin1_in_one_record", "macroman_in_one_record", "cut_in_a_character", "overlong", "lone_surrogate"),
    ("landed", ""),
)
"""A feed whose files come in old encodings reads every byte, and says which encoding it took."""
YEAR_ALONE: Fates = dict.fromkeys(
    ("date_before_1900", "date_after_tomorrow", "date_of_the_year_25", "date_that_is_none"),
    ("quarantined", "is_integer"),
)
"""A feed that has no column for a day."""


def gdelt_record(number: int = 1, **changes: str) -> dict[str, str]:
    """An invented record of GDELT."""
    fields = gdelt_line(900_000_000 + number).decode().split("\t")
    return {**dict(zip(GDELT_EVENTS.names, fields, strict=True)), **changes}


def incident_record(number: int = 1, **changes: str) -> dict[str, str]:
    """An invented record of an NGO's table."""
    plain = {"Day": "2022-03-01", "Killed": "3", "Lat": "14.5", "Lon": "-4.2", "Note": "at the camp", "Place": "Town"}
    return {"Ref": f"r{number}", **plain, "By": "an invented group", "Land": "MLI", **changes}


def claim_record(number: int = 1, **changes: str) -> dict[str, str]:
    """An invented claim."""
    days = {"period_from": "2021-06-01", "period_until": "2021-08-31"}
    figure = {"figure": "31", "bound": "exact", "unit": "count", "countries": "MLI"}
    plain = {
        "source": "somebody",
        "counted": "raids",
        "definition_id": "any",
        "note": '"raids", as told',
        "is_partial_period": "false",
    }
    return {"claim_id": f"claim_{number}", **plain, **days, **figure, **changes}


BASES = (
    ucdp("ucdp_ged", "GEDEvent_v23_1.csv"),
    ucdp("ucdp_candidate", "GEDEvent_v22_0_3.csv"),
    Base(
        feed=all_feeds()["acled"],
        file_name="2020-01-01-2022-12-31-Mali.csv",
        columns=CURRENT.columns,
        record=acled_record,
        id="event_id_cnty",
        date="event_date",
        count="fatalities",
        latitude="latitude",
        longitude="longitude",
        text="notes",
        texts=("notes", "location", "actor1", "assoc_actor_1", "source", "tags"),
        first_year=1997,
        is_id_number=False,
    ),
    Base(
        feed=all_feeds()["gtd"],
        file_name="globalterrorismdb_2019.csv",
        columns=GTD_NAMES,
        record=gtd_record,
        id="eventid",
        date="iyear",
        count="nkill",
        latitude="latitude",
        longitude="longitude",
        text="summary",
        texts=("summary", "city", "gname", "target1", "corp1"),
        first_year=1970,
        is_id_number=False,
        fates={
            **ANY_ENCODING,
            **YEAR_ALONE,
            "whole_line_quoting": ("landed", ""),
            "whole_line_quoting_twice": ("landed", ""),
            "number_out_of_range": ("quarantined", "nkill_plausible"),
        },
    ),
    Base(
        feed=all_feeds()["incident_file"],
        file_name="ngo_incidents.csv",
        columns=("Ref", "Day", "Killed", "Lat", "Lon", "Note", "Place", "By", "Land"),
        record=incident_record,
        id="Ref",
        date="Day",
        count="Killed",
        latitude="Lat",
        longitude="Lon",
        text="Note",
        texts=("Note", "Place", "By"),
        first_year=1900,
        is_id_number=False,
        above=(HXL,),
        fates={
            **dict.fromkeys(
                (
                    *("parquet", "pdf", "json", "one_quote", "prose", "billion_laughs", "header_only"),
                    *("whole_line_quoting", "whole_line_quoting_twice", "unclosed_quote_first"),
                ),
                ("refused", "nothing says what its columns are"),
            ),
            **ANY_ENCODING,
            # The tags say what a column is: its name above them may be anything.
            **dict.fromkeys(("two_marks", "column_missing", "column_twice"), ("landed", "")),
            **dict.fromkeys(("columns_without_end", "one_column_without_end"), ("landed", "")),
            "cut_in_a_character": ("quarantined", "country_is_iso_code"),
        },
        lands_as={"Note": "headline", "Place": "place", "By": "side_a"},
    ),
    Base(
        feed=all_feeds()["gdelt"],
        file_name="20240101001500.export.CSV",
        columns=GDELT_EVENTS.names,
        record=gdelt_record,
        id="GLOBALEVENTID",
        date="SQLDATE",
        count="NumMentions",
        latitude="ActionGeo_Lat",
        longitude="ActionGeo_Long",
        text="ActionGeo_FullName",
        texts=("ActionGeo_FullName", "Actor1Name", "Actor2Name"),
        first_year=1979,
        delimiter="\t",
        has_header=False,
        is_quoted=False,
        fates={
            "byte_order_mark": ("quarantined", "is_big_integer"),
            **dict.fromkeys(("json", "prose", "cr_only"), ("refused", "61 fields")),
            **dict.fromkeys(ANY_ENCODING, ("quarantined", "is_utf8")),
            "field_longer_than_a_block": ("landed", ""),
        },
        # Its fields are never quoted; and what is of no kind that we keep is filtered before it is looked at.
        lacks=frozenset(
            {
                *("record_in_a_field", "line_ends_in_a_field", "cut_in_a_quote"),
                *("unclosed_quote_first", "unclosed_quote_last", "columns_shifted", "formula_in_every_column"),
            }
        ),
    ),
    Base(
        # Without the file that comes with the project: the attack shall be the only batch of its night.
        feed=replace(all_feeds()["claims"], shipped=()),
        file_name="somebodys_claims.csv",
        columns=(
            *("claim_id", "source", "counted", "period_from", "period_until", "is_partial_period", "figure", "bound"),
            *("unit", "countries", "definition_id", "note"),
        ),
        record=claim_record,
        id="claim_id",
        date="period_from",
        count="figure",
        latitude="",
        longitude="",
        text="note",
        texts=("note", "counted", "source"),
        first_year=1900,
        is_id_number=False,
        fates={
            "number_out_of_range": ("quarantined", "figure_plausible"),
            # A claim points to a text and is none.
            "field_of_10_mb_last": ("quarantined", "note_is_short"),
        },
        # A claim has no coordinates.
        lacks=frozenset(
            {
                *("nan", "inf", "latitude_beyond_the_pole", "longitude_beyond_the_world", "coordinates_zero"),
                *("coordinates_swapped_out_of_range", "coordinates_swapped_in_range", "field_of_10_mb_first"),
            }
        ),
    ),
)
