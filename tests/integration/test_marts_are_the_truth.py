"""What the marts say attacks were like, set against what the generator of the sample wrote down of what it invented."""

import json
from collections import Counter
from itertools import pairwise

import pytest

from orchestration.settings import PROJECT_ROOT
from tests.warehouse import Warehouse

TRUTH = json.loads((PROJECT_ROOT / "data/sample/truth.json").read_text(encoding="utf-8"))
ATTACKS = TRUTH["attacks"]
COUNT_MARTS = (
    "agg_attacks_by_year",
    "agg_attacks_by_month",
    "agg_targets_by_year",
    "agg_tactics_by_year",
    "agg_cross_border_by_year",
    "agg_civilian_exposure_by_year",
    "agg_incidents_by_country_month",
)

pytestmark = pytest.mark.xdist_group("nightly")


def events_of_incidents(warehouse: Warehouse) -> dict[str, str]:
    """Of which invented event an incident is, by its reports; an incident of something else is left out."""
    told = {("ucdp", event): event for kind in TRUTH["kinds"].values() for event in kind["ids"]}
    told |= {
        (feed, report): event
        for feed, reports in TRUTH["links"]["reports"].items()
        for report, event in reports.items()
    }
    rows = warehouse.build_query(
        """
        select reports.id_space, reports.source_event_id, coalesce(members.incident_id, alone.incident_id)
        from marts.fct_reports as reports
        left join marts.bridge_incident_reports as members
            on reports.report_id = members.report_id and members.relation = 'tells'
        left join marts.fct_incidents as alone on reports.report_id = alone.report_id
        """
    )
    return {incident: told[id_space, report] for id_space, report, incident in rows if (id_space, report) in told}


def test_every_mart_of_counts_has_every_basis(first_run: Warehouse):
    for mart in COUNT_MARTS:
        bases = {basis for (basis,) in first_run.query(f"select distinct counting_basis from {mart}")}
        assert bases >= {"linked", "feed:ucdp", "feed:acled", "sum_of_feeds", "largest_feed"}, mart
    assert "counting_basis" in {name for name, *_ in first_run.query("describe agg_group_cooperation_by_year")}


def test_attacks_of_every_month_are_the_truth(first_run: Warehouse):
    rows = first_run.query(
        """
        select definition_id, country_code, month_start_date, attack_count from agg_attacks_by_month
        where counting_basis = 'linked' and attacker_family = 'all' and attack_count > 0
        """
    )
    assert {(definition, country, f"{month:%Y-%m}"): count for definition, country, month, count in rows} == {
        (definition, country, month): count
        for definition, countries in ATTACKS["by_month"].items()
        for country, months in countries.items()
        for month, count in months.items()
    }


def test_targets_are_the_truth_where_sources_agree(first_run: Warehouse):
    found: dict[str, dict[str, int]] = {definition: {} for definition in ATTACKS["targets"]}
    for definition, target, count in first_run.query(
        """
        select definition_id, target_class, sum(attack_count) from agg_targets_by_year
        where counting_basis = 'linked' group by all
        """
    ):
        found[definition][target] = int(count)
    for definition, targets in ATTACKS["targets"].items():
        assert found[definition].keys() <= targets.keys(), definition
        for target, (least, most) in targets.items():
            assert least <= found[definition].get(target, 0) <= most, (definition, target)


def test_weapons_of_every_definition_are_the_truth(first_run: Warehouse):
    rows = first_run.query(
        """
        select definition_id, tactic, year::varchar, sum(attack_count) from agg_tactics_by_year
        where counting_basis = 'linked' and tactic in ('indirect_fire', 'ied_or_mine', 'drone', 'air_strike')
        group by all
        """
    )
    assert {(definition, tactic, year): count for definition, tactic, year, count in rows} == {
        (definition, weapon, year): count
        for definition, weapons in ATTACKS["weapons"].items()
        for weapon, years in weapons.items()
        for year, count in years.items()
    }


def test_nothing_is_found_that_was_not_invented(first_run: Warehouse):
    """No attacker of the sample has drones, no text tells of a crossing, and no two groups act together."""
    assert first_run.query("select count(*) from agg_tactics_by_year where tactic = 'drone_attack'") == [
        (ATTACKS["attacks_with_drones_of_attackers"],)
    ]
    assert first_run.query("select sum(cross_border_told_count) from agg_cross_border_by_year") == [
        (ATTACKS["crossings_told"],)
    ]
    assert first_run.query("from agg_group_cooperation_by_year") == ATTACKS["groups_that_cooperate"]


def test_civilian_deaths_of_every_definition_are_the_truth(first_run: Warehouse):
    rows = first_run.query(
        """
        select definition_id, year::varchar, sum(attack_count), sum(fatality_count_civilians)
        from agg_civilian_exposure_by_year where counting_basis = 'linked' group by all
        """
    )
    attacks = Counter[tuple[str, str]]()
    for definition, countries in TRUTH["attack_count"].items():
        for years in countries.values():
            for year, count in years.items():
                attacks[definition, year] += count
    assert {(definition, year): count for definition, year, count, _ in rows} == +attacks
    assert {(definition, year): deaths for definition, year, _, deaths in rows} == {
        (definition, year): deaths
        for definition, years in ATTACKS["civilian_deaths_told_by_side"].items()
        for year, deaths in years.items()
    }


def test_months_of_ucdp_alone_hold_the_reports_of_its_files(first_run: Warehouse):
    rows = first_run.query(
        """
        select
            country_code, year(month_start_date)::varchar, sum(state_based_incident_count),
            sum(non_state_incident_count), sum(one_sided_incident_count)
        from agg_incidents_by_country_month
        where counting_basis = 'feed:ucdp' and month_start_date >= date '2018-01-01' group by all
        """
    )
    found = {
        (kind, country, year): count
        for country, year, *counts in rows
        for kind, count in zip(("state_based", "non_state", "one_sided"), counts, strict=True)
    }
    assert found == {
        (kind, country, year): count
        for kind, countries in TRUTH["report_count"].items()
        for country, years in countries.items()
        for year, count in years.items()
    }


def test_coordinated_sets_are_made_of_attacks_that_were_close_by_day_and_place(first_run: Warehouse):
    events = events_of_incidents(first_run)
    members: dict[str, set[str]] = {}
    centres: dict[str, str] = {}
    for coordinated_set, incident, is_centre in first_run.build_query(
        """
        select coordinated_set_id, incident_id, is_centre
        from marts.bridge_coordinated_set_incidents where basis = 'inferred'
        """
    ):
        members.setdefault(coordinated_set, set()).add(events[incident])
        if is_centre:
            centres[coordinated_set] = events[incident]
    truth = ATTACKS["coordination"]
    surely, perhaps = set(truth["in_a_set"]), set(truth["perhaps_in_a_set"])
    found = set().union(*members.values())
    assert len(surely) > 100
    assert surely <= found <= surely | perhaps
    pairs = {frozenset(pair.split()) for pair in truth["pairs"]}
    assert members.keys() == centres.keys()
    for coordinated_set, centre in centres.items():
        assert {frozenset((centre, other)) for other in members[coordinated_set] - {centre}} <= pairs


def test_actors_have_the_families_that_they_were_invented_with(first_run: Warehouse):
    found: dict[str, set[tuple[str, str]]] = {}
    for name, family, actor in first_run.build_query(
        """
        select names.actor_name, actors.family, actors.actor_id
        from marts.dim_actor_names as names inner join marts.dim_actors as actors using (actor_id)
        """
    ):
        found.setdefault(name, set()).add((family, actor))
    for family, names in ATTACKS["families"].items():
        for name in names:
            assert {of for of, _ in found[name]} == {family}, name
    for names in ATTACKS["one_group"]:
        for one, other in pairwise(names):
            assert found[one] == found[other]


def test_as_linked_attacks_are_the_truth_and_surer_links_make_no_fewer(first_run: Warehouse):
    rows = first_run.query(
        """
        select link_threshold, definition_id, country_code, year::varchar, attack_count
        from agg_attacks_by_year_and_threshold
        """
    )
    truth = {
        (definition, country, year): count
        for definition, countries in TRUTH["attack_count"].items()
        for country, years in countries.items()
        for year, count in years.items()
        if count
    }
    found: dict[float, dict[tuple[str, str, str], int]] = {}
    for threshold, definition, country, year, count in rows:
        found.setdefault(threshold, {})[definition, country, year] = count
    assert found[0] == truth
    for lower, higher in pairwise(sorted(found)):
        assert all(found[lower][key] <= count for key, count in found[higher].items())


def test_incidents_hold_reports_of_one_event_and_every_event_once(first_run: Warehouse):
    """Of what definitions count, for which feeds keep within their own words: what is vague may be linked otherwise."""
    told: dict[tuple[str, str], str] = {
        ("ucdp", event): event for kind in TRUTH["kinds"].values() if kind["definitions"] for event in kind["ids"]
    }
    told |= {
        (feed, report): event
        for feed, reports in TRUTH["links"]["reports"].items()
        for report, event in reports.items()
        if ("ucdp", event) in told or TRUTH["links"]["only_others"].get(event)
    }
    rows = first_run.build_query(
        """
        select members.incident_id, members.id_space, members.source_event_id, incidents.report_count
        from marts.bridge_incident_reports as members
        inner join marts.fct_incidents as incidents using (incident_id)
        where members.relation in ('tells', 'covers_several')
        """
    )
    events: dict[str, set[str]] = {}
    sizes = Counter(incident for incident, *_ in rows)
    for incident, id_space, report, report_count in rows:
        assert sizes[incident] == report_count
        if event := told.get((id_space, report)):
            events.setdefault(incident, set()).add(event)
    assert len(events) > 400
    assert {len(found) for found in events.values()} == {1}
    assert max(Counter(event for found in events.values() for event in found).values()) == 1


def test_coordinates_that_were_spoilt_into_another_country_are_flagged_where_places_are_near(first_run: Warehouse):
    """Without boundaries, populated places are the witnesses: where there are too few of them, the row says so."""
    spoilt = {
        entry["source_event_id"]
        for entry in TRUTH["dirt"]["country_unlike_coordinates"]
        if entry["outcome"] == "landed"
    }
    rows = first_run.query(
        """
        select reports.source_event_id, places.has_country_disagreement, places.country_check_basis
        from fct_reports as reports inner join dim_places as places using (place_id)
        where reports.id_space = 'ucdp'
        """
    )
    found = {event: (is_flagged, basis) for event, is_flagged, basis in rows if event in spoilt}
    assert found.keys() == spoilt
    assert (True, "populated_places") in found.values()
    assert (False, "populated_places") not in found.values()
    assert {event for event, is_flagged, _ in rows if is_flagged} <= spoilt
