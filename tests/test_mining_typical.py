"""Typical journeys: groups of alike ways, worked by hand, the same whoever takes them."""

from __future__ import annotations

import numpy as np
import pytest
from builders_mining import WEEK, World, example_settings

from mining.demand import classify_demand
from mining.events import build_events
from mining.flows import select_window
from mining.typical import Way, distances, group_ways
from mining.typical_tables import foretold, typical_tables
from mining.variants import count_variants


def _way(steps: str, n: int, channel: str = "phone", days: float = 5.0) -> Way:
    return Way(tuple(steps), (channel,) * len(steps), n, len(steps), days)


def test_distance_is_edits_over_the_longer_way_and_context() -> None:
    """abc and abd: one edit of three; abc and c: two of three; contacts 3 and 1 on a scale of ratios to 10."""
    apart = distances([_way("abc", 1), _way("abd", 1), _way("c", 1), _way("abc", 1, "web_form", 5.0)])
    assert apart[0, 1] == pytest.approx(0.7 / 3)
    contacts = (np.log(4) - np.log(2)) / np.log(11)
    assert apart[0, 2] == pytest.approx(0.7 * 2 / 3 + 0.3 * contacts / 6)
    assert apart[0, 3] == pytest.approx(0.3 * 2 / 6)  # all phone and all web: two shares of six differ by one
    assert (apart == apart.T).all() and (np.diag(apart) == 0).all()


def test_two_kinds_of_ways_make_two_stable_groups_with_the_commonest_in_the_middle() -> None:
    ways = [
        _way("abc", 90),
        _way("abcd", 20),
        _way("xyz", 60, "web_form"),
        _way("xyzz", 15, "web_form"),
        _way("abd", 12),
    ]
    groups = group_ways(ways)
    assert [(group.members, group.medoid) for group in groups] == [((0, 1, 4), 0), ((2, 3), 2)]
    assert all(group.stability > 0.95 for group in groups)


def test_few_or_equal_ways_are_no_trouble() -> None:
    assert group_ways([]) == []
    assert [group.members for group in group_ways([_way("a", 5)])] == [(0,)]
    many = [_way("ab", 3) for _ in range(5)]
    assert sum(len(group.members) for group in group_ways(many)) == 5


def test_many_ways_are_capped() -> None:
    draw = np.random.default_rng(1)
    ways = [_way("".join(draw.choice(list("abcdefgh"), draw.integers(1, 12))), 400 - n) for n in range(400)]
    assert sum(len(group.members) for group in group_ways(ways)) == 150


def test_what_is_known_of_the_outcome_after_each_step() -> None:
    """Of 60 journeys 30 fail. Knowing nothing, 30 are told rightly; the first step tells a from b: 20 + 30; the second all."""
    ways = [(("a", "c"), 20, 20), (("a", "d"), 0, 10), (("b",), 10, 30)]
    assert foretold(ways)[:3] == [30, 40, 50]


def _tables(mix: int) -> dict[str, list[dict[str, object]]]:
    """Sixty people call once and sixty chase; who lives where is dealt out anew for each `mix`."""
    world = World()
    draw = np.random.default_rng(mix)
    for n in range(120):
        about = {"area": str(draw.choice(["Abbey", "Market"])), "age_band": str(draw.choice(["18-30", "70+"])),
                 "language": str(draw.choice(["en", "cy"])), "deprivation_decile": int(draw.integers(1, 11))}  # fmt: skip
        world.contact(f"a{n:03}", f"p{n}", "2026-09-21 09:00:00", "request", **about)
        if n % 2:
            world.contact(f"b{n:03}", f"p{n}", "2026-09-26 09:00:00", "progress_chase", **about)
            world.contact(f"c{n:03}", f"p{n}", "2026-09-29 09:00:00", "complaint", **about)
        elif n % 4:
            world.step(f"s{n:03}", f"j-p{n}", "2026-09-22 09:00:00", "Case closed")
    settings = example_settings()
    with world.engine() as engine:
        classify_demand(engine, settings)
        build_events(engine, settings, WEEK)
        select_window(engine, "2026-W34", "2026-W46")
        count_variants(engine)
        return {
            table.table_id: table.as_json()["rows"] for table in typical_tables(engine, "waste", settings, "13 weeks")
        }


def test_groups_are_named_by_behaviour_and_do_not_hang_on_who_people_are() -> None:
    tables = _tables(1)
    chasing, once = tables["typical"]
    assert chasing["n_journeys"] == 60 and once["n_journeys"] == 60
    words = {str(row["name"]) for row in tables["typical"]}
    assert any("then Calls: what is happening with it? and" in name and name.endswith("8 days") for name in words)
    assert any("and no more from the person" in name for name in words)
    assert tables == _tables(2) == _tables(3)


def test_a_group_of_few_people_is_not_shown() -> None:
    world = World()
    for n in range(49):
        world.contact(f"a{n:03}", f"p{n}", "2026-09-21 09:00:00", "request")
    settings = example_settings()
    with world.engine() as engine:
        classify_demand(engine, settings)
        build_events(engine, settings, WEEK)
        select_window(engine, "2026-W34", "2026-W46")
        count_variants(engine)
        typical, _ = typical_tables(engine, "waste", settings, "13 weeks")
    assert typical.rows == ()
