"""Each rule of behaviour, with cases on both sides of it."""

from __future__ import annotations

from typing import Any

import pytest
from builders_mining import World, example_settings, rows_of

from mining.behaviour import rules_of
from mining.demand import classify_demand

NOON = "2026-11-09 12:00:00"
DUE = "2026-11-05 00:00:00"


def _case(at: str, *, closed: str = "", reopened: str = "", due: str = DUE, **more: Any) -> World:
    """A case opened on 1 November, and a contact about it."""
    world = World().step("s1", "j-ann", "2026-11-01 09:00:00", "Case opened", case_due_at=due)
    if closed:
        world.step("s2", "j-ann", closed, "Case closed")
    if reopened:
        world.step("s3", "j-ann", reopened, "Case reopened")
    return world.contact("c1", "ann", at, **more)


def _then(world: World, at: str, **more: Any) -> World:
    return world.contact("c1", "ann", at, **more)


WEB = {"channel": "web_form"}
CASES: list[tuple[str, World, bool]] = [
    ("left_unanswered", World().contact("c1", "ann", NOON, is_abandoned=True), True),
    ("left_unanswered", World().contact("c1", "ann", NOON, is_abandoned=True, **WEB), False),
    ("left_unanswered", World().contact("c1", "ann", NOON), False),
    ("form_failed", World().contact("c1", "ann", NOON, activity="Web form fails", **WEB), True),
    ("form_failed", World().contact("c1", "ann", NOON, activity="Submits web form", **WEB), False),
    ("form_then_staff", World().contact("c1", "ann", NOON, activity="Abandons web form", **WEB)
     .contact("c2", "ann", "2026-11-10 12:00:00"), True),
    ("form_then_staff", World().contact("c1", "ann", NOON, activity="Abandons web form", **WEB)
     .contact("c2", "ann", "2026-11-10 12:00:01"), False),
    ("form_then_staff", World().contact("c1", "ann", NOON, activity="Abandons web form", **WEB)
     .contact("c2", "bob", "2026-11-09 13:00:00"), False),
    ("past_due", _case("2026-11-05 00:00:01"), True),
    ("past_due", _case("2026-11-05 00:00:00"), False),
    ("past_due", _case(NOON, closed="2026-11-09 11:00:00"), False),
    ("past_due", _case(NOON, closed="2026-11-06 11:00:00", reopened="2026-11-07 11:00:00"), True),
    ("past_due", _case(NOON, **WEB), False),  # looking at the website is no chase
    ("past_due", _case("2026-10-31 12:00:00", due="2026-10-01 00:00:00"), False),  # before the case was opened
    ("after_closure", _case("2026-12-06 11:00:00", closed="2026-11-06 11:00:00", reopened="2026-12-06 12:00:00"), True),
    ("after_closure", _case("2026-12-06 11:00:01", closed="2026-11-06 11:00:00", reopened="2026-12-06 12:00:00"), False),
    ("after_closure", _case(NOON, closed="2026-11-06 11:00:00"), False),
    ("repeat", _then(World().contact("c0", "ann", NOON), "2026-11-16 12:00:00"), True),
    ("repeat", _then(World().contact("c0", "ann", NOON), "2026-11-16 12:00:01"), False),
    ("repeat", _then(World().contact("c0", "bob", NOON), "2026-11-09 13:00:00"), False),
    ("repeat", _then(World().contact("c0", "ann", NOON, service="parking"), "2026-11-09 13:00:00"), False),
    ("passed_on", World().contact("c1", "ann", NOON, n_transfers=1), True),
    ("passed_on", World().contact("c1", "ann", NOON, n_transfers=0), False),
    ("after_missed_appointment", _then(World().contact("c0", "ann", NOON, is_no_show=True), "2026-12-09 12:00:00"), True),
    ("after_missed_appointment", _then(World().contact("c0", "ann", NOON), "2026-12-09 12:00:00"), False),
]  # fmt: skip


@pytest.mark.parametrize(("name", "world", "holds"), CASES)
def test_rule(name: str, world: World, holds: bool) -> None:
    with world.engine() as engine:
        classify_demand(engine, example_settings())
        ((rules,),) = rows_of(engine, "SELECT rules FROM behaviour WHERE contact_id = 'c1'")
    assert (name in str(rules).split()) is holds


def test_every_rule_has_cases_on_both_sides() -> None:
    cases = {(name, holds) for name, _, holds in CASES}
    assert cases == {(rule.name, holds) for rule in rules_of(7) for holds in (True, False)}


def _decided(world: World) -> tuple[Any, ...]:
    with world.engine() as engine:
        classify_demand(engine, example_settings())
        columns = "demand, demand_type, evidence_tier, sla_state, repeat_state, cause_owner, preventability"
        (row,) = rows_of(engine, f"SELECT {columns} FROM demand WHERE contact_id = 'c1'")
    return row


def test_a_case_past_its_date_speaks_only_where_words_are_silent() -> None:
    assert _decided(_case(NOON))[:4] == ("failure", "progress_chase", "behaviour", "overdue")
    assert _decided(_case(NOON, says="pay"))[:4] == ("value", "pay", "none", "overdue")
    assert _decided(_case(NOON, says="progress_chase"))[:3] == ("failure", "progress_chase", "both")
    assert _decided(_case(NOON, says="urgent"))[:3] == ("value", "urgent", "none")
    assert _decided(_case("2026-11-04 12:00:00", says="progress_chase"))[2:4] == ("text", "within")


def test_evidence_counts_for_what_it_is_evidence_of() -> None:
    """Being passed on supports "transferred", not a fault in a bill."""
    passed = {"n_transfers": 2}
    assert _decided(World().contact("c1", "ann", NOON, "transferred", **passed))[2] == "both"
    assert _decided(World().contact("c1", "ann", NOON, "error", **passed))[2] == "text"


def test_who_repeats_is_not_known_of_those_who_are_not_linked() -> None:
    assert _decided(World().contact("c1", "u1", NOON, "report"))[3:5] == ("unknown", "unknown")
    assert _decided(_then(World().contact("c0", "ann", NOON), "2026-11-10 12:00:00"))[4] == "repeat"
    assert _decided(World().contact("c1", "ann", NOON, "digital_barrier"))[4:] == ("first", "digital", "by_us")
