"""Needs across services: worked by hand, contact by contact."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from builders_mining import WEEK, World, example_settings, rows_of

from journeys.cut_needs import cut_needs
from journeys.errors import SettingsError
from journeys.needs import Need, Needs
from journeys.settings import Settings
from journeys.settings_files import read_settings
from journeys.workspace import create_workspace
from mining.demand import classify_demand
from mining.need_tables import measure_needs

CUT_OFF = "2026-11-16 00:00:00"
MOVING = {
    "name": "Moving home",
    "services": ["council_tax", "waste", "parking"],
    "gap": "21 days",
    "demand_types": ["change_of_circumstances"],
    "least_services": 2,
}


def _settings(**changed: Any) -> Settings:
    need = Need.model_validate({**MOVING, **changed})
    return example_settings().model_copy(update={"needs": Needs(needs={"moving_home": need})})


def _cut(world: World, settings: Settings) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    with world.engine() as engine:
        classify_demand(engine, settings)
        cut_needs(engine, settings, CUT_OFF)
        contacts = rows_of(
            engine,
            "SELECT contact_id, need_journey_id, position, told_position, is_told_again FROM need_contacts "
            "ORDER BY person_id, started_at",
        )
        journeys = rows_of(
            engine,
            "SELECT person_id, services, n_contacts, n_services, n_told_others, n_told_same, round(days, 3), is_open, "
            "is_counted, route FROM need_journeys ORDER BY person_id, started_at",
        )
    return contacts, journeys


def test_a_move_told_to_three_services_is_one_need() -> None:
    """1 Oct council tax, 4 Oct bins, 6 Oct bins again, 11 Oct parking; the parking case is closed on 21 Oct."""
    told = "change_of_circumstances"
    world = (
        World()
        .contact("a", "p", "2026-10-01 10:00", told, service="council_tax", journey="j1")
        .contact("b", "p", "2026-10-04 10:00", told, service="waste", journey="j2", channel="web_form")
        .contact("c", "p", "2026-10-06 10:00", "repeat_notification", service="waste", journey="j2")
        .contact("d", "p", "2026-10-11 10:00", told, service="parking", journey="j3")
        .step("s", "j3", "2026-10-21 10:00", "Case closed", service="parking")
        .contact("x", "p", "2026-10-08 10:00", "report", service="highways", journey="j4")  # no service of the need
    )
    contacts, journeys = _cut(world, _settings())
    assert contacts == [
        ("a", "moving_home-a", 1, 1, False),
        ("b", "moving_home-a", 2, 1, True),  # a second service
        ("c", "moving_home-a", 3, 2, True),  # the same service again
        ("d", "moving_home-a", 4, 1, True),
    ]
    assert journeys == [("p", "council_tax > waste > parking", 4, 3, 2, 1, 20.0, False, True, "phone")]


def test_what_begins_a_need_and_what_comes_before() -> None:
    """A missed bin before the move is left out, a contact without a known reason is not; chasing after it is in."""
    world = (
        World()
        .contact("a", "p", "2026-10-01 10:00", "not_done")
        .contact("b", "p", "2026-10-03 10:00", None, service="parking")
        .contact("c", "p", "2026-10-05 10:00", "change_of_circumstances", service="council_tax")
        .contact("d", "p", "2026-10-07 10:00", "progress_chase", service="council_tax")
        .contact("e", "q", "2026-10-01 10:00", "report")
        .contact("f", "q", "2026-10-02 10:00", "pay", service="parking")  # two services, but nobody told of a move
    )
    contacts, journeys = _cut(world, _settings())
    assert [(row[0], row[2], row[4]) for row in contacts] == [("b", 1, False), ("c", 2, True), ("d", 3, False)]
    assert [row[1] for row in journeys] == ["parking > council_tax"]


def test_silence_longer_than_the_gap_ends_a_need_and_few_services_are_not_counted() -> None:
    told = "change_of_circumstances"
    world = (
        World()
        .contact("a", "p", "2026-09-01 10:00", told, service="council_tax")
        .contact("b", "p", "2026-09-22 10:00", told)  # 21 days later to the second: the same need
        .contact("c", "p", "2026-10-13 10:00:01", told)  # a second more: another one
        .contact("d", "p", "2026-11-01 10:00", told)  # 14 days before the cut-off: still open
    )
    contacts, journeys = _cut(world, _settings())
    assert [row[1] for row in contacts] == ["moving_home-a", "moving_home-a", "moving_home-c", "moving_home-c"]
    assert [(row[3], row[5], row[7], row[8]) for row in journeys] == [(2, 0, False, True), (1, 1, True, False)]


def test_without_reasons_every_contact_begins_it_and_unlinked_or_outbound_ones_stay_out() -> None:
    world = (
        World()
        .contact("a", "p", "2026-10-01 10:00", "request")
        .contact("b", "p", "2026-10-02 10:00", "request", service="parking")
        .contact("c", "p", "2026-10-03 10:00", "request", service="parking", direction="outbound")
        .contact("d", "u1", "2026-10-01 10:00", "request")
        .contact("e", "p", "2026-10-04 10:00", "request", service="parking")  # the same value demand again
        .contact("f", "p", "2026-10-05 10:00", "pay", service="parking")
    )
    contacts, _ = _cut(world, _settings(demand_types=[]))
    assert [(row[0], row[4]) for row in contacts] == [("a", False), ("b", True), ("e", True), ("f", False)]


def test_a_service_contacted_about_something_else_is_not_told() -> None:
    """A missed bin a week after the move is in the journey, but bins were not told: one service, not counted."""
    world = (
        World()
        .contact("a", "p", "2026-10-01 10:00", "change_of_circumstances", service="council_tax")
        .contact("b", "p", "2026-10-08 10:00", "not_done")
        .contact("c", "p", "2026-10-09 10:00", "not_done")
    )
    contacts, journeys = _cut(world, _settings())
    assert [(row[0], row[3], row[4]) for row in contacts] == [("a", 1, False), ("b", None, False), ("c", None, False)]
    assert [(row[1], row[2], row[3], row[8]) for row in journeys] == [("council_tax", 3, 1, False)]


def test_tables_of_a_need_count_everybody_once() -> None:
    """60 people tell council tax on 2 Nov and bins four days on; 20 of them began at a counter. 30 more told one service,
    12 contacts are nobody's."""
    told, world = "change_of_circumstances", World()
    for n in range(60):
        channel = "face_to_face" if n < 20 else "phone"
        world.contact(f"a{n}", f"p{n}", "2026-10-05 10:00", told, service="council_tax", channel=channel)
        world.contact(f"b{n}", f"p{n}", "2026-10-09 10:00", told)
    for n in range(30):
        world.contact(f"c{n}", f"q{n}", "2026-10-05 10:00", told)
    for n in range(12):
        world.contact(f"d{n}", f"u{n}", "2026-10-05 10:00", told)
    settings = _settings()
    with world.engine() as engine:
        classify_demand(engine, settings)
        [need] = measure_needs(engine, settings, "2026-W34", str(WEEK), CUT_OFF, "13 weeks")
    tables = {name: table["rows"] for name, table in need["tables"].items()}
    assert need["n_journeys"] == 60
    assert {row["measure"]: row["value"] for row in tables["summary"]} == {
        "Journeys started": 60,
        "People": 60,
        "Services told, median": 2,
        "Services told, 90th centile": 2,
        "Contacts each": 2,
        "Told again to another service, times each": 1,
        "Told again to the same service, times each": 0,
        "Days until all were done for half of the journeys": 4,
        "Days until all were done for 9 in 10": 4,
        "Journeys still open": 0,
        "Left out: too few services told so far": 30,
        "Left out: contacts that tell of it, by people not linked": 12,
    }
    assert [(row["route_name"], row["n_journeys"], row["half_days"]) for row in tables["routes"]] == [
        ("Phone first", 40, 4),
        ("In person first", 20, 4),
    ]
    assert [(row["name"], row["n_journeys"], row["n_first"], row["days"]) for row in tables["services"]] == [
        ("Council tax", 60, 60, 0),
        ("Bins and recycling", 60, 0, 4),
    ]
    assert [(row["order"], row["n_journeys"]) for row in tables["orders"]] == [("Council tax > Bins and recycling", 60)]


def test_a_small_rest_hides_the_part_it_could_be_worked_out_from() -> None:
    """Of 60 journeys 54 told parking, 6 bins instead: neither number is shown. All told council tax, which is."""
    told, world = "change_of_circumstances", World()
    for n in range(60):
        world.contact(f"a{n}", f"p{n}", "2026-10-05 10:00", told, service="council_tax")
        world.contact(f"b{n}", f"p{n}", "2026-10-09 10:00", told, service="waste" if n < 6 else "parking")
    settings = _settings()
    with world.engine() as engine:
        classify_demand(engine, settings)
        [need] = measure_needs(engine, settings, "2026-W34", str(WEEK), CUT_OFF, "13 weeks")
    hidden = {"value": None, "suppressed": True}
    rows = [(row["name"], row["n_journeys"]) for row in need["tables"]["services"]["rows"]]
    assert rows == [("Council tax", 60), ("Bins and recycling", hidden), ("Parking", hidden)]


def test_no_need_is_seen_where_none_is_set(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "w")
    (workspace.config / "needs.toml").unlink()
    settings = read_settings(workspace.config)
    with World().contact("a", "p", "2026-10-01 10:00").engine() as engine:
        assert measure_needs(engine, settings, "2026-W34", str(WEEK), CUT_OFF, "13 weeks") == []


def test_wrong_needs_are_named_all_at_once_with_the_nearest_match(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "w")
    (workspace.config / "needs.toml").write_text(
        '[needs.moving_home]\nname = "Moving"\nservices = ["council_tx", "waste"]\ngap = "3 weeks"\n'
        'demand_types = ["change_of_circumstance"]\nleast_services = 3\n'
    )
    with pytest.raises(SettingsError) as caught:
        read_settings(workspace.config)
    first, second, third = caught.value.problems
    assert first.startswith(
        "config/needs.toml: needs.moving_home.services: there is no 'council_tx'; did you mean 'council_tax'?"
    )
    assert "demand_types: there is no 'change_of_circumstance'; did you mean 'change_of_circumstances'?" in second
    assert third.startswith("config/needs.toml: needs.moving_home.least_services: it is 3, but the need has 2 services")


def test_a_need_with_an_unknown_key_or_gap_says_where(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "w")
    (workspace.config / "needs.toml").write_text(
        '[needs.moving_home]\nname = "Moving"\nservice = ["waste"]\nservices = ["waste", "waste"]\ngap = "30"\n'
    )
    with pytest.raises(SettingsError) as caught:
        read_settings(workspace.config)
    text = "\n".join(caught.value.problems)
    assert "config/needs.toml: needs.moving_home.service: unknown key 'service'; did you mean 'services'?" in text
    assert "config/needs.toml: needs.moving_home.services: the service 'waste' is written twice" in text
    assert "config/needs.toml: needs.moving_home.gap: '30' is not a duration" in text
