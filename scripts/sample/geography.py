"""Where the invented events happen: towns of the central Sahel, roughly located. No boundaries, no population."""

from dataclasses import dataclass
from math import floor


@dataclass(frozen=True, slots=True)
class Place:
    """A town or village, with its divisions as UCDP writes them and its position in degrees."""

    name: str
    admin2: str
    admin1: str
    latitude: float
    longitude: float
    is_town: bool = False

    @property
    def coded_name(self) -> str:
        """The name with its class, as `where_coordinates` has it."""
        return f"{self.name} {'town' if self.is_town else 'village'}"


@dataclass(frozen=True, slots=True)
class Country:
    """A country with the words that headlines need, in English and French."""

    name: str
    country_code: str
    gleditsch_ward_code: int
    relid_prefix: str
    demonym: str
    french_name: str
    french_demonym: str
    centre: tuple[float, float]
    places: tuple[Place, ...]


def priogrid_cell(latitude: float, longitude: float) -> int:
    """The number of the PRIO-GRID cell (half a degree wide) that holds a point, by the PRIO-GRID codebook."""
    return floor((latitude + 90) * 2) * 720 + floor((longitude + 180) * 2) + 1


MALI = Country(
    name="Mali",
    country_code="MLI",
    gleditsch_ward_code=432,
    relid_prefix="MLI",
    demonym="Malian",
    french_name="Mali",
    french_demonym="malienne",
    centre=(17.0, -4.0),
    places=(
        Place("Boulkessi", "Douentza cercle", "Mopti region", 14.80, -1.30),
        Place("Mondoro", "Douentza cercle", "Mopti region", 14.67, -1.95),
        Place("Douentza", "Douentza cercle", "Mopti region", 15.00, -2.95, is_town=True),
        Place("Hombori", "Douentza cercle", "Mopti region", 15.28, -1.70),
        Place("Koro", "Koro cercle", "Mopti region", 14.07, -3.08, is_town=True),
        Place("Dinangourou", "Koro cercle", "Mopti region", 14.45, -2.24),
        Place("Bankass", "Bankass cercle", "Mopti region", 14.08, -3.52, is_town=True),
        Place("Bandiagara", "Bandiagara cercle", "Mopti region", 14.35, -3.61, is_town=True),
        Place("Sévaré", "Mopti cercle", "Mopti region", 14.53, -4.10, is_town=True),
        Place("Konna", "Mopti cercle", "Mopti region", 14.94, -3.89, is_town=True),
        Place("Diafarabé", "Tenenkou cercle", "Mopti region", 14.14, -5.02, is_town=True),
        Place("Dioura", "Tenenkou cercle", "Mopti region", 14.84, -5.26),
        Place("Niono", "Niono cercle", "Segou region", 14.25, -5.99, is_town=True),
        Place("Sokolo", "Niono cercle", "Segou region", 14.73, -6.12),
        Place("Nampala", "Niono cercle", "Segou region", 15.28, -5.53),
        Place("Macina", "Macina cercle", "Segou region", 13.96, -5.36, is_town=True),
        Place("Tessit", "Ansongo cercle", "Gao region", 15.23, 0.43),
        Place("Ansongo", "Ansongo cercle", "Gao region", 15.66, 0.50, is_town=True),
        Place("Labbezanga", "Ansongo cercle", "Gao region", 14.96, 0.70),
        Place("Gao", "Gao cercle", "Gao region", 16.27, -0.05, is_town=True),
        Place("Bourem", "Bourem cercle", "Gao region", 16.95, -0.35, is_town=True),
        Place("Gossi", "Gourma-Rharous cercle", "Tombouctou region", 15.82, -1.29, is_town=True),
        Place("Tombouctou", "Tombouctou cercle", "Tombouctou region", 16.77, -3.01, is_town=True),
        Place("Goundam", "Goundam cercle", "Tombouctou region", 16.41, -3.67, is_town=True),
        Place("Ménaka", "Ménaka cercle", "Ménaka region", 15.92, 2.40, is_town=True),
        Place("Indelimane", "Ménaka cercle", "Ménaka region", 15.85, 1.55),
        Place("Andéramboukane", "Andéramboukane cercle", "Ménaka region", 15.42, 3.02, is_town=True),
        Place("Kidal", "Kidal cercle", "Kidal region", 18.44, 1.41, is_town=True),
        Place("Aguelhok", "Tessalit cercle", "Kidal region", 19.46, 0.86),
        Place("Nara", "Nara cercle", "Koulikoro region", 15.17, -7.29, is_town=True),
        Place("Mourdiah", "Nara cercle", "Koulikoro region", 14.47, -7.47),
        Place("Kadiolo", "Kadiolo cercle", "Sikasso region", 10.55, -5.76, is_town=True),
    ),
)

BURKINA_FASO = Country(
    name="Burkina Faso",
    country_code="BFA",
    gleditsch_ward_code=439,
    relid_prefix="BFO",
    demonym="Burkinabe",
    french_name="Burkina Faso",
    french_demonym="burkinabè",
    centre=(13.0, -2.0),
    places=(
        Place("Djibo", "Soum province", "Sahel region", 14.10, -1.63, is_town=True),
        Place("Arbinda", "Soum province", "Sahel region", 14.23, -0.86, is_town=True),
        Place("Gorom-Gorom", "Oudalan province", "Sahel region", 14.44, -0.24, is_town=True),
        Place("Markoye", "Oudalan province", "Sahel region", 14.64, 0.03),
        Place("Dori", "Séno province", "Sahel region", 14.03, -0.03, is_town=True),
        Place("Seytenga", "Séno province", "Sahel region", 13.99, 0.30),
        Place("Sebba", "Yagha province", "Sahel region", 13.44, 0.53, is_town=True),
        Place("Kaya", "Sanmatenga province", "Centre Nord region", 13.09, -1.08, is_town=True),
        Place("Barsalogho", "Sanmatenga province", "Centre Nord region", 13.42, -1.06),
        Place("Bourzanga", "Bam province", "Centre Nord region", 13.68, -1.55),
        Place("Titao", "Loroum province", "Nord region", 13.77, -2.07, is_town=True),
        Place("Ouahigouya", "Yatenga province", "Nord region", 13.58, -2.42, is_town=True),
        Place("Fada N'Gourma", "Gourma province", "Est region", 12.06, 0.36, is_town=True),
        Place("Pama", "Kompienga province", "Est region", 11.25, 0.71, is_town=True),
        Place("Diapaga", "Tapoa province", "Est region", 12.07, 1.79, is_town=True),
        Place("Nouna", "Kossi province", "Boucle du Mouhoun region", 12.73, -3.86, is_town=True),
        Place("Solenzo", "Banwa province", "Boucle du Mouhoun region", 12.18, -4.08, is_town=True),
    ),
)

NIGER = Country(
    name="Niger",
    country_code="NER",
    gleditsch_ward_code=436,
    relid_prefix="NIR",
    demonym="Nigerien",
    french_name="Niger",
    french_demonym="nigérienne",
    centre=(16.0, 8.0),
    places=(
        Place("Abala", "Abala department", "Tillabéri region", 14.93, 3.43, is_town=True),
        Place("Banibangou", "Banibangou department", "Tillabéri region", 15.04, 2.70, is_town=True),
        Place("Ayorou", "Ayorou department", "Tillabéri region", 14.73, 0.92, is_town=True),
        Place("Téra", "Téra department", "Tillabéri region", 14.01, 0.75, is_town=True),
        Place("Bankilaré", "Bankilaré department", "Tillabéri region", 14.56, 0.73),
        Place("Torodi", "Torodi department", "Tillabéri region", 13.12, 1.79, is_town=True),
        Place("Makalondi", "Torodi department", "Tillabéri region", 12.83, 1.69),
        Place("Ouallam", "Ouallam department", "Tillabéri region", 14.32, 2.09, is_town=True),
        Place("Tillia", "Tillia department", "Tahoua region", 16.13, 4.79),
        Place("Tassara", "Tassara department", "Tahoua region", 16.82, 5.65),
        Place("Diffa", "Diffa department", "Diffa region", 13.32, 12.61, is_town=True),
        Place("Toumour", "Bosso department", "Diffa region", 13.67, 13.12),
        Place("N'Guigmi", "N'Guigmi department", "Diffa region", 14.25, 13.11, is_town=True),
    ),
)

COUNTRIES = (MALI, BURKINA_FASO, NIGER)
