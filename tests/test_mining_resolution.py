"""Who did not have to come back: curves worked by hand, people counted once, and a newest week that is not flattered."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from builders_mining import WEEK, World, example_settings
from statsmodels.duration.survfunc import SurvfuncRight

from mining.demand import classify_demand
from mining.repeats import follow_contacts
from mining.resolution import build_returns, resolution_table, watch_cohort, watch_period
from mining.survival import measure_lasting
from mining.weekly import contact_facts_sql

DAY_S = 86400.0


def _watched(rows: list[tuple[float, float, bool, str]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["entry_s", "exit_s", "is_event", "person_id"])


def test_shares_by_hand() -> None:
    """Of 5, one event at 1 (4/5); of 4, one at 2, another leaves (3/4); of 2, one at 3 (1/2)."""
    rows = [(0, 1, True, "a"), (0, 2, False, "b"), (0, 2, True, "c"), (0, 3, True, "d"), (0, 4, False, "e")]
    assert [one.share for one in measure_lasting(_watched(rows), [0.5, 1, 2, 3])] == pytest.approx([1, 0.8, 0.6, 0.3])


def test_who_comes_late_counts_only_from_then_on() -> None:
    """The event at 1 happens to one of two (the late one is not there yet), that at 5 to one of two."""
    rows = [(0, 1, True, "a"), (0, 9, False, "b"), (4, 5, True, "c")]
    assert [one.share for one in measure_lasting(_watched(rows), [1, 5])] == pytest.approx([0.5, 0.25])


def test_two_contacts_in_one_second_are_a_return_at_once() -> None:
    rows = [(0, 0, True, "a"), (0, 9, False, "b"), (0, 9, False, "c"), (0, 9, False, "d")]
    assert [one.share for one in measure_lasting(_watched(rows), [0.0, 1.0, 9.0])] == pytest.approx([1, 0.75, 0.75])


def test_nobody_watched_gives_nothing_and_nobody_coming_back_is_not_certainty() -> None:
    assert measure_lasting(_watched([]), [1]) == []
    (one,) = measure_lasting(_watched([(0, 9, False, f"p{n}") for n in range(20)]), [7])
    assert (one.share, one.high) == (1, 1)
    assert 0.8 < one.low < 0.9  # Wilson's interval for 20 of 20


def test_the_interval_counts_persons_and_not_their_contacts() -> None:
    """Strangers: nearly Greenwood's. Everyone's contacts twice: nothing more is known, and the interval stays."""
    ages = np.random.default_rng(3).exponential(10, 400)
    once = _watched([(0, min(age, 12), bool(age <= 12), f"p{n}") for n, age in enumerate(ages)])
    (one,), (two,) = (measure_lasting(rows, [7.0]) for rows in (once, pd.concat([once, once])))
    assert (two.share, two.low, two.high) == pytest.approx((one.share, one.low, one.high))
    curve = SurvfuncRight(once["exit_s"], once["is_event"].astype(float))
    greenwood = float(curve.surv_prob_se[np.searchsorted(curve.surv_times, 7.0, side="right") - 1])
    assert (one.high - one.low) / (2 * 1.96 * greenwood) == pytest.approx(1, abs=0.03)


def _world() -> World:
    """Persons 0 to 59 in touch at noon on 8 days from 2 November; every third comes back 3 days later."""
    world = World()
    for n in range(60):
        day = 2 + n % 8
        world.contact(f"a{n:02}", f"p{n}", f"2026-11-{day:02} 12:00:00")
        if n % 3 == 0:
            world.contact(f"b{n:02}", f"p{n}", f"2026-11-{day + 3:02} 12:00:00")
    return world


def test_the_newest_week_counts_what_happened_in_it() -> None:
    engine = _world().engine()
    classify_demand(engine, example_settings())
    engine.save("contact_facts", contact_facts_sql())
    follow_contacts(engine)
    build_returns(engine)
    watched = watch_period(engine, WEEK, example_settings())
    # The week begins on 9 November: 20 persons came back by the 12th; those of the 6th and before came back before it.
    came_back_in_week = [n for n in range(0, 60, 3) if 2 + n % 8 + 3 >= 9]
    assert int(watched["is_event"].sum()) == len(came_back_in_week)
    (period,) = measure_lasting(watched, [7 * DAY_S])
    cohort = measure_lasting(watch_cohort(engine, WEEK.plus(-1), 7), [7 * DAY_S])[0]
    assert cohort.share == pytest.approx(_cohort_by_hand())
    assert period.n == len(watched[watched["entry_s"] < 7 * DAY_S])
    assert 0 < period.share < 1


def _cohort_by_hand() -> float:
    """Contacts of 2 to 8 November, those that came back included as contacts of their own."""
    first = [n for n in range(60) if 2 + n % 8 <= 8]
    again = [n for n in first if n % 3 == 0 and 2 + n % 8 + 3 <= 8]
    n_repeated = sum(n % 3 == 0 for n in first)
    return 1 - n_repeated / (len(first) + len(again))


def test_the_table_hides_small_groups_and_bounds_hold_the_share() -> None:
    engine = _world().contact("u1", "u-1", "2026-11-10 09:00:00").engine()
    settings = example_settings()
    classify_demand(engine, settings)
    engine.save("contact_facts", contact_facts_sql())
    follow_contacts(engine)
    build_returns(engine)
    table = resolution_table(engine, WEEK, settings, "a week")
    rows = {row["days"]: row for row in table.as_json()["rows"]}
    assert rows[1]["same_service"]["value"] == 1  # nobody comes back within a day
    assert rows[1]["bounds_low"] < 1 <= rows[1]["bounds_high"] + 1e-9
    assert rows[7]["same_service"] == {"value": None, "suppressed": True}  # 7 came back in the week: too few to show
    assert rows[7]["bounds_low"] == {"value": None, "suppressed": True}
