"""Probabilistic linkage with Splink on the tokens of `journeys.identity.tokens`: learn a model, then score pairs.

In: a table of the engine with the columns of `IDENTITY_COLUMNS`. Out: a model as plain JSON, and scored pairs. Nothing
here sees a name, a date or a postcode, needs labels, or goes over the network. The Ministry of Justice's Splink is the
implementation of Fellegi and Sunter's model; the blocking, the second round inside groups and the floor under weights
are ours. Training is on fixed seeds and numbers are rounded, so the same tokens give the same model.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from journeys.engine import Engine
from journeys.errors import StoreError
from journeys.identity.candidates import candidates_sql, found_sqls, unscored_sql
from journeys.identity.comparisons import comparisons
from journeys.identity.groups import LOWEST, SAME, connected
from journeys.identity.guards import refused_sql

THRESHOLD = 0.9
_PARTS = ("forename", "surname", "dob", "postcode")
_SEED = 1
_MOST_SAMPLED = 2_000_000
# Share of a person's pairs that agree on name and date or postcode well enough to be counted (measured: 0.13 to 0.41).
_STRICT_SHARE = 0.33
_FEWEST_STRICT = 30
_NAMES = (("name_sorted",), ("forename_full", "surname_sound"))
_STRICT = tuple((*names, part) for names in _NAMES for part in ("dob_year_month", "dob_year_day", "dob_month_day"))
# The one further column whose equality is as good as a name.
_NAME_TAG = "other_email"
# Pairs less likely than this are not kept; a pair that is not kept counts as mildly against when groups are joined.
_LEAST_KEPT = 0.0001
_MOST_IN_ROUND_TWO = 100
_MOST_AT_ONCE = 5_000_000

# Splink reports its progress as warnings; what went wrong reaches the caller as an error.
logging.getLogger("splink").setLevel(logging.ERROR)


def train(engine: Engine, table: str) -> dict[str, Any]:
    """Learn the model from all records of `table`; returns it as JSON-ready settings, to be saved by the caller.

    Raises StoreError where too few records agree well enough to learn from.
    """
    parts, others = _filled(engine, table)
    _save_rows(engine, table, others, None)
    chance = _chance_of_match(engine, others)
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[*comparisons(parts, others)],
        probability_two_random_records_match=chance,
        unique_id_column_name="row_id",
        retain_matching_columns=False,
        linker_uid="identity",
    )
    linker = _linker(engine, settings)
    linker.training.estimate_u_using_random_sampling(max_pairs=_MOST_SAMPLED, seed=_SEED)
    for key in _training_keys(parts, others):
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(*key), max_pairs=_MOST_SAMPLED)
    model = _steadied(linker.misc.save_model_to_json(out_path=None))
    linker.table_management.delete_tables_created_by_splink_from_db()  # type: ignore[no-untyped-call]
    return model


def score_pairs(
    engine: Engine,
    table: str,
    model: dict[str, Any],
    *,
    threshold: float = THRESHOLD,
    new: str | None = None,
    known: str | None = None,
    into: str = "identity_pairs",
) -> int:
    """Score candidate pairs of `table` into the table `into`; returns its number of rows.

    Columns: id_l, id_r (contact_id, the smaller first), match_weight (log2 odds) and match_probability (0-1).
    `new` names a table of contact_id: only pairs with one of these are scored, and `known`, the pairs of earlier runs,
    is carried over, so a week costs what the week brings. A second round scores what the keys missed inside groups of
    records that pairs at `threshold` hang together.
    """
    parts = [part for part in _PARTS if part in _compared(model)]
    others = [name.removeprefix("other_") for name in _compared(model) if name.startswith("other_")]
    _save_rows(engine, table, others, new)
    engine.save("identity_scored", _known_sql(known))
    linker = _linker(engine, SettingsCreator.from_path_or_dict(model))
    for candidates in _candidates(engine, found_sqls(parts, others, only_new=new is not None)):
        _score(engine, linker, candidates, f"WHERE p.match_probability >= {_LEAST_KEPT}")
    _save_components(engine, threshold)
    _score(engine, linker, unscored_sql(parts, others, "identity_scored", _MOST_IN_ROUND_TWO), "")
    linker.table_management.delete_tables_created_by_splink_from_db()  # type: ignore[no-untyped-call]
    return engine.save(into, _pairs_sql(parts, others))


def _pairs_sql(parts: Sequence[str], others: Sequence[str]) -> str:
    """Scored pairs, those a guard refuses with a weight against; then records equal in all parts, as pairs of their first."""
    refused = refused_sql(parts, others)
    return f"""
    SELECT l.contact_id AS id_l, r.contact_id AS id_r,
           CASE WHEN {refused} THEN {LOWEST} ELSE match_weight END AS match_weight,
           CASE WHEN {refused} THEN 0.0 ELSE match_probability END AS match_probability
    FROM identity_scored JOIN identity_rows l ON l.row_id = row_l JOIN identity_rows r ON r.row_id = row_r
    UNION ALL
    SELECT stands_for, contact_id, {SAME}::DOUBLE, 1::DOUBLE FROM identity_members WHERE stands_for <> contact_id
    ORDER BY id_l, id_r"""


def _filled(engine: Engine, table: str) -> tuple[list[str], list[str]]:
    """Parts and other columns that hold at least one value."""
    columns = engine.run(f'SELECT * FROM "{table}" LIMIT 0').columns
    others = [name for name in columns if name.startswith("other_") and "_bits_" not in name]
    counts = engine.run(f'SELECT {", ".join(f"count({name}) AS {name}" for name in (*_PARTS, *others))} FROM "{table}"')
    filled = [name for name in (*_PARTS, *others) if counts[name].iloc[0] > 0]
    return [name for name in filled if name in _PARTS], [n.removeprefix("other_") for n in filled if n not in _PARTS]


def _chance_of_match(engine: Engine, others: Sequence[str]) -> float:
    """Chance that two records taken at random are one person, from the pairs that agree on nearly everything."""
    tags = [(_NAME_TAG,)] if _NAME_TAG in _columns(others) else []
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
    return found + [(_NAME_TAG,)] * (_NAME_TAG in _columns(others))


def _columns(others: Sequence[str]) -> list[str]:
    return [f"other_{name}" for name in others]


def _save_rows(engine: Engine, table: str, others: Sequence[str], new: str | None) -> None:
    """`identity_rows`, one per distinct record with all of name, date and postcode, and `identity_members` of them.

    Somebody who calls every day is compared once. A record that lacks one of the three stands for itself.
    """
    is_new = f'contact_id IN (SELECT contact_id FROM "{new}")' if new else "true"
    same = " || '/' || ".join(["name", "dob", "postcode", *(f"coalesce({column}, 0)" for column in _columns(others))])
    engine.save(
        "identity_members",
        f"""SELECT contact_id, min(contact_id) OVER same AS stands_for, bool_and({is_new}) OVER same AS is_new
        FROM "{table}" WINDOW same AS (PARTITION BY coalesce({same}, contact_id))""",
    )
    engine.save(
        "identity_rows",
        f"""SELECT row_number() OVER (ORDER BY contact_id) AS row_id, m.is_new, t.*
        FROM "{table}" t JOIN identity_members m USING (contact_id) WHERE contact_id = stands_for""",
    )


def _linker(engine: Engine, settings: SettingsCreator) -> Linker:
    return Linker(DuckDBAPI(engine.connection).register("identity_rows"), settings, log_level=None)


def _known_sql(known: str | None) -> str:
    if known is None:
        return (
            "SELECT 0::BIGINT AS row_l, 0::BIGINT AS row_r, 0::DOUBLE AS match_weight, 0::DOUBLE AS match_probability "
            "WHERE false"
        )
    return f"""
    SELECT least(l.row_id, r.row_id) AS row_l, greatest(l.row_id, r.row_id) AS row_r,
        max(match_weight) AS match_weight, max(match_probability) AS match_probability
    FROM "{known}"
    JOIN identity_members a ON a.contact_id = id_l JOIN identity_rows l ON l.contact_id = a.stands_for
    JOIN identity_members b ON b.contact_id = id_r JOIN identity_rows r ON r.contact_id = b.stands_for
    WHERE l.row_id <> r.row_id AND NOT (l.is_new OR r.is_new) GROUP BY ALL"""


def _candidates(engine: Engine, keys: Sequence[str]) -> Iterator[str]:
    """Queries for all candidate pairs, in shares small enough to score in memory."""
    engine.save("identity_found", "SELECT 0::BIGINT AS pair WHERE false")
    for key in keys:
        engine.connection.execute(f"INSERT INTO identity_found {key}")
    n_shares = 1 + int(engine.value("SELECT count(*) FROM identity_found")) // _MOST_AT_ONCE
    for share in range(n_shares):
        yield candidates_sql("identity_found", share, n_shares)
    engine.connection.execute("DROP TABLE identity_found")


def _score(engine: Engine, linker: Linker, candidates: str, keep: str) -> None:
    """Score the pairs of a query and add them to `identity_scored`."""
    if engine.save("identity_candidates", candidates) == 0:
        return
    pairs = DuckDBAPI(engine.connection).register("identity_candidates")
    linker.table_management.register_blocked_pairs_for_predict(pairs)
    found = linker.inference.predict(warning_mode="never").physical_name
    engine.connection.execute(
        f"""INSERT INTO identity_scored SELECT least(p.row_id_l, p.row_id_r), greatest(p.row_id_l, p.row_id_r),
        round(p.match_weight, 4), round(p.match_probability, 9) FROM {found} p {keep}"""
    )
    engine.connection.execute(f"DROP TABLE {found}")


def _save_components(engine: Engine, threshold: float) -> None:
    """`identity_components`: records that pairs at the threshold hang together."""
    links = engine.run(f"SELECT row_l, row_r FROM identity_scored WHERE match_probability >= {threshold}")
    n_rows = int(engine.value("SELECT count(*) FROM identity_rows")) + 1
    part = connected(n_rows, links["row_l"].to_numpy(np.int64), links["row_r"].to_numpy(np.int64))
    used = np.flatnonzero(np.bincount(part)[part] > 2)
    engine.load_frame("identity_components", pd.DataFrame({"row_id": used, "part": part[used]}))


def _compared(model: dict[str, Any]) -> list[str]:
    return [str(comparison["output_column_name"]) for comparison in model["comparisons"]]


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
