"""Gaps proposed from waits: places where the valley is known, and where there is none."""

from __future__ import annotations

import numpy as np
import pytest
from builders_mining import World, example_settings

from journeys.gap_proposals import find_valley, propose_gaps


def _valley(*hills: tuple[float, float, int], seed: int = 1) -> float | None:
    """The valley of waits drawn around so many days, each hill (days, spread in decades, waits)."""
    rng = np.random.default_rng(seed)
    logs = np.concatenate([rng.normal(np.log10(days), spread, n) for days, spread, n in hills])
    bins, waits = np.unique(np.floor(logs * 20), return_counts=True)
    return find_valley(bins, waits.astype(float))


def test_the_valley_lies_between_short_and_long_waits() -> None:
    """Equal hills at 4 and 100 days: the middle of their logarithms is 20 days."""
    found = [_valley((4, 0.25, 2000), (100, 0.25, 2000), seed=seed) for seed in range(5)]
    assert all(day is not None and 14 < day < 28 for day in found)


def test_of_several_hills_the_last_valley_is_taken() -> None:
    """People try again after a day, chase after ten, and come back with something else after 150."""
    valley = _valley((1, 0.1, 1000), (10, 0.15, 1000), (150, 0.15, 1000))
    assert valley is not None
    assert 25 < valley < 60


@pytest.mark.parametrize("n_waits", [300, 3000])
def test_one_hill_has_no_valley_whatever_the_sample(n_waits: int) -> None:
    assert [_valley((12, 0.5, n_waits), seed=seed) for seed in range(20)] == [None] * 20


def test_a_few_stray_waits_are_no_hill() -> None:
    assert _valley((5, 0.2, 1000), (200, 0.1, 30)) is None


def test_proposals_say_what_they_rest_on() -> None:
    """300 people call on day 0, 4 and 68: waits of 4 and 64 days, so the valley is at their middle, 16 days."""
    world = World()
    for n in range(300):
        for place, day in enumerate(("2026-08-01", "2026-08-05", "2026-10-08")):
            world.contact(f"c{n}-{place}", f"p{n}", f"{day} 10:00")
        world.contact(f"u{n}", f"u{n}", "2026-08-01 10:00")
    world.contact("k1", "k", "2026-08-01 10:00", service="parking").contact(
        "k2", "k", "2026-08-03 10:00", service="parking"
    )
    with world.engine() as engine:
        proposals = {each.service: each for each in propose_gaps(engine, example_settings())}
    bins, parking, none = proposals["waste"], proposals["parking"], proposals["planning"]
    assert (bins.has_valley, bins.set_days, bins.n_waits, bins.below_share) == (True, 14, 600, 0.5)
    assert 14 <= bins.days <= 18
    assert (parking.has_valley, parking.days, parking.n_waits, parking.below_share) == (False, 30, 1, 1.0)
    assert (none.has_valley, none.days, none.n_waits) == (False, 30, 0)
