"""Kinds of events, how their headlines read, and which definitions count them.

The truth of the sample rests here: a kind says, by the words of its headlines and the way it is coded, which rows of
docs/definitions it falls under. Headlines are written for this sample; where the classes of a definition meet, both
sides of the line have their kinds (an attack on a camp; a mine near one).

In a template `{n}` is the number of victims (such templates are used from two victims on), `{group}` the coded group,
`{other}` another place.
"""

from dataclasses import dataclass
from enum import StrEnum

STRICT = "attack_on_military_position.strict"
UNATTRIBUTED = "attack_on_military_position.unattributed"
BROAD = "attack_on_military_position.broad"
SECURITY_FORCES = "attack_on_security_forces.broad"
ON_CIVILIANS = "attack_on_civilians"
DEFINITIONS = (STRICT, UNATTRIBUTED, BROAD, SECURITY_FORCES, ON_CIVILIANS)


class Pairing(StrEnum):
    """How the sides of an event are coded."""

    GOVERNMENT_AND_JIHADISTS = "government_and_jihadists"
    JIHADISTS_AND_CIVILIANS = "jihadists_and_civilians"
    OTHERS_AND_CIVILIANS = "others_and_civilians"
    COMMUNAL = "communal"
    RIVAL_JIHADISTS = "rival_jihadists"
    PLACEHOLDER = "placeholder"


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """A kind of event; each is itself and equal to no other.

    Attributes:
        name: how truth.json calls it.
        violence_type: UCDP's type of violence.
        pairing: how its sides are coded.
        definitions: ids of the definitions that count it.
        victims: the death column that `{n}` speaks of.
        deaths: fewest and most deaths by column; columns left out have none.
        headlines: templates, English and French.
        about_group: templates for one coded group only, by the name of its side.
    """

    name: str
    violence_type: int
    pairing: Pairing
    definitions: frozenset[str]
    victims: str
    deaths: dict[str, tuple[int, int]]
    headlines: tuple[str, ...]
    about_group: dict[str, tuple[str, ...]]

    @property
    def is_strict(self) -> bool:
        """Does the strict definition count it?"""
        return STRICT in self.definitions


def _kind(
    name: str,
    violence_type: int,
    pairing: Pairing,
    definitions: set[str],
    deaths: dict[str, tuple[int, int]],
    *headlines: str,
    about_group: dict[str, tuple[str, ...]] | None = None,
) -> Kind:
    """A kind whose victims are those of the first column of deaths."""
    return Kind(
        name, violence_type, pairing, frozenset(definitions), next(iter(deaths)), deaths, headlines, about_group or {}
    )


ATTACK_ON_SITE = _kind(
    "attack_on_site",
    1,
    Pairing.GOVERNMENT_AND_JIHADISTS,
    {STRICT, BROAD},
    {"deaths_a": (1, 16), "deaths_b": (0, 7), "deaths_civilians": (0, 1)},
    "Suspected jihadists attack army camp in {place}",
    "Islamist militants raid gendarmerie post in {place}",
    "Militants storm checkpoint manned by {demonym} soldiers near {place}",
    "Jihadists overrun army outpost at {place}, {n} soldiers killed",
    "{n} soldiers killed in jihadist attack on {place} military base",
    "{demonym} army repels terrorist attack on its position in {place}",
    "Terrorists attack national guard camp in {place}",
    "Militants attack the garrison of {place}, army says",
    "Mortar fire by militants hits army base in {place}",
    "Suicide bomber attacks army camp at {place}",
    "Attack on army post in {place} leaves {n} soldiers dead",
    "{country}: jihadists assault military barracks in {place}",
    "Islamists attack military checkpoint at the entrance of {place}",
    "Suspected jihadists raid army position near {place} at dawn",
    "Attaque djihadiste contre le camp militaire de {place}",
    "{french_name} : des jihadistes attaquent une base de l'armée à {place}",
    "Le poste de gendarmerie de {place} attaqué par des terroristes présumés",
    "{place} : {n} soldats tués dans une attaque terroriste contre leur position",
    "Assaut de djihadistes contre la garnison de {place}",
    "Des terroristes attaquent la caserne de la garde nationale à {place}",
    "Un check-point de l'armée attaqué par des jihadistes près de {place}",
    "{french_name} : le camp de l'armée à {place} attaqué, {n} militaires tués",
    about_group={
        "JNIM": (
            "JNIM claims assault on military base near {place}",
            "JNIM claims responsibility for attack on army barracks in {place}",
            "Al-Qaeda-linked militants attack military outpost near {place}",
            "Le JNIM revendique l'attaque du camp militaire de {place}",
        ),
        "IS": (
            "Islamic State claims attack on army base at {place}",
            "Islamic State-linked fighters attack army position at {place}",
            "L'État islamique revendique l'attaque du poste militaire de {place}",
        ),
    },
)

ATTACK_ON_SHARED_SITE = _kind(
    "attack_on_shared_site",
    1,
    Pairing.GOVERNMENT_AND_JIHADISTS,
    {STRICT, BROAD, SECURITY_FORCES},
    {"deaths_a": (1, 9), "deaths_b": (0, 4)},
    "Militants attack camp shared by UN peacekeepers and {demonym} soldiers in {place}",
    "Jihadists attack military camp in {place} that houses {demonym} soldiers and UN peacekeepers",
    "Attaque terroriste contre un camp abritant soldats maliens et casques bleus à {place}",
)

GUNMEN_AT_SITE = _kind(
    "gunmen_at_site",
    1,
    Pairing.GOVERNMENT_AND_JIHADISTS,
    {UNATTRIBUTED, BROAD},
    {"deaths_a": (1, 5), "deaths_b": (0, 1)},
    "Gunmen attack army post in {place}",
    "Armed men raid gendarmerie post near {place}",
    "Unidentified gunmen storm military camp in {place}",
    "Gunmen attack {demonym} army checkpoint near {place}, {n} soldiers killed",
    "Des hommes armés attaquent un poste militaire à {place}",
    "Des individus armés non identifiés attaquent le camp militaire de {place}",
)

UNCODED_GUNMEN_AT_SITE = _kind(
    "uncoded_gunmen_at_site",
    1,
    Pairing.PLACEHOLDER,
    {UNATTRIBUTED},
    {"deaths_a": (1, 4)},
    *GUNMEN_AT_SITE.headlines,
)

CLASH = _kind(
    "clash",
    1,
    Pairing.GOVERNMENT_AND_JIHADISTS,
    {BROAD},
    {"deaths_b": (1, 9), "deaths_a": (0, 5), "deaths_civilians": (0, 1)},
    "Clashes between {demonym} soldiers and jihadists near {place}",
    "Fighting between {demonym} army and militants in {place} area",
    "{n} militants killed in clash with troops near {place}",
    "Soldiers and militants exchange fire near {place}",
    "Fighting between army and militants reported around {place} military camp",
    "Heavy fighting between {demonym} troops and jihadists in {place}",
    "Accrochage entre l'armée et des djihadistes près de {place}",
    "Affrontements entre militaires et groupes terroristes à {place}",
    "{french_name} : combats entre l'armée et des jihadistes dans la zone de {place}",
)

AMBUSH = _kind(
    "ambush",
    1,
    Pairing.GOVERNMENT_AND_JIHADISTS,
    {BROAD},
    {"deaths_a": (1, 12), "deaths_b": (0, 4)},
    "Suspected jihadists ambush army convoy near {place}",
    "{n} soldiers killed in ambush on the road to {place}",
    "{demonym} army patrol hits roadside bomb near {place}",
    "Military vehicle strikes mine between {place} and {other}",
    "Militants ambush {demonym} troops returning to their base in {place}",
    "Jihadists attack military convoy on the road from {place} to {other}",
    "Une patrouille militaire tombe dans une embuscade près de {place}",
    "Un convoi de l'armée attaqué par des jihadistes près de {place}",
    "Embuscade contre un convoi militaire entre {place} et {other}, {n} soldats tués",
    about_group={
        "JNIM": ("JNIM claims ambush on military convoy near {place}",),
        "IS": ("Islamic State claims ambush of army patrol near {place}",),
    },
)

NEAR_SITE = _kind(
    "near_site",
    1,
    Pairing.GOVERNMENT_AND_JIHADISTS,
    {BROAD},
    {"deaths_a": (1, 5), "deaths_civilians": (0, 2)},
    "Roadside bomb kills {n} soldiers near army camp in {place}",
    "Mine explosion near the military camp of {place}",
    "Army vehicle hit by explosive device near the base in {place}",
    "Une mine explose non loin du camp militaire de {place}",
)

ARMY_OPERATION = _kind(
    "army_operation",
    1,
    Pairing.GOVERNMENT_AND_JIHADISTS,
    {BROAD},
    {"deaths_b": (2, 20), "deaths_a": (0, 2), "deaths_civilians": (0, 2)},
    "{demonym} army says {n} terrorists neutralised near {place}",
    "Army air strike kills {n} jihadists in {place} area",
    "{demonym} army destroys jihadist camp near {place}",
    "{demonym} army drone strike on terrorist base near {place}",
    "Soldiers raid militant hideout near {place}, {n} killed",
    "{demonym} troops kill {n} militants in operation around {place}",
    "L'armée {french_demonym} annonce avoir neutralisé {n} terroristes près de {place}",
    "Frappe aérienne de l'armée contre un camp terroriste dans le secteur de {place}",
    "Opération militaire près de {place} : {n} djihadistes tués",
)

UN_SITE = _kind(
    "un_site",
    1,
    Pairing.GOVERNMENT_AND_JIHADISTS,
    {SECURITY_FORCES},
    {"deaths_a": (1, 5), "deaths_b": (0, 3)},
    "Militants fire rockets at UN peacekeepers' camp in {place}",
    "Jihadists attack UN base in {place}, {n} peacekeepers killed",
    "MINUSMA camp in {place} attacked by suspected jihadists",
    "Le camp de la Minusma à {place} visé par des tirs de roquettes",
)

POLICE = _kind(
    "police",
    1,
    Pairing.GOVERNMENT_AND_JIHADISTS,
    {SECURITY_FORCES},
    {"deaths_a": (1, 5), "deaths_b": (0, 1)},
    "Suspected jihadists attack police station in {place}",
    "Police post in {place} raided by militants, {n} police officers killed",
    "{n} policemen killed in militant attack on police station in {place}",
    "Attaque terroriste contre le commissariat de police de {place}",
    "{n} policiers tués dans l'attaque du poste de police de {place} par des djihadistes",
)

MILITIA = _kind(
    "militia",
    1,
    Pairing.GOVERNMENT_AND_JIHADISTS,
    {SECURITY_FORCES},
    {"deaths_a": (1, 8), "deaths_b": (0, 3)},
    "Suspected jihadists kill {n} VDP volunteers near {place}",
    "Jihadists attack civilian volunteers (VDP) in {place}",
    "Militants attack VDP militia position in {place}",
    "{n} Volontaires pour la défense de la patrie tués par des jihadistes près de {place}",
    "Attaque terroriste contre des VDP à {place}",
)

LONE_SOLDIER = _kind(
    "lone_soldier",
    1,
    Pairing.GOVERNMENT_AND_JIHADISTS,
    set(),
    {"deaths_a": (1, 1)},
    "Off-duty soldier shot dead by suspected jihadists in {place}",
    "Soldier on leave killed by militants at his home in {place}",
    "Un militaire en permission tué par des jihadistes présumés à {place}",
)

STATE_OFFICE = _kind(
    "state_office",
    1,
    Pairing.GOVERNMENT_AND_JIHADISTS,
    set(),
    {"deaths_a": (1, 3)},
    "Suspected jihadists attack customs post in {place}",
    "Militants burn forestry post near {place}",
    "Attaque terroriste contre le poste de douane de {place}",
)

ATTACK_ON_CIVILIANS = _kind(
    "attack_on_civilians",
    3,
    Pairing.JIHADISTS_AND_CIVILIANS,
    {ON_CIVILIANS},
    {"deaths_civilians": (1, 22)},
    "Suspected jihadists kill {n} villagers in {place}",
    "{n} civilians killed in jihadist attack on village near {place}",
    "Militants attack village near {place}",
    "Camp for displaced people attacked by militants near {place}",
    "Suspected jihadists attack refugee camp outside {place}",
    "Militants stop bus near {place} and kill passengers",
    "Massacre de civils près de {place}, des djihadistes accusés",
    "Des terroristes attaquent un village près de {place}, {n} morts",
)

OTHERS_ON_CIVILIANS = _kind(
    "others_on_civilians",
    3,
    Pairing.OTHERS_AND_CIVILIANS,
    set(),
    {"deaths_civilians": (1, 14)},
    "Residents accuse forces of killing {n} herders near {place}",
    "Bodies found near {place}, rights group calls for inquiry",
    "{n} herders killed near {place}",
    "Des habitants tués près de {place}, une enquête demandée",
)

COMMUNAL = _kind(
    "communal",
    2,
    Pairing.COMMUNAL,
    set(),
    {"deaths_unknown": (1, 12)},
    "Communal clashes near {place} leave {n} dead",
    "Farmers and herders fight near {place}",
    "Violences intercommunautaires près de {place}",
)

RIVALS = _kind(
    "rivals",
    2,
    Pairing.RIVAL_JIHADISTS,
    set(),
    {"deaths_unknown": (1, 10), "deaths_a": (0, 6), "deaths_b": (0, 6)},
    "Rival jihadist groups fight near {place}",
    "Islamic State and JNIM fighters clash near {place}, {n} dead",
    "Combats entre groupes jihadistes rivaux près de {place}",
)

UNCODED_COMMUNAL = _kind(
    "uncoded_communal", 2, Pairing.PLACEHOLDER, set(), {"deaths_unknown": (1, 6)}, *COMMUNAL.headlines
)

UNCODED_ON_CIVILIANS = _kind(
    "uncoded_on_civilians",
    3,
    Pairing.PLACEHOLDER,
    set(),
    {"deaths_civilians": (1, 6)},
    "Unidentified attackers kill {n} near {place}",
    "Several villagers found dead near {place}",
)

KINDS = (
    ATTACK_ON_SITE,
    ATTACK_ON_SHARED_SITE,
    GUNMEN_AT_SITE,
    UNCODED_GUNMEN_AT_SITE,
    CLASH,
    AMBUSH,
    NEAR_SITE,
    ARMY_OPERATION,
    UN_SITE,
    POLICE,
    MILITIA,
    LONE_SOLDIER,
    STATE_OFFICE,
    ATTACK_ON_CIVILIANS,
    OTHERS_ON_CIVILIANS,
    COMMUNAL,
    RIVALS,
    UNCODED_COMMUNAL,
    UNCODED_ON_CIVILIANS,
)
