"""Chance of a signal by hand, and many charts at once: what is shown is not what chance brings."""

from __future__ import annotations

import random
from typing import Any

import pytest
from builders_mining import example_settings
from scipy.integrate import quad
from scipy.stats import norm

from mining.notable import chance_of_newest, mark_notable
from mining.spc import Limits, natural_limits

PUBLISHING = example_settings().publishing
LIMITS = Limits(10.0, 10.0 - 3.0005, 10.0 + 3.0005, is_trial=False)  # one standard deviation is 1


def test_eight_in_a_row_on_one_side() -> None:
    """2 E[F(Z / sqrt(20))^8], integrated another way, is 0.016, twice what a known mean would give; four rules: 0.064."""
    points = [10.5, 9.5] * 9 + [9.5, 10.4, 10.6, 10.3, 10.7, 10.4, 10.2, 10.5, 10.4]
    by_area, _ = quad(lambda z: norm.cdf(z / 20**0.5) ** 8 * norm.pdf(z), -8, 8)
    assert chance_of_newest(points, LIMITS) == pytest.approx(4 * 2 * by_area, rel=0.001)
    assert by_area == pytest.approx(0.00797, abs=0.0001)


def test_a_far_point_is_the_less_likely_the_farther_it_lies() -> None:
    """Four deviations with 11.8 degrees of freedom, for a point after the baseline: t = 4 / sqrt(1.05) = 3.90, p 0.0022 x 4."""
    base = [10.5, 9.5] * 10
    assert chance_of_newest([*base, 14.0], LIMITS) == pytest.approx(0.0088, abs=0.0006)
    assert chance_of_newest([*base, 15.0], LIMITS) < chance_of_newest([*base, 14.0], LIMITS)
    assert chance_of_newest([*base, 10.1], LIMITS) == 1


def test_a_series_that_never_moved_and_now_does_is_no_chance() -> None:
    flat = Limits(5.0, 5.0, 5.0, is_trial=False)
    assert chance_of_newest([5.0] * 20 + [6.0], flat) == 0
    assert chance_of_newest([5.0] * 21, flat) == 1


def _entry(value: float, mean: float, *, is_headline: bool = False) -> dict[str, Any]:
    return {"value": value, "mean": mean, "unit": "contacts", "is_headline": is_headline}


def test_among_many_stable_charts_nearly_none_is_notable_and_a_real_step_is() -> None:
    draw = random.Random(5)
    entries, chances = [], []
    for place in range(300):
        points = [draw.gauss(100, 10) for _ in range(26)]
        if place < 3:
            points[-1] = 200.0
        limits = natural_limits(points)
        assert limits is not None
        entries.append(_entry(points[-1], limits.mean))
        chances.append(chance_of_newest(points, limits))
    mark_notable(entries, chances, PUBLISHING)
    assert all(entry["is_notable"] for entry in entries[:3])
    assert sum(entry["is_notable"] for entry in entries[3:]) <= 1


def test_a_headline_measure_stands_for_itself_and_one_without_a_signal_for_nothing() -> None:
    entries = [_entry(120, 100, is_headline=True), _entry(120, 100, is_headline=True), _entry(120, 100)]
    mark_notable(entries, [0.4, None, 0.4], PUBLISHING)
    assert [entry["is_notable"] for entry in entries] == [True, False, False]
