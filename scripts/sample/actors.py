"""Who meets whom, with UCDP's names and numbers of actors, dyads and conflicts. What they do is decided elsewhere."""

from dataclasses import dataclass
from functools import cache

from scripts.sample.geography import BURKINA_FASO, MALI, NIGER, Country


@dataclass(frozen=True, slots=True)
class Actor:
    """A side of an event. `dset_id` differs from `new_id` only for civilians and placeholders."""

    name: str
    dset_id: str
    new_id: str


@dataclass(frozen=True, slots=True)
class Dyad:
    """Two sides, the conflict that they are in, and the number of the state behind side A (empty for none)."""

    side_a: Actor
    side_b: Actor
    dset_id: str
    new_id: str
    conflict_dset_id: str
    conflict_new_id: str
    conflict_name: str
    gleditsch_ward_a: str = ""

    @property
    def name(self) -> str:
        """Both sides' names, as UCDP joins them."""
        return f"{self.side_a.name} - {self.side_b.name}"


def _actor(name: str, number: int) -> Actor:
    return Actor(name, str(number), str(number))


JNIM = _actor("JNIM", 6716)
ISLAMIC_STATE = _actor("IS", 234)
CIVILIANS = Actor("Civilians", "9999", "1")
DAN_NA_AMBASSAGOU = _actor("Dan na Ambassagou", 7092)
DOGON = _actor("Dogon", 1219)
FULANI = _actor("Fulani", 607)
GOVERNMENTS = {
    MALI: _actor("Government of Mali", 72),
    BURKINA_FASO: _actor("Government of Burkina Faso", 78),
    NIGER: _actor("Government of Niger", 75),
}

_STATE_CONFLICTS = {  # dyad, conflict, what the conflict is about
    (MALI, JNIM): (15108, 11347, "Government"),
    (MALI, ISLAMIC_STATE): (15259, 14113, "Islamic State"),
    (BURKINA_FASO, JNIM): (15175, 360, "Government"),
    (BURKINA_FASO, ISLAMIC_STATE): (14953, 13840, "Islamic State"),
    (NIGER, JNIM): (15174, 430, "Government"),
    (NIGER, ISLAMIC_STATE): (14668, 13639, "Islamic State"),
}
_ONE_SIDED = {  # dyad, conflict
    JNIM: (15136, 13968),
    ISLAMIC_STATE: (973, 506),
    DAN_NA_AMBASSAGOU: (15662, 14411),
    GOVERNMENTS[MALI]: (921, 454),
    GOVERNMENTS[BURKINA_FASO]: (1162, 695),
    GOVERNMENTS[NIGER]: (923, 456),
}
_COMMUNAL = {  # dyad, conflict
    (DOGON, FULANI): (5649, 5039),
    (ISLAMIC_STATE, JNIM): (16207, 14864),
}

ISLAMIC_STATE_REGIONS = frozenset(
    {"Gao region", "Ménaka region", "Sahel region", "Tillabéri region", "Tahoua region", "Diffa region"}
)
"""First-order divisions in which some of the jihadist events are coded to the Islamic State."""


def state_based(country: Country, group: Actor) -> Dyad:
    """The government of a country against a group."""
    dyad_id, conflict_id, about = _STATE_CONFLICTS[country, group]
    return Dyad(
        side_a=GOVERNMENTS[country],
        side_b=group,
        dset_id=str(dyad_id),
        new_id=str(dyad_id),
        conflict_dset_id=str(conflict_id),
        conflict_new_id=str(conflict_id),
        conflict_name=f"{country.name}: {about}",
        gleditsch_ward_a=str(country.gleditsch_ward_code),
    )


def one_sided(perpetrator: Actor) -> Dyad:
    """A group, a militia or a government against civilians."""
    dyad_id, conflict_id = _ONE_SIDED[perpetrator]
    country = next((country for country, government in GOVERNMENTS.items() if government == perpetrator), None)
    return Dyad(
        side_a=perpetrator,
        side_b=CIVILIANS,
        dset_id=perpetrator.dset_id,
        new_id=str(dyad_id),
        conflict_dset_id=perpetrator.dset_id,
        conflict_new_id=str(conflict_id),
        conflict_name=f"{perpetrator.name} - {CIVILIANS.name}",
        gleditsch_ward_a=str(country.gleditsch_ward_code) if country else "",
    )


def non_state(side_a: Actor, side_b: Actor) -> Dyad:
    """Two groups, neither of them a state."""
    dyad_id, conflict_id = _COMMUNAL[side_a, side_b]
    return Dyad(
        side_a=side_a,
        side_b=side_b,
        dset_id=str(dyad_id),
        new_id=str(dyad_id),
        conflict_dset_id=str(dyad_id),
        conflict_new_id=str(conflict_id),
        conflict_name=f"{side_a.name} - {side_b.name}",
    )


@cache
def placeholder(country: Country, violence_type: int) -> Dyad:
    """What a candidate is coded to while its actors have no number: `XXX` and the number of the country."""
    mark = f"XXX{country.gleditsch_ward_code}"
    unknown = Actor(mark, mark, str(3000 + country.gleditsch_ward_code))
    side_b = CIVILIANS if violence_type == 3 else unknown
    return Dyad(
        side_a=unknown,
        side_b=side_b,
        dset_id=mark if violence_type == 3 else f"{violence_type}-{mark}",
        new_id=str(100 + violence_type),
        conflict_dset_id=mark,
        conflict_new_id=str(50 + violence_type),
        conflict_name=mark if violence_type == 1 else f"{mark} - {side_b.name}",
    )
