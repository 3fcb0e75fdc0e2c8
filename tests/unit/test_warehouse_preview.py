"""What the UI shows of a mart beside its row count."""

import duckdb

from orchestration.assets.warehouse import FIRST_ROWS, PREVIEW_ROWS, _rows_of


def test_names_that_most_reports_use_are_shown_first():
    with duckdb.connect() as connection:
        connection.execute(
            """
            create schema marts;
            create table marts.unresolved_names as
            select 'name ' || number as actor_name, number as side_count, number % 2 as companion_count,
            from range(50) as numbers (number);
            create table marts.dim_dates as select range as number from range(50);
            """
        )
        names, days = (_rows_of(connection, "marts", mart) for mart in ("unresolved_names", "dim_dates"))
    shown = [line.split(" | ")[0].strip("| ") for line in names["preview"].value.splitlines()[2:]]
    most = sorted(range(50), key=lambda number: (-number - number % 2, f"name {number}"))
    assert shown == [f"name {number}" for number in most[: FIRST_ROWS["unresolved_names"][1]]]
    assert len(days["preview"].value.splitlines()) == PREVIEW_ROWS + 2
    assert names["dagster/row_count"] == 50
