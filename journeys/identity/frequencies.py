"""How common each token is, learnt once with the model: agreement on a rare value says more than on a common one.

Fixed at training, so that a pair's score never depends on what else has been loaded since. Only tokens that several
records share are kept; every other value counts as equally rare, values never seen in training among them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from splink import DuckDBAPI, Linker

from journeys.engine import Engine

_FEWEST_ALIKE = 5
_MOST_KEPT = 20_000
_RARE = "rare"

Frequencies = dict[str, dict[str, float]]


def learn_frequencies(engine: Engine, columns: Sequence[str]) -> Frequencies:
    """Share of the filled `identity_rows` that state each common token, and under "rare" that of any other token."""
    return {column: _shares(engine, column) for column in columns}


def register_frequencies(engine: Engine, linker: Linker, frequencies: Frequencies) -> None:
    """Have Splink use the learnt frequencies for the values of `identity_rows` instead of counting them again."""
    for column, shares in frequencies.items():
        common = {int(token): share for token, share in shares.items() if token != _RARE}
        lookup = f"frequency_{column}"
        engine.load_frame(
            "frequencies_given",
            pd.DataFrame({"token": list(common), "share": list(common.values())}).astype(
                {"token": "int64", "share": "float64"}
            ),
        )
        engine.save(
            lookup,
            f"""SELECT DISTINCT {column}, coalesce(share, {shares[_RARE]}) AS tf_{column}
            FROM identity_rows LEFT JOIN frequencies_given ON token = {column} WHERE {column} IS NOT NULL""",
        )
        linker.table_management.register_term_frequency_lookup(DuckDBAPI(engine.connection).register(lookup), column)


def adjusted_columns(model: dict[str, Any]) -> list[str]:
    """Columns whose agreement the model weighs by frequency."""
    levels = [level for comparison in model["comparisons"] for level in comparison["comparison_levels"]]
    return sorted({level["tf_adjustment_column"] for level in levels if level.get("tf_adjustment_column")})


def _shares(engine: Engine, column: str) -> dict[str, float]:
    counted = engine.run(
        f"SELECT {column} AS token, count(*) AS n FROM identity_rows WHERE {column} IS NOT NULL "
        f"GROUP BY token ORDER BY n DESC, token"
    )
    n_rows = max(int(counted["n"].sum()), 1)
    common = counted[counted["n"] >= _FEWEST_ALIKE].head(_MOST_KEPT)
    n_rare, n_values = n_rows - int(common["n"].sum()), len(counted) - len(common)
    shares = {str(token): float(f"{n / n_rows:.4g}") for token, n in zip(common["token"], common["n"], strict=True)}
    return shares | {_RARE: float(f"{(n_rare / n_values if n_values else 1) / n_rows:.4g}")}
