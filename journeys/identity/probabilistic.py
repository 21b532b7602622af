"""Probabilistic linkage with Splink on the tokens of `journeys.identity.tokens`: pairs of records and their scores.

In: a table of the engine with the columns of `IDENTITY_COLUMNS`, and a model of `journeys.identity.training`. Out: scored
pairs. The Ministry of Justice's Splink is the implementation of Fellegi and Sunter's model; the blocking, the guards, the
second round inside groups and the floor under weights are ours. Nothing here sees a name, a date or a postcode.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from splink import DuckDBAPI, Linker, SettingsCreator

from journeys.engine import Engine
from journeys.identity.candidates import candidates_sql, found_sqls, unscored_sql
from journeys.identity.comparisons import PARTS
from journeys.identity.frequencies import register_frequencies
from journeys.identity.groups import LOWEST, SAME, connected
from journeys.identity.guards import refused_sql
from journeys.identity.records import open_linker, save_identity_rows

THRESHOLD = 0.9
# Pairs less likely than this are not kept; a pair that is not kept counts as mildly against when groups are joined.
_LEAST_KEPT = 0.0001
_MOST_IN_ROUND_TWO = 100
_MOST_AT_ONCE = 5_000_000

# Splink reports its progress as warnings; what went wrong reaches the caller as an error.
logging.getLogger("splink").setLevel(logging.ERROR)


def score_pairs(
    engine: Engine,
    table: str,
    model: dict[str, Any],
    *,
    threshold: float = THRESHOLD,
    since: str = "",
    known: str | None = None,
    into: str = "identity_pairs",
) -> int:
    """Score candidate pairs of `table` into the table `into`; returns its number of rows.

    Columns: id_l, id_r (contact_id), match_weight (log2 odds) and match_probability (0-1). Only pairs whose later record
    is of the week `since` or after are scored; `known` (`journeys.identity.kept_pairs`) holds those of earlier weeks, so
    a week costs what the week brings. A second round scores what the keys missed inside groups of records that pairs
    at `threshold` hang together. Leaves `identity_rows` and `identity_scored`.
    """
    learnt = model["splink"]
    parts = [part for part in PARTS if part in _compared(learnt)]
    others = [name.removeprefix("other_") for name in _compared(learnt) if name.startswith("other_")]
    save_identity_rows(engine, table, others, since)
    engine.save("identity_scored", _known_sql(known, 1))
    linker = open_linker(engine, SettingsCreator.from_path_or_dict(learnt))
    register_frequencies(engine, linker, model["frequencies"])
    for candidates in _candidates(engine, found_sqls(parts, others)):
        _score(engine, linker, candidates, 1)
    _save_components(engine, threshold)
    if known is not None:
        engine.add(
            "identity_scored",
            f"""SELECT k.* FROM ({_known_sql(known, 2)}) k
            JOIN identity_components l ON l.row_id = row_l JOIN identity_components r ON r.row_id = row_r AND l.part = r.part""",
        )
    _score(engine, linker, unscored_sql(parts, others, "identity_scored", _MOST_IN_ROUND_TWO), 2)
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


def _known_sql(known: str | None, n_round: int) -> str:
    """Pairs of earlier weeks that one round found, by the row ids of now."""
    if known is None:
        return (
            "SELECT 0::BIGINT AS row_l, 0::BIGINT AS row_r, 0::DOUBLE AS match_weight, 0::DOUBLE AS match_probability, "
            "1 AS n_round WHERE false"
        )
    return f"""
    SELECT least(l.row_id, r.row_id) AS row_l, greatest(l.row_id, r.row_id) AS row_r, match_weight, match_probability,
           n_round
    FROM "{known}" JOIN identity_rows l ON l.contact_id = id_l JOIN identity_rows r ON r.contact_id = id_r
    WHERE n_round = {n_round} AND NOT l.is_new AND NOT r.is_new"""


def _candidates(engine: Engine, keys: Sequence[str]) -> Iterator[str]:
    """Queries for all candidate pairs, in shares small enough to score in memory."""
    engine.save("identity_found", "SELECT 0::BIGINT AS pair WHERE false")
    for key in keys:
        engine.add("identity_found", key)
    n_shares = 1 + int(engine.value("SELECT count(*) FROM identity_found")) // _MOST_AT_ONCE
    for share in range(n_shares):
        yield candidates_sql("identity_found", share, n_shares)
    engine.drop("identity_found")


def _score(engine: Engine, linker: Linker, candidates: str, n_round: int) -> None:
    """Score the pairs of a query and add them to `identity_scored`; the second round keeps unlikely ones too."""
    if engine.save("identity_candidates", candidates) == 0:
        return
    pairs = DuckDBAPI(engine.connection).register("identity_candidates")
    linker.table_management.register_blocked_pairs_for_predict(pairs)
    found = linker.inference.predict(warning_mode="never").physical_name
    engine.add(
        "identity_scored",
        f"""SELECT least(p.row_id_l, p.row_id_r), greatest(p.row_id_l, p.row_id_r),
        round(p.match_weight, 4), round(p.match_probability, 9), {n_round} FROM {found} p
        WHERE p.match_probability >= {_LEAST_KEPT if n_round == 1 else 0}""",
    )
    engine.drop(found)


def _save_components(engine: Engine, threshold: float) -> None:
    """`identity_components`: records that pairs at the threshold hang together."""
    links = engine.run(f"SELECT row_l, row_r FROM identity_scored WHERE match_probability >= {threshold}")
    n_rows = int(engine.value("SELECT count(*) FROM identity_rows")) + 1
    part = connected(n_rows, links["row_l"].to_numpy(np.int64), links["row_r"].to_numpy(np.int64))
    used = np.flatnonzero(np.bincount(part)[part] > 2)
    engine.load_frame("identity_components", pd.DataFrame({"row_id": used, "part": part[used]}))


def _compared(model: dict[str, Any]) -> list[str]:
    return [str(comparison["output_column_name"]) for comparison in model["comparisons"]]
