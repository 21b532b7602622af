"""Rounds, what people might be spared, and ways from start to end, each worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest
from builders_mining import WEEK, World, example_settings
from hypothesis import given
from hypothesis import strategies as st

from journeys.settings import Settings
from mining.demand import classify_demand
from mining.events import build_events
from mining.flows import count_flows, select_window
from mining.loops import Round, find_rounds
from mining.network import ends_table, loops_table, measure_network, spared_table
from mining.tables import FindingTable
from mining.variants import count_variants

REPORT, CHASE = "Calls: there is a problem here", "Calls: what is happening with it?"


@pytest.mark.parametrize(
    ("steps", "rounds"),
    [
        ("ABC", []),
        ("AAB", []),  # twice running is a repeat
        ("ABA", [Round(("A", "B"), 1, (2, 3))]),
        ("AABA", [Round(("A", "B"), 2, (3, 4))]),  # left from the second A
        ("ABBA", [Round(("A", "B"), 1, (2, 3, 4))]),  # the repeat belongs to the round
        ("ABABA", [Round(("A", "B"), 1, (2, 3)), Round(("A", "B"), 3, (4, 5))]),
        ("ABCBA", [Round(("B", "C"), 2, (3, 4)), Round(("A", "B"), 1, (2, 5))]),  # no event in both
        ("ABCADB", [Round(("A", "B", "C"), 1, (2, 3, 4))]),  # the first B lies in a round that is over
    ],
)
def test_rounds_of_one_journey(steps: str, rounds: list[Round]) -> None:
    assert find_rounds(steps) == rounds


@given(st.lists(st.sampled_from("ABCDE"), max_size=30))
def test_every_event_is_on_the_way_a_repeat_or_in_one_round(steps: list[str]) -> None:
    own = [position for found in find_rounds(steps) for position in found.own]
    assert len(own) == len(set(own))
    rest = [step for position, step in enumerate(steps, start=1) if position not in own]
    way = [step for place, step in enumerate(rest) if place == 0 or rest[place - 1] != step]
    assert len(way) == len(set(way))  # without its rounds and repeats a journey passes each step once
    if steps:
        assert (way[0], way[-1]) == (steps[0], steps[-1])


def _town() -> World:
    """12 report, a visit is made after 2 days, they chase after 3, a visit on day 6, closed on day 7. 8 of them chase
    again on day 8 and nothing follows. 10 others report and are closed after a day; 3 only report, a day before the end."""
    world = World()
    for number in range(12):
        person = f"a{number:02d}"
        world.contact(f"{person}-1", person, "2026-10-05 09:00", "report")
        for day, activity in ((7, "Visit made"), (11, "Visit made"), (12, "Case closed")):
            world.step(f"{person}-{day}", f"j-{person}", f"2026-10-{day:02d} 09:00", activity)
        world.contact(f"{person}-2", person, "2026-10-08 09:00", "progress_chase")
        if number < 8:
            world.contact(f"{person}-3", person, "2026-10-13 09:00", "progress_chase")
    for number in range(10):
        world.contact(f"b{number}", f"b{number}", "2026-10-05 09:00", "report")
        world.step(f"b{number}-2", f"j-b{number}", "2026-10-06 09:00", "Case closed")
    for number in range(3):
        world.contact(f"c{number}", f"c{number}", "2026-11-14 09:00", "report")
    return world


def _tables(world: World) -> dict[str, list[dict[str, Any]]]:
    own: Settings = example_settings(share_needs=1, suppress_below=5)
    with world.engine() as engine:
        classify_demand(engine, own)
        build_events(engine, own, WEEK)
        select_window(engine, "2026-W34", "2026-W46")
        count_flows(engine)
        count_variants(engine)
        network = measure_network(engine, own)
    made: list[FindingTable] = [make(network, "waste", own, "now") for make in (loops_table, spared_table, ends_table)]
    return {table.table_id: table.as_json()["rows"] for table in made}


@pytest.fixture(scope="module")
def counted() -> dict[str, list[dict[str, Any]]]:
    return _tables(_town())


def test_people_go_round_by_chasing(counted: dict[str, list[dict[str, Any]]]) -> None:
    """Visit, chase, visit: four days for all 12. Chase, visit and the rest until the second chase: not a round of its own
    beside it, as that visit already lies in one; for the 8 chases again it is chase, closed."""
    (row,) = counted["loops"]
    assert (row["activity"], row["way"]) == ("Visit made", CHASE)
    assert (row["n_journeys"], row["n_rounds"], row["n_contacts"], row["median_days"]) == (12, 12, 12, 4)
    assert row["share"]["value"] == pytest.approx(12 / 25)


def test_what_people_could_be_spared_is_an_upper_bound(counted: dict[str, list[dict[str, Any]]]) -> None:
    """First chase: a day before and three after; second: a day before. 12 x 4 + 8 x 1 days, 20 contacts."""
    (row,) = counted["spared"]
    assert (row["activity"], row["n_journeys"], row["n_contacts"]) == (CHASE, 12, 20)
    assert (row["median_days"], row["total_days"]) == (5, 56)


def test_from_start_to_end_with_the_most_common_way(counted: dict[str, list[dict[str, Any]]]) -> None:
    """10 are closed after a day and 4 after seven; 8 end with a chase; the 3 that only report may go on. Of 25 in all, 14
    and 8 shown would give the 3 away, so the next smallest is hidden too."""
    rows = {(row["first_step"], row["last_step"]): row for row in counted["start_to_end"]}
    hidden = {"value": None, "suppressed": True}
    assert {key: (row["n_journeys"], row["median_days"], row["way"]) for key, row in rows.items()} == {
        (REPORT, "Case closed"): (14, 1, "directly"),
        (REPORT, CHASE): (hidden, hidden, f"Visit made > {CHASE} > Visit made > Case closed"),
        ("Any other", "Any other"): (hidden, hidden, ""),
    }
    assert rows[REPORT, "Case closed"]["share"]["value"] == 14 / 25


def test_journeys_that_may_go_on_have_no_end_yet() -> None:
    """13 more report on the last day: no end is made up for them."""
    world = _town()
    for number in range(13):
        world.contact(f"d{number}", f"d{number}", "2026-11-15 09:00", "report")
    rows = {(row["first_step"], row["last_step"]): row for row in _tables(world)["start_to_end"]}
    still_open = rows[REPORT, "Not ended yet"]
    assert (still_open["n_journeys"], still_open["median_days"], still_open["way"]) == (16, None, "")
    assert sum(row["n_journeys"] for row in rows.values()) == 38
