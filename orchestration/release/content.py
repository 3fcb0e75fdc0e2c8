"""What a build file holds for readers, as digests: has anything changed, and where. Nothing is written here."""

import hashlib
import re
from collections.abc import Collection, Iterable

import duckdb
from pydantic import BaseModel, ConfigDict, computed_field

from orchestration.audit.marts import MARTS_SCHEMA, mart, mart_names, quoted, string_list
from orchestration.release.errors import ReleaseError

YEARS = {"fct_": ("occurred_year", '"occurred_year"'), "agg_": ("month_start_date", 'year("month_start_date")')}
"""Facts and figures of months, each by a column, are kept, compared and replaced year by year: what says the year."""

BATCHES = "fct_feed_batches"
"""The mart that knows the input batches, their feeds and licences, and whether they are synthetic."""

INCIDENTS, ATTACKS = "fct_incidents", "fct_attacks"
CHOSEN_FROM = ("date_feed", "place_feed", "toll_feed")
"""Columns of an incident that say which feed's value was chosen for it; its attacks repeat those values."""

RELEASE_SCHEMA = "main"
"""Where marts lie in a release's file."""

RELEASE_TABLE = "release"
"""The table of one row in which a release names itself; no mart may bear its name."""

DIGEST_METHOD = f"sum and count of DuckDB {duckdb.__version__} row hashes"
"""DuckDB may change its hash from one version to the next; a new method makes every digest a new one.

A sum, because it depends on no order, keeps duplicates (an exclusive or cancels pairs), and is made in one pass. It
tells accidental change, which is all that it is asked; files carry a SHA-256.
"""


class Column(BaseModel):
    """A column of a mart, with its comment."""

    model_config = ConfigDict(frozen=True)

    name: str
    type: str
    comment: str | None = None


class Partition(BaseModel):
    """The rows of one year of a mart; a mart that is not kept by year is one partition without a year."""

    model_config = ConfigDict(frozen=True)

    year: int | None
    row_count: int
    digest: str


class Mart(BaseModel):
    """A mart as readers get it."""

    model_config = ConfigDict(frozen=True)

    name: str
    comment: str | None
    columns: tuple[Column, ...]
    view: str | None = None
    """The query of a mart that is a view of other marts; as a view it goes out, for its rows lie in those already."""
    is_partitioned: bool
    partitions: tuple[Partition, ...]

    @computed_field
    @property
    def row_count(self) -> int:
        """Rows in all partitions."""
        return sum(partition.row_count for partition in self.partitions)

    @property
    def definition(self) -> tuple[tuple[str, str], ...]:
        """Names and types of the columns, in their order."""
        return tuple((column.name, column.type) for column in self.columns)

    @computed_field
    @property
    def digest(self) -> str:
        """Over names, types and rows; not over comments."""
        return _digest(
            self.definition, sorted((str(each.year), each.row_count, each.digest) for each in self.partitions)
        )

    def of_years(self, partitions: "Collection[Partition]") -> str:
        """The rows of these years, as a condition in SQL."""
        year = year_of(self.name, [column.name for column in self.columns])
        years = [str(partition.year) for partition in partitions if partition.year is not None]
        conditions = [f"{year} in ({', '.join(years)})"] if years else []
        if any(partition.year is None for partition in partitions):
            conditions.append(f"{year} is null")
        return f"({' or '.join(conditions)})" if conditions else "false"

    def has_shape_of(self, other: "Mart") -> bool:
        """Whether rows of the one can stand among rows of the other."""
        return self.definition == other.definition and self.is_partitioned == other.is_partitioned

    def changed_since(self, earlier: "Mart | None") -> tuple[Partition, ...]:
        """The partitions that `earlier` does not hold as they are."""
        if earlier is None or not self.has_shape_of(earlier):
            return self.partitions
        known = set(earlier.partitions)
        return tuple(partition for partition in self.partitions if partition not in known)


def content_digest(marts: Iterable[Mart]) -> str:
    """One digest over all marts, whatever order they come in."""
    return _digest(DIGEST_METHOD, sorted((mart.name, mart.digest) for mart in marts))


def documentation_digest(marts: Iterable[Mart]) -> str:
    """One digest over the comments of all marts: readers read them too."""
    return _digest(
        sorted((mart.name, mart.comment, [(column.name, column.comment) for column in mart.columns]) for mart in marts)
    )


def read_content(connection: duckdb.DuckDBPyConnection, withheld_feeds: Collection[str]) -> tuple[Mart, ...]:
    """Digest every mart of the attached build file, in one pass over each.

    Raises:
        ReleaseError: if there is no mart, or one has a name that cannot be a folder's or the release table's.
    """
    names = mart_names(connection)
    if not names:
        raise ReleaseError(f"The build file has no table in schema {MARTS_SCHEMA}. Way out: run the dbt models first.")
    for name in names:
        if name == RELEASE_TABLE or "/" in name or name.startswith("."):
            raise ReleaseError(f"A mart is named {name!r}, which a release cannot hold. Way out: rename the model.")
    return tuple(_read_mart(connection, name, withheld_feeds) for name in names)


def published_rows(name: str, columns: Collection[str], withheld_feeds: Collection[str]) -> str:
    """The rows of a mart of the build file that may leave the house, as `from …` in SQL."""
    return f"from {mart(name)} where {_may_leave(name, columns, withheld_feeds) if withheld_feeds else 'true'}"


def _may_leave(name: str, columns: Collection[str], withheld_feeds: Collection[str]) -> str:
    """What holds of a row that gives away no row of a withheld feed, as a condition in SQL."""
    withheld = string_list(withheld_feeds)
    if "feed" in columns:
        # An incident that an open feed leads can have its day, place or toll from a withheld one.
        sources = ("feed", *(column for column in CHOSEN_FROM if column in columns))
        conditions = [f"({quoted(source)} is null or {quoted(source)} not in {withheld})" for source in sources]
        if name == ATTACKS:
            chosen = " or ".join(f"{column} in {withheld}" for column in CHOSEN_FROM)
            conditions.append(f"incident_id not in (select incident_id from {mart(INCIDENTS)} where {chosen})")
        return " and ".join(conditions)
    if "id_space" in columns:
        # Places and actors as a feed names them are its rows, too; what feeds share may leave where one of them may.
        free = f"from {mart(BATCHES)} where feed not in {withheld}"
        return f"(id_space is null or id_space in (select id_space {free}))"
    return "true"


def year_of(name: str, columns: Collection[str]) -> str | None:
    """What says the year of a row, as SQL; nothing where a mart is not kept by year."""
    column, year = YEARS.get(name[: len("fct_")], ("", ""))
    return year if column in columns else None


def _read_mart(connection: duckdb.DuckDBPyConnection, name: str, withheld_feeds: Collection[str]) -> Mart:
    columns = _read_columns(connection, name)
    names = [column.name for column in columns]
    year = year_of(name, names)
    hashed = ", ".join(quoted(column) for column in names)
    rows = connection.execute(
        f"select {year or 'null'}, count(*), sum(hash({hashed}))"
        f" {published_rows(name, names, withheld_feeds)} group by 1 order by 1"
    ).fetchall()
    return Mart(
        name=name,
        comment=_read_comment(connection, name),
        columns=columns,
        view=_read_view(connection, name),
        is_partitioned=year is not None,
        partitions=tuple(
            Partition(year=year, row_count=count, digest=_digest(DIGEST_METHOD, count, total))
            # An empty mart is an empty partition, so that its Parquet has a file to say which columns it has.
            for year, count, total in rows or [(None, 0, 0)]
        ),
    )


def _read_columns(connection: duckdb.DuckDBPyConnection, name: str) -> tuple[Column, ...]:
    rows = connection.execute(
        "select column_name, data_type, comment from duckdb_columns()"
        " where database_name = 'build' and schema_name = ? and table_name = ? order by column_index",
        [MARTS_SCHEMA, name],
    ).fetchall()
    return tuple(Column(name=column, type=data_type, comment=comment) for column, data_type, comment in rows)


def _read_view(connection: duckdb.DuckDBPyConnection, name: str) -> str | None:
    """What a view of marts, and of nothing else, asks of the marts of a release."""
    rows = connection.execute(
        "select sql from duckdb_views() where database_name = 'build' and schema_name = ? and view_name = ?",
        [MARTS_SCHEMA, name],
    ).fetchall()
    query = rows[0][0].partition(" AS ")[2].rstrip(";") if rows else ""
    schema = f"{MARTS_SCHEMA}."
    if not query or not all(table.startswith(schema) for table in connection.get_table_names(query, qualified=True)):
        return None
    return re.sub(rf"\b{re.escape(schema)}", f"{RELEASE_SCHEMA}.", query)


def _read_comment(connection: duckdb.DuckDBPyConnection, name: str) -> str | None:
    rows = connection.execute(
        "select comment from duckdb_tables() where database_name = 'build' and schema_name = ? and table_name = ?"
        " union all"
        " select comment from duckdb_views() where database_name = 'build' and schema_name = ? and view_name = ?",
        [MARTS_SCHEMA, name, MARTS_SCHEMA, name],
    ).fetchall()
    return rows[0][0] if rows else None


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()
