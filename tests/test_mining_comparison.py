"""Digital and in person: worked by hand, made alike, refused without overlap, and equally long followed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from builders_mining import WEEK, World, example_settings

from journeys.engine import Engine
from mining.comparison import OUTCOMES, build_compared, compare
from mining.comparison_tables import comparison_tables
from mining.demand import classify_demand
from mining.events import build_events
from mining.standardise import Groups, compare_means, compare_medians, is_reversed, standardised_difference


def _groups(cells: list[tuple[int, str, int, int]]) -> tuple[Groups, np.ndarray]:
    """Journeys from (group, stratum, n, n with the outcome); every journey is of a person of its own."""
    rows = [(group, stratum, float(at < n_yes)) for group, stratum, n, n_yes in cells for at in range(n)]
    group, stratum, outcome = (np.array(column) for column in zip(*rows, strict=True))
    persons = pd.Series(np.arange(len(rows)))
    return Groups.of(group.astype(np.int64), pd.Series(stratum), persons), outcome.astype(float)


# Easy requests go online: raw the first group does better, like for like it does worse.
SIMPSON = [(0, "easy", 80, 64), (0, "hard", 20, 4), (1, "easy", 20, 18), (1, "hard", 80, 32)]


def test_like_for_like_by_hand() -> None:
    """Raw 68 of 100 and 50 of 100. Strata weigh 100 to 100: first (0.8 + 0.2) / 2, second (0.9 + 0.4) / 2."""
    groups, outcome = _groups(SIMPSON)
    raw, alike = (compare_means(groups, outcome, is_adjusted=adjusted) for adjusted in (False, True))
    assert (raw.first, raw.second, raw.value) == pytest.approx((0.68, 0.5, 0.18))
    assert (alike.first, alike.second, alike.value) == pytest.approx((0.5, 0.65, -0.15))
    # Raw: sqrt(0.68 * 0.32 / 99 + 0.25 / 99) * 1.96.
    assert raw.high - raw.value == pytest.approx(1.96 * (0.2176 / 99 + 0.25 / 99) ** 0.5, rel=1e-3)
    # Like for like: each stratum at half its weight, squared.
    variance = 0.25 * (0.16 / 79 + 0.16 / 19 + 0.09 / 19 + 0.24 / 79)
    assert alike.high - alike.value == pytest.approx(1.96 * variance**0.5, rel=1e-3)


def test_raw_and_like_for_like_that_point_in_opposite_ways_are_flagged() -> None:
    groups, outcome = _groups([(group, stratum, 20 * n, 20 * yes) for group, stratum, n, yes in SIMPSON])
    raw, alike = (compare_means(groups, outcome, is_adjusted=adjusted) for adjusted in (False, True))
    assert is_reversed(raw, alike)
    groups, outcome = _groups([(group, "one", n, yes) for group, _, n, yes in SIMPSON])
    assert not is_reversed(*(compare_means(groups, outcome, is_adjusted=adjusted) for adjusted in (False, True)))


def test_without_overlap_nothing_is_comparable() -> None:
    groups, _ = _groups(
        [(0, "online only", 90, 9), (1, "counter only", 90, 50), (0, "both", 10, 5), (1, "both", 10, 5)]
    )
    assert groups.overlap == pytest.approx(0.1)
    assert not groups.is_comparable


def test_a_person_with_many_journeys_is_not_many_persons() -> None:
    """Everything four times over, by the same persons: the interval of shares is not half as wide."""
    groups, outcome = _groups(SIMPSON)
    rows = pd.concat([pd.DataFrame({"group": groups.group, "stratum": groups.stratum, "person": groups.person})] * 4)
    same = Groups.of(rows["group"].to_numpy(), rows["stratum"], rows["person"])
    once, often = (
        compare_means(given, values, is_adjusted=True)
        for given, values in ((groups, outcome), (same, np.tile(outcome, 4)))
    )
    assert often.value == pytest.approx(once.value)
    assert often.high - often.low == pytest.approx(once.high - once.low, rel=0.03)


def test_a_cell_in_which_all_are_alike_is_not_certain() -> None:
    groups, outcome = _groups([(0, "one", 30, 30), (1, "one", 30, 30)])
    found = compare_means(groups, outcome, is_adjusted=True)
    assert found.value == 0
    assert found.low < -0.03 and found.high > 0.03


def test_medians_by_hand() -> None:
    """1 to 9 beside 11 to 19: ten apart, with an interval around it."""
    groups, _ = _groups([(0, "one", 9, 0), (1, "one", 9, 0)])
    found = compare_medians(groups, np.array([*range(1, 10), *range(11, 20)], float), is_adjusted=True)
    assert (found.first, found.second, found.value) == (5, 15, -10)
    assert -17 <= found.low < -10 < found.high <= -3


def test_standardised_difference_by_hand() -> None:
    """80% beside 20%: 0.6 / sqrt((0.16 + 0.16) / 2) = 1.5; made alike, none."""
    groups, _ = _groups(SIMPSON)
    is_easy = groups.stratum == 0
    assert standardised_difference(groups, is_easy, is_adjusted=False) == pytest.approx(1.5)
    assert standardised_difference(groups, is_easy, is_adjusted=True) == pytest.approx(0, abs=1e-12)


def _council(n: int) -> Engine:
    """Journeys that start 60 days before the cut-off; those begun at the counter chase after 20 days, and after 50."""
    world = World()
    for at in range(n):
        start = pd.Timestamp("2026-09-16 09:00:00") + pd.Timedelta(minutes=at)
        online, person = at % 2 == 0, f"p{at}"
        channel = "web_form" if online else "face_to_face"
        world.contact(f"a{at:03}", person, str(start), "request", channel=channel)
        if not online:
            world.contact(f"b{at:03}", person, str(start + pd.Timedelta(days=20)), "progress_chase")
            world.contact(f"c{at:03}", person, str(start + pd.Timedelta(days=50)), "progress_chase")
        if at % 4 < 3:
            world.step(f"s{at:03}", f"j-{person}", str(start + pd.Timedelta(days=10)), "Case closed")
    engine = world.engine()
    classify_demand(engine, example_settings())
    build_events(engine, example_settings(), WEEK)
    build_compared(engine, example_settings(), WEEK)
    return engine


def test_journeys_are_followed_for_35_days_and_no_longer() -> None:
    journeys = _council(8).run("SELECT * FROM compared_journeys ORDER BY journey_id")
    assert journeys["n_contacts"].tolist() == [1, 2] * 4  # the chase after 50 days is not counted
    assert journeys["is_completed"].tolist() == [True, False, True, False] * 2  # a chase after the end is no completion
    assert journeys["has_case"].tolist() == [True, True, True, False] * 2
    assert set(journeys["need"]) == {"request"}


def test_the_tables_say_what_was_compared_and_hide_what_is_small() -> None:
    journeys = _council(240).run("SELECT *, done_s / 86400.0 AS days FROM compared_journeys ORDER BY journey_id")
    groups, raw, alike = compare(journeys, ("digital", "in_person"), OUTCOMES[1])
    assert (groups.n_of(0), groups.n_of(1), groups.overlap) == (120, 120, 1)
    assert raw is not None and alike is not None
    assert (raw.first, raw.second, alike.value) == pytest.approx((1, 0, 1))
    rows = comparison_tables(_council(240), example_settings(), WEEK)["side_by_side"].as_json()["rows"]
    (one,) = [row for row in rows if row["outcome"] == "One contact was enough"]
    assert (one["second_route"], one["says"], one["alike"]["value"]) == ("In person", "higher", pytest.approx(1))
    small = comparison_tables(_council(40), example_settings(), WEEK)["side_by_side"].as_json()["rows"]
    assert {row["raw"]["value"] for row in small} == {None}  # twenty of each: too few for a share


def test_one_route_only_gives_no_comparison() -> None:
    world = World()
    for at in range(20):
        world.contact(f"a{at:03}", f"p{at}", "2026-09-16 09:00:00", "request")
    engine = world.engine()
    classify_demand(engine, example_settings())
    build_events(engine, example_settings(), WEEK)
    build_compared(engine, example_settings(), WEEK)
    tables = comparison_tables(engine, example_settings(), WEEK)
    assert (len(tables["side_by_side"].rows), len(tables["balance"].rows), len(tables["routes"].rows)) == (0, 0, 1)
