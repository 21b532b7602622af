"""The event log: names, order, what comes next, and one row per journey."""

from __future__ import annotations

from builders_mining import WEEK, World, example_settings, rows_of

from journeys.engine import Engine
from mining.demand import classify_demand
from mining.events import build_events


def _built(world: World) -> Engine:
    engine = world.engine()
    classify_demand(engine, example_settings())
    build_events(engine, example_settings(), WEEK)
    return engine


def _missed_bin() -> World:
    """Reports on Monday, the case is opened an hour later, chases on Wednesday, we call back, it is closed."""
    world = World().contact("c1", "ann", "2026-11-02 09:00", "report", journey="j1")
    world.step("s1", "j1", "2026-11-02 10:00", "Case opened")
    world.contact("c2", "ann", "2026-11-04 09:00", "progress_chase", channel="email", journey="j1", service="general")
    world.contact("c3", "ann", "2026-11-04 12:00", channel="outbound", direction="outbound", journey="j1")
    return world.step("s2", "j1", "2026-11-05 09:00", "Case closed")


def test_events_are_named_by_channel_and_reason_and_know_what_comes_next() -> None:
    with _built(_missed_bin()) as engine:
        rows = rows_of(
            engine,
            "SELECT position, activity, demand_type, next_activity, seconds_to_next / 3600, is_first, is_last "
            "FROM events ORDER BY position",
        )
    assert rows == [
        (1, "Calls: there is a problem here", "report", "Case opened", 1.0, True, False),
        (2, "Case opened", None, "E-mails: what is happening with it?", 47.0, False, False),
        (3, "E-mails: what is happening with it?", "progress_chase", "We call: we called them", 3.0, False, False),
        (4, "We call: we called them", "outbound", "Case closed", 21.0, False, False),
        (5, "Case closed", None, None, None, False, True),
    ]


def test_a_contact_without_a_reason_says_so_and_an_activity_of_the_source_is_kept() -> None:
    world = World().contact("c1", "ann", "2026-11-02 09:00", channel="face_to_face")
    world.contact("c2", "ann", "2026-11-03 09:00", channel="web_form", activity="Submits web form")
    world.contact("c3", "ann", "2026-11-04 09:00").note("c3", "request", is_abstained=True)
    with _built(world) as engine:
        names = [row[0] for row in rows_of(engine, "SELECT activity FROM events ORDER BY position")]
    assert names == ["Visits: reason not known", "Submits web form", "Calls: reason not known"]


def test_the_journey_is_summed_up_from_first_to_last_event() -> None:
    with _built(_missed_bin()) as engine:
        rows = rows_of(
            engine,
            "SELECT service, person_id, is_linked, start_week, n_events, n_contacts, n_failure, n_channels, route, "
            "duration_s / 86400, is_open FROM journey_summary",
        )
    # Two channels were the person's choice (phone, e-mail); our own call is not one. Ten days ago is within 14.
    assert rows == [("waste", "ann", True, "2026-W45", 5, 3, 1, 2, "phone", 3.0, True)]


def test_a_journey_is_open_until_the_gap_of_its_service_has_passed() -> None:
    world = World().contact("c1", "ann", "2026-11-02 00:00").contact("c2", "bob", "2026-11-01 23:59:59")
    with _built(world) as engine:
        rows = rows_of(engine, "SELECT person_id, is_open FROM journey_summary ORDER BY person_id")
    assert rows == [("ann", True), ("bob", False)]  # bins: 14 days; the cut-off is 16 November 00:00


def test_equal_times_are_ordered_by_source_then_by_place_in_the_source() -> None:
    at = "2026-11-02 09:00"
    world = World().contact("x", "ann", at, source="b", tie=1).contact("y", "ann", at, source="a", tie=9)
    world.contact("z", "ann", at, source="a", tie=2)
    with _built(world) as engine:
        assert [row[0] for row in rows_of(engine, "SELECT event_id FROM events ORDER BY position")] == ["z", "y", "x"]


def test_the_order_within_a_day_is_not_known_when_one_event_has_no_time() -> None:
    world = World().contact("c1", "ann", "2026-11-02 00:00", time_precision="day", channel="post")
    world.contact("c2", "ann", "2026-11-02 09:00").contact("c3", "ann", "2026-11-03 00:00", time_precision="day")
    with _built(world) as engine:
        rows = rows_of(engine, "SELECT event_id, is_order_known FROM events ORDER BY position")
    assert rows == [("c1", False), ("c2", True), ("c3", True)]


def test_journeys_with_the_same_steps_are_one_variant() -> None:
    world = World()
    for person in ("ann", "bob"):
        world.contact(f"{person}1", person, "2026-11-02 09:00", "report")
        world.contact(f"{person}2", person, "2026-11-03 09:00", "pay")
    world.contact("dot1", "dot", "2026-11-02 09:00", "pay").contact("dot2", "dot", "2026-11-03 09:00", "report")
    with _built(world) as engine:
        sizes = rows_of(engine, "SELECT count(*) AS n FROM journey_summary GROUP BY variant_id ORDER BY n")
    assert sizes == [(1,), (2,)]
