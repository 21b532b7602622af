"""XmR charts and intervals against published and hand-worked numbers."""

from __future__ import annotations

import pytest

from mining.intervals import median_interval, wilson_interval
from mining.spc import BASELINE_POINTS, Limits, find_signals, natural_limits

PUBLISHED = [1, 2, 1, 2, 10, *[1, 2] * 6, 1]  # the example of the NHSRplotthedots documentation


def test_limits_are_those_of_the_published_example() -> None:
    screened, plain = natural_limits(PUBLISHED), natural_limits(PUBLISHED, screen=False)
    assert screened is not None and plain is not None
    assert [round(x, 2) for x in (screened.low, screened.mean, screened.high)] == [-0.72, 1.94, 4.60]
    assert [round(x, 2) for x in (plain.low, plain.high)] == [-3.06, 6.95]
    assert find_signals(PUBLISHED, screened)[4] == 1  # the 10 lies outside


def test_limits_need_six_points_and_are_on_trial_below_twelve() -> None:
    assert natural_limits([1, 2, 1, 2, 1]) is None
    assert [natural_limits([1, 2] * n).is_trial for n in (3, 6)] == [True, False]  # type: ignore[union-attr]


def test_the_baseline_is_fixed_once_it_is_full() -> None:
    first = [1.0, 2.0] * (BASELINE_POINTS // 2)
    assert natural_limits([*first, 50.0, 60.0]) == natural_limits(first)


LIMITS = Limits(mean=10, low=4, high=16, is_trial=False)


@pytest.mark.parametrize(
    ("points", "marks"),
    [
        ([10, 17, 10], [0, 1, 0]),  # outside
        ([10, 16, 10], [0, 0, 0]),  # on the limit is inside
        ([11, 12] * 3, [0] * 6),
        ([11, 12] * 3 + [11], [1] * 7),  # seven on one side
        ([9, 8] * 3 + [9], [-1] * 7),
        ([7, 8, 9, 10, 11, 12, 13], [1] * 7),  # seven points going up
        ([8, 9, 10, 11, 12, 13], [0] * 6),
        ([15, 10, 15], [1, 0, 1]),  # two of three beyond two thirds of the way (14)
        ([15, 10, 10, 15], [0, 0, 0, 0]),
        ([5, 10, 15], [0, 0, 0]),  # on different sides
    ],
)
def test_signals_follow_the_four_rules(points: list[float], marks: list[int]) -> None:
    assert find_signals(points, LIMITS) == marks


def test_wilson_interval_of_ten_in_fifty() -> None:
    # centre (0.2 + 3.8415 / 100) / (1 + 3.8415 / 50) = 0.22140, half width 0.10902
    assert wilson_interval(10, 50) == (pytest.approx(0.1124, abs=1e-4), pytest.approx(0.3304, abs=1e-4))
    low, high = wilson_interval(0, 50)
    assert low == pytest.approx(0) and high == pytest.approx(3.8415 / 53.8415, abs=1e-4)
    assert wilson_interval(0, 0) == (0.0, 1.0)


def test_median_interval_by_order_statistics() -> None:
    # ranks 12.5 -+ 1.96 x 5 / 2 = 7.6 and 17.4, outward 8 and 18 of 25
    assert median_interval(range(1, 26)) == (8, 18)
    assert median_interval([3.0, 9.0]) == (3.0, 9.0)
