"""XmR charts: what is usual for a weekly measure, and when a week is not.

Limits: mean of the baseline +- 2.66 x mean moving range, moving ranges above 3.267 x their mean left out once
(NHS England, Making Data Count). Signals: a point outside the limits; 7 in a row on one side of the mean; a run of 7
up or down; 2 of 3 beyond two thirds of a limit on one side. Limits are fixed on the first 20 points; below 12 points
they are on trial, below 6 there are none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

_LIMIT_FACTOR = 2.66
_SCREEN_FACTOR = 3.267
RUN = 7
BASELINE_POINTS = 20
FIRM_POINTS = 12
FEWEST_POINTS = 6


@dataclass(frozen=True, slots=True)
class Limits:
    """Natural process limits in the measure's unit."""

    mean: float
    low: float
    high: float
    is_trial: bool


def natural_limits(points: Sequence[float], *, screen: bool = True) -> Limits | None:
    """Limits of the baseline (the first 20 points); None below 6 points.

    The example of the NHSRplotthedots documentation, 1 2 1 2 10 1 2 1 2 1 2 1 2 1 2 1 2 1, gives mean 1.94 and limits
    -0.72 and 4.60 screened, -3.06 and 6.95 unscreened.
    """
    if len(points) < FEWEST_POINTS:
        return None
    baseline = points[:BASELINE_POINTS]
    ranges = [abs(b - a) for a, b in zip(baseline, baseline[1:], strict=False)]
    if screen:
        ceiling = _SCREEN_FACTOR * fmean(ranges)
        ranges = [width for width in ranges if width <= ceiling]
    mean, half = fmean(baseline), _LIMIT_FACTOR * fmean(ranges)
    return Limits(mean, mean - half, mean + half, is_trial=len(points) < FIRM_POINTS)


def find_signals(points: Sequence[float], limits: Limits) -> list[int]:
    """For every point +1 (unusually high), -1 (unusually low) or 0, by the four rules."""
    marks = [0] * len(points)
    for i, value in enumerate(points):
        if not limits.low <= value <= limits.high:
            marks[i] = 1 if value > limits.high else -1
    _mark_runs(points, limits, marks)
    _mark_trends(points, marks)
    _mark_near_limits(points, limits, marks)
    return marks


def _mark_runs(points: Sequence[float], limits: Limits, marks: list[int]) -> None:
    """Seven or more in a row on one side of the mean."""
    for side in (1, -1):
        _mark_stretches([side * (value - limits.mean) > 0 for value in points], RUN, side, marks)


def _mark_trends(points: Sequence[float], marks: list[int]) -> None:
    """Seven or more points each above (or each below) the one before."""
    steps = [b - a for a, b in zip(points, points[1:], strict=False)]
    for side in (1, -1):
        start = None
        for i, step in enumerate([*steps, 0.0]):
            if side * step > 0:
                start = i if start is None else start
            elif start is not None:
                if i - start + 1 >= RUN:
                    _mark(range(start, i + 1), side, marks)
                start = None


def _mark_near_limits(points: Sequence[float], limits: Limits, marks: list[int]) -> None:
    """Two of three consecutive points beyond two thirds of the way to one limit."""
    third = 2 / 3 * (limits.high - limits.mean)
    for side in (1, -1):
        far = [side * (value - limits.mean) > third for value in points]
        for i in range(len(points) - 2):
            if sum(far[i : i + 3]) >= 2:
                _mark([j for j in range(i, i + 3) if far[j]], side, marks)


def _mark_stretches(is_in: Sequence[bool], fewest: int, side: int, marks: list[int]) -> None:
    start = None
    for i, inside in enumerate([*is_in, False]):
        if inside:
            start = i if start is None else start
        elif start is not None:
            if i - start >= fewest:
                _mark(range(start, i), side, marks)
            start = None


def _mark(places: Sequence[int] | range, side: int, marks: list[int]) -> None:
    # The first rule that speaks decides: a point outside the limits keeps its side.
    for i in places:
        marks[i] = marks[i] or side
