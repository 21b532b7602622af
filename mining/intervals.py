"""Intervals for shares and medians.

Shares: Wilson's score interval (E. B. Wilson, JASA 22, 1927). Medians: order statistics, which assume no shape
(W. J. Conover, Practical Nonparametric Statistics, section 3.2). Both at 95%.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

_Z = 1.959963984540054  # 97.5th centile of the standard normal distribution


def wilson_interval(n_yes: float, n: float) -> tuple[float, float]:
    """95% interval of a share n_yes / n; (0, 1) when n is 0. For 10 of 50: 0.112 to 0.330."""
    if n <= 0:
        return 0.0, 1.0
    share, square = n_yes / n, _Z * _Z
    centre = (share + square / (2 * n)) / (1 + square / n)
    half = _Z * math.sqrt(share * (1 - share) / n + square / (4 * n * n)) / (1 + square / n)
    return max(0.0, centre - half), min(1.0, centre + half)


def median_interval(ordered: Sequence[float]) -> tuple[float, float]:
    """95% interval of the median of values in ascending order; the whole range below six values.

    Ranks n/2 -+ z sqrt(n)/2, outward. For 1 to 25: ranks 8 and 18, so 8 to 18.
    """
    n = len(ordered)
    if n < 6:
        return (ordered[0], ordered[-1]) if n else (math.nan, math.nan)
    half = _Z * math.sqrt(n) / 2
    low = max(math.ceil(n / 2 - half), 1)
    high = min(math.floor(n / 2 + half) + 1, n)
    return ordered[low - 1], ordered[high - 1]
