"""How sure a ranking is: the ranks that groups would have had with other people, by drawing persons again.

In: what each person (or a few drawn together) adds to each group. Out: the lowest and the highest rank of each group in 95 of
100 draws. Persons are drawn with replacement, with all they add to all groups, because contacts of one person resemble one
another; ranks follow from each draw's totals. Groups that are equal in a draw take all ranks that they share, so that a tie
makes a range wider and never narrower. The rank as counted is always inside.
Source: H. Goldstein, D. Spiegelhalter, League tables and their limitations, Journal of the Royal Statistical Society A 159,
1996; P. Hall, H. Miller, Using the bootstrap to quantify the authority of an empirical ranking, Annals of Statistics 37, 2009.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

MOST_UNITS = 1000
_DRAWS = 999
_SEED = 12
_BLOCK = 16  # groups ranked at once, which bounds memory
_TAIL = 0.025

Reals = npt.NDArray[np.float64]
Ranks = npt.NDArray[np.int64]


def measure_rank_intervals(added: Reals) -> tuple[Ranks, Ranks]:
    """Lowest and highest rank (1 is the largest total) of each column of `added` (units x groups, in the order ranked)."""
    n_units, n_groups = added.shape
    draws = np.random.default_rng(_SEED)
    drawn = draws.multinomial(n_units, np.full(n_units, 1 / n_units), size=_DRAWS).astype(float)
    # Whole numbers, so that equal totals are equal whichever way they were added up.
    totals = np.rint(drawn @ added)
    low, high = np.empty(n_groups, np.int64), np.empty(n_groups, np.int64)
    for first in range(0, n_groups, _BLOCK):
        own = totals[:, first : first + _BLOCK, None]
        best = 1 + (totals[:, None, :] > own).sum(axis=2)
        worst = (totals[:, None, :] >= own).sum(axis=2)
        low[first : first + _BLOCK] = np.quantile(best, _TAIL, axis=0, method="lower")
        high[first : first + _BLOCK] = np.quantile(worst, 1 - _TAIL, axis=0, method="higher")
    counted = np.arange(1, n_groups + 1)
    return np.minimum(low, counted), np.maximum(high, counted)
