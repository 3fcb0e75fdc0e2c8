"""Scores of the candidates, by Splink with the model as it stands in its file: nothing is estimated here."""

import logging

from duckdb import DuckDBPyConnection
from splink import DuckDBAPI, Linker

from orchestration.links.comparisons import Comparison, weights
from orchestration.links.model import Model

_PAIRS = "select '0' as match_key, uid_l as join_key_l, uid_r as join_key_r from candidates"


def score(connection: DuckDBPyConnection, model: Model) -> str:
    """Score the table `candidates` over the table `prepared`.

    Returns:
        The name of the table of Splink's predictions: uid_l, uid_r, match_weight, match_probability, and for each
        comparison its weight (`mw_…`). The level follows from the weight (`level_sql`).
    """
    logging.getLogger("splink").setLevel(logging.ERROR)
    connection.execute(f"create or replace temp view candidate_keys as {_PAIRS}")
    api = DuckDBAPI(connection=connection)
    reports = api.register("prepared")
    linker = Linker(reports, model.settings(), log_level=None, validate_settings=False)
    linker.table_management.register_blocked_pairs_for_predict(api.register("candidate_keys"))
    return linker.inference.predict(warning_mode="never").physical_name


def level_sql(comparison: Comparison, model: Model) -> str:
    """The word of a comparison's level in Splink's predictions: no two levels of a model have one weight."""
    words = weights(comparison, model.chances[comparison.name])
    whens = " ".join(f"when {weight!r} then '{word}'" for word, weight in words.items())
    return f"case round(mw_{comparison.name}, 6) {whens} end"
