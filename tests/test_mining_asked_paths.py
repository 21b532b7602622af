"""Paths asked about: matched by order, time and what must not lie between, and counted by hand."""

from __future__ import annotations

from typing import Any

import pytest
from builders_mining import WEEK, World, example_settings, rows_of
from pydantic import ValidationError

from journeys.path_patterns import PathPattern, pattern_problems
from mining.asked_paths import asked_paths_table, count_asked_paths, path_sql
from mining.demand import classify_demand
from mining.events import build_events
from mining.flows import select_window

FORM = {"activities": ["Starts web form"]}
PHONE = {"channels": ["phone"]}
SENT = {"activities": ["Submits web form"]}


def _pattern(*steps: dict[str, Any], name: str = "a path") -> PathPattern:
    return PathPattern.model_validate({"name": name, "steps": steps})


def _world() -> World:
    """ann: form, call after 10 h. bob: form, sent, call. cat: form, call after 30 h. dot: call, then form. eve: two rounds."""
    world = World()
    form, web = {"activity": "Starts web form"}, {"channel": "web_form"}
    for person, calls_at in (("ann", "2026-09-21 19:00"), ("bob", "2026-09-21 20:00"), ("cat", "2026-09-22 15:00")):
        world.contact(f"{person}1", person, "2026-09-21 09:00", **form, **web)
        if person == "bob":
            world.contact("bob2", "bob", "2026-09-21 09:05", activity="Submits web form", **web)
        world.contact(f"{person}9", person, calls_at, "progress_chase")
    world.contact("dot1", "dot", "2026-09-21 09:00", "request").contact(
        "dot2", "dot", "2026-09-21 10:00", **form, **web
    )
    for at, (hour, more) in enumerate(((9, {**form, **web}), (10, {}), (11, {**form, **web}), (12, {}))):
        world.contact(f"eve{at}", "eve", f"2026-09-21 {hour:02}:00", None if more else "progress_chase", **more)
    return world


def _taken(pattern: PathPattern) -> dict[str, tuple[Any, ...]]:
    with _world().engine() as engine:
        classify_demand(engine, example_settings())
        build_events(engine, example_settings(), WEEK)
        select_window(engine, "2026-W34", "2026-W46")
        rows = rows_of(engine, f"SELECT * FROM ({path_sql(pattern)}) ORDER BY journey_id")
    return {str(row[0]).removeprefix("j-"): (int(row[1]), float(row[2]) / 3600) for row in rows}


def test_events_come_in_order_and_others_may_lie_between() -> None:
    assert _taken(_pattern(FORM, PHONE)) == {"ann": (2, 10), "bob": (3, 11), "cat": (2, 30), "eve": (2, 1)}


def test_within_is_the_time_from_the_one_before() -> None:
    assert set(_taken(_pattern(FORM, {**PHONE, "within": "24 hours"}))) == {"ann", "bob", "eve"}
    assert set(_taken(_pattern(FORM, {**PHONE, "within": "10 hours"}))) == {"ann", "eve"}


def test_without_is_what_must_not_lie_between_and_directly_is_nothing_between() -> None:
    assert set(_taken(_pattern(FORM, {**PHONE, "without": SENT}))) == {"ann", "cat", "eve"}
    assert set(_taken(_pattern(FORM, {**PHONE, "directly": True}))) == {"ann", "cat", "eve"}


def test_longer_paths_and_reasons() -> None:
    assert _taken(_pattern(FORM, PHONE, FORM, {"demand_types": ["progress_chase"]})) == {"eve": (4, 3)}
    assert _taken(_pattern(FORM, {"demand": "value"})) == {}


def test_counts_by_service_with_small_numbers_hidden() -> None:
    settings = example_settings().model_copy(
        update={"paths": (_pattern(FORM, PHONE), _pattern(SENT, SENT, name="other"))}
    )
    world = World()
    for n in range(60):
        world.contact(f"a{n:02}", f"p{n}", "2026-09-21 09:00", activity="Starts web form", channel="web_form")
        if n < 15:
            world.contact(f"b{n:02}", f"p{n}", "2026-09-22 09:00", "request")
            world.contact(f"c{n:02}", f"p{n}", "2026-09-23 09:00", "complaint")
    with world.engine() as engine:
        classify_demand(engine, settings)
        build_events(engine, settings, WEEK)
        select_window(engine, "2026-W34", "2026-W46")
        counts = count_asked_paths(engine, settings)
        assert count_asked_paths(engine, example_settings().model_copy(update={"paths": ()})).empty
    first, other = asked_paths_table(counts, "waste", settings, "13 weeks").as_json()["rows"]
    assert (first["n_journeys"], first["median_days"], first["n_after"]) == (15, 1, 15)
    assert (first["share"]["value"], other["n_journeys"]) == (0.25, 0)
    assert asked_paths_table(counts, "parking", settings, "13 weeks").rows == ()


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        ([{}], "say what the event is"),
        ([{"channels": ["fone"]}], "'fone' is no channel; did you mean 'phone'"),
        ([{**PHONE, "within": "1 day"}], "the first step has nothing before it"),
        ([PHONE, {**PHONE, "within": "soon"}], "soon"),
        ([], "at least 1 item"),
    ],
)
def test_a_pattern_that_says_nothing_sensible_is_refused(steps: list[dict[str, Any]], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        _pattern(*steps)


def test_names_twice_and_unknown_types_are_named() -> None:
    problems = pattern_problems([_pattern(PHONE), _pattern({"demand_types": ["complant"]})], ["complaint", "pay"])
    assert "the name 'a path' is used twice" in problems[0]
    assert "'complant' is no type of config/demand.toml; did you mean 'complaint'?" in problems[1]
