"""Learning, once and without labels, how much each agreement of two records says: `journeys train --identity`.

In: a table of the engine with the columns of `IDENTITY_COLUMNS`. Out: a model as plain JSON: Splink's settings, and how
common each token is. Training is on fixed seeds and numbers are rounded, so the same tokens give the same model. It
needs no labels and no network, and sees no name, date or postcode.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from splink import Linker, SettingsCreator, block_on

from journeys.engine import Engine
from journeys.errors import StoreError
from journeys.identity.comparisons import PARTS, comparisons
from journeys.identity.frequencies import adjusted_columns, learn_frequencies
from journeys.identity.records import open_linker, other_columns, save_identity_rows

_SEED = 1
_MOST_SAMPLED = 2_000_000
# Share of a person's pairs that agree on name and date or postcode well enough to be counted (measured: 0.13 to 0.41).
_STRICT_SHARE = 0.33
_FEWEST_STRICT = 30
_NAMES = (("name_sorted",), ("forename_full", "surname_sound"))
_STRICT = tuple((*names, part) for names in _NAMES for part in ("dob_year_month", "dob_year_day", "dob_month_day"))
# The one further column whose equality is as good as a name.
_NAME_TAG = "other_email"

_LOG = logging.getLogger(__name__)


def train(engine: Engine, table: str) -> dict[str, Any]:
    """Learn the model from all records of `table`; returns it as JSON-ready settings, to be saved by the caller.

    Raises StoreError where too few records agree well enough to learn from.
    """
    parts, others = _filled(engine, table)
    save_identity_rows(engine, table, others, "")
    chance = _chance_of_match(engine, others)
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[*comparisons(parts, others)],
        probability_two_random_records_match=chance,
        unique_id_column_name="row_id",
        retain_matching_columns=False,
        linker_uid="identity",
    )
    linker = open_linker(engine, settings)
    linker.training.estimate_u_using_random_sampling(max_pairs=_MOST_SAMPLED, seed=_SEED)
    learnt_from = [key for key in _training_keys(parts, others) if _is_learnt(linker, key)]
    if not learnt_from:
        raise StoreError("probabilistic linkage: the records do not vary enough to learn from; switch this tier off")
    learnt = _steadied(linker.misc.save_model_to_json(out_path=None))
    linker.table_management.delete_tables_created_by_splink_from_db()  # type: ignore[no-untyped-call]
    return {"splink": learnt, "frequencies": learn_frequencies(engine, adjusted_columns(learnt))}


def _filled(engine: Engine, table: str) -> tuple[list[str], list[str]]:
    """Parts and other columns that hold at least one value."""
    columns = engine.run(f'SELECT * FROM "{table}" LIMIT 0').columns
    others = [name for name in columns if name.startswith("other_") and "_bits_" not in name]
    counts = engine.run(f'SELECT {", ".join(f"count({name}) AS {name}" for name in (*PARTS, *others))} FROM "{table}"')
    filled = [name for name in (*PARTS, *others) if counts[name].iloc[0] > 0]
    return [name for name in filled if name in PARTS], [n.removeprefix("other_") for n in filled if n not in PARTS]


def _chance_of_match(engine: Engine, others: Sequence[str]) -> float:
    """Chance that two records taken at random are one person, from the pairs that agree on nearly everything."""
    tags = [(_NAME_TAG,)] if _NAME_TAG in other_columns(others) else []
    rules = [(columns, "list_has_any(l.dob_near, r.dob_near)") for columns in _STRICT]
    rules += [(columns, "true") for columns in ((*_NAMES[1], "postcode"), *tags)]
    pairs = " UNION ".join(
        f"SELECT l.row_id AS a, r.row_id AS b FROM identity_rows l JOIN identity_rows r USING ({', '.join(columns)}) "
        f"WHERE {more} AND l.row_id < r.row_id"
        for columns, more in rules
    )
    n_strict, n_rows = (
        engine.value(f"SELECT count(*) FROM ({pairs})"),
        engine.value("SELECT count(*) FROM identity_rows"),
    )
    if n_strict < _FEWEST_STRICT:
        raise StoreError(
            f"probabilistic linkage: {n_strict} pairs of records agree on name and on date of birth or postcode, and "
            f"{_FEWEST_STRICT} are needed to learn from; load more weeks, or switch this tier off"
        )
    return float(f"{min(0.5, n_strict / _STRICT_SHARE / (n_rows * (n_rows - 1) / 2)):.6g}")


def _training_keys(parts: Sequence[str], others: Sequence[str]) -> list[tuple[str, ...]]:
    """Keys to learn behind: each must leave the parts it does not name free to vary."""
    keys = [("dob",), ("forename", "surname"), ("postcode",)]
    found = [key for key in keys if all(part in parts for part in key)]
    return found + [(_NAME_TAG,)] * (_NAME_TAG in other_columns(others))


def _is_learnt(linker: Linker, key: tuple[str, ...]) -> bool:
    """Learn from pairs equal in this key; False where Splink cannot, since a level never occurs among them.

    Splink 5.0 raises ValueError when an estimate reaches zero; what other keys teach then has to do.
    """
    try:
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(*key), max_pairs=_MOST_SAMPLED)
    except ValueError as error:
        _LOG.info("nothing learnt from pairs of equal %s: %s", " and ".join(key), error)
        return False
    return True


def _steadied(model: dict[str, Any]) -> dict[str, Any]:
    """The model with six significant digits, and no near agreement that counts more against than none at all."""
    for comparison in model["comparisons"]:
        levels = [level for level in comparison["comparison_levels"] if not level.get("is_null_level")]
        for level in levels:
            level["u_probability"] = max(float(level.get("u_probability") or 0), 1 / _MOST_SAMPLED)
        none = levels[-1]
        odds = float(none.get("m_probability") or 0.01) / none["u_probability"]
        for level in levels:
            m = max(float(level.get("m_probability") or 0), odds * level["u_probability"])
            level["m_probability"], level["u_probability"] = float(f"{m:.6g}"), float(f"{level['u_probability']:.6g}")
    return model
