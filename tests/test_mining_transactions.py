"""GOV.UK's four measures, and channels by band, on a handful of contacts worked by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from builders_mining import World, example_settings

from journeys.costs import Cost, cost_problems
from journeys.settings import Settings
from mining.demand import classify_demand
from mining.equality import UNKNOWN, equality_tables
from mining.tables import HIDDEN, FindingTable
from mining.transactions import transaction_tables
from mining.weekly import contact_facts_sql

WINDOW = ("2026-W40", "2026-W46", "seven weeks")
COSTS = tuple(
    Cost(channel=channel, low=low, high=2 * low, source="Finance, 2025-26", dated=date(2026, 4, 30))
    for channel, low in (("phone", 3.0), ("web_form", 0.5), ("web", 0.0))
)


def _tables(world: World, settings: Settings) -> dict[str, FindingTable]:
    with world.engine() as engine:
        classify_demand(engine, settings)
        engine.save("contact_facts", contact_facts_sql())
        return {**transaction_tables(engine, settings, *WINDOW), **equality_tables(engine, settings, *WINDOW)}


def _world(**more: Any) -> World:
    """40 forms sent and 20 that failed; 60 requests by phone that were answered, 20 given up, 40 calls that chase."""
    world = World()
    for n in range(180):
        at, person = "2026-11-09 12:00:00", f"p{n}"
        if n < 40:
            world.contact(f"c{n}", person, at, "request", channel="web_form", activity="Submits web form", **more)
        elif n < 60:
            world.contact(f"c{n}", person, at, channel="web", activity="Web form fails", **more)
        elif n < 120:
            world.contact(f"c{n}", person, at, "request", channel="phone", is_answered=True, is_abandoned=False, **more)
        elif n < 140:
            world.contact(f"c{n}", person, at, "request", channel="phone", is_abandoned=True, **more)
        else:
            world.contact(f"c{n}", person, at, "progress_chase", channel="phone", **more)
    return world


def test_completion_and_take_up_by_their_definitions() -> None:
    (row,) = _tables(_world(), example_settings(share_needs=20))["transactions"].as_json()["rows"]
    assert (row["n_begun"], row["completion"]["value"]) == (60, pytest.approx(40 / 60))
    assert (row["n_done"], row["take_up"]["value"]) == (100, pytest.approx(40 / 100))
    assert {"satisfied", "cost_low"}.isdisjoint(row)


def test_a_form_of_which_no_step_is_told_was_sent() -> None:
    """As the export of a form system has it: a channel, and no word on what happened."""
    world = World()
    for n in range(50):
        world.contact(f"c{n}", f"p{n}", "2026-11-09 12:00:00", "request", channel="web_form", activity=None)
    (row,) = _tables(world, example_settings(share_needs=20))["transactions"].as_json()["rows"]
    assert (row["completion"]["value"], row["take_up"]["value"]) == (1, 1)


def test_what_people_chase_costs_and_completes_nothing() -> None:
    """40 forms at 0.50 and 120 calls at 3.00, for 100 requests: 3.80, and twice that at the upper end."""
    settings = example_settings(share_needs=20).model_copy(update={"costs": COSTS})
    (row,) = _tables(_world(), settings)["transactions"].as_json()["rows"]
    assert (row["cost_low"], row["cost_high"]) == (3.8, 7.6)
    without_phone = settings.model_copy(update={"costs": COSTS[1:]})
    (row,) = _tables(_world(), without_phone)["transactions"].as_json()["rows"]
    assert (row["cost_low"], row["cost_high"]) == (None, None)


def test_satisfied_are_four_and_five_of_five() -> None:
    world = _world()
    for n in range(60):
        world.contact(f"s{n}", f"s{n}", "2026-11-10 12:00:00", "request", satisfaction=float(n % 6))  # 0 is no answer
    (row,) = _tables(world, example_settings(share_needs=20))["transactions"].as_json()["rows"]
    assert (row["satisfied"]["n"], row["satisfied"]["value"]) == (50, pytest.approx(20 / 50))


def test_bands_keep_their_order_and_the_unknown_are_told_of() -> None:
    world = World()
    at = "2026-11-09 12:00:00"
    for n in range(60):
        world.contact(f"a{n}", f"a{n}", at, "request", channel="face_to_face", deprivation_decile=2)
        world.contact(f"b{n}", f"b{n}", at, "request", channel="web_form", deprivation_decile=9)
        world.contact(f"d{n}", f"b{n}", at, "request", channel="phone")  # the same person, whose band a form said
        world.contact(f"e{n}", f"e{n}", at, "request", channel="phone")
    tables = _tables(world, example_settings(share_needs=20))
    rows = tables["equality_by_deprivation"].as_json()["rows"]
    assert [row["band"] for row in rows] == ["1: most deprived fifth", "5: least deprived fifth", UNKNOWN]
    assert [row["n_contacts"] for row in rows] == [60, 120, 60]
    assert [row["digital"]["value"] if row["digital"]["value"] is not None else None for row in rows][1] == 0.5
    assert "equality_by_age_band" not in tables


def test_costs_are_ranges_and_one_a_channel() -> None:
    with pytest.raises(ValueError, match="write the smaller figure as low"):
        Cost(channel="phone", low=4, high=3, source="Finance, 2025-26", dated=date(2026, 4, 30))
    assert cost_problems(COSTS) == []
    assert cost_problems([*COSTS, COSTS[0]]) == ["config/costs.toml: 'phone' has two costs; leave one"]


def test_one_small_band_takes_the_next_with_it() -> None:
    """The total is known, so that one hidden band alone would be what the others leave of it."""
    world = World()
    for decile, n_people in ((2, 60), (4, 4), (6, 30), (8, 90)):
        for n in range(n_people):
            world.contact(
                f"c{decile}-{n}", f"p{decile}-{n}", "2026-11-09 12:00:00", "request", deprivation_decile=decile
            )
    rows = _tables(world, example_settings(share_needs=20))["equality_by_deprivation"].as_json()["rows"]
    told = {row["band"][0]: row["n_contacts"] for row in rows}
    assert told == {"1": 60, "2": HIDDEN, "3": HIDDEN, "4": 90}
