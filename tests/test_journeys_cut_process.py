"""The cut by process: what plainly starts something new, and what does not."""

from __future__ import annotations

from typing import Any

from builders_mining import World, example_settings, rows_of

from journeys.cut_process import cut_as_set
from journeys.settings import Settings
from mining.demand import classify_demand


def _settings(cut: str) -> Settings:
    settings = example_settings()
    return settings.model_copy(update={"services": settings.services.model_copy(update={"cut": cut})})


def _world() -> World:
    """25 people whose only contact asks for something, by which requests are learnt to start matters in bins.

    The case of each is opened an hour after the request and closed three days later: "Case closed" is how cases end.
    """
    world = World()
    for n in range(25):
        world.contact(f"l{n}", f"l{n}", "2026-09-01 10:00", "request", case_ref=f"case-l{n}")
        _case(world, f"case-l{n}", "2026-09-01 11:00", "2026-09-04 10:00")
    return world


def _case(world: World, case: str, opened: str, closed: str) -> None:
    world.step(f"o-{case}", f"c{case}", opened, "Case opened", case_ref=case)
    world.step(f"z-{case}", f"c{case}", closed, "Case closed", case_ref=case)


def _journeys(world: World, cut: str) -> dict[str, str]:
    settings = _settings(cut)
    with world.engine() as engine:
        classify_demand(engine, settings)
        cut_as_set(engine, settings)
        rows: list[tuple[Any, ...]] = rows_of(
            engine, "SELECT event_id, journey_id FROM journeys WHERE kind = 'contact' AND event_id NOT LIKE 'l%'"
        )
    return dict(rows)


def test_a_request_after_the_last_case_was_closed_starts_a_journey() -> None:
    world = _world().contact("a", "p", "2026-10-01 10:00", "request", case_ref="case-a")
    _case(world, "case-a", "2026-10-01 11:00", "2026-10-04 10:00")
    world.contact("b", "p", "2026-10-03 10:00", "request")  # the case is not closed yet: the same matter
    world.contact("c", "p", "2026-10-05 10:00", "progress_chase")  # closed, but this is no start
    world.contact("d", "p", "2026-10-08 10:00", "request")
    world.contact("e", "p", "2026-10-10 10:00", "progress_chase", case_ref="case-a")  # its case says where it belongs
    assert set(_journeys(world, "gap").values()) == {"ccase-a"}
    assert _journeys(world, "process") == {"a": "ccase-a", "b": "ccase-a", "c": "ccase-a", "d": "sd", "e": "ccase-a"}


def test_a_request_that_opens_a_case_of_its_own_leaves_what_came_before() -> None:
    world = _world().contact("a", "p", "2026-10-01 10:00", "avoidable_information")
    world.contact("b", "p", "2026-10-08 10:00", "request", case_ref="case-b")
    _case(world, "case-b", "2026-10-08 10:30", "2026-10-12 10:00")
    # The same, but the case had been opened before the contact that quotes it: no start.
    world.contact("x", "q", "2026-10-01 10:00", "avoidable_information")
    world.contact("y", "q", "2026-10-08 10:00", "request", case_ref="case-y")
    _case(world, "case-y", "2026-10-02 10:30", "2026-10-12 10:00")
    assert _journeys(world, "gap") == {"a": "ccase-b", "b": "ccase-b", "x": "ccase-y", "y": "ccase-y"}
    assert _journeys(world, "process") == {"a": "sa", "b": "ccase-b", "x": "ccase-y", "y": "ccase-y"}


def test_a_case_that_was_opened_again_is_not_closed() -> None:
    world = _world().contact("a", "p", "2026-10-01 10:00", "request", case_ref="case-a")
    _case(world, "case-a", "2026-10-01 11:00", "2026-10-04 10:00")
    world.step("r", "ccase-a", "2026-10-06 10:00", "Case reopened", case_ref="case-a")
    world.contact("b", "p", "2026-10-08 10:00", "request")
    assert _journeys(world, "process") == {"a": "ccase-a", "b": "ccase-a"}


def test_without_cases_and_reasons_both_cuts_agree() -> None:
    world = World().contact("a", "p", "2026-10-01 10:00").contact("b", "p", "2026-10-15 10:00")
    world.contact("c", "p", "2026-10-29 10:00:01")  # a second longer than the gap of 14 days
    for cut in ("gap", "process"):
        assert _journeys(world, cut) == {"a": "sa", "b": "sa", "c": "sc"}
