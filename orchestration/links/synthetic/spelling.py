"""Invented names of villages, and how one name is written in two gazetteers. What linking does about it is not here."""

import unicodedata
from random import Random

_STARTS = (
    "Ba", "Bo", "Bou", "Da", "Dia", "Dio", "Djé", "Do", "Fa", "Ga", "Gua", "Ka", "Ko", "Kou", "La", "Lé", "Ma", "Mé",
    "Mo", "Na", "Nia", "Nio", "Ou", "Pé", "Sa", "Sé", "So", "Sou", "Ta", "Té", "Ti", "To", "Tou", "Wa", "Ya", "Yo",
    "Za",
)  # fmt: skip
_MIDDLES = (
    "ba", "bé", "dio", "dou", "fi", "ga", "gou", "ka", "kin", "kou", "la", "len", "li", "ma", "man", "mba", "na", "nda",
    "ndi", "nga", "ngo", "ra", "rou", "sa", "si", "so", "ssa", "ta", "tta", "wa", "wé", "ya", "zé",
)  # fmt: skip
_ENDS = (
    "bala", "bougou", "dara", "dougou", "fara", "gal", "gha", "kane", "koro", "kouna", "ma", "mane", "na", "nde", "ni",
    "ra", "ré", "ri", "rou", "sso", "ta", "tit", "wana", "yel", "", "",
)  # fmt: skip
_BEFORE = ("In ", "In-", "Tin ", "N'", "Ouro-", "Saré ", "Kani-", "Tessa-")
_BEHIND = ("-Peul", "-Dogon", " Marka", " Kouna", "-Bambara", " Coura")

# What changes between gazetteers without changing the sound much, and slips that do.
_VARIANTS = (
    ("ou", "u"), ("ou", "oo"), ("ou", "w"), ("dj", "j"), ("k", "c"), ("c", "k"), ("y", "i"), ("i", "y"), ("ss", "s"),
    ("tt", "t"), ("s", "ss"), ("n", "nn"), ("l", "ll"), ("gu", "gou"), ("g", "gh"), ("gh", "g"), ("w", "ou"),
    ("d", "dd"),
)  # fmt: skip
_SLIPS = (("a", "e"), ("e", "a"), ("o", "ou"), ("ou", "o"), ("n", "m"), ("r", "l"), ("b", "bb"), ("ma", "man"))


def invented_name(random: Random) -> str:
    """A name as nobody uses it, but as it could be heard between Nioro and Diffa."""
    name = random.choice(_STARTS) + "".join(random.choice(_MIDDLES) for _ in range(random.choice((0, 1, 1, 2))))
    name += random.choice(_ENDS)
    if len(name) < 4:
        name += random.choice(("ngo", "rra", "dja"))
    chance = random.random()
    if chance < 0.12:
        before = random.choice(_BEFORE)
        return before + (name.lower() if before == "N'" else name)
    return name + random.choice(_BEHIND) if chance < 0.18 else name


def other_spelling(name: str, random: Random) -> str:
    """The name as another gazetteer has it: the same, in two of three cases but for accents."""
    if random.random() < 0.5:
        name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    if random.random() < 0.25:
        name = random.choice((name.replace("-", " "), name.replace(" ", "-"), name.replace("In-", "In"), name))
    for rules, chance in ((_VARIANTS, 0.28), (_SLIPS, 0.09)):
        able = [rule for rule in rules if rule[0] in name[1:]]
        if able and random.random() < chance:
            old, new = random.choice(able)
            at = name.index(old, 1)
            name = name[:at] + new + name[at + len(old) :]
    return name
