"""Change of a process: none where only the end of the data cuts journeys short, one where one is planted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from builders_mining import WEEK, World, example_settings

from mining.change import benjamini_hochberg, compare_periods
from mining.change_tables import CHANGED, UNCHANGED, change_tables, measure_changes
from mining.demand import classify_demand
from mining.events import build_events
from reports.pages.change import change_words

REPORT, CHASE = "Calls: there is a problem here", "Calls: what is happening with it?"


def _town(*, chasing_before: float, chasing_now: float, weeks: int = 30) -> World:
    """20 people a week report a missed bin; it is done five days later, unless they chase by then: then nine days later.

    Six weeks after each a person of five reports again. What would happen after the report's week has not happened yet.
    """
    world, draws = World(), np.random.default_rng(1)
    ends_at = pd.Timestamp(WEEK.plus(1).starts_on)
    window = WEEK.plus(-12)
    for week in range(weeks):
        begins = WEEK.plus(week - weeks + 1)
        for number in range(20):
            person, at = f"p{week:02d}{number:02d}", pd.Timestamp(begins.starts_on) + timedelta(hours=9 + 7 * number)
            chases = draws.random() < (chasing_now if begins >= window else chasing_before)
            planned: list[tuple[str, float]] = [("report", 0.0)]
            planned += [("progress_chase", 5.0), ("done", 9.0)] if chases else [("done", 5.0)]
            for place, (what, days) in enumerate(planned):
                then = at + timedelta(days=days)
                if then >= ends_at:
                    continue
                if what == "done":
                    world.step(f"{person}-{place}", f"j-{person}", str(then), "Work done")
                else:
                    world.contact(f"{person}-{place}", person, str(then), what)
    return world


def _change(world: World, **publishing: Any) -> dict[str, list[dict[str, Any]]]:
    own = example_settings(**publishing)
    with world.engine() as engine:
        classify_demand(engine, own)
        build_events(engine, own, WEEK)
        found = measure_changes(engine, own, WEEK)
    tables = change_tables(found.get("waste"), own, WEEK, "now", {"2026-W40", "2026-W30", "2026-W01"})
    return {table.table_id: table.as_json()["rows"] for table in tables}


def test_a_steady_process_with_an_open_tail_has_not_changed() -> None:
    """Of the newest 20 journeys most have not ended: counted as they stand, "nothing more" would be far more common."""
    tables = _change(_town(chasing_before=0.3, chasing_now=0.3))
    (row,) = tables["change"]
    assert (row["result"], row["distance"], tables["change_moves"]) == (UNCHANGED, None, [])
    assert row["measured"] <= row["chance_top"]
    assert (row["watch_days"], row["n_partial"]) == (14, 2)  # the gap of bins; week 1 is in neither period
    assert (
        row["n_before"] == 260 and 220 <= row["n_now"] < 240
    )  # two weeks of journeys could not be watched long enough
    assert change_words(row).startswith("No more than chance: ")


def test_a_planted_change_is_found_with_the_moves_that_make_it() -> None:
    tables = _change(_town(chasing_before=0.2, chasing_now=0.6))
    (row,) = tables["change"]
    assert row["result"] == CHANGED
    # Of a journey's moves (2 without a chase, 3 with one, and the beginning) report > done gives way to the chase's two.
    assert row["distance"]["low"] <= row["distance"]["value"] <= row["distance"]["high"]
    assert row["chance_top"] < row["distance"]["low"]
    moves = {(move["from_name"], move["to_name"]): move for move in tables["change_moves"]}
    assert set(moves) == {(REPORT, CHASE), (REPORT, "Work done"), (CHASE, "Work done")}
    chased = moves[REPORT, CHASE]
    assert chased["before_share"]["value"] == pytest.approx(0.2, abs=0.06)
    assert chased["difference"]["low"] < 0.4 < chased["difference"]["high"]
    assert chased["difference"]["value"] == pytest.approx(
        chased["now_share"]["value"] - chased["before_share"]["value"]
    )
    assert "more than chance" in change_words(row)


def test_without_enough_weeks_before_nothing_is_said() -> None:
    """13 weeks of data and the first two not usable: there is no one to compare with."""
    assert _change(_town(chasing_before=0.2, chasing_now=0.6, weeks=13)) == {}


def test_the_same_seed_gives_the_same_numbers() -> None:
    world = _town(chasing_before=0.2, chasing_now=0.4, weeks=27)
    assert _change(world) == _change(world)


def test_a_share_of_few_persons_hides_its_difference() -> None:
    """A move that 3 of 260 took before and 60 took now: neither the share before nor the difference is shown."""
    world = _town(chasing_before=0.012, chasing_now=0.3)
    moves = {(move["from_name"], move["to_name"]): move for move in _change(world)["change_moves"]}
    chased = moves[REPORT, CHASE]
    hidden = {"value": None, "suppressed": True}
    assert chased["before_share"] == hidden == chased["difference"] and chased["now_share"]["value"] > 0.2


def _units(shares: list[float], n_units: int, draws: np.random.Generator) -> np.ndarray[Any, np.dtype[np.float64]]:
    """One move per unit, drawn."""
    return np.eye(len(shares))[draws.choice(len(shares), size=n_units, p=shares)]


def test_the_distance_is_about_the_true_one() -> None:
    """Shares 0.5, 0.3, 0.2 against 0.3, 0.3, 0.4: a fifth would have to be others."""
    draws = np.random.default_rng(3)
    counts = np.vstack([_units([0.5, 0.3, 0.2], 400, draws), _units([0.3, 0.3, 0.4], 400, draws)])
    change = compare_periods(np.hstack([counts, np.zeros((800, 1))]), counts, np.ones(800), np.arange(800) >= 400)
    assert change.is_changed and change.low < 0.2 < change.high and change.by_chance < 0.05
    assert sorted(change.moves["move_id"]) == [0, 2] and change.n_compared == 3


def test_chance_alone_is_rarely_called_change() -> None:
    """At most one in a hundred is called though nothing changed: of 60 trials not more than three."""
    draws = np.random.default_rng(5)
    called = 0
    for _ in range(60):
        counts = _units([0.4, 0.2, 0.1, 0.1, 0.1, 0.1], 200, draws)
        change = compare_periods(np.hstack([counts, np.zeros((200, 1))]), counts, np.ones(200), np.arange(200) >= 120)
        called += change.is_changed
    assert called <= 3


def test_benjamini_hochberg_by_hand() -> None:
    """Limits 0.0125, 0.025, 0.0375, 0.05: the third smallest (0.03) passes and takes the second (0.028) with it."""
    found = benjamini_hochberg(np.array([0.028, 0.01, 0.5, 0.03]), 0.05)
    assert found.tolist() == [True, True, False, True]
    assert benjamini_hochberg(np.array([]), 0.05).tolist() == []


def test_a_service_whose_moves_are_all_rare_is_no_trouble() -> None:
    """Every journey names a step of its own: no move can be compared, and none is said to have changed."""
    world = World()
    for week in range(29):
        for number in range(6):
            person, at = f"p{week:02d}{number}", str(WEEK.plus(week - 28).starts_on)
            world.contact(person, person, f"{at} 09:00", "report", activity=f"Step {person}")
    tables = _change(world)
    assert (tables["change"][0]["result"], tables["change"][0]["n_compared"]) == (UNCHANGED, 0)
