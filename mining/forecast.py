"""Next week's number from the weeks before it, and whether it is worth saying.

In: a count per complete week, oldest first. Out: the number expected next week with an 80% interval, and what back-tests say.
Candidates: the last week (naive), the mean of the last 4 and of the last 8 weeks, exponential smoothing with weights 0.2, 0.4 and
0.7, and, with a year behind, the same week of last year times the change of level since. For each past week the candidate with
the least mean absolute error up to then is used, so that the choice is tested too. Skill: 1 - its mean absolute error / that of
the last week (Hyndman and Koehler, Another look at measures of forecast accuracy, 2006). Interval: the quantile of the relative
errors so far that covers 80% of the next one (split conformal: Vovk, Gammerman and Shafer, 2005; Lei and others, 2018).
Where the back-tests are not better than the last week's number, there is no forecast.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Reals = npt.NDArray[np.float64]

COVERS = 0.8
_FIRST_TEST = 8  # weeks before the first back-test
_LEAST_TESTS = 12
_MOST_TESTS = 52
_YEAR = 52


@dataclass(frozen=True, slots=True)
class Forecast:
    """`coverage`: share of back-tests whose interval, made from the errors before, held the number; of `n_covered`."""

    value: float
    low: float
    high: float
    skill: float
    n_tests: int
    coverage: float
    n_covered: int


def forecast_next(counts: Sequence[float]) -> Forecast | None:
    """The next number; None with too few weeks, or where the last week's number does as well."""
    values = np.asarray(counts, np.float64)
    n_tests = min(len(values) - _FIRST_TEST, _MOST_TESTS)
    if n_tests < _LEAST_TESTS or values.sum() == 0:
        return None
    origins = range(len(values) - n_tests, len(values) + 1)
    made = np.array([[candidate(values[:origin]) for candidate in CANDIDATES] for origin in origins])
    truth = values[-n_tests:]
    errors = np.abs(made[:-1] - truth[:, None])
    chosen = np.array([_best(errors[:at]) for at in range(n_tests + 1)])
    expected = made[np.arange(n_tests + 1), chosen]
    return judge_forecasts(expected, truth, naive=made[:-1, 0])


def judge_forecasts(expected: Reals, truth: Reals, naive: Reals) -> Forecast | None:
    """The forecast with its interval, from those made for the weeks before: `expected` has one more, the next week's."""
    n_tests = len(truth)
    naive_error = float(np.abs(naive - truth).mean()) if n_tests >= _LEAST_TESTS else 0.0
    if not naive_error:
        return None
    skill = 1 - float(np.abs(expected[:-1] - truth).mean()) / naive_error
    if skill <= 0:
        return None
    relative = np.abs(expected[:-1] - truth) / np.maximum(expected[:-1], 1.0)
    held = [relative[at] <= _quantile(relative[:at]) for at in range(_FIRST_TEST, n_tests)]
    value, width = float(expected[-1]), _quantile(relative) * max(float(expected[-1]), 1.0)
    return Forecast(value, max(value - width, 0.0), value + width, skill, n_tests, float(np.mean(held)), len(held))


def _best(errors: Reals) -> int:
    """The candidate with the least error so far; the naive one, the first, before there is any."""
    return int(errors.mean(axis=0).argmin()) if len(errors) else 0


def _quantile(errors: Reals) -> float:
    """Half-width that covers the next error with the stated chance, given those before."""
    place = math.ceil((len(errors) + 1) * COVERS)
    return float(np.sort(errors)[min(place, len(errors)) - 1])


def _mean_of(weeks: int) -> Callable[[Reals], float]:
    return lambda values: float(values[-weeks:].mean())


def _smoothed(weight: float) -> Callable[[Reals], float]:
    def expect(values: Reals) -> float:
        level = float(values[0])
        for value in values[1:]:
            level += weight * (float(value) - level)
        return level

    return expect


def _as_last_year(values: Reals) -> float:
    """Last year's week after this one, times how the last 8 weeks compare with the same weeks then; the last week without a year."""
    if len(values) < _YEAR + 8:
        return float(values[-1])
    then = float(values[-_YEAR - 8 : -_YEAR].sum())
    return float(values[-_YEAR]) * (float(values[-8:].sum()) / then if then else 1.0)


CANDIDATES: tuple[Callable[[Reals], float], ...] = (
    lambda values: float(values[-1]),
    _mean_of(4),
    _mean_of(8),
    _smoothed(0.2),
    _smoothed(0.4),
    _smoothed(0.7),
    _as_last_year,
)
