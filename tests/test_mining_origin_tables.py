"""Batches and failing forms: planted effects come back, nothing is seen where nothing is, words as a reader meets them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from builders_mining import WEEK, World, example_settings

from mining.batches import WAKES, measure_wakes
from mining.demand import classify_demand
from mining.origin_tables import _row, times_as_likely
from mining.web_to_staff import measure_more, web_to_staff_table
from mining.weekly import contact_facts_sql

DAYS = pd.date_range("2026-05-18", periods=182)  # Mondays first, 26 weeks
WEEKDAY = np.array([20, 18, 17, 16, 15, 0, 0], float)[DAYS.dayofweek]


def _wakes(contacts: np.ndarray, steps: np.ndarray) -> dict[str, dict[str, object]]:
    return {str(row["wake"]): row for row in measure_wakes(contacts, contacts, steps, DAYS)}


def test_contacts_after_two_bill_runs_beside_the_same_weekdays() -> None:
    """Bills on two Mondays; contacts of days 3 to 6 double, all others are exactly their weekday's usual number."""
    steps, contacts = np.full(182, 2.0), WEEKDAY.copy()
    for at in (28, 98):
        steps[at] = 900
        contacts[at + 3 : at + 7] *= 2
    found = _wakes(contacts, steps)
    assert [round(float(found[wake]["ratio"]), 3) for wake, *_ in WAKES] == [1, 2, 1]
    # Thursdays and Fridays after both: 2 x (16 + 15) expected, twice that came.
    assert (found["3 to 6 days after"]["n_contacts"], round(float(found["3 to 6 days after"]["n_expected"]))) == (
        124,
        62,
    )
    assert found["3 to 6 days after"]["ratio_low"] > 1.4
    assert found["the day and 2 days after"]["ratio_low"] < 1 < found["the day and 2 days after"]["ratio_high"]


@pytest.mark.parametrize(
    "steps",
    [np.full(182, 60.0), np.where(DAYS.dayofweek == 0, 900.0, 0.0), np.full(182, 0.0)],
    ids=["as many every day", "every Monday: nothing to compare with", "never"],
)
def test_no_batch_or_nothing_beside_it_gives_no_row(steps: np.ndarray) -> None:
    assert _wakes(WEEKDAY, steps) == {}
    assert _wakes(np.zeros(182), steps) == {}


def _weeks(n_failed: list[int], more: float, n: int = 26) -> pd.DataFrame:
    noise = np.random.default_rng(1).normal(0, 1, n)
    return pd.DataFrame(
        {
            "week": [str(WEEK.plus(at + 1 - n)) for at in range(n)],
            "n_started": [100 + at % 3 for at in range(n)],
            "n_failed": n_failed,
            "n_by_staff": 180 + more * np.array(n_failed) + noise,
        }
    )


def test_contacts_that_go_with_failed_forms_by_week() -> None:
    """From the 14th week on half the forms fail, and 6 in 10 of those people call: 60 more contacts for 100."""
    found = measure_more(_weeks([5 + at % 2 for at in range(13)] + [50 + at % 4 for at in range(13)], 0.6))
    assert found is not None
    assert found.low < 60 < found.high
    assert found.value == pytest.approx(60, abs=4)


def test_too_few_weeks_or_no_failures_are_not_measured() -> None:
    assert measure_more(_weeks([0] * 26, 0.6)) is None
    assert measure_more(_weeks([40] * 26, 0.6)) is None
    assert measure_more(_weeks([10, 40] * 5, 0.6, n=10)) is None


def test_a_week_after_a_gap_is_no_week_after() -> None:
    """With the 5th week missing the 6th has no week before it: 24 of the 26 remain, the first and that one only lead."""
    weeks = _weeks([5 + at % 2 for at in range(13)] + [50 + at % 4 for at in range(13)], 0.6).drop(index=4)
    found = measure_more(weeks)
    assert found is not None
    assert found.value == pytest.approx(60, abs=4)


def test_linked_forms_are_followed_within_24_hours_only_and_coverage_is_said() -> None:
    """40 failed forms of known persons, 25 followed after an hour, 15 after 25 hours; 60 of nobody known."""
    world = World()
    for n in range(40):
        world.contact(f"w{n}", f"p{n}", "2026-11-10 09:00:00", channel="web", activity="Web form fails")
        at = "2026-11-10 10:00:00" if n < 25 else "2026-11-11 10:00:00"
        world.contact(f"c{n}", f"p{n}", at, "digital_barrier" if n < 20 else "request")
    for n in range(60):
        world.contact(f"x{n}", f"u{n}", "2026-11-10 09:00:00", channel="web", activity="Web form fails")
    engine, settings = world.engine(), example_settings(share_needs=20, suppress_below=5)
    classify_demand(engine, settings)
    engine.save("contact_facts", contact_facts_sql())
    (row,) = web_to_staff_table(engine, settings, WEEK, set()).as_json()["rows"]
    assert (row["n_failed"], row["linked_share"]["value"], row["n_said"]) == (100, 0.4, 20)
    assert (row["followed_share"]["value"], row["followed_share"]["n"]) == (25 / 40, 40)
    assert row["more"] is None
    assert row["says"] == "Too few weeks or failed forms to tell."


def test_a_lift_in_words() -> None:
    assert times_as_likely(2.14) == "2.1 times as likely"
    assert times_as_likely(269.7) == "more than 20 times as likely"


def test_what_a_mend_could_save_counts_words_only_as_far_as_they_are_sure() -> None:
    """26 contacts in 13 weeks, lift 2: half would not have come. 13 in words only, right in 0.6 of cases: (13 + 7.8) / 2 / 13."""
    pair = {
        "service": "benefits", "step": "Letter sent", "demand_type": "clarification", "n_contacts": 26, "n_supported": 20.8,
        "lift": 2.0, "lift_low": 0.8, "lift_high": 4.0, "n_both": 13, "n_behaviour": 0,
    }  # fmt: skip
    row = _row(pair, ("Wait", "Service team"), (3600.0, 1800.0, 7200.0), example_settings())
    assert (row["more"], row["more_low"], row["more_high"]) == (13, 0, 20)
    assert (row["saved"], row["saved_low"], row["saved_high"]) == (0.8, 0, 1.2)
    assert (row["saved_hours"], row["hours_low"], row["hours_high"]) == (0.8, 0, 2.4)
    assert _row(pair, ("", ""), None, example_settings())["saved_hours"] is None
