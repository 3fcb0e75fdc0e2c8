"""The whole job on the synthetic sample, through the command, set against the truth that the generator wrote down."""

import json
import shutil
from collections.abc import Sequence
from itertools import combinations
from math import acos, cos, radians, sin
from pathlib import Path

import duckdb
import pytest

from orchestration.feeds import all_feeds
from orchestration.io.lake import COUNTED_AS
from orchestration.settings import PROJECT_ROOT
from tests.ucdp_rows import record, release_csv, saved
from tests.warehouse import Warehouse

TRUTH = json.loads((PROJECT_ROOT / "data/sample/truth.json").read_text(encoding="utf-8"))
STRICT = "attack_on_military_position.strict"

pytestmark = pytest.mark.xdist_group("nightly")


UCDP_REPORTS = "select count(*) from fct_reports where id_space = 'ucdp'"
"""The truth counts the events of UCDP's two feeds; other feeds tell of their own."""


def marts(warehouse: Warehouse) -> list[str]:
    return sorted(name for (name,) in warehouse.query("select table_name from information_schema.tables"))


def test_run_prints_the_table_of_the_founding_text(first_run: Warehouse):
    shown = first_run.command("figures", "--definition", STRICT).stdout
    for cells in (("2021", "50", "–"), ("2022", "125", "150%"), ("2023*", "300+", ">140%")):
        assert any(all(f" {cell} " in line for cell in cells) for line in shown.splitlines()), (cells, shown)


def test_every_yearly_figure_is_the_truth(first_run: Warehouse):
    found = {
        (definition, country, str(year)): count
        for definition, country, year, count in first_run.query(
            """
            select definition_id, country_code, year, attack_count from agg_attacks_by_year
            where year >= 2018 and counting_basis = 'linked' and attacker_family = 'all'
            """
        )
    }
    expected = {
        (definition, country, year): count
        for definition, countries in TRUTH["attack_count"].items()
        for country, years in countries.items()
        for year, count in years.items()
    }
    assert found == expected


def linked_pairs(warehouse: Warehouse) -> set[frozenset[tuple[str, str]]]:
    """What is linked, by the feeds' own ids."""
    found = warehouse.build_query(
        """
        select one.id_space, one.source_event_id, other.id_space, other.source_event_id
        from intermediate.int_report_links as links
        inner join marts.fct_reports as one on links.report_id_left = one.report_id
        inner join marts.fct_reports as other on links.report_id_right = other.report_id
        where links.is_linked
        """
    )
    return {frozenset([(one, first), (other, second)]) for one, first, other, second in found}


def true_pairs() -> set[frozenset[tuple[str, str]]]:
    """Reports of two feeds that tell of one event."""
    told: dict[str, list[tuple[str, str]]] = {
        event: [("ucdp", event)] for kind in TRUTH["kinds"].values() for event in kind["ids"]
    }
    for feed, reports in TRUTH["links"]["reports"].items():
        for report, event in reports.items():
            told.setdefault(event, []).append((feed, report))
    return {frozenset(pair) for reports in told.values() for pair in combinations(reports, 2)}


def test_links_are_the_truth(first_run: Warehouse):
    found, expected = linked_pairs(first_run), true_pairs()
    precision, recall = len(found & expected) / len(found), len(found & expected) / len(expected)
    print(f"\n{len(expected)} true pairs, {len(found)} linked: precision {precision:.3f}, recall {recall:.3f}")  # noqa: T201
    assert len(expected) > 800
    assert precision >= 0.95
    assert recall >= 0.90


def test_feeds_together_tell_of_more_attacks_than_there_were(first_run: Warehouse):
    """Linked, an attack that three feeds tell of is one; some of them only ACLED has."""
    told = dict(
        first_run.build_query(
            """
            select year(occurred_date), count(*)
            from intermediate.int_attacks__counted
            where
                definition_id = ? and id_space in ('ucdp', 'acled')
                and report_version_id in (select report_version_id from marts.fct_reports)
            group by year(occurred_date)
            """,
            STRICT,
        )
    )
    of_ucdp = TRUTH["links"]["strict_attacks_told_by_feed"]["ucdp"]
    for year, attacks in ((2021, 50), (2022, 125), (2023, 300)):
        assert of_ucdp[str(year)] < attacks < told[year]


def test_only_what_may_leave_is_in_the_release_of_linked_incidents(first_run: Warehouse):
    assert first_run.query("select count(*) from bridge_incident_reports where feed in ('acled', 'gtd')") == [(0,)]
    assert first_run.query("select count(*) > 300 from fct_incidents where report_count > 1") == [(True,)]
    withheld = "('acled', 'gtd', 'incident_file')"
    taken = " or ".join(f"{column} in {withheld}" for column in ("feed", "date_feed", "place_feed", "toll_feed"))
    assert first_run.query(f"select count(*) from fct_incidents where {taken}") == [(0,)]
    assert first_run.query("select count(*) from fct_attacks anti join fct_incidents using (incident_id)") == [(0,)]


def test_every_feed_alone_is_the_truth_and_its_sum_and_largest_lie_on_both_sides(first_run: Warehouse):
    query = """
        select counting_basis, country_code, year, attack_count, count_bound, definition_id from agg_attacks_by_year
        where year >= 2018 and attacker_family = 'all'
    """
    rows = first_run.query(query)
    ucdp = {
        (definition, country, str(year)): count
        for basis, country, year, count, _, definition in rows
        if basis == "feed:ucdp"
    }
    assert ucdp == {
        (definition, country, year): count
        for definition, countries in TRUTH["attack_count_of_ucdp"].items()
        for country, years in countries.items()
        for year, count in years.items()
    }
    strict = {
        (basis, year): (count, bound)
        for basis, country, year, count, bound, definition in rows
        if definition == STRICT and country == "MLI"
    }
    for year, bound in ((2021, "exact"), (2022, "exact"), (2023, "at_least")):
        linked, summed, largest = (strict[basis, year] for basis in ("linked", "sum_of_feeds", "largest_feed"))
        feeds = [
            count for (basis, of_year), (count, _) in strict.items() if basis.startswith("feed:") and of_year == year
        ]
        assert max(feeds) == largest[0] < linked[0] < summed[0] == sum(feeds)
        assert (linked[1], largest[1]) == (bound, "at_least")
        assert summed[1] == ("at_most" if bound == "exact" else "none")


def test_attackers_weapons_targets_and_civilian_deaths_are_the_truth(first_run: Warehouse):
    truth = TRUTH["strict_attacks"]
    families = {"JNIM": "al_qaeda_affiliated", "IS": "islamic_state_affiliated"}
    for mart, key, expected in (
        ("agg_attacks_by_month", "attacker_family", {families[name]: told for name, told in truth["by_group"].items()}),
        ("agg_tactics_by_year", "tactic", truth["by_weapon"]),
    ):
        year = "year(month_start_date)" if mart.endswith("month") else "year"
        for name, years in expected.items():
            found = dict(
                first_run.query(
                    f"""
                    select {year}::varchar, sum(attack_count) from {mart}
                    where counting_basis = 'linked' and definition_id = ? and {key} = ? group by all
                    """,
                    STRICT,
                    name,
                )
            )
            assert {each: found.get(each, 0) for each in years} == years, (mart, name)
    assert first_run.query(
        """
        select distinct target_class from agg_targets_by_year
        where definition_id = ? and counting_basis = 'linked' order by all
        """,
        STRICT,
    ) == [("military_base_or_post",), ("military_checkpoint",)]
    figures = first_run.query(
        """
        select year::varchar, attack_count, fatality_count_civilians from agg_civilian_exposure_by_year
        where definition_id = ? and counting_basis = 'linked'
        """,
        STRICT,
    )
    assert {year: count for year, count, _ in figures} == {
        str(row["year"]): row["attack_count"] for row in TRUTH["headline_table"] if row["attack_count"]
    }
    assert {year: deaths for year, _, deaths in figures} == {
        year: deaths for year, deaths in truth["civilian_deaths"].items() if deaths
    }


def test_inferred_sets_are_those_that_the_rule_makes_by_hand(first_run: Warehouse):
    """The rule once more, attack by attack: the sample plans no coordination, so its truth is the rule itself.

    Asked of the build file: a release leaves out rows of feeds that may not be passed on.
    """
    rows = first_run.build_query(
        """
        select distinct
            incident_id, occurred_date, latitude, longitude,
            case when a.is_jihadist then a.actor_id when b.is_jihadist then b.actor_id end as attacker
        from marts.fct_attacks
        left join marts.dim_actors as a on side_a_actor_id = a.actor_id
        left join marts.dim_actors as b on side_b_actor_id = b.actor_id
        where
            initiator_family = 'jihadist' and date_precision = 'day' and place_precision in ('exact', 'near')
            and coalesce(latitude, longitude) is not null and (a.is_jihadist or b.is_jihadist)
        """
    )
    alliances = first_run.build_query(
        "select actor_id, allied_actor_id, valid_from_date, valid_until_date from marts.dim_actor_alliances"
    )
    attacks = {row[0]: row[1:] for row in rows}
    days: dict[object, list[str]] = {}
    for incident, (day, *_) in attacks.items():
        days.setdefault(day, []).append(incident)

    def together(one: str, other: str) -> bool:
        day, *here, group = attacks[one]
        _, *there, other_group = attacks[other]
        allied = group == other_group or any(
            pair == [group, other_group] and since <= day <= until for *pair, since, until in alliances
        )
        return one != other and allied and 10 <= kilometres(here, there) <= 300

    expected: dict[str, str] = {}
    for of_day in days.values():
        fellows = {one: {other for other in of_day if together(one, other)} for one in of_day}
        rank = {one: (-len(fellows[one]), one) for one in of_day}
        left = {one for one in of_day if fellows[one]}
        for _ in range(2):
            centres = {one for one in left if all(rank[one] < rank[other] for other in fellows[one] & left)}
            chosen = {
                one: min(fellows[one] & centres, key=rank.__getitem__)
                for one in left - centres
                if fellows[one] & centres
            }
            expected |= chosen | {centre: centre for centre in chosen.values()}
            left -= chosen.keys() | set(chosen.values())
    found = dict(
        first_run.build_query(
            """
            select members.incident_id, centre_incident_id
            from marts.bridge_coordinated_set_incidents as members
            inner join marts.fct_coordinated_sets using (coordinated_set_id)
            where members.basis = 'inferred'
            """
        )
    )
    assert len(expected) > 100
    assert found == expected


def kilometres(here: Sequence[float], there: Sequence[float]) -> float:
    """Distance on a sphere of 6,371 km by the law of cosines; latitude and longitude in degrees."""
    (lat, lon), (other_lat, other_lon) = (map(radians, place) for place in (here, there))
    return 6371 * acos(min(1.0, sin(lat) * sin(other_lat) + cos(lat) * cos(other_lat) * cos(lon - other_lon)))


def test_reports_by_kind_and_country_are_the_truth(first_run: Warehouse):
    for kind, countries in TRUTH["report_count"].items():
        for country, years in countries.items():
            found = dict(
                first_run.query(
                    """
                    select occurred_year, count(*) from fct_reports
                    where violence_type = ? and country_code = ? group by occurred_year
                    """,
                    kind,
                    country,
                )
            )
            assert {year: found.get(int(year), 0) for year in years} == years


def test_nothing_is_lost_and_it_can_be_asked(first_run: Warehouse):
    assert first_run.query("select distinct is_conserved from fct_feed_batches") == [(True,)]
    report = first_run.first_report["conservation"]
    assert all(row["read"] == sum(row[word] for word in COUNTED_AS) for row in report)
    assert (
        sum(row["quarantined"] for row in report if all_feeds()[row["feed"]].may_redistribute)
        == first_run.query("select count(*) from quarantined_records")[0][0]
    )


def test_founding_claims_agree_with_the_table_that_they_are(first_run: Warehouse):
    rows = first_run.json("claims", "--source", "founding table")
    shown = {
        row["claim_id"]: (row["claim_label"], row["our_label"], row["verdict"]) for row in rows if row["claimed_bound"]
    }
    assert shown == {
        "founding_2021_count": ("50", "50", "agrees"),
        "founding_2022_count": ("125", "125", "agrees"),
        "founding_2022_increase": ("150%", "150%", "agrees"),
        "founding_2023_count": ("300+", "300+", "agrees"),
        "founding_2023_increase": (">140%", ">140%", "agrees"),
    }
    assert {row["counting_basis"] for row in rows} == {"linked"}
    # What the sentences say happened is looked up in the marts that tell of it; the sample tells of no drones.
    sentences = {row["claim_id"]: (row["our_value_low"], row["verdict"]) for row in rows if not row["claimed_bound"]}
    by_group = {name: sum(years.values()) for name, years in TRUTH["strict_attacks"]["by_group"].items()}
    assert sentences["founding_al_qaeda"] == (by_group["JNIM"], "agrees")
    assert sentences["founding_islamic_state"] == (by_group["IS"], "agrees")
    assert len(sentences) == 9
    assert {name for name, (_, verdict) in sentences.items() if verdict != "agrees"} == {
        "founding_drones",
        "founding_pooling",
    }
    assert "SYNTHETIC" in first_run.command("claims").stdout
    # Claims are real, and neither drive the sample out nor make it real.
    assert first_run.query("select is_used, is_synthetic from fct_feed_batches where feed = 'claims'") == [
        (True, False)
    ]


def test_release_says_everywhere_that_it_is_synthetic(first_run: Warehouse):
    assert first_run.query("select contains_synthetic_data from release") == [(True,)]
    assert first_run.query("select distinct contains_synthetic_data from agg_attacks_by_year") == [(True,)]
    folder = Path(first_run.first_report["release"]["folder"])
    assert json.loads((folder / "manifest.json").read_text())["contains_synthetic_data"] is True
    assert "synthetic" in (folder / "README.txt").read_text().lower()
    assert "SYNTHETIC" in first_run.command("status").stdout


def test_release_is_complete(first_run: Warehouse):
    folder = Path(first_run.first_report["release"]["folder"])
    manifest = json.loads((folder / "manifest.json").read_text())
    tables = set(marts(first_run)) - {"release"}
    assert {mart["name"] for mart in manifest["marts"]} == tables
    for name in tables:
        parts = str(folder / "parquet" / name / "**" / "*.parquet")
        with duckdb.connect() as connection:
            rows = connection.execute("select count(*) from read_parquet(?)", [parts]).fetchall()
        assert rows == first_run.query(f'select count(*) from "{name}"')
    assert "agg_attacks_by_year" in (folder / "dictionary.html").read_text(encoding="utf-8")
    assert (folder / "data_docs" / "index.html").exists()
    assert "CC BY 4.0" in manifest["licences"]
    assert any("Sundberg" in citation for citation in manifest["citations"])


def test_every_table_and_column_is_described_in_the_file(first_run: Warehouse):
    undescribed = "select table_name, column_name from duckdb_columns() where comment is null and not internal"
    assert first_run.query(f"{undescribed} and table_name <> 'release'") == []
    assert first_run.query("select table_name from duckdb_tables() where comment is null and not internal") == []


def test_a_night_without_change_builds_nothing_and_says_so(first_run: Warehouse):
    (release,) = first_run.query("select release_id from release")[0]
    before = first_run.written_at()
    done = first_run.command("run", "--sample")
    assert "New batches: 0" in done.stdout
    assert f"Nothing changed since release {release}; nothing was built." in done.stdout
    assert all(cell in done.stdout for cell in ("2023*", "300+", ">140%"))
    for step in ("building the models and testing them", "auditing marts", "publishing release"):
        assert f"{step} skipped" in done.stderr
    assert first_run.written_at() == before
    assert len(first_run.json("releases")) == 1


def test_a_night_that_misses_something_is_red_although_nothing_is_built(first_run: Warehouse):
    before = first_run.written_at()
    saved(first_run.data / "inbox" / "ucdp_candidate", "whatever.csv", release_csv([record()]))
    done = first_run.command("run", "--no-fetch", code=1)
    assert "nothing was built" in done.stdout
    assert "The night went without something" in done.stderr
    assert "nothing says which edition this is" in done.stderr
    assert first_run.written_at() == before


def test_the_past_is_answered_without_touching_the_release(first_run: Warehouse):
    before = first_run.written_at()
    (arrived,) = first_run.query("select max(changed_at) from agg_year_changes")[0]
    assert first_run.json("figures", "--as-of", arrived.isoformat()) == first_run.json("figures")
    done = first_run.command("figures", "--as-of", "2001-01-01", code=1)
    assert "nothing had arrived by then" in done.stderr
    feeds = first_run.json("status", "--as-of", "2001-01-01")["feeds"]
    assert {row["newest_batch_at"] for row in feeds} == {None}
    assert first_run.written_at() == before


def test_changes_since_the_beginning_are_the_figures_of_ucdp_by_itself(first_run: Warehouse):
    """The history is that of one feed's reports: what links and other feeds did to a figure is not among it."""
    found = first_run.json("changes", "--since", "2001-01-01")
    figures = {int(year): count for year, count in TRUTH["attack_count_of_ucdp"][STRICT]["MLI"].items() if count}
    assert {row["year"]: row["attack_count"] for row in found["years"]} == figures
    for row in found["years"]:
        assert row["new"] + row["revised"] + row["reclassified"] + row["withdrawn"] == row["attack_count"]
    shown = first_run.command("changes", "--since", "2001-01-01").stdout
    assert "2022" in shown
    assert "each counted by itself" in shown


def test_a_rebuild_gives_the_same_release_in_a_dagster_run_without_secrets(first_run: Warehouse):
    build, published = first_run.written_at()
    first_run.environment["UCDP_ACCESS_TOKEN"] = "hunter2-token"  # noqa: S105
    first_run.environment["INCIDENTS_UCDP_SOURCE"] = "off"
    report = first_run.json("run", "--sample", "--rebuild")
    run_id = report["run_id"]
    assert (report["nothing_changed_since"], report["release"]["is_unchanged"]) == (None, True)
    assert first_run.written_at()[0] > build
    assert first_run.written_at()[1] == published
    del first_run.environment["UCDP_ACCESS_TOKEN"]
    written = [path for path in first_run.root.rglob("*") if path.is_file() and path.stat().st_size < 50_000_000]
    assert any(run_id.encode() in path.read_bytes() for path in written if path.suffix == ".db" or "runs" in path.name)
    assert not [path for path in written if b"hunter2-token" in path.read_bytes()]


def test_a_full_rebuild_from_raw_gives_the_same_marts_row_for_row(first_run: Warehouse, tmp_path: Path):
    other = Warehouse(tmp_path)
    shutil.copytree(first_run.data / "lake" / "raw", other.data / "lake" / "raw")
    other.command("run", "--no-fetch")
    with duckdb.connect() as connection:
        connection.execute(f"attach '{first_run.published}' as one (read_only)")
        connection.execute(f"attach '{other.published}' as two (read_only)")
        for name in set(marts(first_run)) - {"release"}:
            for left, right in (("one", "two"), ("two", "one")):
                differing = connection.execute(
                    f'select count(*) from (from {left}."{name}" except all from {right}."{name}")'
                ).fetchall()
                assert differing == [(0,)], name


def test_a_broken_mart_leaves_the_last_release_in_place(first_run: Warehouse, tmp_path: Path):
    broken = Warehouse(tmp_path)
    shutil.copytree(first_run.data, broken.data, symlinks=True)
    before = broken.query("select release_id from release")
    (broken.data / "published" / "warehouse.duckdb").unlink()
    current = broken.data / "published" / "releases" / before[0][0] / "warehouse.duckdb"
    shutil.copy(current, broken.data / "published" / "warehouse.duckdb")
    # The newest yearly file shrinks to one event: nearly everything would be withdrawn.
    shrunk = saved(tmp_path, "GEDEvent_v24_1.csv", release_csv([record()]))
    broken.environment["INCIDENTS_SYNTHETIC"] = "include"
    broken.command("add", "ucdp_ged", shrunk)
    done = broken.command("run", "--no-fetch", code=1)
    assert "Audit FAILED" in done.stderr
    assert "Data Docs:" in done.stderr
    assert "Expected:" in done.stderr
    assert broken.query("select release_id from release") == before


def test_a_refused_file_costs_nothing_but_itself_and_the_night_is_not_green(first_run: Warehouse, tmp_path: Path):
    warehouse = Warehouse(tmp_path)
    shutil.copytree(first_run.data / "lake", warehouse.data / "lake")
    inbox = warehouse.data / "inbox"
    saved(inbox / "ucdp_candidate", "whatever.csv", release_csv([record()]))
    saved(inbox / "ucdp_ged", "GEDEvent_v24_1.csv", b"<html>log in</html>")
    done = warehouse.command("run", "--no-fetch", code=1)
    assert "nothing says which edition this is" in done.stderr
    assert "web page" in done.stderr
    assert warehouse.query(UCDP_REPORTS)[0][0] == TRUTH["current_report_count"]
    note = inbox / "ucdp_candidate" / ".refused" / "whatever.csv.why.txt"
    assert "--edition" in note.read_text()
    assert warehouse.query("select status, count(*) from fct_feed_batches where status = 'refused' group by 1") == [
        ("refused", 1)
    ]


def test_real_data_drive_synthetic_data_out(first_run: Warehouse, tmp_path: Path):
    warehouse = Warehouse(tmp_path)
    shutil.copytree(first_run.data / "lake", warehouse.data / "lake")
    warehouse.command("add", "ucdp_ged", saved(tmp_path, "GEDEvent_v24_1.csv", release_csv([record(1), record(2)])))
    warehouse.command("run", "--no-fetch")
    assert warehouse.query("select count(*) from fct_reports") == [(2,)]
    assert warehouse.query("select contains_synthetic_data from release") == [(False,)]


def test_a_held_batch_waits_for_a_decision_and_costs_the_night_nothing_else(first_run: Warehouse, tmp_path: Path):
    warehouse = Warehouse(tmp_path, environment={"INCIDENTS_SYNTHETIC": "include"})
    shutil.copytree(first_run.data / "lake", warehouse.data / "lake")
    days = {"date_start": "2023-11-02", "date_end": "2023-11-02", "year": "2023"}
    bad = [record(n, **days, best="many") for n in range(1, 11)]
    sound = [record(n, **days) for n in range(11, 31)]
    saved(warehouse.data / "inbox" / "ucdp_candidate", "GEDEvent_v23_0_11.csv", release_csv([*bad, *sound]))

    done = warehouse.command("run", "--no-fetch", code=1)
    assert "10 of 30 records (33.3%) broke the contract: the batch is held" in done.stderr
    assert warehouse.query(UCDP_REPORTS)[0][0] == TRUTH["current_report_count"]
    ((batch, kept),) = warehouse.query(
        "select batch_id, is_conserved from fct_feed_batches where status = 'held' and not is_used"
    )
    assert kept
    assert warehouse.query("select count(*) from quarantined_records where batch_id = ?", batch) == [(0,)]
    assert len(warehouse.json("quarantine", "ucdp_candidate", "--limit", "10")) == 10

    # The next night warns of it, and is green.
    assert batch in warehouse.command("run", "--no-fetch").stdout

    warehouse.command("accept", "ucdp_candidate", batch[:20], "--why", "typed by hand, the others are sound")
    warehouse.command("run", "--no-fetch")
    assert warehouse.query(UCDP_REPORTS)[0][0] == TRUTH["current_report_count"] + len(sound)
    ((decision,),) = warehouse.query("select decision from fct_feed_batches where batch_id = ?", batch)
    assert decision.startswith("accepted by ")
    assert decision.endswith("typed by hand, the others are sound")
    assert warehouse.query("select count(*) from quarantined_records where batch_id = ?", batch) == [(10,)]
