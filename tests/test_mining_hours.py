"""Handling hours by hand: means over persons, what is not known, and the hours that follow."""

from __future__ import annotations

import pytest
from builders_mining import WEEK, World, example_settings

from mining.demand import classify_demand
from mining.hours import hours_tables, measure_handling
from mining.weekly import contact_facts_sql


def _engine(handled: list[tuple[str, float | None]]):  # type: ignore[no-untyped-def]
    world = World()
    for place, (person, seconds) in enumerate(handled):
        world.contact(
            f"c{place}",
            person,
            f"2026-11-10 {8 + place % 9:02d}:{place % 60:02d}:00",
            "progress_chase",
            handle_s=seconds,
        )
    engine = world.engine()
    classify_demand(engine, example_settings())
    engine.save("contact_facts", contact_facts_sql())
    return engine


def test_the_mean_is_one_of_contacts_and_its_interval_one_of_persons() -> None:
    """Ten persons call once for 100 s, ten twice for 400 s each: 9,000 s of 30 calls, 300 each.

    y - r m: -200 ten times, 200 ten times; variance 20/19 x 800,000 / 900 = 935.7, error 30.59, t(19) 2.093: 236 to 364.
    """
    handled = [(f"p{n}", 100.0) for n in range(10)] + [(f"q{n // 2}", 400.0) for n in range(20)]
    (row,) = measure_handling(_engine(handled), ("service", "demand"), str(WEEK), str(WEEK)).itertuples()
    assert (row.n_contacts, row.n_persons, row.n_known) == (30, 20, 30)
    assert (row.mean_s, row.mean_low, row.mean_high) == pytest.approx((300, 236, 364), abs=0.1)
    assert row.total_s == 9000


def test_contacts_of_unknown_time_are_taken_to_be_like_the_others_and_said() -> None:
    """60 calls of 12 minutes, 60 not known: 120 x 0.2 h / 13 weeks = 1.8 hours a week, half of it known."""
    handled: list[tuple[str, float | None]] = [(f"p{n}", 720.0 if n < 60 else None) for n in range(120)]
    settings = example_settings()
    tables = hours_tables(_engine(handled), settings, str(WEEK.plus(-12)), str(WEEK), "13 weeks")
    (row,) = tables["handling"].as_json()["rows"]
    assert (row["kind"], row["n_contacts"], row["minutes"]["value"], row["hours"]["value"]) == (
        "Failure demand",
        120,
        12.0,
        1.8,
    )
    assert row["known_share"]["value"] == 0.5


def test_no_handling_times_no_table() -> None:
    handled: list[tuple[str, float | None]] = [(f"p{n}", None) for n in range(120)]
    assert hours_tables(_engine(handled), example_settings(), str(WEEK.plus(-12)), str(WEEK), "13 weeks") == {}
