"""The trained model: a JSON file in the repository, read and checked here. How it is trained is in `training`."""

import json
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from orchestration.errors import RefusedError
from orchestration.links.comparisons import COMPARISONS, splink_comparison, weights

MODEL_FILE = Path(__file__).with_name("model.json")


@dataclass(frozen=True)
class Model:
    """Chances of every level among pairs that tell of one incident (m) and among the other candidates (u).

    Attributes:
        version: says which model this is; a number that training counts up.
        prior: the chance that a candidate is a pair, before anything is compared.
        threshold: match probability from which a pair can be linked.
        chances: comparison → level → (m, u).
        trained: how and from which figures, in words and numbers.
    """

    version: int
    prior: float
    threshold: float
    chances: dict[str, dict[str, tuple[float, float]]]
    trained: dict[str, Any]

    @cached_property
    def digest(self) -> str:
        """Twelve digits that change with anything that can change a link."""
        told = json.dumps([self.prior, self.threshold, self.settings()], sort_keys=True)
        return sha256(told.encode()).hexdigest()[:12]

    def settings(self) -> dict[str, Any]:
        """The model as a settings dictionary of Splink."""
        return {
            "link_type": "dedupe_only",  # the candidates are registered: which ids may meet is decided there
            "unique_id_column_name": "uid",
            "probability_two_random_records_match": self.prior,
            "blocking_rules_to_generate_predictions": [],
            "comparisons": [splink_comparison(each, self.chances[each.name]) for each in COMPARISONS],
            "retain_matching_columns": False,
            "retain_intermediate_calculation_columns": True,
            "linker_uid": "links",
        }

    def write(self, path: Path) -> None:
        """Write it as JSON, in an order that makes good diffs."""
        path.write_text(
            json.dumps(
                {
                    "version": self.version,
                    "trained": self.trained,
                    "prior": self.prior,
                    "threshold": self.threshold,
                    "chances": {
                        name: {word: {"m": m, "u": u} for word, (m, u) in levels.items()}
                        for name, levels in self.chances.items()
                    },
                },
                indent=2,
            )
            + "\n",
            encoding="utf-8",
        )


def read_model(path: Path = MODEL_FILE) -> Model:
    """Read a model.

    Raises:
        RefusedError: it does not know each level of each comparison, or cannot tell two of them apart.
    """
    told = json.loads(path.read_text(encoding="utf-8"))
    chances = {
        name: {word: (float(both["m"]), float(both["u"])) for word, both in levels.items()}
        for name, levels in told["chances"].items()
    }
    for comparison in COMPARISONS:
        expected = {level.word for level in comparison.levels if not level.is_null}
        known = chances.get(comparison.name, {})
        is_whole = set(known) == expected and all(0 < chance < 1 for both in known.values() for chance in both)
        # Levels are told apart by their weights.
        if not is_whole or len(set(weights(comparison, known).values())) < len(comparison.levels):
            raise RefusedError(
                source=str(path),
                problem=f"the levels of {comparison.name} are not those that are compared, or two weigh the same",
                rule=f"chances between 0 and 1, no two of the same weight, for {', '.join(sorted(expected))}",
                way_out="train it again: incidents links train",
            )
    return Model(int(told["version"]), float(told["prior"]), float(told["threshold"]), chances, told["trained"])
