"""Has a service's process changed since the weeks before? A distance between two periods, and what chance alone shows.

In: `events`, `journey_summary`. Out: one `Change` per service with enough persons in both periods.

Compared: journeys that began in the report's weeks with those that began in as many weeks before. So that journeys cut
short by the end of what is known look no different, each journey is watched for the same time from its first event (its
service's gap, at most half the weeks): later ones are left out, as are those that began less than that after the first
event known of the service. Distance: total variation, half the sum of differences between the shares of all moves (a beginning and
"nothing more" are moves too): 0.08 means that 8 of 100 moves would have to be others. Moves of few persons count as one.

Persons are drawn, never single moves (where there are more than 500 of a service: groups of equally many). Chance: the
distance of random divisions of all persons of both periods into two of the same sizes (a permutation test); "changed"
is said only beyond 99 of 100 of them. Interval: basic bootstrap, which takes off the noise that each draw adds (A. C.
Davison, D. V. Hinkley, Bootstrap Methods and their Application, 1997, 5.2). Moves: Benjamini-Hochberg at 5% over all
compared, and intervals as wide as that choice needs (Y. Benjamini, D. Yekutieli, JASA 100, 2005). Comparing the
relations of two periods is how drift of processes is found (R. P. J. C. Bose and others, IEEE TNNLS 25, 2014).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Numbers = npt.NDArray[np.float64]

_MOVE_COLUMNS = ("move_id", "before", "now", "difference", "low", "high")
_DRAWS = 499
_SEED = 6
_BEYOND = 0.99  # of the distances by chance
_FALSE_SHARE = 0.05  # of the moves said to have changed, the share that may not have


@dataclass(frozen=True, slots=True)
class Change:
    """Two periods of one service compared.

    measured: share of moves that differ, to be held against by_chance (median) and chance_top (99 of 100); n_compared
    moves were compared. Only where measured lies beyond chance_top: distance, the same with noise taken off, low and high
    at 95%, and in `moves` a row for each move that changed: move_id, before, now (shares of journeys), difference, low,
    high.
    """

    measured: float
    by_chance: float
    chance_top: float
    n_compared: int
    distance: float | None = None
    low: float | None = None
    high: float | None = None
    moves: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(_MOVE_COLUMNS)))

    @property
    def is_changed(self) -> bool:
        """More than chance explains."""
        return self.distance is not None


def compare_periods(moves: Numbers, with_move: Numbers, n_journeys: Numbers, is_now: npt.NDArray[np.bool_]) -> Change:
    """Compare two periods counted by unit (a person or group of persons of one period).

    `moves` (units x moves, and one column for all rare ones) counts moves, `with_move` (units x moves) journeys that have
    them, `n_journeys` all journeys; `is_now` tells the units of the newer period.
    """
    draws = np.random.default_rng(_SEED)
    all_moves = moves.sum(axis=0)
    measured = float(_distances(moves[is_now].sum(axis=0)[None, :], moves[~is_now].sum(axis=0)[None, :])[0])
    # 32 bits hold whole numbers up to 16 million exactly, at half the cost.
    divisions = draws.permuted(np.tile(is_now, (_DRAWS, 1)), axis=1).astype(np.float32)
    divided = (divisions @ moves.astype(np.float32)).astype(float)
    chance = _distances(divided, all_moves - divided)
    found = Change(measured, float(np.median(chance)), float(np.quantile(chance, _BEYOND)), with_move.shape[1])
    if measured <= found.chance_top:
        return found
    now, before = _draw_again(draws, int(is_now.sum())), _draw_again(draws, int((~is_now).sum()))
    again = _distances(now @ moves[is_now], before @ moves[~is_now])
    distance, low, high = (
        float(np.clip(2 * measured - drawn, 0, 1)) for drawn in (again.mean(), *np.quantile(again, (0.975, 0.025)))
    )
    changed = _compare_moves(
        with_move[is_now], n_journeys[is_now], with_move[~is_now], n_journeys[~is_now], now, before
    )
    return replace(found, distance=distance, low=low, high=high, moves=changed)


def benjamini_hochberg(p_values: Numbers, share: float) -> npt.NDArray[np.bool_]:
    """Which tests to call, so that at most this share of those called is false: all but 0.5 of 0.028, 0.01, 0.5, 0.03."""
    order = np.argsort(p_values, kind="stable")
    passed = np.flatnonzero(p_values[order] <= share * np.arange(1, len(p_values) + 1) / max(len(p_values), 1))
    called = np.zeros(len(p_values), dtype=bool)
    if len(passed):
        called[order[: passed[-1] + 1]] = True
    return called


def _draw_again(draws: np.random.Generator, n_units: int) -> Numbers:
    """How often each unit comes in each of the draws with replacement (draws x units)."""
    drawn = draws.integers(n_units, size=(_DRAWS, n_units)) + n_units * np.arange(_DRAWS)[:, None]
    return np.bincount(drawn.ravel(), minlength=_DRAWS * n_units).reshape(_DRAWS, n_units).astype(float)


def _distances(one: Numbers, other: Numbers) -> Numbers:
    """Total variation between counts, row by row."""
    shares: list[Any] = [counts / np.maximum(counts.sum(axis=1, keepdims=True), 1) for counts in (one, other)]
    return np.asarray(np.abs(shares[0] - shares[1]).sum(axis=1) / 2)


def _compare_moves(
    now_with: Numbers, now_all: Numbers, before_with: Numbers, before_all: Numbers, now: Numbers, before: Numbers
) -> pd.DataFrame:
    """Moves whose share of journeys changed, largest change first."""
    share_now, share_before = now_with.sum(axis=0) / now_all.sum(), before_with.sum(axis=0) / before_all.sum()
    again = (now @ now_with) / (now @ now_all)[:, None] - (before @ before_with) / (before @ before_all)[:, None]
    difference, error = share_now - share_before, np.maximum(again.std(axis=0, ddof=1), 1e-12)
    p_values = np.array([2 * NormalDist().cdf(-abs(z)) for z in difference / error])
    called = benjamini_hochberg(p_values, _FALSE_SHARE)
    wide = NormalDist().inv_cdf(1 - _FALSE_SHARE * max(int(called.sum()), 1) / (2 * max(len(called), 1))) * error
    limits = np.maximum(difference - wide, -1), np.minimum(difference + wide, 1)
    columns = (np.arange(len(called)), share_before, share_now, difference, *limits)
    rows = pd.DataFrame(dict(zip(_MOVE_COLUMNS, columns, strict=True)))[called]
    return rows.iloc[np.argsort(-np.abs(rows["difference"].to_numpy()), kind="stable")]
