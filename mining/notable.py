"""Which signals a page may lead with: larger than chance among so many charts makes, and large enough to matter.

In: the newest point of each XmR chart. A stable chart gives a signal every 20 weeks or so, so that among 60 charts a few do
each Monday. Headline measures, at most 12, are named beforehand and stand for themselves. For all others a chance is
worked out, and Benjamini and Hochberg's procedure (1995) keeps false ones below 5% of those shown.
The chance of the newest point: four rules were tried, so four times the least of
    beyond the limits   Student's t of its distance from the mean in standard deviations, for which moving ranges stand
                        (mean moving range / 1.128; about 0.62 degrees of freedom a range: D. Wheeler, Understanding
                        Variation; A. Nelson, Journal of Quality Technology 16, 1984)
    L on one side       2 E[F(Z / sqrt(n))^L], from L = 7: the mean itself is known from n weeks only; F and Z standard normal
    L up or down        2 / L!, from L = 7
    2 of 3 far out      2 (3 q^2 (1 - q) + q^3), q the chance of a point beyond two thirds of a limit
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.stats import norm
from scipy.stats import t as student
from statsmodels.stats.multitest import multipletests

from journeys.settings import Publishing
from mining.spc import BASELINE_POINTS, RUN, Limits

_RULES = 4
_LIMITS_IN_SDS = 2.66 * 1.128
_FREEDOM_PER_RANGE = 0.62
_FALSE_SHARE = 0.05
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(40)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()  # mean of a function of a standard normal number


def chance_of_newest(points: Sequence[float], limits: Limits) -> float:
    """How likely a stable series is to end as unusually as this one, 0 to 1, by the four rules together."""
    n = min(len(points), BASELINE_POINTS)
    sd = (limits.high - limits.mean) / _LIMITS_IN_SDS
    if sd == 0:
        return 1.0 if points[-1] == limits.mean else 0.0
    # A point of the baseline pulls the mean towards itself; a later one does not.
    spread = sd * math.sqrt(1 - 1 / n if len(points) <= BASELINE_POINTS else 1 + 1 / n)
    freedom = _FREEDOM_PER_RANGE * (n - 1)
    chances = [2 * float(student.sf(abs(points[-1] - limits.mean) / spread, freedom))]
    side = _ends_with([point > limits.mean for point in points], [point < limits.mean for point in points])
    if side >= RUN:
        chances.append(2 * float(norm.cdf(_NODES / math.sqrt(n)) ** side @ _WEIGHTS))
    steps = [later - earlier for earlier, later in zip(points, points[1:], strict=False)]
    trend = 1 + _ends_with([step > 0 for step in steps], [step < 0 for step in steps])
    if trend >= RUN:
        chances.append(2 / math.factorial(trend))
    third = 2 / 3 * (limits.high - limits.mean)
    for sign in (1, -1):
        far = [sign * (point - limits.mean) > third for point in points[-3:]]
        if far[-1] and sum(far) >= 2:
            q = float(student.sf(2 / 3 * _LIMITS_IN_SDS, freedom))
            chances.append(2 * (3 * q**2 * (1 - q) + q**3))
    return min(1.0, _RULES * min(chances))


def mark_notable(measures: Sequence[dict[str, Any]], chances: Sequence[float | None], publishing: Publishing) -> None:
    """Add `is_notable` to each measure; a chance of None means that it has no signal to judge this week."""
    tested = [
        place
        for place, (measure, chance) in enumerate(zip(measures, chances, strict=True))
        if chance is not None and not measure["is_headline"]
    ]
    kept: set[int] = set()
    if tested:
        found = multipletests([chances[place] for place in tested], alpha=_FALSE_SHARE, method="fdr_bh")[0]
        kept = {place for place, is_kept in zip(tested, found, strict=True) if is_kept}
    for place, measure in enumerate(measures):
        is_sure = place in kept or measure["is_headline"] and chances[place] is not None
        measure["is_notable"] = bool(is_sure and is_large(measure, publishing))


def is_large(measure: dict[str, Any], publishing: Publishing) -> bool:
    """Is it far enough from its mean to matter: in percentage points for shares, in per cent of the mean for the rest?"""
    if measure["value"] is None or measure["mean"] is None:
        return False
    away = abs(measure["value"] - measure["mean"])
    if measure["unit"] == "share":
        return bool(away * 100 >= publishing.least_points)
    return bool(away >= publishing.least_percent / 100 * abs(measure["mean"]))


def _ends_with(*kinds: Sequence[bool]) -> int:
    """How many in a row the series ends with, of whichever kind it ends with."""
    lengths = []
    for kind in kinds:
        length = 0
        for is_so in reversed(kind):
            if not is_so:
                break
            length += 1
        lengths.append(length)
    return max(lengths)
