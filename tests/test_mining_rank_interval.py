"""Rank intervals by hand: who stands behind a total decides how sure its place is."""

from __future__ import annotations

import numpy as np
import pytest

from mining.rank_interval import measure_rank_intervals


def _added(*groups: list[int]) -> np.ndarray:  # type: ignore[type-arg]
    """Each group's contacts by person; no person is in two groups."""
    n_units, first = sum(map(len, groups)), 0
    added = np.zeros((n_units, len(groups)))
    for column, group in enumerate(groups):
        added[first : first + len(group), column] = group
        first += len(group)
    return added


@pytest.mark.parametrize(
    ("groups", "intervals"),
    [
        # 60 people against 20, of 80: 60 - 20 = 40, error sqrt(80 - 40 x 40 / 80) = 7.7: five errors from a tie.
        pytest.param(([1] * 60, [1] * 20), [(1, 1), (2, 2)], id="far apart"),
        # 60 against 50, of 110: 10, error sqrt(110 - 100 / 110) = 10.4: the second is first in one draw of six.
        pytest.param(([1] * 60, [1] * 50), [(1, 2), (1, 2)], id="near"),
        # One person made all 60: that person is not drawn at all in (79/80)^80 = 37 of 100 draws, and the place is gone.
        pytest.param(([60], [1] * 20), [(1, 2), (1, 2)], id="one person's many contacts"),
        pytest.param(([1] * 300, [1] * 30, [1] * 30), [(1, 1), (2, 3), (2, 3)], id="two that share a place"),
    ],
)
def test_the_range_of_places_is_as_wide_as_the_people_behind_it_allow(
    groups: tuple[list[int], ...], intervals: list[tuple[int, int]]
) -> None:
    low, high = measure_rank_intervals(_added(*groups))
    assert list(zip(low, high, strict=True)) == intervals


def test_groups_of_the_same_people_stand_on_either_place() -> None:
    """Forty people each met both: equal in every draw."""
    low, high = measure_rank_intervals(np.ones((40, 2)))
    assert (list(low), list(high)) == ([1, 1], [2, 2])


def test_a_single_group_is_first() -> None:
    low, high = measure_rank_intervals(np.ones((1, 1)))
    assert (list(low), list(high)) == ([1], [1])


def test_more_groups_than_a_block_are_ranked_against_all() -> None:
    """Group k has 40 - k people, ten contacts each: 40 against 20 is 2.6 errors of sqrt(60) apart, so ends stay ends."""
    low, high = measure_rank_intervals(_added(*([10] * (40 - k) for k in range(40))))
    assert all(low <= np.arange(1, 41)) and all(high >= np.arange(1, 41))
    assert low[0] == 1 and high[0] < 20 and high[-1] == 40 and low[-1] > 30
