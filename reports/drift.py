"""`journeys evaluate --drift`: do this month's notes still look like those before, as far as the model can tell?

Without new labels nobody knows whether accuracy has changed. What can be seen is whether the mix of types, the share the
model abstains from and the share unlike anything it learnt have moved. Mix: population stability index, sum over types of
(new - old) ln(new / old), a half added to each count; from 0.2 on it is taken as a shift (Siddiqi 2006). Shares: moved
where both the difference is 3 points or more and its normal test reaches 4 deviations.
"""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd

from journeys.errors import NothingToDo
from journeys.schema import LABELS, RECORDS
from reports.opened import open_engine, opened_to_write

_NEW_WEEKS, _OLD_WEEKS = 4, 13
_FEWEST = 200
_SHIFTED = 0.2
_FEWEST_POINTS, _FEWEST_DEVIATIONS = 0.03, 4.0
_WATCHED = {"is_abstained": "abstained from", "is_novel": "unlike what was learnt"}


def find_drift(root: Path) -> tuple[list[str], bool]:
    """Lines to print, and whether nothing moved; raises NothingToDo where too few weeks are stored."""
    with opened_to_write(root) as (workspace, settings, store), open_engine(workspace, settings) as engine:
        for table in (RECORDS, LABELS):
            engine.scan(table, [workspace.data / part for part in store.parts(table.name)])
        rows = engine.run(
            """
            SELECT r.week, l.demand_type, l.is_abstained, l.is_novel
            FROM labels l JOIN records r USING (record_id)
            WHERE l.model_version = (SELECT arg_max(model_version, week) FROM labels JOIN records USING (record_id))"""
        )
    weeks = sorted(rows["week"].unique())[-(_NEW_WEEKS + _OLD_WEEKS) :]
    new, old = (rows[rows["week"].isin(part)] for part in (weeks[-_NEW_WEEKS:], weeks[:-_NEW_WEEKS]))
    if min(len(new), len(old)) < _FEWEST:
        raise NothingToDo(
            f"{len(new):,} notes of the last {_NEW_WEEKS} weeks and {len(old):,} before are labelled by the model in use; "
            f"{_FEWEST} of each are needed to compare them"
        )
    return _compare(new, old, weeks)


def _compare(new: pd.DataFrame, old: pd.DataFrame, weeks: list[str]) -> tuple[list[str], bool]:
    after, before = new["demand_type"].value_counts(), old["demand_type"].value_counts()
    moves = {
        slug: _stability(after.get(slug, 0), before.get(slug, 0), after, before)
        for slug in {*after.index, *before.index}
    }
    index = sum(moves.values())
    is_steady = index < _SHIFTED
    lines = [
        f"{len(new):,} notes of {weeks[-_NEW_WEEKS]} to {weeks[-1]} beside {len(old):,} of {weeks[0]} to {weeks[-_NEW_WEEKS - 1]}",
        f"mix of types: stability index {index:.3f}, {'steady' if is_steady else 'shifted'} (shifted from {_SHIFTED} on)",
    ]
    for slug in sorted(moves, key=lambda slug: (-moves[slug], slug))[:5]:
        shares = (before.get(slug, 0) / len(old), after.get(slug, 0) / len(new))
        lines.append(f"  {slug}: {shares[0]:.1%} before, {shares[1]:.1%} now")
    for name, words in _WATCHED.items():
        now, then = float(new[name].mean()), float(old[name].mean())
        has_moved = _has_moved(now, len(new), then, len(old))
        is_steady = is_steady and not has_moved
        lines.append(f"{words}: {then:.1%} before, {now:.1%} now, {'moved' if has_moved else 'steady'}")
    if not is_steady:
        lines.append("read some new notes to see whether the labels still hold: journeys review export")
    return lines, is_steady


def _stability(now: int, then: int, after: pd.Series, before: pd.Series) -> float:
    n_types = len({*after.index, *before.index})
    new = (now + 0.5) / (after.sum() + 0.5 * n_types)
    old = (then + 0.5) / (before.sum() + 0.5 * n_types)
    return float((new - old) * math.log(new / old))


def _has_moved(now: float, n_now: int, then: float, n_then: int) -> bool:
    pooled = (now * n_now + then * n_then) / (n_now + n_then)
    error = math.sqrt(pooled * (1 - pooled) * (1 / n_now + 1 / n_then))
    return abs(now - then) >= _FEWEST_POINTS and abs(now - then) >= _FEWEST_DEVIATIONS * error
