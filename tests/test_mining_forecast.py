"""Next week: better than last week's number or nothing; the interval by hand; overdue cases in a small world."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from builders_mining import WEEK, World, example_settings

from mining.demand import classify_demand
from mining.forecast import forecast_next, judge_forecasts
from mining.overdue import BANDS, count_overdue, expect_chasers
from mining.weekly import contact_facts_sql


def test_a_level_with_noise_is_foretold_by_its_mean_better_than_by_the_last_week() -> None:
    draw = np.random.default_rng(1)
    found = forecast_next(draw.normal(100, 10, 60).round().tolist())
    assert found is not None
    assert found.value == pytest.approx(100, abs=6)
    assert found.low < found.value < found.high
    # The last week's error has twice the variance of the level's: 1 - 1 / sqrt(2) = 0.29 at most.
    assert 0.1 < found.skill < 0.35
    assert found.n_tests == 52


def test_a_random_walk_has_no_forecast_or_hardly_a_better_one() -> None:
    draw = np.random.default_rng(3)
    walk = 1000 + np.cumsum(draw.normal(0, 30, 60))
    found = forecast_next(walk.tolist())
    assert found is None or found.skill < 0.1


@pytest.mark.parametrize("counts", [[], [5.0] * 19, [0.0] * 60, [7.0] * 60])
def test_too_few_weeks_or_nothing_to_better_gives_no_forecast(counts: list[float]) -> None:
    assert forecast_next(counts) is None


def test_the_interval_and_the_skill_by_hand() -> None:
    """Twelve tests, each 10 expected, alternately 9 and 12 came: errors 0.1 and 0.2 of it; ceil(13 x 0.8) = 11th smallest, 0.2.

    Last week's number was off by 3 each time; ours by 1 and 2, 1.5 in the mean: half.
    """
    truth = np.array([9.0, 12.0] * 6)
    found = judge_forecasts(np.full(13, 10.0), truth, naive=np.array([12.0, 9.0] * 6))
    assert found is not None
    assert (found.low, found.value, found.high) == pytest.approx((8, 10, 12))
    assert found.skill == pytest.approx(0.5)
    assert (found.coverage, found.n_covered) == (1.0, 4)


def test_a_season_is_used_once_there_is_a_year() -> None:
    """Each fourth week is a bill run, at no fixed distance from the newest: only last year's week tells of it."""
    draw = np.random.default_rng(2)
    year = draw.permutation(np.repeat([100.0, 180.0, 260.0, 420.0], 13))
    found = forecast_next(np.tile(year, 3)[:-1].tolist())
    assert found is not None
    assert found.value == pytest.approx(year[-1], rel=0.1)
    assert found.skill > 0.5


def test_chasers_are_cases_times_the_hazard_of_their_band() -> None:
    """20 cases a week less than a week late, of which 2 then 4 are asked after: 3 in 20; 10 of them now make 1.5."""
    weeks = [f"2026-W{n:02d}" for n in range(20, 41)]
    rows = [(week, 0, 20, 2 if place % 2 else 4) for place, week in enumerate(weeks[:-1])]
    rows += [(week, 3, 50, 0) for week in weeks[:-1]] + [(weeks[-1], 0, 10, 0), (weeks[-1], 3, 50, 0)]
    found, bands = expect_chasers(pd.DataFrame(rows, columns=["week", "band", "n_cases", "n_chases"]))
    assert list(bands["late"]) == list(BANDS)
    assert list(bands["hazard"]) == pytest.approx([0.15, 0, 0, 0])
    assert list(bands["expected"]) == pytest.approx([1.5, 0, 0, 0])
    assert found is not None
    assert found.value == pytest.approx(1.5)
    assert found.skill == pytest.approx(0.5, abs=0.06)  # off by 1 each week, last week's number by 2


def test_cases_past_their_date_are_open_until_closed_and_chases_are_counted_in_their_week() -> None:
    """Due on 2 November. One is closed on the 5th, one stays open and is asked after twice on the 10th, one is opened again."""
    world, due = World(), pd.Timestamp("2026-11-02 00:00:00")
    for name in "abc":
        world.contact(f"c{name}", f"p{name}", "2026-10-20 10:00:00", "report", journey=f"j{name}")
        world.step(f"s{name}", f"j{name}", "2026-10-20 11:00:00", "Case opened", case_due_at=due)
    world.step("closed-a", "ja", "2026-11-05 10:00:00", "Case closed")
    world.step("closed-c", "jc", "2026-11-03 10:00:00", "Case closed")
    world.step("again-c", "jc", "2026-11-06 10:00:00", "Case reopened")
    for hour in (10, 12):
        world.contact(f"chase{hour}", "pb", f"2026-11-10 {hour}:00:00", "progress_chase", journey="jb")
    engine, settings = world.engine(), example_settings()
    classify_demand(engine, settings)
    engine.save("contact_facts", contact_facts_sql())
    counted = count_overdue(engine, settings, WEEK)
    assert [tuple(row) for row in counted.itertuples(index=False)] == [
        ("2026-W46", 1, 2, 2),  # b, and c again: late by 7 days to the second as the week begins
        ("2026-W47", 2, 2, 0),
    ]
