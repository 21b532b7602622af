"""Shares of contacts whose people come back, worked by hand."""

from __future__ import annotations

import pandas as pd
import pytest
from builders_mining import World, example_settings

from journeys.engine import Engine
from mining.clustered import add_independent, add_independent_parts, independent_contacts
from mining.demand import classify_demand
from mining.demand_tables import demand_tables
from mining.repeats import follow_contacts
from mining.suppress import share_cell
from mining.tables import column_of
from mining.weekly import contact_facts_sql

PERSONS = {"ann": (2, 2), "bob": (0, 2), "cat": (1, 1), "dan": (0, 3)}  # failures of contacts


def _contacts() -> Engine:
    engine = Engine()
    rows = [(person, at < failed) for person, (failed, n) in PERSONS.items() for at in range(n)]
    engine.load_frame(
        "contact_facts", pd.DataFrame(rows, columns=["person_id", "is_failure"]).assign(service="waste", week="w")
    )
    return engine


def test_independent_contacts_of_four_persons() -> None:
    # p = 3/8; y - p n: 1.25, -0.75, 0.625, -1.125; squares 3.78125; variance 4/3 x 3.78125 / 64 = 0.078776
    # p (1 - p) / variance = 2.9752; (1.95996 / 3.18245)^2 = 0.37929; product 1.12848
    assert float(independent_contacts(3, 8, 5, 5, 18, 4)) == pytest.approx(1.12848, abs=1e-4)


def test_people_who_come_once_count_as_before() -> None:
    # K = 1000 persons of one contact, 300 of them failures: variance 1000/999 p (1 - p) / 1000, so 999 of 1000 contacts
    # and Student's t of 999 degrees of freedom, 1.96234: (1.95996 / 1.96234)^2 = 0.99758
    assert float(independent_contacts(300, 1000, 300, 300, 1000, 1000)) == pytest.approx(999 * 0.99758, abs=0.1)


def test_people_who_are_alike_throughout_count_once() -> None:
    # 100 persons of 4 contacts each, all or none failures: variance of 100 persons, not of 400 contacts
    found = float(independent_contacts(200, 400, 800, 800, 1600, 100))
    assert found == pytest.approx(99 * (1.959964 / 1.984217) ** 2, rel=1e-5)


def test_all_none_and_nothing_are_no_error() -> None:
    assert float(independent_contacts(0, 400, 0, 0, 1600, 100)) == pytest.approx(100 * (1.959964 / 1.984217) ** 2)
    assert float(independent_contacts(8, 8, 18, 18, 18, 4)) == pytest.approx(64 / 18 * 0.37929, abs=1e-3)
    assert float(independent_contacts(0, 0, 0, 0, 0, 0)) == 0.0
    assert float(independent_contacts(1, 2, 1, 2, 4, 1)) < 1  # one person says next to nothing


def test_shares_and_parts_are_counted_in_the_engine() -> None:
    rows = pd.DataFrame({"service": ["waste"]})
    with _contacts() as engine:
        rated = {"rate": ("is_failure", "true")}
        rated_rows = add_independent(engine, rows, "service", rated, "week = $week", by="service", week="w")
        parts = add_independent_parts(
            engine, pd.DataFrame({"is_failure": [True, False]}), "is_failure", "week = $week", "share", week="w"
        )
    assert rated_rows["rate_independent"].iloc[0] == pytest.approx(1.12848, abs=1e-4)
    # The same share, counted as a part of all contacts: those without a failure are still among the persons.
    assert parts["share_independent"].to_list() == pytest.approx([1.12848, 1.12848], abs=1e-4)


def test_an_interval_is_wider_where_few_persons_make_many_contacts() -> None:
    rules = example_settings().publishing
    plain, clustered = (share_cell(200, 400, rules, persons=100, independent=n) for n in (None, 100.0))
    assert isinstance(plain, dict) and isinstance(clustered, dict)
    assert (clustered["value"], clustered["n"]) == (plain["value"], plain["n"]) == (0.5, 400)
    # Wilson with 50 of 100: 0.5 -+ 0.09617; with 200 of 400: 0.5 -+ 0.04877
    assert (clustered["low"], plain["low"]) == (pytest.approx(0.4038, abs=1e-4), pytest.approx(0.4512, abs=1e-4))


def test_published_rates_of_a_service_count_a_persons_contacts_together() -> None:
    """60 people call four times, half of them always for a failure: the interval is that of 60 people, not of 240 calls."""
    world = World()
    for person in range(60):
        for call in range(4):
            says = "not_done" if person % 2 else "request"
            world.contact(f"c{person}-{call}", f"p{person}", f"2026-11-{9 + call:02d} 09:00", says)
    settings = example_settings()
    with world.engine() as engine:
        classify_demand(engine, settings)
        engine.save("contact_facts", contact_facts_sql())
        follow_contacts(engine)
        engine.save(
            "window_events",
            "SELECT 'a' AS activity, 'j' AS journey_id, 'p' AS person_id, 1 AS position, 1.0 AS seconds_to_next, "
            "'failure' AS demand, true AS is_order_known WHERE false",
        )
        tables = demand_tables(engine, settings, "2026-W34", "2026-W46", "2026-11-16 00:00:00", "")
    (cell,) = column_of(tables["demand_by_service"], "failure_demand_rate")
    assert isinstance(cell, dict) and (cell["value"], cell["n"]) == (0.5, 240)
    # 59 x (1.95996 / 2.00100)^2 = 56.61 independent contacts; Wilson: 0.5 -+ 0.1260
    assert cell["low"] == pytest.approx(0.5 - 0.1260, abs=1e-3)
    level = column_of(tables["demand_level"], "share_window")
    assert all(isinstance(one, dict) and one["high"] - one["low"] == pytest.approx(0.252, abs=2e-3) for one in level)
